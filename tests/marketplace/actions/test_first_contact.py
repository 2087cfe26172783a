"""R13: the first-contact limit. Off by default; past it, the same verdict without a request."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from pytest_django import Settings

from marketplace import errors
from marketplace.actions import cancel_requests, deadlines, deals, delivery, schedule, talk
from marketplace.alarms import WakeUp
from marketplace.models import (
    CancelRequest,
    Deal,
    Event,
    PenaltyPause,
    Review,
    Seller,
    Service,
    TalkRoom,
    User,
    Verdict,
)
from marketplace.policy import Policy
from marketplace.vocabulary import DeadlineKind, EventKind, MessageKind, WokenBy
from tests.conftest import Clock
from tests.support.factories import MICROSECOND, days, hours, open_request, untouched_room
from tests.support.tables import every_row

pytestmark = pytest.mark.django_db


def buy(seller: Seller, buyer: User) -> TalkRoom:
    service = Service.objects.filter(seller=seller).earliest("pk")
    return deals.buy(service_id=service.pk, buyer=buyer, message="Hello").talk_room


def visit(in_room: TalkRoom) -> None:
    deadlines.settle_room(in_room.pk, woken_by=WokenBy.VISIT)


def sweep(in_room: TalkRoom) -> None:
    deadlines.settle_overdue(woken_by=WokenBy.SWEEP, kind=DeadlineKind.FIRST_CONTACT)


def wake_up(in_room: TalkRoom) -> None:
    deadlines.wake_up(WakeUp(DeadlineKind.FIRST_CONTACT, in_room.deal_id, 1), rings=0)


LOOKS = [(visit, "visit"), (sweep, "sweep"), (wake_up, "eta")]


# Policy


def test_by_default_no_deal_has_such_a_limit(frozen: Clock, seller: Seller, buyer: User) -> None:
    talk_room = buy(seller, buyer)
    assert (talk_room.deal.first_contact_window, talk_room.deal.first_contact_deadline) == (None, None)
    frozen.advance(days(365))
    assert deadlines.settle_overdue(woken_by=WokenBy.SWEEP).taken == 0


def test_a_change_of_the_policy_touches_later_deals_only(
    frozen: Clock, seller: Seller, buyer: User, settings: Settings
) -> None:
    before = buy(seller, buyer)
    settings.POLICY = replace(Policy(), first_contact_window=hours(48))
    limited = buy(seller, buyer)
    assert limited.deal.first_contact_window == hours(48)
    assert limited.deal.first_contact_deadline == frozen.at + hours(48)
    settings.POLICY = replace(Policy(), first_contact_window=hours(1))
    later = buy(seller, buyer)
    settings.POLICY = Policy()

    frozen.advance(hours(48) + MICROSECOND)
    assert deadlines.settle_overdue(woken_by=WokenBy.SWEEP).ended == 2
    effective = Verdict.objects.values_list("deal", "effective_at")
    assert dict(effective) == {
        limited.deal_id: frozen.at - MICROSECOND,
        later.deal_id: later.deal.first_contact_deadline,
    }
    before.deal.refresh_from_db()
    assert before.deal.status == "in_progress"


# The verdict


@pytest.mark.parametrize(("look", "woken_by"), LOOKS)
def test_a_microsecond_past_the_limit_the_same_verdict_falls_without_a_request(
    frozen: Clock, seller: Seller, look: Callable[[TalkRoom], None], woken_by: str
) -> None:
    talk_room = untouched_room(limit=frozen.at, of=seller)
    before = every_row()
    look(talk_room)
    assert every_row() == before

    frozen.advance(MICROSECOND)
    for _ in range(2):
        look(talk_room)

    limit = frozen.at - MICROSECOND
    deal = Deal.objects.get(pk=talk_room.deal_id)
    assert (deal.status, deal.cancel_cause, deal.ended_at) == ("cancelled", "no_first_contact", limit)
    verdict = Verdict.objects.get(deal=deal)
    assert (verdict.cause, verdict.at_fault, verdict.cancel_request) == ("no_first_contact", "seller", None)
    assert (verdict.effective_at, verdict.recorded_at, verdict.woken_by) == (limit, frozen.at, woken_by)
    review = Review.objects.get(verdict=verdict)
    assert (review.rating, review.dated_at) == (1, limit)
    assert PenaltyPause.objects.filter(verdict=verdict).count() == 3
    seller.refresh_from_db()
    assert (seller.cancelled_at_fault, seller.rating_sum, seller.search_rank) == (1, 1, Decimal(100))
    event = Event.objects.get(kind=EventKind.DEAL_CANCELLED)
    assert (event.occurred_at, event.recorded_at) == (limit, frozen.at)
    assert (event.data["cause"], event.data["request"], event.data["refund_yen"]) == (
        "no_first_contact",
        None,
        deal.price,
    )
    assert talk_room.messages.get(kind=MessageKind.SYSTEM).line == "cancelled_without_first_contact"


@pytest.mark.parametrize("kind", [MessageKind.TEXT, MessageKind.PROGRESS_REPORT])
def test_the_sellers_first_contact_at_the_limit_clears_it(frozen: Clock, kind: MessageKind) -> None:
    talk_room = untouched_room(limit=frozen.at)
    talk.post_message(room_id=talk_room.pk, author=talk_room.seller, body="Hello!", kind=kind)
    deal = Deal.objects.get(pk=talk_room.deal_id)
    assert (deal.first_contact_deadline, deal.first_contact_window) == (None, days(6))
    frozen.advance(MICROSECOND)
    for look, _ in LOOKS:
        look(talk_room)
    assert not Verdict.objects.exists()


def test_a_delivery_or_a_schedule_is_a_first_contact_too(frozen: Clock) -> None:
    delivered, planned = (untouched_room(limit=frozen.at) for _ in range(2))
    delivery.deliver(room_id=delivered.pk, seller=delivered.seller, body="Done")
    line = schedule.Line(title="初稿", due_on=frozen.at.date())
    schedule.share(room_id=planned.pk, seller=planned.seller, lines=[line])
    assert not Deal.objects.filter(first_contact_deadline__isnull=False).exists()


def test_neither_an_automatic_message_nor_the_buyers_words_clear_it(frozen: Clock) -> None:
    talk_room = untouched_room(limit=frozen.at)
    talk.post_message(room_id=talk_room.pk, author=talk_room.seller, body="Away", kind=MessageKind.AUTOMATIC)
    talk.post_message(room_id=talk_room.pk, author=talk_room.buyer, body="Hello?")
    schedule.share(room_id=talk_room.pk, seller=talk_room.seller, lines=[])
    frozen.advance(MICROSECOND)
    sweep(talk_room)
    assert Verdict.objects.get().cause == "no_first_contact"


def test_a_first_contact_a_microsecond_too_late_is_refused_and_kept(frozen: Clock) -> None:
    talk_room = untouched_room(limit=frozen.at - MICROSECOND)
    with pytest.raises(errors.ReplyDeadlinePassed):
        talk.post_message(room_id=talk_room.pk, author=talk_room.seller, body="Sorry, here I am")
    assert Verdict.objects.get(deal=talk_room.deal_id).woken_by == "visit"
    near_miss = Event.objects.get(kind=EventKind.REPLY_REFUSED_LATE)
    assert near_miss.data["body"] == "Sorry, here I am"
    with pytest.raises(errors.RoomClosed):
        talk.post_message(room_id=talk_room.pk, author=talk_room.buyer, body="Hello?")


# With a request: "Whichever deadline comes first decides."


@pytest.mark.parametrize(("look", "woken_by"), LOOKS)
@pytest.mark.parametrize("beside", [-MICROSECOND, timedelta(0), MICROSECOND, days(1)])
def test_of_a_request_and_the_limit_the_earlier_deadline_decides_and_the_request_when_they_are_one(
    frozen: Clock, look: Callable[[TalkRoom], None], woken_by: str, beside: timedelta
) -> None:
    """`beside` is where the reply deadline stands from the limit; nobody looks until both have passed."""
    talk_room = untouched_room(limit=frozen.at)
    request = open_request(talk_room, deadline=frozen.at + beside)
    limit = frozen.at
    frozen.advance(days(2))
    look(talk_room)
    deadlines.settle_overdue(woken_by=WokenBy.SWEEP)

    verdict = Verdict.objects.get(deal=talk_room.deal_id)
    request.refresh_from_db()
    if beside <= timedelta(0):
        assert (verdict.cause, verdict.effective_at, verdict.cancel_request) == ("no_contact", limit + beside, request)
        assert (request.status, request.ended_at) == ("auto_cancelled", limit + beside)
    else:
        assert (verdict.cause, verdict.effective_at, verdict.cancel_request) == ("no_first_contact", limit, None)
        assert (request.status, request.ended_at) == ("ended_with_deal", limit)
        ended = Event.objects.get(kind=EventKind.REQUEST_ENDED_WITH_DEAL)
        assert (ended.occurred_at, ended.recorded_at) == (limit, frozen.at)
        assert ended.data == {"request": str(request.pk)}
    assert verdict.at_fault == "seller"
    assert Review.objects.count() == 1
    assert Event.objects.filter(kind=EventKind.DEAL_CANCELLED).count() == 1


def test_a_held_request_stands_in_the_way_of_no_limit_and_ends_with_the_deal(frozen: Clock) -> None:
    talk_room = untouched_room(limit=frozen.at)
    request = open_request(talk_room, deadline=frozen.at)
    held = {"reply_deadline": None, "held_at": frozen.at, "remaining_when_held": hours(1)}
    CancelRequest.objects.filter(pk=request.pk).update(**held)
    frozen.advance(MICROSECOND)
    sweep(talk_room)
    request.refresh_from_db()
    assert (request.status, request.ended_at) == ("ended_with_deal", frozen.at - MICROSECOND)
    assert Verdict.objects.get(deal=talk_room.deal_id).cause == "no_first_contact"


def test_after_the_limit_has_decided_no_request_can_be_placed(frozen: Clock) -> None:
    talk_room = untouched_room(limit=frozen.at - MICROSECOND)
    with pytest.raises(errors.DealNotInProgress):
        cancel_requests.place(room_id=talk_room.pk, requester=talk_room.buyer)
    assert Deal.objects.get(pk=talk_room.deal_id).cancel_cause == "no_first_contact"
