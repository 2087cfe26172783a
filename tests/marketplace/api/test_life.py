"""The whole life of a deal over HTTP: talk, schedule, progress, delivery, send-back, approval, review."""

from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from marketplace.models import Deal, Event, Message, Review, Seller, User, Verdict
from marketplace.vocabulary import Party
from tests.conftest import Clock
from tests.support.api import Api, problem
from tests.support.factories import (
    MICROSECOND,
    days,
    delivered_room,
    hours,
    on_sale,
    overdue_room,
    room,
    untouched_room,
)

pytestmark = pytest.mark.django_db
STARTED, IN_72_HOURS = "2026-03-02T03:00:00.000000Z", "2026-03-05T03:00:00.000000Z"


def buy(buyer: User, seller: Seller) -> tuple[str, str]:
    """Buy; returns the addresses of the room and the deal."""
    bought = Api(buyer).post("deals/", {"service": str(on_sale(seller).pk), "message": "Hello"}).json()
    return f"talk-rooms/{bought['talk_room']}/", f"deals/{bought['id']}/"


def test_a_deal_from_the_purchase_to_the_review(frozen: Clock, seller: Seller, buyer: User) -> None:
    selling, buying = Api(seller.user), Api(buyer)
    room_path, deal_path = buy(buyer, seller)

    draft = {"title": "初稿", "due_on": "2026-03-05"}
    shared = selling("PUT", f"{room_path}schedule/", [draft, {"title": "納品日", "due_on": "2026-03-09"}])
    assert [each["title"] for each in shared.json()] == ["初稿", "納品日"]
    report = {"body": "Half done", "kind": "progress_report"}
    assert selling.post(f"{room_path}messages/", report).json()["kind"] == "progress_report"

    problem(buying.post(f"{room_path}approve/"), 409, "nothing_delivered")
    problem(buying.post(f"{room_path}send-back/", {"body": "?"}), 409, "nothing_delivered")
    problem(buying.post(f"{deal_path}review/", {"rating": 5}), 409, "deal_not_completed")

    delivered = selling.post(f"{room_path}deliver/", {"body": "Here it is"})
    assert delivered.status_code == 201
    assert (delivered.json()["status"], delivered.json()["approval_deadline"]) == ("delivered", IN_72_HOURS)
    problem(selling.post(f"{room_path}deliver/", {"body": "Again"}), 409, "deal_not_in_progress")
    problem(buying.post(f"{deal_path}review/", {"rating": 5}), 409, "deal_not_completed")

    sent_back = buying.post(f"{room_path}send-back/", {"body": "Bigger, please"})
    assert sent_back.status_code == 201
    assert (sent_back.json()["status"], sent_back.json()["approval_deadline"]) == ("in_progress", None)

    assert selling.post(f"{room_path}deliver/", {"body": "Bigger"}).status_code == 201
    approved = buying.post(f"{room_path}approve/")
    assert approved.status_code == 200
    assert (approved.json()["status"], approved.json()["approved_by"], approved.json()["ended_at"]) == (
        "completed",
        "buyer",
        STARTED,
    )
    problem(buying.post(f"{room_path}approve/"), 409, "deal_not_in_progress")
    problem(selling.post(f"{room_path}messages/", {"body": "Thanks"}), 409, "room_closed")
    problem(selling("PUT", f"{room_path}schedule/", []), 409, "room_closed")

    reviewed = buying.post(f"{deal_path}review/", {"rating": 5, "comment": "すばらしい"})
    assert reviewed.status_code == 201
    shown = {"rating": 5, "comment": "すばらしい", "dated_at": STARTED, "automatic": False, "hidden": False}
    assert reviewed.json() == {"id": reviewed.json()["id"], **shown}
    problem(buying.post(f"{deal_path}review/", {"rating": 1}), 409, "already_reviewed")
    for api in (buying, selling):
        assert api.get(deal_path).json()["review"] == api.get(room_path).json()["deal"]["review"] == reviewed.json()
    assert buying.get("deals/").json()["results"][0]["review"] == reviewed.json()
    standing = Api().get(f"sellers/{seller.pk}/").json()
    assert (standing["sales"], standing["rating"], standing["delivery_completion_rate"]) == (1, 5.0, 1.0)

    said = [(each["kind"], each["line"]) for each in buying.get(f"{room_path}messages/").json()["results"]]
    assert sorted(kind for kind, _ in said) == sorted(
        ["delivery", "delivery", "send_back", "progress_report", "schedule_change", "text", "system", "system"]
    )
    assert {line for kind, line in said if kind == "system"} == {"purchase", "approved"}


def test_each_refusal_is_told_in_japanese_too(frozen: Clock, seller: Seller, buyer: User) -> None:
    room_path, deal_path = buy(buyer, seller)
    api = Api(buyer, **{"Accept-Language": "ja"})
    for path, body, code, told in (
        (f"{room_path}approve/", None, "nothing_delivered", "納品がありません"),
        (f"{deal_path}review/", {"rating": 3}, "deal_not_completed", "完了した取引のみ"),
    ):
        assert told in problem(api.post(path, body), 409, code)["detail"]


