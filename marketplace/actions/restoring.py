"""After a restore of an older state of the database: nobody loses a deal because messages got lost."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F

from marketplace import clock, events
from marketplace.models import Event, Presence
from marketplace.reads.deadlines import DEADLINES
from marketplace.vocabulary import DeadlineKind, EventKind


@transaction.atomic
def give_back_lost_time(*, lost: timedelta, dropped: int) -> dict[DeadlineKind, int]:
    """Move every running deadline `lost` later, and forget who ran. Returns how many of each kind.

    Each row gets a new generation, so that wake-ups from before do nothing. `dropped` is how many notices
    are not sent any more: the event tells both.
    """
    moved = {}
    for kind, deadline in DEADLINES.items():
        later = {deadline.column: F(deadline.column) + lost, "generation": F("generation") + 1}
        moved[kind] = deadline.running().update(**later)
    Presence.objects.all().delete()
    events.record(
        EventKind.RESTORED_FROM_BACKUP,
        at=clock.now(),
        lost_seconds=lost.total_seconds(),
        dropped=dropped,
        deadlines=moved,
    )
    return moved


def is_newest_event() -> bool:
    """Whether it was done already, and nothing has happened since."""
    newest = Event.objects.order_by("-pk").first()
    return newest is not None and newest.kind == EventKind.RESTORED_FROM_BACKUP
