"""Reads a room's schedule."""

from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet

from marketplace.models import Milestone, MilestoneChange


def shared_in(room_id: UUID) -> list[Milestone]:
    """Return the milestones of a room in the order of their dates, each with its `changes`, oldest first."""
    return list(_of(room_id).prefetch_related("changes"))


def present_in(room_id: UUID) -> list[Milestone]:
    """Return the same as they stand now, without what they said before."""
    return list(_of(room_id))


def with_dates_before(room_id: UUID) -> list[Any]:
    """Return the same with the days that each was due on before, oldest first, as `due_before`: one statement."""
    changes = MilestoneChange.objects.filter(milestone=OuterRef("pk"))
    days = ArraySubquery(changes.order_by("id").values("due_on"))
    return list(_of(room_id).annotate(due_before=days))  # type: ignore[no-redef]  # declared for its readers


def removed_from(room_id: UUID) -> list[Milestone]:
    """Return the milestones that were taken out of a room's schedule, each with its `changes`, in the same order."""
    milestones = Milestone.objects.filter(room=room_id, removed_at__isnull=False)
    return list(milestones.order_by("removed_at", "due_on", "id").prefetch_related("changes"))


def _of(room_id: UUID) -> QuerySet[Milestone]:
    milestones = Milestone.objects.filter(room=room_id, removed_at=None)
    return milestones.order_by("due_on", "shared_at", "id")
