"""Reading what one was told."""

from uuid import UUID

from marketplace import clock
from marketplace.errors import NotFound
from marketplace.models import User
from notifications.models import Notification
from notifications.vocabulary import Channel


def read(*, person: User, notification_id: UUID) -> Notification:
    """Write when an in-app notice was first read. Raises `NotFound` for one that is not the person's."""
    own = Notification.objects.filter(pk=notification_id, person=person, channel=Channel.INAPP)
    own.filter(read_at=None).update(read_at=clock.now())
    found = own.first()
    if found is None:
        raise NotFound
    return found
