"""Whoever opens an overdue room meets the verdict that the deadline already gave (R7)."""

from datetime import timedelta

import pytest
from django.db import OperationalError

from marketplace import clock
from marketplace.actions import deadlines
from marketplace.models import CancelRequest, Deal, Event, Seller, TalkRoom, User, Verdict
from tests.api import Api, problem
from tests.factories import days, overdue_room, room

pytestmark = pytest.mark.django_db

ADDRESSES = [
    "talk-rooms/{room}/",
    "deals/{deal}/",
    "cancel-requests/{request}/",
    "talk-rooms/{room}/cancel-eligibility/",
]


def address(path: str, overdue: TalkRoom) -> str:
    return path.format(room=overdue.pk, deal=overdue.deal_id, request=overdue.cancel_requests.get().pk)


@pytest.fixture
def overdue(seller: Seller) -> TalkRoom:
    return overdue_room(of=seller)


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_visit_settles_first(overdue: TalkRoom, path: str) -> None:
    answer = Api(overdue.buyer).get(address(path, overdue))
    assert answer.status_code == 200
    verdict = Verdict.objects.get(deal=overdue.deal_id)
    assert (verdict.woken_by, verdict.at_fault) == ("visit", "seller")
    assert "settling" not in answer.json() or answer.json()["settling"] is False


@pytest.mark.parametrize("path", ADDRESSES[:3])
def test_staff_who_look_settle_too(overdue: TalkRoom, staff: User, path: str) -> None:
    assert Api(staff).get(address(path, overdue)).status_code == 200
    assert Verdict.objects.filter(deal=overdue.deal_id).exists()


@pytest.mark.parametrize("path", ADDRESSES)
def test_who_may_not_see_a_room_settles_nothing(overdue: TalkRoom, stranger: User, path: str) -> None:
    problem(Api(stranger).get(address(path, overdue)), 404, "not_found")
    assert not Verdict.objects.exists()


def test_a_room_that_is_not_due_is_left_alone(seller: Seller) -> None:
    talk_room = room(of=seller, silent_for=days(5))
    api = Api(talk_room.buyer)
    api.post(f"talk-rooms/{talk_room.pk}/cancel-requests/")
    assert api.get(f"talk-rooms/{talk_room.pk}/").json()["cancel_request"]["status"] == "awaiting_reply"
    assert not Verdict.objects.exists()


def put_off(overdue: TalkRoom) -> None:
    CancelRequest.objects.filter(room=overdue).update(settle_after=clock.now() + timedelta(minutes=5))


def locked(*_: object, **__: object) -> None:
    raise OperationalError("canceling statement due to lock timeout")


@pytest.fixture(params=["put off", "locked"])
def stuck(request: pytest.FixtureRequest, overdue: TalkRoom, monkeypatch: pytest.MonkeyPatch) -> TalkRoom:
    """A room whose verdict cannot be written now."""
    if request.param == "locked":
        monkeypatch.setattr(deadlines, "settle_room", locked)
    else:
        put_off(overdue)
    return overdue


def test_what_cannot_be_settled_shows_the_derived_verdict_and_writes_nothing(stuck: TalkRoom) -> None:
    deadline = stuck.cancel_requests.get().reply_deadline
    assert deadline is not None
    written = deadline.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    expected = {
        "id": None,
        "cause": "no_contact",
        "at_fault": "seller",
        "effective_at": written,
        "recorded_at": None,
        "woken_by": None,
        "reversed_at": None,
    }
    api = Api(stuck.buyer)
    seen = api.get(f"talk-rooms/{stuck.pk}/").json()
    deal = api.get(f"deals/{stuck.deal_id}/").json()
    request = api.get(address(ADDRESSES[2], stuck)).json()

    assert seen["settling"] is deal["settling"] is request["settling"] is True
    assert seen["deal"]["verdict"] == deal["verdict"] == expected
    assert (deal["status"], deal["cancel_cause"], deal["ended_at"]) == ("cancelled", "no_contact", written)
    assert (request["status"], request["ended_at"]) == ("auto_cancelled", written)
    assert seen["cancel_request"]["status"] == "auto_cancelled"
    assert {each["code"]: each["met"] for each in seen["cancel_eligibility"]["conditions"]} == {
        "deal_not_in_progress": False,
        "request_already_open": True,
        "last_message_not_yours": True,
        "respondent_contacted_recently": True,
        "too_many_requests_today": True,
    }
    assert api.get(address(ADDRESSES[3], stuck)).json()["eligible"] is False

    assert Deal.objects.get(pk=stuck.deal_id).status == "in_progress"
    assert CancelRequest.objects.get(room=stuck).status == "awaiting_reply"
    assert not Verdict.objects.exists()
    assert not Event.objects.filter(room=stuck, kind="deal_cancelled").exists()


def test_a_visit_that_could_not_settle_says_so_in_the_log(
    overdue: TalkRoom, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(deadlines, "settle_room", locked)
    Api(overdue.buyer).get(f"talk-rooms/{overdue.pk}/")
    assert "lock timeout" in caplog.text
