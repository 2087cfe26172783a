"""Reads a room's schedule."""

from typing import Any
from uuid import UUID

from django.apps import apps


def shared_in(room_id: UUID) -> list[Any]:
    """Return the milestones of a room in the order of their dates, each with its `changes`, oldest first."""
    return list(_of(room_id).prefetch_related("changes"))


def present_in(room_id: UUID) -> list[Any]:
    """Return the same as they stand now, without what they said before."""
    return list(_of(room_id))


def _of(room_id: UUID) -> Any:
    milestones = apps.get_model("marketplace", "Milestone").objects.filter(room=room_id, removed_at=None)
    return milestones.order_by("due_on", "shared_at", "id")
