"""Placing a cancel request, and withdrawing it."""

from uuid import UUID

from django.conf import settings

from marketplace import alarms, errors, events, rules
from marketplace.actions import talk
from marketplace.actions.writing import Check, Entered, enter, no_check, writing
from marketplace.alarms import WakeUp
from marketplace.models import CancelRequest, TalkRoom, User
from marketplace.reads import facts
from marketplace.vocabulary import DeadlineKind, EventKind, RequestStatus, SystemLine


@writing
def place(*, room_id: UUID, requester: User, reason: str = "") -> CancelRequest:
    """Place a cancel request and set the wake-up for its reply deadline, 24 hours ahead (R1–R3).

    Raises the first unmet condition of R1 and R8.
    """
    entered = enter(room_id, requester, when_ended=errors.DealNotInProgress)
    _refuse(entered)
    request = CancelRequest.objects.create(
        room=entered.room,
        requester=entered.party,
        reason=reason,
        placed_at=entered.now,
        reply_deadline=rules.reply_deadline(entered.now, entered.deal.reply_window),
    )
    talk.system_line(entered.room, SystemLine.REQUEST_PLACED, entered.now)
    events.record(
        EventKind.REQUEST_PLACED,
        at=entered.now,
        room=entered.room,
        actor=requester,
        request=str(request.pk),
        requester=entered.party,
        reply_deadline=str(request.reply_deadline.isoformat()) if request.reply_deadline else None,
    )
    if request.reply_deadline:
        wake_up = WakeUp(DeadlineKind.REPLY, request.pk, request.generation)
        alarms.ring(wake_up, request.reply_deadline, entered.deal.reply_window)
    return request


def _refuse(entered: Entered) -> None:
    policy = settings.POLICY
    known = facts.talk(entered.room, entered.deal, entered.now, policy.requests_counted_over, entered.requests)
    refusal = rules.refusal(policy, known, entered.party, entered.now)
    if refusal:
        raise refusal


@writing
def withdraw(*, request_id: UUID, person: User, check: Check = no_check) -> CancelRequest:
    """Withdraw an open request, without effect on any clock (R6, R8).

    Raises `NotFound`, `NotYoursToDo` for the respondent, `RequestNotOpen`, and whatever `check` raises.
    """
    room_id = _room_of(request_id, person)
    entered = enter(room_id, person, when_ended=errors.RequestNotOpen)
    request = CancelRequest.objects.get(pk=request_id)
    if request.requester != entered.party:
        raise errors.NotYoursToDo
    if request.status != RequestStatus.AWAITING_REPLY:
        raise errors.RequestNotOpen
    check()
    withdrawn = (
        CancelRequest.objects.open().filter(pk=request_id).update(status=RequestStatus.WITHDRAWN, ended_at=entered.now)
    )
    if not withdrawn:
        raise errors.RequestNotOpen
    request.status, request.ended_at = RequestStatus.WITHDRAWN, entered.now
    talk.system_line(entered.room, SystemLine.REQUEST_WITHDRAWN, entered.now)
    events.record(EventKind.REQUEST_WITHDRAWN, at=entered.now, room=entered.room, actor=person, request=str(request_id))
    alarms.silence(WakeUp(DeadlineKind.REPLY, request.pk, request.generation))
    return request


def _room_of(request_id: UUID, person: User) -> UUID:
    room = TalkRoom.objects.visible_to(person).filter(cancel_requests=request_id).only("pk").first()
    if room is None:
        raise errors.NotFound
    room_id: UUID = room.pk
    return room_id
