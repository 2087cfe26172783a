"""R10: staff hold, release, extend, reverse, hide and resume; each with a reason, each an event."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission

from marketplace import errors
from marketplace.actions import cancel_requests, deadlines, delivery, selling, steering, talk
from marketplace.alarms import WakeUp
from marketplace.models import (
    CancelRequest,
    Deal,
    Event,
    Message,
    PenaltyPause,
    Review,
    Seller,
    Service,
    TalkRoom,
    User,
    Verdict,
)
from marketplace.vocabulary import DeadlineKind, EventKind, MessageKind, Party, WokenBy
from tests.conftest import Clock
from tests.support.factories import (
    MICROSECOND,
    completed_deal,
    days,
    hours,
    open_request,
    overdue_room,
    person,
    room,
    untouched_room,
)
from tests.support.tables import every_row

pytestmark = pytest.mark.django_db

WHY = "The platform was down"
SIX_HOURS = hours(6)


@pytest.fixture
def staff(db: None) -> User:
    """An operator who may do everything that the buttons offer."""
    operator = person("operator", is_staff=True)
    names = ["steer_cancelrequest", "reverse_verdict", "hide_message", "resume_seller"]
    operator.user_permissions.set(Permission.objects.filter(codename__in=names))
    return User.objects.get(pk=operator.pk)


@pytest.fixture
def request_(frozen: Clock) -> CancelRequest:
    """A request against the seller, due in 24 hours."""
    return open_request(room(now=frozen.at), deadline=frozen.at + hours(24))


def hold(request: CancelRequest, staff: User) -> CancelRequest:
    return steering.hold(request_id=request.pk, staff=staff, reason=WHY)


def release(request: CancelRequest, staff: User) -> CancelRequest:
    return steering.release(request_id=request.pk, staff=staff, reason=WHY)


def extend(request: CancelRequest, staff: User, by: timedelta = SIX_HOURS) -> CancelRequest:
    return steering.extend(request_id=request.pk, by=by, staff=staff, reason=WHY)


def sweep() -> int:
    return deadlines.settle_overdue(woken_by=WokenBy.SWEEP).ended


def columns(request: CancelRequest) -> tuple[Any, ...]:
    request.refresh_from_db()
    return (request.status, request.reply_deadline, request.held_at, request.remaining_when_held, request.generation)


# Hold, release, extend


def test_a_held_request_keeps_what_remains_and_has_no_deadline(
    frozen: Clock, request_: CancelRequest, staff: User
) -> None:
    frozen.advance(hours(20))
    hold(request_, staff)
    assert columns(request_) == ("awaiting_reply", None, frozen.at, hours(4), 2)
    event = Event.objects.get(kind=EventKind.REQUEST_HELD, room=request_.room)
    assert (event.actor, event.data["reason"]) == (staff, WHY)
    assert (event.data["reply_deadline"], event.data["remaining_seconds"]) == (None, 4 * 3600)
    assert request_.room.messages.get(kind=MessageKind.SYSTEM).line == "request_held"
    frozen.advance(days(100))
    assert sweep() == 0
    assert deadlines.settle_room(request_.room_id, woken_by=WokenBy.VISIT).ended == 0
    with pytest.raises(errors.RequestAlreadyOpen):
        cancel_requests.place(room_id=request_.room_id, requester=request_.room.buyer)


def test_a_request_is_held_at_its_very_deadline_and_no_later(
    frozen: Clock, request_: CancelRequest, staff: User
) -> None:
    frozen.advance(hours(24))
    hold(request_, staff)
    assert columns(request_) == ("awaiting_reply", None, frozen.at, timedelta(0), 2)


@pytest.mark.parametrize("steer", [hold, release, extend])
def test_whoever_steers_an_overdue_request_meets_the_verdict_woken_by_staff(
    frozen: Clock, request_: CancelRequest, staff: User, steer: Callable[[CancelRequest, User], CancelRequest]
) -> None:
    deadline = request_.reply_deadline
    frozen.advance(hours(24) + MICROSECOND)
    for _ in range(2):
        with pytest.raises(errors.RequestNotOpen):
            steer(request_, staff)
    verdict = Verdict.objects.get(cancel_request=request_)
    assert (verdict.woken_by, verdict.effective_at, verdict.recorded_at) == ("staff", deadline, frozen.at)
    assert columns(request_) == ("auto_cancelled", deadline, None, None, 1)
    assert not Event.objects.filter(kind__in=["request_held", "request_released", "request_extended"]).exists()


def test_a_released_request_runs_on_with_what_remained(frozen: Clock, request_: CancelRequest, staff: User) -> None:
    frozen.advance(hours(20))
    hold(request_, staff)
    frozen.advance(days(3))
    release(request_, staff)
    deadline = frozen.at + hours(4)
    assert columns(request_) == ("awaiting_reply", deadline, None, None, 3)
    event = Event.objects.get(kind=EventKind.REQUEST_RELEASED)
    assert event.data["reply_deadline"] == deadline.isoformat()
    frozen.at = deadline
    assert sweep() == 0
    frozen.advance(MICROSECOND)
    assert sweep() == 1
    assert Verdict.objects.get().effective_at == deadline


def test_an_extended_request_falls_due_later(frozen: Clock, request_: CancelRequest, staff: User) -> None:
    extend(request_, staff, hours(6))
    assert columns(request_) == ("awaiting_reply", frozen.at + hours(30), None, None, 2)
    event = Event.objects.get(kind=EventKind.REQUEST_EXTENDED)
    assert (event.data["by_seconds"], event.data["reason"]) == (6 * 3600, WHY)
    frozen.advance(hours(30))
    assert sweep() == 0
    frozen.advance(MICROSECOND)
    assert sweep() == 1


def test_extending_a_held_request_adds_to_what_remains(frozen: Clock, request_: CancelRequest, staff: User) -> None:
    hold(request_, staff)
    extend(request_, staff, hours(6))
    assert columns(request_) == ("awaiting_reply", None, frozen.at, hours(30), 3)
    assert Event.objects.get(kind=EventKind.REQUEST_EXTENDED).data["remaining_seconds"] == 30 * 3600


def test_the_system_itself_may_extend_with_a_reason(frozen: Clock, request_: CancelRequest) -> None:
    steering.extend(request_id=request_.pk, by=hours(1), staff=None, reason="no notice arrived")
    assert Event.objects.get(kind=EventKind.REQUEST_EXTENDED).actor is None


def test_a_wake_up_of_an_older_generation_does_nothing(frozen: Clock, request_: CancelRequest, staff: User) -> None:
    hold(request_, staff)
    release(request_, staff)
    frozen.advance(hours(24) + MICROSECOND)
    for generation in (1, 2):
        assert deadlines.wake_up(WakeUp(DeadlineKind.REPLY, request_.pk, generation), rings=0).taken == 0
    assert deadlines.wake_up(WakeUp(DeadlineKind.REPLY, request_.pk, 3), rings=0).ended == 1


def test_a_wake_up_for_a_held_request_does_nothing(frozen: Clock, request_: CancelRequest, staff: User) -> None:
    hold(request_, staff)
    frozen.advance(days(2))
    assert deadlines.wake_up(WakeUp(DeadlineKind.REPLY, request_.pk, 2), rings=0).taken == 0


# A held one is still the room's one open request


def test_a_reply_revokes_a_held_request(frozen: Clock, request_: CancelRequest, staff: User) -> None:
    hold(request_, staff)
    frozen.advance(days(9))
    talk.post_message(room_id=request_.room_id, author=request_.room.seller, body="I was ill")
    assert columns(request_)[0] == "revoked_by_reply"


def test_a_held_request_is_withdrawn(frozen: Clock, request_: CancelRequest, staff: User) -> None:
    hold(request_, staff)
    cancel_requests.withdraw(request_id=request_.pk, person=request_.room.buyer)
    assert columns(request_)[0] == "withdrawn"
    with pytest.raises(errors.RequestNotOpen):
        release(request_, staff)


def test_a_held_request_ends_with_the_deal(frozen: Clock, staff: User) -> None:
    talk_room = room(silent=Party.BUYER, now=frozen.at)
    request = open_request(talk_room, deadline=frozen.at + hours(24), requester=Party.SELLER)
    hold(request, staff)
    delivery.deliver(room_id=talk_room.pk, seller=talk_room.seller, body="Done")
    assert columns(request)[0] == "ended_with_deal"


def test_steering_meets_a_first_contact_limit_that_passed_first(frozen: Clock, staff: User) -> None:
    talk_room = untouched_room(limit=frozen.at - MICROSECOND)
    request = open_request(talk_room, deadline=frozen.at + hours(1))
    with pytest.raises(errors.RequestNotOpen):
        hold(request, staff)
    assert columns(request)[0] == "ended_with_deal"
    verdict = Verdict.objects.get(deal=talk_room.deal_id)
    assert (verdict.cause, verdict.woken_by) == ("no_first_contact", "staff")


# What steering is refused with


def test_a_request_is_held_once_and_released_only_when_held(
    frozen: Clock, request_: CancelRequest, staff: User
) -> None:
    with pytest.raises(errors.RequestNotHeld):
        release(request_, staff)
    hold(request_, staff)
    before = every_row()
    with pytest.raises(errors.RequestAlreadyHeld):
        hold(request_, staff)
    assert every_row() == before


@pytest.mark.parametrize("steer", [hold, release, extend])
def test_a_request_that_has_ended_is_not_steered(
    frozen: Clock, request_: CancelRequest, staff: User, steer: Callable[[CancelRequest, User], CancelRequest]
) -> None:
    cancel_requests.withdraw(request_id=request_.pk, person=request_.room.buyer)
    before = every_row()
    with pytest.raises(errors.RequestNotOpen):
        steer(request_, staff)
    assert every_row() == before


@pytest.mark.parametrize("by", [timedelta(0), -MICROSECOND, days(366) + MICROSECOND])
def test_an_extension_is_longer_than_zero_and_at_most_366_days(
    frozen: Clock, request_: CancelRequest, staff: User, by: timedelta
) -> None:
    before = every_row()
    with pytest.raises(errors.ExtensionOutOfRange):
        extend(request_, staff, by)
    assert every_row() == before
    extend(request_, staff, days(366))


def test_what_was_confirmed_for_an_older_generation_is_stale(
    frozen: Clock, request_: CancelRequest, staff: User
) -> None:
    extend(request_, staff)
    before = every_row()
    with pytest.raises(errors.Stale):
        steering.extend(request_id=request_.pk, by=hours(6), staff=staff, reason=WHY, generation=1)
    assert every_row() == before
    steering.extend(request_id=request_.pk, by=hours(6), staff=staff, reason=WHY, generation=2)


# Every button: who may, with what reason, on what


def buttons(frozen: Clock) -> dict[str, tuple[str, dict[str, Any], Callable[..., Any]]]:
    """Each of staff's doings, in an order in which all work: its permission, what it is done to, and the doing."""
    request = open_request(room(now=frozen.at), deadline=frozen.at + hours(1))
    message = Message.objects.filter(room=request.room).earliest("posted_at")
    cancelled = overdue_room()
    sweep()
    verdict = Verdict.objects.get(deal=cancelled.deal_id)
    return {
        "hold": ("steer_cancelrequest", {"request_id": request.pk}, steering.hold),
        "extend": ("steer_cancelrequest", {"request_id": request.pk, "by": hours(1)}, steering.extend),
        "release": ("steer_cancelrequest", {"request_id": request.pk}, steering.release),
        "hide": ("hide_message", {"message_id": message.pk}, steering.hide),
        "resume": ("resume_seller", {"seller_id": verdict.seller_id}, selling.acknowledge_for),
        "reverse": ("reverse_verdict", {"verdict_id": verdict.pk}, steering.reverse),
    }


