"""Sends a dead letter again, when staff say so."""

from uuid import UUID

from django.db import transaction

from marketplace import clock, events
from marketplace.errors import NotFound, NotYoursToDo, ReasonNeeded
from marketplace.models import User
from marketplace.vocabulary import EventKind
from notifications import doorbells
from notifications.errors import NotFailed
from notifications.models import Notification
from notifications.vocabulary import Channel, State

MAY_REDELIVER = "notifications.redeliver_notification"
LONGEST_REASON = 1_000


@transaction.atomic
def redeliver(*, notification_id: UUID, staff: User, reason: str) -> Notification:
    """Send a dead letter again, from the first attempt on.

    Raises `NotYoursToDo` without the permission, `ReasonNeeded`, `NotFound`, `NotFailed` for what is no dead letter.
    """
    if not (staff.is_staff and staff.has_perm(MAY_REDELIVER)):
        raise NotYoursToDo
    if not 1 <= len(reason.strip()) <= LONGEST_REASON:
        raise ReasonNeeded
    now = clock.now()
    notification = Notification.objects.filter(pk=notification_id).first()
    if notification is None:
        raise NotFound
    again = {
        "state": State.WAITING,
        "attempts": 0,
        "next_attempt_at": now,
        "answered_at": None,
        "refused_for_good": False,
    }
    if not Notification.objects.filter(pk=notification_id, state=State.FAILED).update(**again):
        raise NotFailed
    events.record(
        EventKind.NOTICE_SENT_AGAIN,
        at=now,
        room=notification.room,
        actor=staff,
        person=notification.person,
        reason=reason,
        notification=str(notification_id),
        channel=notification.channel,
        notice_kind=notification.kind,
    )
    doorbells.deliver(Channel(notification.channel))
    notification.refresh_from_db()
    return notification
