"""Drops waiting notices after a restore: they may have been sent before."""

from marketplace import clock
from notifications.actions import hearing
from notifications.models import Notification
from notifications.vocabulary import State

WHY = "waited to be sent in a backup that was restored"


def drop_waiting() -> int:
    """Write the notices of unheard events in-app only, and drop all that wait. Returns how many were dropped.

    Reminders go on: each is made from the present facts.
    """
    while hearing.hear():
        pass
    return Notification.objects.filter(state=State.WAITING).close(State.DROPPED, clock.now(), WHY)