def test_each_button_needs_its_own_permission_and_a_member_of_staff(frozen: Clock) -> None:
    for codename, of, do in buttons(frozen).values():
        nobody, others, no_staff = (person("x", is_staff=is_staff) for is_staff in (True, True, False))
        every = Permission.objects.filter(content_type__app_label="marketplace")
        others.user_permissions.set(every.exclude(codename=codename))
        no_staff.user_permissions.set(every)
        before = every_row()
        for who in (nobody, others, no_staff):
            with pytest.raises(errors.NotYoursToDo):
                do(**of, staff=who, reason=WHY)
        assert every_row() == before
        allowed = person("x", is_staff=True)
        allowed.user_permissions.set(every.filter(codename=codename))
        do(**of, staff=allowed, reason=WHY)
        assert Event.objects.latest("id").data["reason"] == WHY


@pytest.mark.parametrize("reason", ["", " \n", "x" * 1001])
def test_each_button_asks_for_a_reason_of_1_to_1000_characters(frozen: Clock, staff: User, reason: str) -> None:
    made = buttons(frozen)
    before = every_row()
    for _, of, do in made.values():
        with pytest.raises(errors.ReasonNeeded):
            do(**of, staff=staff, reason=reason)
    assert every_row() == before


def test_what_does_not_exist_is_not_found(frozen: Clock, staff: User) -> None:
    for _, of, do in buttons(frozen).values():
        nothing = {name: uuid4() if name.endswith("_id") else value for name, value in of.items()}
        with pytest.raises(errors.NotFound):
            do(**nothing, staff=staff, reason=WHY)


