"""The effects of a verdict on its seller, and of its reversal, as their own transactions recorded them."""

from collections.abc import Collection
from datetime import datetime

from marketplace.models import Event, PenaltyPause, TalkRoom, Verdict
from marketplace.vocabulary import AtFault, EventKind


def services_paused(verdicts: Collection[Verdict]) -> int:
    """Return how many services these verdicts paused, each counted once. One statement."""
    pauses = PenaltyPause.objects.filter(verdict__in=verdicts)
    number: int = pauses.values("service").distinct().count()
    return number


def standing_by_the_verdict(verdict: Verdict, room: TalkRoom, paused_at: datetime | None) -> Event | None:
    """Return the event of the change of standing that a verdict caused, None if no figure moved.

    `paused_at` is when its pauses were written, None when there were none.
    """
    cancelled = Event.objects.filter(room=room, kind=EventKind.DEAL_CANCELLED, data__verdict=str(verdict.pk))
    told = cancelled.order_by("id").first()
    if told is None or told.data.get("at_fault") != AtFault.SELLER:
        return None
    return _standing_change_of(told, paused_at)


def _standing_change_of(told: Event, paused_at: datetime | None) -> Event | None:
    """Find it: it was written with the pauses, after the seller's lock, under one reading of the clock.

    Without a pause it is the first change of this seller that was written after the verdict.
    """
    changed = Event.objects.filter(seller=told.seller_id, kind=EventKind.STANDING_CHANGED)
    later = changed.filter(pk__gt=told.pk).order_by("id")
    same = later.filter(occurred_at=paused_at).first() if paused_at is not None else None
    return same or later.filter(recorded_at__gte=told.recorded_at).first()


def standing_by_the_reversal(verdict: Verdict, room: TalkRoom) -> Event | None:
    """Return the change recorded with the reversal: under its lock of the seller, just before its own event."""
    told = Event.objects.filter(room=room, kind=EventKind.VERDICT_REVERSED).order_by("-id").first()
    if told is None:
        return None
    changed = Event.objects.filter(seller=verdict.seller_id, kind=EventKind.STANDING_CHANGED, pk__lt=told.pk)
    return changed.filter(recorded_at__gte=told.recorded_at).order_by("-id").first()
