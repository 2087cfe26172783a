"""How a deal ends well: delivered, approved (by hand or by the window), sent back, reviewed (R8, R13)."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from marketplace import errors
from marketplace.actions import cancel_requests, deadlines, delivery, talk
from marketplace.alarms import WakeUp
from marketplace.models import CancelRequest, Deal, Event, Review, Seller, Service, TalkRoom, User, Verdict
from marketplace.reads.people import buyer_record
from marketplace.vocabulary import DeadlineKind, EventKind, MessageKind, Party, WokenBy
from tests.conftest import Clock
from tests.support.factories import (
    MICROSECOND,
    completed_deal,
    days,
    delivered_room,
    hours,
    open_request,
    overdue_room,
    room,
)
from tests.support.tables import every_row

pytestmark = pytest.mark.django_db


def deliver(in_room: TalkRoom) -> Deal:
    return delivery.deliver(room_id=in_room.pk, seller=in_room.seller, body="The final draft")


def approve(in_room: TalkRoom) -> Deal:
    return delivery.approve(room_id=in_room.pk, buyer=in_room.buyer)


def send_back(in_room: TalkRoom) -> Deal:
    return delivery.send_back(room_id=in_room.pk, buyer=in_room.buyer, body="The logo is missing")


def review(in_room: TalkRoom, rating: int = 5) -> Review:
    return delivery.review(deal_id=in_room.deal_id, buyer=in_room.buyer, rating=rating, comment="Thanks")


def deal_of(in_room: TalkRoom) -> Deal:
    return Deal.objects.get(pk=in_room.deal_id)


def told(in_room: TalkRoom) -> list[str]:
    return list(Event.objects.filter(room=in_room).order_by("id").values_list("kind", flat=True))


# Deliver


def test_a_delivery_starts_the_72_hours_and_is_the_sellers_contact(frozen: Clock) -> None:
    talk_room = room(silent_for=days(3), now=frozen.at)
    deal = deliver(talk_room)
    assert (deal.status, deal.approval_deadline) == ("delivered", frozen.at + hours(72))
    assert deal_of(talk_room).approval_deadline == frozen.at + hours(72)
    talk_room.refresh_from_db()
    assert (talk_room.seller_last_contact_at, talk_room.last_sender) == (frozen.at, "seller")
    line = talk_room.messages.latest("posted_at")
    assert (line.sender, line.kind, line.body) == ("seller", "delivery", "The final draft")
    event = Event.objects.get(kind=EventKind.DEAL_DELIVERED, room=talk_room)
    assert event.data["approval_deadline"] == (frozen.at + hours(72)).isoformat()


def test_a_delivery_by_the_respondent_revokes_the_request(frozen: Clock) -> None:
    talk_room = room(now=frozen.at)
    request = open_request(talk_room, deadline=frozen.at)
    deliver(talk_room)
    request.refresh_from_db()
    assert (request.status, request.ended_at) == ("revoked_by_reply", frozen.at)
    assert told(talk_room) == ["deal_delivered", "request_revoked"]


def test_a_delivery_by_the_requester_ends_the_request(frozen: Clock) -> None:
    talk_room = room(silent=Party.BUYER, now=frozen.at)
    request = open_request(talk_room, deadline=frozen.at + hours(1), requester=Party.SELLER)
    deliver(talk_room)
    request.refresh_from_db()
    assert (request.status, request.ended_at) == ("ended_with_deal", frozen.at)
    assert told(talk_room) == ["deal_delivered", "request_ended_with_deal"]
    assert talk_room.messages.filter(line="request_ended_with_deal").count() == 1
    frozen.advance(hours(2))
    assert deadlines.settle_overdue(woken_by=WokenBy.SWEEP).ended == 0


def test_a_delivery_a_microsecond_after_the_reply_deadline_saves_nothing_and_is_kept(frozen: Clock) -> None:
    talk_room = overdue_room(by=MICROSECOND)
    with pytest.raises(errors.ReplyDeadlinePassed):
        deliver(talk_room)
    deal = deal_of(talk_room)
    assert (deal.status, deal.approval_deadline) == ("cancelled", None)
    assert not talk_room.messages.filter(kind=MessageKind.DELIVERY).exists()
    near_miss = Event.objects.get(kind=EventKind.REPLY_REFUSED_LATE, room=talk_room)
    assert (near_miss.data["message_kind"], near_miss.data["body"]) == ("delivery", "The final draft")


@pytest.mark.parametrize("party", list(Party))
def test_while_delivered_nobody_can_place_a_request_but_both_can_talk(frozen: Clock, party: Party) -> None:
    talk_room = room(silent_for=days(30), silent=party.counterpart, now=frozen.at)
    deliver(talk_room)
    frozen.advance(hours(72))
    person = talk_room.buyer if party is Party.BUYER else talk_room.seller
    with pytest.raises(errors.DealNotInProgress):
        cancel_requests.place(room_id=talk_room.pk, requester=person)
    talk.post_message(room_id=talk_room.pk, author=person, body="Is it all right?")
    assert deal_of(talk_room).status == "delivered"
    assert not CancelRequest.objects.exists()


def test_what_is_delivered_is_not_delivered_twice(frozen: Clock) -> None:
    talk_room = delivered_room(deadline=frozen.at + hours(1))
    before = every_row()
    with pytest.raises(errors.DealNotInProgress):
        deliver(talk_room)
    assert every_row() == before


# Approve


def test_in_the_72nd_hour_the_buyer_approves_and_the_deal_is_completed(frozen: Clock, seller: Seller) -> None:
    talk_room = delivered_room(deadline=frozen.at, of=seller)
    approve(talk_room)
    deal = deal_of(talk_room)
    assert (deal.status, deal.approved_by, deal.ended_at) == ("completed", "buyer", frozen.at)
    assert told(talk_room) == ["deal_completed"]
    assert talk_room.messages.latest("posted_at").line == "approved"
    seller.refresh_from_db()
    assert (seller.completed, seller.revenue_yen) == (1, deal.price)
    assert buyer_record(talk_room.buyer, frozen.at - days(90), frozen.at)["completed"] == 1
    frozen.advance(MICROSECOND)
    assert deadlines.settle_overdue(woken_by=WokenBy.SWEEP).ended == 0


def visit(in_room: TalkRoom) -> None:
    deadlines.settle_room(in_room.pk, woken_by=WokenBy.VISIT)


def sweep(in_room: TalkRoom) -> None:
    deadlines.settle_overdue(woken_by=WokenBy.SWEEP, kind=DeadlineKind.APPROVAL)


def wake_up(in_room: TalkRoom) -> None:
    deadlines.wake_up(WakeUp(DeadlineKind.APPROVAL, in_room.deal_id, 2), rings=0)


@pytest.mark.parametrize(("look", "woken_by"), [(visit, "visit"), (sweep, "sweep"), (wake_up, "eta")])
def test_a_microsecond_after_the_72nd_hour_it_is_approved_as_of_the_deadline_whoever_looks(
    frozen: Clock, seller: Seller, look: Callable[[TalkRoom], None], woken_by: str
) -> None:
    talk_room = delivered_room(deadline=frozen.at, of=seller)
    before = every_row()
    look(talk_room)
    assert every_row() == before

    frozen.advance(MICROSECOND)
    for _ in range(2):
        look(talk_room)

    deal = deal_of(talk_room)
    assert (deal.status, deal.approved_by) == ("completed", "window")
    assert deal.ended_at == deal.approval_deadline == frozen.at - MICROSECOND
    event = Event.objects.get(kind=EventKind.DEAL_COMPLETED, room=talk_room)
    assert (event.occurred_at, event.recorded_at) == (deal.approval_deadline, frozen.at)
    assert event.data == {"approved_by": "window", "woken_by": woken_by, "price_yen": deal.price}
    assert talk_room.messages.get(kind=MessageKind.SYSTEM).line == "approved_by_window"
    seller.refresh_from_db()
    assert (seller.completed, seller.oldest_counted_at) == (1, deal.approval_deadline)
    assert not Verdict.objects.exists()


def test_figures_rank_and_search_rank_follow_an_approval(frozen: Clock, seller: Seller) -> None:
    for n in range(9):
        completed_deal(of=seller, ended_at=frozen.at - days(n + 1))
    approve(delivered_room(deadline=frozen.at + hours(1), of=seller))
    seller.refresh_from_db()
    assert (seller.completed, seller.rank, seller.search_rank) == (10, "silver", Decimal(2350))
    assert set(Service.objects.filter(seller=seller).values_list("search_rank", flat=True)) == {seller.search_rank}
    assert Event.objects.get(kind=EventKind.STANDING_CHANGED, seller=seller).data["rank"] == ["regular", "silver"]


@pytest.mark.parametrize("judge", [approve, send_back])
def test_a_judgement_after_the_window_meets_the_approval(frozen: Clock, judge: Callable[[TalkRoom], Deal]) -> None:
    talk_room = delivered_room(deadline=frozen.at - MICROSECOND)
    for _ in range(2):
        with pytest.raises(errors.ApprovalWindowPassed):
            judge(talk_room)
    deal = deal_of(talk_room)
    assert (deal.status, deal.approved_by, deal.generation) == ("completed", "window", 2)
    assert not talk_room.messages.filter(kind=MessageKind.SEND_BACK).exists()


def test_a_send_back_that_came_too_late_is_kept_as_a_near_miss(frozen: Clock) -> None:
    talk_room = delivered_room(deadline=frozen.at - timedelta(seconds=2))
    with pytest.raises(errors.ApprovalWindowPassed):
        send_back(talk_room)
    near_miss = Event.objects.get(kind=EventKind.REPLY_REFUSED_LATE, room=talk_room)
    assert (near_miss.data["party"], near_miss.data["message_kind"]) == ("buyer", "send_back")
    assert near_miss.data["body"] == "The logo is missing"
    assert near_miss.data["late_by_seconds"] == pytest.approx(2)


@pytest.mark.parametrize("judge", [approve, send_back])
def test_before_a_delivery_there_is_nothing_to_judge(frozen: Clock, judge: Callable[[TalkRoom], Deal]) -> None:
    talk_room = room(now=frozen.at)
    before = every_row()
    with pytest.raises(errors.NothingDelivered):
        judge(talk_room)
    assert every_row() == before


# Send back


def test_in_the_72nd_hour_the_buyer_sends_it_back_and_the_deal_goes_on(frozen: Clock) -> None:
    talk_room = delivered_room(deadline=frozen.at)
    send_back(talk_room)
    deal = deal_of(talk_room)
    assert (deal.status, deal.approval_deadline, deal.ended_at) == ("in_progress", None, None)
    line = talk_room.messages.latest("posted_at")
    assert (line.sender, line.kind, line.body) == ("buyer", "send_back", "The logo is missing")
    frozen.advance(hours(100))
    for look in (visit, sweep, wake_up):
        look(talk_room)
    assert deal_of(talk_room).status == "in_progress"
    assert told(talk_room) == ["deal_sent_back"]


def test_a_send_back_starts_the_silence_clock_as_the_buyers_contact(frozen: Clock) -> None:
    talk_room = delivered_room(deadline=frozen.at)
    send_back(talk_room)
    with pytest.raises(errors.LastMessageNotYours):
        cancel_requests.place(room_id=talk_room.pk, requester=talk_room.seller)
    talk.post_message(room_id=talk_room.pk, author=talk_room.seller, body="Which logo?")
    frozen.advance(days(4) - MICROSECOND)
    with pytest.raises(errors.RespondentContactedRecently):
        cancel_requests.place(room_id=talk_room.pk, requester=talk_room.seller)
    frozen.advance(MICROSECOND)
    assert cancel_requests.place(room_id=talk_room.pk, requester=talk_room.seller).status == "awaiting_reply"


def test_a_second_delivery_has_its_own_72_hours_and_the_first_wake_up_does_nothing(frozen: Clock) -> None:
    talk_room = room(now=frozen.at)
    first = deliver(talk_room).generation
    frozen.advance(hours(71))
    send_back(talk_room)
    second = deliver(talk_room)
    assert second.approval_deadline == frozen.at + hours(72)
    frozen.advance(hours(72) + MICROSECOND)
    assert deadlines.wake_up(WakeUp(DeadlineKind.APPROVAL, talk_room.deal_id, first), rings=0).taken == 0
    assert deal_of(talk_room).status == "delivered"
    assert deadlines.wake_up(WakeUp(DeadlineKind.APPROVAL, talk_room.deal_id, second.generation), rings=0).ended == 1


# Review, and the closed room


def test_the_buyer_reviews_a_completed_deal_once(frozen: Clock, seller: Seller) -> None:
    talk_room = delivered_room(deadline=frozen.at, of=seller)
    with pytest.raises(errors.DealNotCompleted):
        review(talk_room)
    approve(talk_room)
    written = review(talk_room, 4)
    assert (written.rating, written.dated_at, written.verdict) == (4, frozen.at, None)
    seller.refresh_from_db()
    assert (seller.rating_sum, seller.rating_count, seller.search_rank) == (4, 1, Decimal(400))
    assert Event.objects.get(kind=EventKind.REVIEW_WRITTEN).data == {"review": str(written.pk), "rating": 4}
    before = every_row()
    with pytest.raises(errors.AlreadyReviewed):
        review(talk_room, 1)
    assert every_row() == before


def test_a_review_completes_a_deal_whose_window_has_passed_first(frozen: Clock) -> None:
    talk_room = delivered_room(deadline=frozen.at - MICROSECOND)
    assert review(talk_room).dated_at == frozen.at
    assert deal_of(talk_room).approved_by == "window"


def test_a_cancelled_deal_is_not_reviewed_by_its_buyer(frozen: Clock) -> None:
    talk_room = overdue_room()
    with pytest.raises(errors.DealNotCompleted):
        review(talk_room)
    assert Review.objects.get(deal=talk_room.deal_id).verdict is not None


def test_a_completed_deal_closes_the_room(frozen: Clock) -> None:
    talk_room = delivered_room(deadline=frozen.at)
    approve(talk_room)
    before = every_row()
    for party in (talk_room.buyer, talk_room.seller):
        with pytest.raises(errors.RoomClosed):
            talk.post_message(room_id=talk_room.pk, author=party, body="Thank you")
        with pytest.raises(errors.DealNotInProgress):
            cancel_requests.place(room_id=talk_room.pk, requester=party)
    for doing in (deliver, approve, send_back):
        with pytest.raises(errors.DealNotInProgress):
            doing(talk_room)
    assert every_row() == before


# Who may


DOINGS: list[Callable[[TalkRoom, User], Any]] = [
    lambda room, who: delivery.deliver(room_id=room.pk, seller=who, body="…"),
    lambda room, who: delivery.approve(room_id=room.pk, buyer=who),
    lambda room, who: delivery.send_back(room_id=room.pk, buyer=who, body="…"),
    lambda room, who: delivery.review(deal_id=room.deal_id, buyer=who, rating=5),
]


@pytest.mark.parametrize(("doing", "other"), list(zip(DOINGS, ["buyer", "seller", "seller", "seller"], strict=True)))
def test_each_doing_is_one_partys_own(
    frozen: Clock, staff: User, stranger: User, doing: Callable[[TalkRoom, User], Any], other: str
) -> None:
    """Even when a deadline has passed, whoever may not act leaves everything as it is."""
    talk_room = delivered_room(deadline=frozen.at - MICROSECOND)
    before = every_row()
    for who, refusal in (
        (getattr(talk_room, other), errors.NotYoursToDo),
        (staff, errors.NotYoursToDo),
        (stranger, errors.NotFound),
    ):
        with pytest.raises(refusal):
            doing(talk_room, who)
    assert every_row() == before


def test_an_existing_room_goes_on_to_its_delivery_while_the_seller_is_paused(frozen: Clock, seller: Seller) -> None:
    talk_room = room(of=seller, now=frozen.at)
    overdue_room(of=seller)
    deadlines.settle_overdue(woken_by=WokenBy.SWEEP)
    deliver(talk_room)
    approve(talk_room)
    seller.refresh_from_db()
    assert (seller.completed, seller.cancelled_at_fault) == (1, 1)
    assert not Service.objects.accepting().filter(seller=seller).exists()
