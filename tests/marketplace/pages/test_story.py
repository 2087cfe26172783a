"""The story of a verdict as a page: to the one at fault, the other one and staff; while it is written; when undone."""

import contextlib
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace.actions import cancel_requests, steering, talk
from marketplace.actions.deadlines import settle_room
from marketplace.errors import ReplyDeadlinePassed
from marketplace.models import CancelRequest, Event, Seller, TalkRoom, User, Verdict
from marketplace.vocabulary import Party, WokenBy
from notifications.vocabulary import Channel, Kind, State
from tests.conftest import Clock
from tests.support.factories import MICROSECOND, completed_deal, days, hours, open_request, room, untouched_room
from tests.support.operating import supervisor
from tests.support.told import notice
from tests.support.visitor import Seen, Visitor

ADDRESS = "hanako@example.com"
A_LOOK = 14
"""Two of them read the verdict and the review, which only rooms of ended deals have: joins would cost every room."""
"""Statements, besides the clock's: six of the person, the room and its messages, one of the schedule; and the story's:
notices, pauses, the verdict's event, the change of standing, what staff did and what came too late."""
LATE_WORDS = "I was asleep, sorry."


def sees(person: User, of: TalkRoom) -> Seen:
    return Visitor.as_(person).see(f"/talk-rooms/{of.pk}/")


def story(page: Seen) -> list[str]:
    """The steps of the story, as they are read."""
    steps = page.one("section", id="verdict").text.partition("Back to the buyer")[2]
    assert steps
    tale = page.one("ol", class_="tale").text
    return [" ".join(line.split()) for line in tale.splitlines() if line.strip()]


def told(page: Seen) -> str:
    return " ".join(story(page))


@pytest.fixture
def cancelled(frozen: Clock, seller: Seller, buyer: User) -> TalkRoom:
    """A deal cancelled by the seller's silence, found by the sweep two seconds late; she wrote a minute too late."""
    for number in range(3):
        completed_deal(of=seller, ended_at=frozen.at - days(2 + number), rating=5)
    made = room(of=seller, buyer=buyer, now=frozen.at, silent_for=days(4))
    request = cancel_requests.place(room_id=made.pk, requester=buyer, reason="No word for days")
    failed: dict[str, Any] = {
        "state": State.FAILED,
        "next_attempt_at": None,
        "answered_at": frozen.at,
        "refused_for_good": True,
    }
    about: dict[str, Any] = {"kind": Kind.REQUEST_PLACED, "room": made, "request": request, "occasion": "event:1"}
    notice(seller.user, **about)
    notice(seller.user, channel=Channel.EMAIL, last_error=f"550 no {ADDRESS}", **about, **failed)
    frozen.advance(hours(24) + timedelta(seconds=2))
    settle_room(made.pk, woken_by=WokenBy.SWEEP)
    frozen.advance(timedelta(seconds=58))
    with contextlib.suppress(ReplyDeadlinePassed):
        talk.post_message(room_id=made.pk, author=seller.user, body=LATE_WORDS)
    return made


def test_the_one_at_fault_reads_why_on_what_notice_by_what_and_what_followed(cancelled: TalkRoom) -> None:
    page = sees(cancelled.seller, cancelled)
    tale = told(page)
    steps = (
        "Purchase",
        "Last contact: you (seller)",
        "Cancel request placed by",
        "No word for days",
        "Notice to you (seller): the cancel request",
        "in-app: sent",
        "Deadline: there was no reply",
        "Recorded 2.000 s after the deadline, by the regular check",
        "¥5,000 goes back to the buyer",
        "Services paused: 3",
        "Automatic review ★1",
        "Refused: a message of you (seller), 1 min after the deadline",
        LATE_WORDS,
    )
    places = [tale.find(step) for step in steps]
    assert -1 not in places, steps[places.index(-1)]
    assert places == sorted(places)
    assert "rating – → 4.00" in tale  # of fixtures whose figures were counted here for the first time
    assert page.offers("/selling/return/")


def test_the_other_one_reads_the_same_without_the_address_and_without_the_words_that_came_too_late(
    cancelled: TalkRoom,
) -> None:
    page = sees(cancelled.buyer, cancelled)
    tale = told(page)
    assert "e-mail: failed (refused by the other end)" in tale
    assert "1 min after the deadline" in tale
    for private in (ADDRESS, LATE_WORDS, "Waited"):
        assert private not in page.html
    assert not page.offers("/selling/return/")
    assert "did not reply" in page.one("section", id="turn").text


