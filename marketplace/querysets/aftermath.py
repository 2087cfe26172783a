"""What a verdict did to its seller, and what its reversal undid, as their own transactions wrote it."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.apps import apps

from marketplace.vocabulary import AtFault, EventKind


def services_paused(verdicts: Collection[Any]) -> int:
    """Return how many services these verdicts paused, each counted once. One statement."""
    pauses = apps.get_model("marketplace", "PenaltyPause").objects.filter(verdict__in=verdicts)
    number: int = pauses.values("service").distinct().count()
    return number


def standing_by_the_verdict(verdict: Any, room: Any, paused_at: datetime | None) -> Any | None:
    """Return the event of the change of standing that a verdict brought, None when no figure moved.

    `paused_at` is when its pauses were written, None when there were none.
    """
    events = apps.get_model("marketplace", "Event").objects
    cancelled = events.filter(room=room, kind=EventKind.DEAL_CANCELLED, data__verdict=str(verdict.pk))
    told = cancelled.order_by("id").first()
    if told is None or told.data.get("at_fault") != AtFault.SELLER:
        return None
    return _standing_change_of(told, paused_at)


def _standing_change_of(told: Any, paused_at: datetime | None) -> Any | None:
    """Find it: it was written with the pauses, after the seller's lock, under one reading of the clock.

    Without a pause it is the first change of this seller that was written after the verdict.
    """
    events = apps.get_model("marketplace", "Event").objects
    changed = events.filter(seller=told.seller_id, kind=EventKind.STANDING_CHANGED)
    later = changed.filter(pk__gt=told.pk).order_by("id")
    same = later.filter(occurred_at=paused_at).first() if paused_at is not None else None
    return same or later.filter(recorded_at__gte=told.recorded_at).first()


def standing_by_the_reversal(verdict: Any, room: Any) -> Any | None:
    """Return the change that was written with the reversal: under its lock of the seller, just before its own event."""
    events = apps.get_model("marketplace", "Event").objects
    told = events.filter(room=room, kind=EventKind.VERDICT_REVERSED).order_by("-id").first()
    if told is None:
        return None
    changed = events.filter(seller=verdict.seller_id, kind=EventKind.STANDING_CHANGED, pk__lt=told.pk)
    return changed.filter(recorded_at__gte=told.recorded_at).order_by("-id").first()
