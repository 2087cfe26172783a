"""What staff do, each with a reason and an event: hold, release, extend, reverse, hide (R10).

The system itself extends a window too (`staff=None`) when no notice of a request arrived.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from marketplace import alarms, clock, errors, events, locks
from marketplace.actions import standing, talk
from marketplace.actions.writing import Locked, steer, writing
from marketplace.alarms import WakeUp
from marketplace.characters import is_visible
from marketplace.models import CancelRequest, Message, PenaltyPause, Review, TalkRoom, User, Verdict
from marketplace.policy import LONGEST_DURATION
from marketplace.vocabulary import AtFault, DeadlineKind, EventKind, MessageKind, SystemLine

MAY_STEER = "marketplace.steer_cancelrequest"
MAY_REVERSE = "marketplace.reverse_verdict"
MAY_HIDE = "marketplace.hide_message"
MAY_RESUME = "marketplace.resume_seller"
LONGEST_REASON = 1000


@writing
def hold(*, request_id: UUID, staff: User, reason: str, generation: int | None = None) -> CancelRequest:
    """Stop the clock of an open request that is not overdue. What remains is kept; its deadline is null.

    Raises `RequestNotOpen`, `RequestAlreadyHeld`, `ReasonNeeded`, `NotYoursToDo` without the permission.
    """
    check_permission(staff, MAY_STEER)
    locked, request = _enter(request_id, staff, reason, generation)
    if request.reply_deadline is None:
        raise errors.RequestAlreadyHeld
    remaining = request.reply_deadline - locked.now
    _move(locked, request, reply_deadline=None, held_at=locked.now, remaining_when_held=remaining)
    _tell(locked, request, EventKind.REQUEST_HELD, SystemLine.REQUEST_HELD, reason)
    return request


@writing
def release(*, request_id: UUID, staff: User, reason: str, generation: int | None = None) -> CancelRequest:
    """Let the clock of a held request run on: its deadline is now + what remained.

    Raises `RequestNotOpen`, `RequestNotHeld`, `ReasonNeeded`, `NotYoursToDo`.
    """
    check_permission(staff, MAY_STEER)
    locked, request = _enter(request_id, staff, reason, generation)
    if request.remaining_when_held is None:
        raise errors.RequestNotHeld
    deadline = locked.now + request.remaining_when_held
    _move(locked, request, reply_deadline=deadline, held_at=None, remaining_when_held=None)
    _tell(locked, request, EventKind.REQUEST_RELEASED, SystemLine.REQUEST_RELEASED, reason)
    return request


@writing
def extend(
    *, request_id: UUID, by: timedelta, staff: User | None, reason: str, generation: int | None = None
) -> CancelRequest:
    """Move the deadline of an open request `by` later; when it is held, add to what remains.

    Raises `RequestNotOpen`, `ExtensionOutOfRange`, `ReasonNeeded`, `NotYoursToDo`.
    """
    if staff is not None:
        check_permission(staff, MAY_STEER)
    if not timedelta(0) < by <= LONGEST_DURATION:
        raise errors.ExtensionOutOfRange
    locked, request = _enter(request_id, staff, reason, generation)
    if request.reply_deadline is not None:
        _move(locked, request, reply_deadline=request.reply_deadline + by)
    elif request.remaining_when_held is not None:
        _move(locked, request, remaining_when_held=request.remaining_when_held + by)
    seconds = by.total_seconds()
    _tell(locked, request, EventKind.REQUEST_EXTENDED, SystemLine.REQUEST_EXTENDED, reason, by_seconds=seconds)
    return request


@writing
def reverse(*, verdict_id: UUID, staff: User, reason: str) -> Verdict:
    """Undo a verdict exactly (R10): once, in any order.

    The deal stays cancelled, at fault nobody; the review is kept but hidden; only this verdict's
    pause rows are lifted; figures and ranks are as if it had not been; both sides are told.
    Raises `NotFound`, `AlreadyReversed`, `ReasonNeeded`, `NotYoursToDo`.
    """
    check_permission(staff, MAY_REVERSE)
    check_reason(reason)
    room = errors.found(TalkRoom.objects.filter(deal__verdict=verdict_id).only("pk").first())
    locked = steer(room.pk, staff, when_ended=None)
    verdict = Verdict.objects.get(pk=verdict_id)
    was_at_fault, seller = verdict.at_fault, locks.seller(verdict.seller_id)
    now = clock.now()  # again: whatever touches a service decides after the seller's lock
    undone = _take_back(verdict, reason, now)
    standing.recompute_locked(sellers=[seller.pk], now=now)
    talk.system_line(locked.room, SystemLine.VERDICT_REVERSED, now)
    events.record(
        EventKind.VERDICT_REVERSED,
        at=now,
        room=locked.room,
        seller=seller,
        actor=staff,
        reason=reason,
        verdict=str(verdict_id),
        was_at_fault=was_at_fault,
        **undone,
    )
    return verdict


def _take_back(verdict: Verdict, reason: str, now: datetime) -> dict[str, Any]:
    """Reverse the verdict and its consequences, and return their numbers. Raises `AlreadyReversed`."""
    reversal = {"at_fault": AtFault.NOBODY, "reversed_at": now, "reversed_because": reason}
    if not Verdict.objects.filter(pk=verdict.pk, reversed_at=None).update(**reversal):
        raise errors.AlreadyReversed
    for name, value in reversal.items():
        setattr(verdict, name, value)
    return {
        "reviews_hidden": Review.objects.filter(verdict=verdict, hidden_at=None).update(hidden_at=now),
        "pauses_lifted": PenaltyPause.objects.filter(verdict=verdict, lifted_at=None).update(lifted_at=now),
    }


@transaction.atomic
def hide(*, message_id: UUID, staff: User, reason: str) -> Message:
    """Hide a message from both parties. It moves no clock (R6).

    Raises `NotFound`, `MessageAlreadyHidden`, `ReasonNeeded`, `NotYoursToDo`.
    """
    check_permission(staff, MAY_HIDE)
    check_reason(reason)
    message = errors.found(Message.objects.exclude(kind=MessageKind.SYSTEM).filter(pk=message_id).first())
    room = locks.any_talk_room(message.room_id)
    now = clock.now()
    if not Message.objects.filter(pk=message_id, hidden_at=None).update(hidden_at=now):
        raise errors.MessageAlreadyHidden
    events.record(EventKind.MESSAGE_HIDDEN, at=now, room=room, actor=staff, reason=reason, message=str(message_id))
    message.hidden_at = now
    return message


def check_permission(staff: User, permission: str) -> None:
    """Raise `NotYoursToDo` unless this person is staff with the permission."""
    if not (staff.is_staff and staff.has_perm(permission)):
        raise errors.NotYoursToDo


def check_reason(reason: str) -> None:
    """Raise `ReasonNeeded` unless the reason has visible text."""
    if not is_visible(reason) or len(reason.strip()) > LONGEST_REASON:
        raise errors.ReasonNeeded


def _enter(request_id: UUID, staff: User | None, reason: str, generation: int | None) -> tuple[Locked, CancelRequest]:
    """Lock the request's room. Raises `NotFound`, `RequestNotOpen`, `ReasonNeeded`.

    Raises `Stale` where the deadline has moved since the caller saw `generation`: one confirmation,
    one change.
    """
    check_reason(reason)
    candidate = errors.found(CancelRequest.objects.filter(pk=request_id).only("room_id").first())
    locked = steer(candidate.room_id, staff, when_ended=errors.RequestNotOpen)
    request = locked.open_request
    if request is None or request.pk != request_id:
        raise errors.RequestNotOpen
    if generation is not None and request.generation != generation:
        raise errors.Stale
    return locked, request


def _move(locked: Locked, request: CancelRequest, **to: object) -> None:
    """Write the columns and a new generation, for which the old wake-up does nothing.

    The sweep sets the new wake-up: only first deadlines have the queue `deadlines`.
    """
    old = WakeUp(DeadlineKind.REPLY, request.pk, request.generation)
    to |= request.next_generation()
    moved = CancelRequest.objects.in_time(locked.now).filter(pk=request.pk, generation=request.generation)
    if not moved.update(**to):
        raise errors.RequestNotOpen
    for name, value in to.items():
        setattr(request, name, value)
    alarms.silence(old)


def _tell(locked: Locked, request: CancelRequest, kind: EventKind, line: SystemLine, reason: str, **data: Any) -> None:
    talk.system_line(locked.room, line, locked.now)
    remaining = request.remaining_when_held
    locked.record(
        kind,
        reason=reason,
        request=str(request.pk),
        reply_deadline=request.reply_deadline.isoformat() if request.reply_deadline else None,
        remaining_seconds=remaining.total_seconds() if remaining is not None else None,
        **data,
    )