# Reverse


def reverse(verdict: Verdict, staff: User) -> Verdict:
    return steering.reverse(verdict_id=verdict.pk, staff=staff, reason=WHY)


def test_a_reversal_undoes_what_the_verdict_did_and_says_so(frozen: Clock, seller: Seller, staff: User) -> None:
    completed_deal(of=seller, ended_at=frozen.at - days(10), rating=5)
    talk_room = overdue_room(of=seller)
    sweep()
    frozen.advance(hours(2))
    verdict = reverse(Verdict.objects.get(), staff)

    assert (verdict.at_fault, verdict.reversed_at, verdict.reversed_because) == ("nobody", frozen.at, WHY)
    deal = Deal.objects.get(pk=talk_room.deal_id)
    assert (deal.status, deal.cancel_cause) == ("cancelled", "no_contact")
    assert Review.objects.get(verdict=verdict).hidden_at == frozen.at
    assert not PenaltyPause.objects.filter(lifted_at=None).exists()
    assert Service.objects.accepting().filter(seller=seller).count() == 3
    seller.refresh_from_db()
    assert (seller.completed, seller.cancelled_at_fault, seller.rating_sum, seller.rating_count) == (1, 0, 5, 1)
    assert seller.search_rank == 500
    assert talk_room.messages.latest("posted_at").line == "verdict_reversed"
    event = Event.objects.get(kind=EventKind.VERDICT_REVERSED)
    assert (event.actor, event.occurred_at, event.data["reason"]) == (staff, frozen.at, WHY)
    assert (event.data["was_at_fault"], event.data["reviews_hidden"], event.data["pauses_lifted"]) == ("seller", 1, 3)
    with pytest.raises(errors.RoomClosed):
        talk.post_message(room_id=talk_room.pk, author=talk_room.seller, body="Thank you")


