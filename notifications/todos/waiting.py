"""Asks what waits for a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from marketplace.models import User
from notifications.todos import statements
from notifications.todos.kinds import Todo, TodoKind

AT_MOST = 200
REVIEW_ASKED_FOR = timedelta(days=14)
"""How long after a deal was completed (inclusive) its buyer is asked for a review. Writing one stays possible."""


@dataclass(frozen=True)
class Unhandled:
    """What waits for a person."""

    number: int
    """赤丸の数字: all of it, more than the list holds included."""
    first: Sequence[Todo]
    """Soonest due first, without a date last; at most 200."""


def unhandled_by(person: User, now: datetime) -> Unhandled:
    """Read the list and its number. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(statements.LIST, _facts(person, now) | {"at_most": AT_MOST})
        rows = cursor.fetchall()
    listed = [Todo(TodoKind(kind), *columns) for kind, *columns, _number in rows]
    return Unhandled(number=rows[0][-1] if rows else 0, first=listed)


def waiting_for(person: User, now: datetime) -> Sequence[Todo]:
    """Return what waits for this person, soonest due first, without a date last; at most 200. One statement."""
    return unhandled_by(person, now).first


def count(person: User, now: datetime) -> int:
    """Return how many things wait (赤丸の数字), more than the list holds included. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(statements.COUNT, _facts(person, now))
        row: tuple[int] = cursor.fetchone()
    return row[0]


def _facts(person: User, now: datetime) -> dict[str, Any]:
    return {
        "person": person.pk,
        "now": now,
        "zone": settings.TIME_ZONE,
        "today": now.astimezone(ZoneInfo(settings.TIME_ZONE)).date(),
        "no_schedule_after": settings.CADENCE.no_schedule_after,
        "reviewed_from": now - REVIEW_ASKED_FOR,
    }
