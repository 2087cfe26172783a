"""「24時間以内に出品者から返信がない場合」: what the verdict does, and to whom."""

from datetime import timedelta
from decimal import Decimal

import pytest

from marketplace import errors
from marketplace.actions import cancel_requests, deadlines, selling, talk
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
from marketplace.vocabulary import DeadlineKind, EventKind, MessageKind, Party, ServiceStatus, WokenBy
from tests.conftest import Clock
from tests.support import factories
from tests.support.factories import MICROSECOND, completed_deal, days, hours, overdue_room, person, room, service

pytestmark = pytest.mark.django_db


def place(in_room: TalkRoom) -> CancelRequest:
    return cancel_requests.place(room_id=in_room.pk, requester=in_room.buyer)


def search_ranks(of: Seller) -> set[Decimal]:
    """Return what stands in the seller's services, for the index of the lists."""
    return set(Service.objects.filter(seller=of).values_list("search_rank", flat=True))


def test_a_silent_seller_s_deal_cancels_itself_with_every_consequence(frozen: Clock, seller: Seller) -> None:
    paused_by_herself = service(seller, own_status=ServiceStatus.PAUSED)
    completed_deal(of=seller, ended_at=frozen.at - days(10), rating=5)
    talk_room = room(of=seller, silent_for=days(4), now=frozen.at)
    request = place(talk_room)
    assert request.reply_deadline == frozen.at + hours(24)

    frozen.advance(hours(24) + MICROSECOND)
    settled = deadlines.wake_up(WakeUp(DeadlineKind.REPLY, request.pk, 1), rings=0)

    assert settled.ended == 1
    request.refresh_from_db()
    assert request.status == "auto_cancelled"
    deal = Deal.objects.get(pk=talk_room.deal_id)
    assert (deal.status, deal.cancel_cause, deal.ended_at) == ("cancelled", "no_contact", request.reply_deadline)
    verdict = Verdict.objects.get(deal=deal)
    assert (verdict.at_fault, verdict.woken_by) == ("seller", "eta")
    assert (verdict.effective_at, verdict.recorded_at) == (request.reply_deadline, frozen.at)
    review = Review.objects.get(verdict=verdict)
    assert (review.rating, review.dated_at, str(review)) == (1, request.reply_deadline, "★☆☆☆☆")
    assert review.recorded_at == frozen.at
    assert list(PenaltyPause.objects.filter(verdict=verdict).values_list("paused_at", flat=True)) == [frozen.at] * 3
    assert not PenaltyPause.objects.filter(service=paused_by_herself).exists()
    seller.refresh_from_db()
    assert (seller.completed, seller.cancelled_at_fault, seller.rating_sum, seller.rating_count) == (1, 1, 6, 2)
    assert seller.search_rank == 300
    assert search_ranks(seller) == {350}  # no list shows them
    event = Event.objects.get(kind=EventKind.DEAL_CANCELLED, room=talk_room)
    assert event.data == {
        "verdict": str(verdict.pk),
        "request": str(request.pk),
        "cause": "no_contact",
        "at_fault": "seller",
        "woken_by": "eta",
        "refund_yen": deal.price,
    }
    assert (event.occurred_at, event.recorded_at) == (request.reply_deadline, frozen.at)
    told = Event.objects.get(kind=EventKind.STANDING_CHANGED, seller=seller)
    assert (event.heard_at, told.heard_at) == (None, frozen.at)  # a change of standing tells nobody
    last = talk_room.messages.latest("posted_at")
    assert (last.line, last.posted_at) == ("cancelled", frozen.at)
    assert not Service.objects.accepting().filter(seller=seller).exists()


def test_a_silent_seller_with_nothing_on_sale_gets_the_verdict_without_a_pause(frozen: Clock) -> None:
    with_nothing_on_sale = factories.seller(services=0)
    service(with_nothing_on_sale, own_status=ServiceStatus.PAUSED)
    overdue_room(of=with_nothing_on_sale)
    assert deadlines.settle_overdue(woken_by=WokenBy.SWEEP).ended == 1
    assert Verdict.objects.get().seller == with_nothing_on_sale
    assert not PenaltyPause.objects.exists()


def test_a_silent_buyer_costs_the_seller_nothing(frozen: Clock, seller: Seller) -> None:
    talk_room = room(of=seller, silent_for=days(4), silent=Party.BUYER, now=frozen.at)
    cancel_requests.place(room_id=talk_room.pk, requester=talk_room.seller)

    frozen.advance(hours(24) + MICROSECOND)
    deadlines.settle_overdue(woken_by=WokenBy.SWEEP)

    verdict = Verdict.objects.get(deal=talk_room.deal_id)
    assert (verdict.at_fault, verdict.woken_by) == ("buyer", "sweep")
    assert not Review.objects.exists()
    assert not PenaltyPause.objects.exists()
    seller.refresh_from_db()
    assert seller.figures.ended == 0
    assert Service.objects.accepting().filter(seller=seller).count() == 3
    assert Event.objects.get(kind=EventKind.DEAL_CANCELLED).data["refund_yen"] == 5000


@pytest.mark.parametrize("kind", [MessageKind.TEXT, MessageKind.PROGRESS_REPORT])
def test_a_reply_in_the_24th_hour_revokes_the_request(frozen: Clock, kind: MessageKind) -> None:
    talk_room = room(silent_for=days(4), now=frozen.at)
    request = place(talk_room)

    frozen.advance(hours(24))
    talk.post_message(room_id=talk_room.pk, author=talk_room.seller, body="Sorry!", kind=kind)
    frozen.advance(MICROSECOND)
    deadlines.settle_overdue(woken_by=WokenBy.SWEEP)
    deadlines.wake_up(WakeUp(DeadlineKind.REPLY, request.pk, 1), rings=0)

    request.refresh_from_db()
    assert (request.status, request.ended_at) == ("revoked_by_reply", frozen.at - MICROSECOND)
    assert not Verdict.objects.exists()
    assert Deal.objects.get(pk=talk_room.deal_id).status == "in_progress"


