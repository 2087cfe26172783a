"""After an older state of the database was restored: what waited to be sent then may have been sent long ago."""

from marketplace import clock
from notifications.actions import hearing
from notifications.models import Notification
from notifications.vocabulary import State

WHY = "waited to be sent in a backup that was restored"


def drop_waiting() -> int:
    """Write what nobody heard in-app alone, and send nothing that waits. Returns how many notices were dropped.

    Reminders go on: each says anew what is so.
    """
    while hearing.hear():
        pass
    return Notification.objects.filter(state=State.WAITING).close(State.DROPPED, clock.now(), WHY)