@pytest.mark.parametrize("judgement", ["approve", "send-back"])
def test_within_72_hours_to_the_very_moment_the_buyer_decides(frozen: Clock, seller: Seller, judgement: str) -> None:
    delivered = delivered_room(of=seller, deadline=frozen.at)
    body = {"body": "Bigger"} if judgement == "send-back" else None
    answer = Api(delivered.buyer).post(f"talk-rooms/{delivered.pk}/{judgement}/", body)
    assert answer.json()["status"] == ("completed" if judgement == "approve" else "in_progress")
    assert answer.json()["approved_by"] == ("buyer" if judgement == "approve" else None)


@pytest.mark.parametrize("judgement", ["approve", "send-back"])
def test_a_microsecond_after_72_hours_the_delivery_is_approved(frozen: Clock, seller: Seller, judgement: str) -> None:
    delivered = delivered_room(of=seller, deadline=frozen.at - MICROSECOND)
    path, body = f"talk-rooms/{delivered.pk}/", {"body": "Bigger"} if judgement == "send-back" else None
    buying = Api(delivered.buyer)
    for _ in range(2):  # by who finds it, and by who comes after
        problem(buying.post(f"{path}{judgement}/", body), 409, "approval_window_passed")
    deal = buying.get(f"deals/{delivered.deal_id}/").json()
    assert (deal["status"], deal["approved_by"]) == ("completed", "window")
    assert deal["ended_at"] == deal["approval_deadline"] == "2026-03-02T02:59:59.999999Z"
    assert not Message.objects.filter(body="Bigger").exists()
    problem(Api(delivered.seller).post(f"{path}deliver/", {"body": "More"}), 409, "deal_not_in_progress")
    assert buying.post(f"deals/{delivered.deal_id}/review/", {"rating": 4}).status_code == 201


def test_a_review_of_a_delivery_whose_window_has_passed_finds_it_completed(frozen: Clock, seller: Seller) -> None:
    delivered = delivered_room(of=seller, deadline=frozen.at - MICROSECOND)
    assert Api(delivered.buyer).post(f"deals/{delivered.deal_id}/review/", {"rating": 4}).status_code == 201
    assert Deal.objects.get(pk=delivered.deal_id).approved_by == "window"


@pytest.fixture
def _first_contact_limit(settings: Settings) -> None:
    settings.POLICY = replace(django_settings.POLICY, first_contact_window=hours(48))


@pytest.mark.usefixtures("_first_contact_limit")
@pytest.mark.parametrize("contact", ["messages", "deliver", "schedule"])
def test_a_first_contact_at_the_limit_keeps_the_deal(frozen: Clock, seller: Seller, buyer: User, contact: str) -> None:
    room_path, deal_path = buy(buyer, seller)
    assert Api(buyer).get(deal_path).json()["first_contact_deadline"] == "2026-03-04T03:00:00.000000Z"
    frozen.advance(hours(48))
    selling = Api(seller.user)
    if contact == "schedule":
        assert selling("PUT", f"{room_path}schedule/", [{"title": "x", "due_on": "2026-03-09"}]).status_code == 200
    else:
        assert selling.post(f"{room_path}{contact}/", {"body": "Here"}).status_code == 201
    frozen.advance(hours(1))
    deal = Api(buyer).get(deal_path).json()
    assert (deal["first_contact_deadline"], deal["verdict"]) == (None, None)


@pytest.mark.usefixtures("_first_contact_limit")
def test_a_microsecond_past_the_first_contact_limit_the_deal_is_cancelled(
    frozen: Clock, seller: Seller, buyer: User
) -> None:
    room_path, deal_path = buy(buyer, seller)
    frozen.advance(hours(48) + MICROSECOND)
    problem(Api(seller.user).post(f"{room_path}deliver/", {"body": "Here"}), 409, "reply_deadline_passed")
    deal = Api(buyer).get(deal_path).json()
    assert (deal["status"], deal["cancel_cause"]) == ("cancelled", "no_first_contact")
    assert (deal["verdict"]["cause"], deal["verdict"]["at_fault"]) == ("no_first_contact", "seller")
    assert (deal["review"]["rating"], deal["review"]["automatic"]) == (1, True)
    assert not Message.objects.filter(body="Here").exists()


def test_without_the_setting_there_is_no_first_contact_limit(frozen: Clock, seller: Seller, buyer: User) -> None:
    _, deal_path = buy(buyer, seller)
    frozen.advance(days(300))
    deal = Api(buyer).get(deal_path).json()
    assert (deal["first_contact_deadline"], deal["status"]) == (None, "in_progress")