def test_a_verdict_is_reversed_once(frozen: Clock, staff: User) -> None:
    overdue_room()
    sweep()
    verdict = reverse(Verdict.objects.get(), staff)
    frozen.advance(hours(1))
    before = every_row()
    with pytest.raises(errors.AlreadyReversed):
        reverse(verdict, staff)
    assert every_row() == before


@pytest.mark.parametrize("first", [0, 1])
def test_of_two_verdicts_either_is_reversed_first_and_the_other_stands(
    frozen: Clock, seller: Seller, staff: User, first: int
) -> None:
    for by in (hours(2), hours(1)):
        overdue_room(by=by, of=seller)
    sweep()
    verdicts = list(Verdict.objects.order_by("effective_at"))
    reverse(verdicts[first], staff)
    assert not Service.objects.accepting().filter(seller=seller).exists()
    seller.refresh_from_db()
    assert (seller.cancelled_at_fault, seller.rating_count) == (1, 1)
    with pytest.raises(errors.SellerPaused):
        selling.resume(service_id=seller.services.earliest("pk").pk, owner=seller.user)
    reverse(verdicts[1 - first], staff)
    assert Service.objects.accepting().filter(seller=seller).count() == 3
    seller.refresh_from_db()
    assert (seller.figures.ended, seller.rating_count, seller.search_rank) == (0, 0, Decimal(350))


