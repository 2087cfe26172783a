"""Whoever opens an overdue room meets the verdict that the deadline already gave (R7)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError

from marketplace import clock
from marketplace.actions import deadlines
from marketplace.models import CancelRequest, Deal, Event, Seller, TalkRoom, User, Verdict
from marketplace.vocabulary import Party
from tests.conftest import Clock
from tests.support.api import Api, problem
from tests.support.factories import (
    MICROSECOND,
    days,
    delivered_room,
    hours,
    open_request,
    overdue_room,
    room,
    untouched_room,
)

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


def with_a_request(seller: Seller) -> TalkRoom:
    """Make a room whose first contact was due before the request that is open in it."""
    made = untouched_room(of=seller, limit=clock.now() - MICROSECOND)
    open_request(made, deadline=clock.now() + hours(1))
    return made


KINDS: dict[str, Callable[[Seller], TalkRoom]] = {
    "reply": lambda seller: overdue_room(of=seller),
    "reply of the buyer": lambda seller: overdue_room(of=seller, silent=Party.BUYER),
    "first contact": lambda seller: untouched_room(of=seller, limit=clock.now() - MICROSECOND),
    "first contact before a request": with_a_request,
    "approval": lambda seller: delivered_room(of=seller, deadline=clock.now() - MICROSECOND),
}

WRITTEN_LATER = {"id", "recorded_at", "woken_by"}
"""What a verdict has only when it is written."""


def lasting(shown: dict[str, Any]) -> dict[str, Any]:
    """Return what the derived answer and the written one must agree in."""
    deal = dict(shown["deal"]) if "deal" in shown else shown
    verdict = deal["verdict"] and {name: deal["verdict"][name] for name in deal["verdict"] if name not in WRITTEN_LATER}
    deal = {**deal, "verdict": verdict, "review": None, "settling": None}  # the automatic review is written with it
    return {**shown, "deal": deal, "settling": None, "server_time": None} if "deal" in shown else deal


@pytest.mark.parametrize("kind", KINDS)
def test_the_derived_answer_says_what_the_written_one_will(
    frozen: Clock, seller: Seller, staff: User, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    made = KINDS[kind](seller)
    paths = [f"talk-rooms/{made.pk}/", f"deals/{made.deal_id}/"]
    everybody = [Api(made.buyer), Api(made.seller), Api(staff)]

    def seen() -> list[dict[str, Any]]:
        return [api.get(path).json() for path in paths for api in everybody]

    with monkeypatch.context() as stuck:
        stuck.setattr(deadlines, "settle_room", locked)
        derived = seen()
        assert Deal.objects.get(pk=made.deal_id).ended_at is None
    written = seen()
    assert [each["settling"] for each in derived + written] == [True] * 6 + [False] * 6
    assert list(map(lasting, derived)) == list(map(lasting, written))
    deal = derived[-1]
    assert deal["status"] == ("completed" if kind == "approval" else "cancelled")
    assert deal["ended_at"] == (deal["approval_deadline"] if kind == "approval" else deal["verdict"]["effective_at"])
    assert (deal["approved_by"], deal["cancel_cause"]) == {
        "reply": (None, "no_contact"),
        "reply of the buyer": (None, "no_contact"),
        "approval": ("window", None),
    }.get(kind, (None, "no_first_contact"))


@pytest.mark.parametrize("kind", ["first contact", "approval"])
def test_at_the_deadline_itself_a_visit_settles_nothing(frozen: Clock, seller: Seller, kind: str) -> None:
    made = (
        delivered_room(of=seller, deadline=frozen.at)
        if kind == "approval"
        else untouched_room(of=seller, limit=frozen.at)
    )
    deal = Api(made.buyer).get(f"deals/{made.deal_id}/").json()
    assert deal["status"] == ("delivered" if kind == "approval" else "in_progress")
    name = "approval_deadline" if kind == "approval" else "first_contact_deadline"
    assert (deal[name], deal["settling"]) == ("2026-03-02T03:00:00.000000Z", False)
    frozen.advance(MICROSECOND)
    deal = Api(made.buyer).get(f"deals/{made.deal_id}/").json()
    assert (deal["status"], deal["settling"]) == ("completed" if kind == "approval" else "cancelled", False)


def test_a_visit_that_could_not_settle_says_so_in_the_log(
    overdue: TalkRoom, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(deadlines, "settle_room", locked)
    Api(overdue.buyer).get(f"talk-rooms/{overdue.pk}/")
    assert "lock timeout" in caplog.text
