"""Placing a cancel request, and withdrawing it."""

from uuid import UUID

from django.conf import settings

from marketplace import alarms, errors, rules
from marketplace.actions import talk
from marketplace.actions.writing import Check, enter, no_check, writing
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
    known = facts.talk(entered.room, entered.deal, entered.now, entered.requests)
    refusal = rules.refusal(settings.POLICY, known, entered.party, entered.now)
    if refusal:
        raise refusal
    deadline = rules.reply_deadline(entered.now, entered.deal.reply_window)
    request = CancelRequest.objects.create(
        room=entered.room,
        requester=entered.party,
        reason=reason,
        placed_at=entered.now,
        reply_deadline=deadline,
    )
    talk.system_line(entered.room, SystemLine.REQUEST_PLACED, entered.now)
    entered.record(
        EventKind.REQUEST_PLACED,
        request=str(request.pk),
        requester=entered.party,
        reply_deadline=deadline.isoformat(),
    )
    alarms.ring(WakeUp(DeadlineKind.REPLY, request.pk, request.generation), deadline, entered.deal.reply_window)
    return request


@writing
def withdraw(*, request_id: UUID, person: User, check: Check = no_check) -> CancelRequest:
    """Withdraw an open request, without effect on any clock (R6, R8).

    Raises `NotFound`, `NotYoursToDo` for the respondent, `RequestNotOpen`, and whatever `check` raises.
    """
    room = errors.found(TalkRoom.objects.visible_to(person).filter(cancel_requests=request_id).only("pk").first())
    entered = enter(room.pk, person, when_ended=errors.RequestNotOpen)
    request = CancelRequest.objects.get(pk=request_id)
    if request.requester != entered.party:
        raise errors.NotYoursToDo
    if request.status != RequestStatus.AWAITING_REPLY:
        raise errors.RequestNotOpen
    check()
    event, line = EventKind.REQUEST_WITHDRAWN, SystemLine.REQUEST_WITHDRAWN
    if not talk.end_request(entered, request, RequestStatus.WITHDRAWN, event, line):
        raise errors.RequestNotOpen
    return request