def test_a_delivery_by_the_respondent_revokes_and_one_by_the_requester_ends_the_request(frozen: Clock) -> None:
    for silent, expected in ((Party.SELLER, "revoked_by_reply"), (Party.BUYER, "ended_with_deal")):
        talk_room = room(silent_for=days(4), silent=silent, now=frozen.at)
        asking = Api(talk_room.buyer if silent is Party.SELLER else talk_room.seller)
        placed = asking.post(f"talk-rooms/{talk_room.pk}/cancel-requests/").json()
        Api(talk_room.seller).post(f"talk-rooms/{talk_room.pk}/deliver/", {"body": "Here"})
        assert asking.get(f"cancel-requests/{placed['id']}/").json()["status"] == expected


def test_the_buyer_of_a_cancelled_deal_reviews_nothing(seller: Seller) -> None:
    overdue = overdue_room(of=seller)
    problem(Api(overdue.buyer).post(f"deals/{overdue.deal_id}/review/", {"rating": 1}), 409, "deal_not_completed")
    assert Review.objects.get().verdict is not None


def test_the_automatic_review_is_shown_and_once_hidden_to_staff_alone(
    frozen: Clock, seller: Seller, staff: User
) -> None:
    cancelled = untouched_room(of=seller, limit=frozen.at - MICROSECOND)
    path = f"deals/{cancelled.deal_id}/"
    parties = [Api(cancelled.buyer), Api(cancelled.seller)]
    for api in [*parties, Api(staff)]:
        review = api.get(path).json()["review"]
        assert (review["rating"], review["automatic"], review["hidden"]) == (1, True, False)
    verdict = Verdict.objects.filter(deal=cancelled.deal_id)
    verdict.update(at_fault="nobody", reversed_at=frozen.at)
    Review.objects.update(hidden_at=frozen.at)
    for api in parties:
        shown = api.get(path).json()
        assert (shown["review"]["rating"], shown["review"]["comment"], shown["review"]["hidden"]) == (None, "", True)
        assert (shown["verdict"]["at_fault"], shown["verdict"]["reversed_at"]) == ("nobody", STARTED)
    assert Api(staff).get(path).json()["review"]["rating"] == 1


def late(answer: Any) -> list[tuple[Any, ...]]:
    return [
        (each["party"], each["kind"], each["body"], each["late_by_seconds"], each["at"])
        for each in answer.json()["near_misses"]
    ]


def test_staff_alone_see_what_was_refused_as_late(frozen: Clock, seller: Seller, staff: User) -> None:
    silent = untouched_room(of=seller, limit=frozen.at - hours(1))
    judged = delivered_room(of=seller, deadline=frozen.at - MICROSECOND)
    problem(
        Api(silent.seller).post(f"talk-rooms/{silent.pk}/deliver/", {"body": "Sorry!"}), 409, "reply_deadline_passed"
    )
    send_back = f"talk-rooms/{judged.pk}/send-back/"
    problem(Api(judged.buyer).post(send_back, {"body": "Bigger"}), 409, "approval_window_passed")
    problem(Api(judged.buyer).post(f"talk-rooms/{judged.pk}/approve/"), 409, "approval_window_passed")
    seen = Api(staff).get(f"talk-rooms/{silent.pk}/")
    assert late(seen) == [("seller", "delivery", "Sorry!", 3600.0, STARTED)]
    assert 0 <= seen.json()["near_misses"][0]["waited_for_lock_seconds"] < 5
    assert late(Api(staff).get(f"talk-rooms/{judged.pk}/")) == [("buyer", "send_back", "Bigger", 1e-06, STARTED)]
    for party in (silent.buyer, silent.seller):
        assert "near_misses" not in Api(party).get(f"talk-rooms/{silent.pk}/").json()
    assert Event.objects.filter(kind="reply_refused_late").count() == 2


def test_staff_who_are_a_party_see_no_more_than_a_party(frozen: Clock, seller: Seller, staff: User) -> None:
    own = untouched_room(of=seller, buyer=staff, limit=frozen.at + hours(1))
    Message.objects.filter(room=own).update(hidden_at=frozen.at, body="A secret")
    assert "near_misses" not in Api(staff).get(f"talk-rooms/{own.pk}/").json()
    assert "secret" not in Api(staff).get(f"talk-rooms/{own.pk}/messages/").json()["results"][0]["body"]


def test_staff_alone_read_what_was_hidden(frozen: Clock, seller: Seller, staff: User) -> None:
    talk_room = untouched_room(of=seller, limit=frozen.at + hours(1))
    Message.objects.filter(room=talk_room).update(hidden_at=frozen.at, body="A secret")
    path = f"talk-rooms/{talk_room.pk}/messages/"
    shown = Api(staff).get(path).json()["results"][0]
    assert (shown["body"], shown["hidden"]) == ("A secret", True)
    english, japanese = Api(talk_room.buyer), Api(talk_room.seller, **{"Accept-Language": "ja"})
    assert english.get(path).json()["results"][0]["body"] == "This message was hidden by our staff."
    assert japanese.get(path).json()["results"][0]["body"] == "このメッセージは運営により非表示になりました。"
