"""Messages in a talk room."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from marketplace import alarms, errors
from marketplace.actions.writing import Entered, Words, enter, writing
from marketplace.alarms import WakeUp
from marketplace.characters import is_visible
from marketplace.models import CancelRequest, Deal, Message, TalkRoom, User
from marketplace.vocabulary import CONTACT, DeadlineKind, EventKind, MessageKind, Party, RequestStatus, SystemLine


@writing
def post_message(*, room_id: UUID, author: User, body: str, kind: MessageKind = MessageKind.TEXT) -> Message:
    """Post a message. If it is contact (R6) it moves the author's clock and is the reply to a request.

    Raises `RoomClosed`, or `ReplyDeadlinePassed` for the party whose silence cancelled the deal. A message
    that was refused as late is kept as an event, so that staff see near misses (R7).
    """
    entered = enter(room_id, author, words=Words(kind=kind, body=body))
    return say(entered, kind, body)


def say(
    entered: Entered, kind: MessageKind, body: str, event: EventKind = EventKind.MESSAGE_POSTED, **data: Any
) -> Message:
    """Write a party's message and record the event. Contact moves the party's clock and is its reply (R6).

    Raises `NothingToRead` for a body in which nothing is visible: it is no contact.
    """
    if kind is not MessageKind.SCHEDULE_CHANGE and not is_visible(body):
        raise errors.NothingToRead(fields=("body",))
    message = Message.objects.create(
        room=entered.room, sender=entered.party, kind=kind, body=body, posted_at=entered.now
    )
    entered.record(event, message=str(message.pk), party=entered.party, message_kind=kind, **data)
    if kind in CONTACT:
        _count_as_contact(entered)
    return message


def _count_as_contact(entered: Entered) -> None:
    """Move the party's clock, and revoke the request against it: any contact is the reply (R3).

    The seller's first one ends the first-contact limit (R13).
    """
    entered.room.stamp_contact(entered.party, entered.now)
    entered.room.save(update_fields=TalkRoom.contact_fields(entered.party))
    if entered.party is Party.SELLER and entered.deal.first_contact_deadline is not None:
        Deal.objects.filter(pk=entered.deal.pk).update(first_contact_deadline=None)
    request = entered.open_request
    if request is not None and request.respondent == entered.party:
        end_request(entered, request, RequestStatus.REVOKED_BY_REPLY, EventKind.REQUEST_REVOKED)


def end_request(
    entered: Entered, request: CancelRequest, status: RequestStatus, event: EventKind, line: SystemLine | None = None
) -> bool:
    """End the request if it is in time, and revoke its wake-up. Returns False when it was not open any more."""
    still_open = CancelRequest.objects.in_time(entered.now).filter(pk=request.pk)
    if not still_open.update(status=status, ended_at=entered.now):
        return False
    request.status, request.ended_at = status, entered.now
    entered.record(event, request=str(request.pk))
    if line:
        system_line(entered.room, line, entered.now)
    alarms.silence(WakeUp(DeadlineKind.REPLY, request.pk, request.generation))
    return True


def open_room(*, room: TalkRoom, first_words: str) -> None:
    """Write the purchase line, and the message given with the purchase: it is the buyer's contact (R6).

    The line, which moves no clock, is dated a microsecond before the message, so that the two keep their order.
    """
    system_line(room, SystemLine.PURCHASE, room.opened_at - timedelta(microseconds=1))
    if not is_visible(first_words):  # no message, and no contact
        return
    Message.objects.create(
        room=room, sender=Party.BUYER, kind=MessageKind.TEXT, body=first_words, posted_at=room.opened_at
    )
    room.stamp_contact(Party.BUYER, room.opened_at)
    room.save(update_fields=TalkRoom.contact_fields(Party.BUYER))


def system_line(room: TalkRoom, line: SystemLine, at: datetime) -> None:
    """Write a system line. It is not contact."""
    Message.objects.create(room=room, kind=MessageKind.SYSTEM, line=line, posted_at=at)