def test_a_reply_one_microsecond_later_saves_nothing_even_if_no_worker_has_run(frozen: Clock) -> None:
    talk_room = room(silent_for=days(4), now=frozen.at)
    request = place(talk_room)

    frozen.advance(hours(24) + MICROSECOND)
    with pytest.raises(errors.ReplyDeadlinePassed):
        talk.post_message(room_id=talk_room.pk, author=talk_room.seller, body="Sorry!")

    assert Verdict.objects.get(deal=talk_room.deal_id).woken_by == "visit"
    assert not talk_room.messages.filter(body="Sorry!").exists()
    near_miss = Event.objects.get(kind=EventKind.REPLY_REFUSED_LATE)
    assert near_miss.data["body"] == "Sorry!"
    assert near_miss.data["late_by_seconds"] == pytest.approx(1e-6)
    assert near_miss.data["waited_for_lock_seconds"] >= 0
    request.refresh_from_db()
    assert request.status == "auto_cancelled"


def test_an_automatic_message_is_no_reply(frozen: Clock) -> None:
    talk_room = room(silent_for=days(4), now=frozen.at)
    place(talk_room)
    talk.post_message(room_id=talk_room.pk, author=talk_room.seller, body="Away", kind=MessageKind.AUTOMATIC)
    frozen.advance(hours(24) + MICROSECOND)
    assert deadlines.settle_overdue(woken_by=WokenBy.SWEEP).ended == 1


def test_two_verdicts_on_one_seller_in_one_batch_are_both_counted(frozen: Clock, seller: Seller) -> None:
    rooms = [room(of=seller, silent_for=days(4), now=frozen.at) for _ in range(2)]
    for each in rooms:
        place(each)
    frozen.advance(hours(25))
    assert deadlines.settle_overdue(woken_by=WokenBy.SWEEP).ended == 2
    seller.refresh_from_db()
    assert (seller.cancelled_at_fault, seller.rating_count) == (2, 2)
    assert PenaltyPause.objects.count() == 6


def test_the_seller_acknowledges_and_resumes_some_or_all(frozen: Clock, seller: Seller) -> None:
    overdue_room(of=seller)
    deadlines.settle_overdue(woken_by=WokenBy.SWEEP)
    first, second, third = Service.objects.filter(seller=seller)
    with pytest.raises(errors.SellerPaused):
        selling.resume(service_id=first.pk, owner=seller.user)

    created_meanwhile = selling.create(owner=seller.user, title="New", description="", price=100)
    assert selling.publish(service_id=created_meanwhile.pk, owner=seller.user).status == "paused"

    selling.acknowledge(owner=seller.user, services=[first.pk])
    accepting = set(Service.objects.accepting().filter(seller=seller).values_list("pk", flat=True))
    assert accepting == {first.pk, created_meanwhile.pk}
    assert selling.resume(service_id=second.pk, owner=seller.user).status == "accepting"
    with pytest.raises(errors.NotYourService):
        selling.acknowledge(owner=seller.user, services=[person("x").pk])
    selling.acknowledge(owner=seller.user)
    assert Service.objects.accepting().filter(pk=third.pk).exists()


def test_a_contradicting_row_stops_nobody(frozen: Clock) -> None:
    good = [overdue_room() for _ in range(7)]
    bad = overdue_room(by=hours(1))
    ended = {"ended_at": frozen.at, "approval_deadline": frozen.at, "approved_by": "buyer"}
    Deal.objects.filter(pk=bad.deal_id).update(status="completed", **ended)

    settled = deadlines.settle_overdue(woken_by=WokenBy.SWEEP)

    assert Verdict.objects.filter(deal__in=[each.deal_id for each in good]).count() == 7
    assert settled.taken >= 8
    put_off = CancelRequest.objects.get(room=bad)
    assert put_off.status == "awaiting_reply"
    assert put_off.settle_after == frozen.at + timedelta(minutes=5)
    assert Event.objects.filter(kind=EventKind.SETTLEMENT_PUT_OFF, room=bad).count() == 1
    assert deadlines.settle_overdue(woken_by=WokenBy.SWEEP).taken == 0
    frozen.advance(timedelta(minutes=5))
    deadlines.settle_overdue(woken_by=WokenBy.SWEEP)
    put_off.refresh_from_db()
    assert put_off.settle_after == frozen.at + timedelta(minutes=10)


def test_withdrawing_has_no_effect_on_any_clock(frozen: Clock) -> None:
    talk_room = room(silent_for=days(4), now=frozen.at)
    request = place(talk_room)
    with pytest.raises(errors.NotYoursToDo):
        cancel_requests.withdraw(request_id=request.pk, person=talk_room.seller)
    cancel_requests.withdraw(request_id=request.pk, person=talk_room.buyer)
    with pytest.raises(errors.RequestNotOpen):
        cancel_requests.withdraw(request_id=request.pk, person=talk_room.buyer)
    for _ in range(2):
        cancel_requests.withdraw(request_id=place(talk_room).pk, person=talk_room.buyer)
    with pytest.raises(errors.TooManyRequestsToday):
        place(talk_room)
    stranger: User = person("stranger")
    with pytest.raises(errors.NotFound):
        cancel_requests.place(room_id=talk_room.pk, requester=stranger)