def test_who_was_not_reached_reads_why_in_the_other_end_s_own_words(cancelled: TalkRoom) -> None:
    assert f"550 no {ADDRESS}" in told(sees(cancelled.seller, cancelled))


def test_staff_read_near_misses_with_their_words_and_the_wait_for_the_room_and_write_nothing(
    cancelled: TalkRoom, staff: User
) -> None:
    page = sees(staff, cancelled)
    assert LATE_WORDS in told(page)
    assert "Waited 0.0" in told(page)
    assert not page.all("textarea")
    assert not page.offers("/selling/return/")


def test_a_reversal_tells_both_its_reason_and_what_it_undid_and_nothing_waits_any_more(
    frozen: Clock, cancelled: TalkRoom
) -> None:
    frozen.advance(hours(1))
    verdict = Verdict.objects.get(deal=cancelled.deal_id)
    steering.reverse(verdict_id=verdict.pk, staff=supervisor(), reason="Taken to hospital")
    for person in (cancelled.buyer, cancelled.seller):
        page = sees(person, cancelled)
        assert "nobody is at fault" in page.one("section", id="turn").text
        tale = told(page)
        for step in ("reversed its consequences", "Taken to hospital", "Pauses lifted: 3", "rating 4.00 → 5.00"):
            assert step in tale
        assert not page.offers("/selling/return/")


def test_holding_and_releasing_stand_in_the_story_with_their_reasons(
    frozen: Clock, seller: Seller, buyer: User
) -> None:
    made = room(of=seller, buyer=buyer, now=frozen.at, silent_for=days(4))
    request = cancel_requests.place(room_id=made.pk, requester=buyer)
    steering.hold(request_id=request.pk, staff=supervisor(), reason="A typhoon")
    frozen.advance(hours(48))
    steering.release(request_id=request.pk, staff=supervisor(), reason="It has passed")
    frozen.advance(hours(24) + MICROSECOND)
    tale = told(sees(made.seller, made))
    for step in ("held the request", "A typhoon", "released the request", "It has passed", "when somebody opened"):
        assert step in tale


def test_a_silent_buyer_reads_that_the_seller_loses_nothing(frozen: Clock, seller: Seller, buyer: User) -> None:
    made = room(of=seller, buyer=buyer, now=frozen.at, silent_for=days(6), silent=Party.BUYER)
    open_request(made, deadline=frozen.at - MICROSECOND, requester=Party.SELLER)
    page = sees(buyer, made)
    assert "Counted in the buyer's record; no effect on the seller" in told(page)
    assert "you did not reply in time" in page.one("section", id="turn").text
    assert not page.offers("/selling/return/")
    assert not sees(made.seller, made).offers("/selling/return/")


def test_a_missed_first_contact_is_told_without_a_request(frozen: Clock, seller: Seller, buyer: User) -> None:
    made = untouched_room(limit=frozen.at - MICROSECOND, of=seller, buyer=buyer)
    tale = told(sees(seller.user, made))
    assert "Limit of the first contact: the seller never wrote" in tale
    assert "Cancel request placed" not in tale
    assert "Last contact: you" not in tale


def test_a_verdict_that_is_still_being_written_is_shown_as_what_it_will_be(
    frozen: Clock, seller: Seller, buyer: User
) -> None:
    made = room(of=seller, buyer=buyer, now=frozen.at, silent_for=days(6))
    open_request(made, deadline=frozen.at - MICROSECOND)
    CancelRequest.objects.filter(room=made).update(settle_after=frozen.at + hours(1))
    for person in (buyer, seller.user, supervisor()):
        page = sees(person, made)
        assert "are still being recorded" in page.one("section", id="turn").text
        assert "What followed is being recorded" in page.one("section", id="verdict").text
        assert "Deadline: there was no reply" in told(page)
        assert "Written" not in told(page)
        assert not page.all("textarea")
    assert not Verdict.objects.exists()
    assert not Event.objects.filter(room=made).exists()


def test_looking_again_at_a_cancelled_room_costs_a_bounded_number_of_statements(
    cancelled: TalkRoom, staff: User
) -> None:
    for person in (cancelled.seller, cancelled.buyer, staff):
        visitor = Visitor.as_(person)
        path = f"/talk-rooms/{cancelled.pk}/live/"
        tag = visitor.client.get(path).headers["ETag"]
        with CaptureQueriesContext(connection) as asked_for:
            assert visitor.client.get(path, headers={"If-None-Match": tag}).status_code == 304
        assert len(asked_for) <= A_LOOK, [each["sql"][:100] for each in asked_for]
