"""Reading what one was told."""

from datetime import datetime
from uuid import UUID

from marketplace import clock
from marketplace.errors import NotFound
from marketplace.models import User
from notifications.models import Notification
from notifications.vocabulary import Channel, Kind

OPENED_BY_LOOKING = (Kind.MESSAGE, Kind.SCHEDULE)
"""What has been read when its room was opened: it stands there."""


def read(*, person: User, notification_id: UUID) -> Notification:
    """Write when an in-app notice was first read. Raises `NotFound` for one that is not the person's."""
    own = Notification.objects.filter(pk=notification_id, person=person, channel=Channel.INAPP)
    own.filter(read_at=None).update(read_at=clock.now())
    found = own.first()
    if found is None:
        raise NotFound
    return found


def read_room(*, person: User, room_id: UUID) -> int:
    """Write that the notices of a room that the person looks at were read. Returns how many were not yet."""
    unread = Notification.objects.filter(person=person, channel=Channel.INAPP, read_at=None, room=room_id)
    return unread.filter(kind__in=OPENED_BY_LOOKING).update(read_at=clock.now())


def read_all(*, person: User, until: datetime) -> int:
    """Write that every in-app notice made up to `until` (inclusive) was read. Returns how many were not yet.

    What arrived after the person looked has not been seen, and stays unread.
    """
    unread = Notification.objects.filter(person=person, channel=Channel.INAPP, read_at=None)
    return unread.filter(made_at__lte=until).update(read_at=clock.now())