def test_a_reversed_silence_of_the_buyer_leaves_the_buyers_record(frozen: Clock, staff: User, stranger: User) -> None:
    talk_room = overdue_room(silent=Party.BUYER)
    sweep()
    with pytest.raises(errors.ReplyDeadlinePassed):
        talk.post_message(room_id=talk_room.pk, author=talk_room.buyer, body="Here")
    reverse(Verdict.objects.get(), staff)
    assert not talk_room.buyer.purchases.filter(verdict__at_fault="buyer").exists()
    with pytest.raises(errors.RoomClosed):
        talk.post_message(room_id=talk_room.pk, author=talk_room.buyer, body="Here")


# Resume on a seller's behalf


def test_staff_resume_a_seller_who_then_accepts_everywhere(frozen: Clock, seller: Seller, staff: User) -> None:
    overdue_room(of=seller)
    sweep()
    selling.acknowledge_for(seller_id=seller.pk, staff=staff, reason=WHY)
    assert Verdict.objects.get().acknowledged_at == frozen.at
    assert Service.objects.accepting().filter(seller=seller).count() == 3
    event = Event.objects.get(kind=EventKind.SELLER_RESUMED)
    assert (event.actor, event.data["reason"], event.data["verdicts"]) == (staff, WHY, 1)
    overdue_room(of=seller)
    sweep()
    assert not Service.objects.accepting().filter(seller=seller).exists()  # each verdict needs its own


# Hide


def test_a_hidden_message_moves_no_clock(frozen: Clock, staff: User) -> None:
    talk_room: TalkRoom = room(silent_for=days(4), silent=Party.BUYER, now=frozen.at)
    last = talk_room.messages.latest("posted_at")
    contact = (talk_room.buyer_last_contact_at, talk_room.seller_last_contact_at, talk_room.last_sender)
    steering.hide(message_id=last.pk, staff=staff, reason=WHY)
    last.refresh_from_db()
    assert (last.hidden_at, last.body) == (frozen.at, "…")
    talk_room.refresh_from_db()
    assert contact == (talk_room.buyer_last_contact_at, talk_room.seller_last_contact_at, talk_room.last_sender)
    event = Event.objects.get(kind=EventKind.MESSAGE_HIDDEN)
    assert (event.actor, event.data["message"]) == (staff, str(last.pk))
    assert cancel_requests.place(room_id=talk_room.pk, requester=talk_room.seller).status == "awaiting_reply"


def test_a_message_is_hidden_once_and_a_system_line_never(frozen: Clock, staff: User) -> None:
    overdue_room()
    sweep()
    said = Message.objects.exclude(kind=MessageKind.SYSTEM).earliest("posted_at")
    steering.hide(message_id=said.pk, staff=staff, reason=WHY)
    before = every_row()
    with pytest.raises(errors.MessageAlreadyHidden):
        steering.hide(message_id=said.pk, staff=staff, reason=WHY)
    with pytest.raises(errors.NotFound):
        steering.hide(message_id=Message.objects.get(kind=MessageKind.SYSTEM).pk, staff=staff, reason=WHY)
    assert every_row() == before
