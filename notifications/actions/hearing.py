"""Hears the marketplace's events: tells who is to be told, and moves the ladders of the room."""

import logging
import time

from django.db import transaction

from marketplace import clock, events
from notifications.actions import ladders
from notifications.actions.notices import notices, what_is_known
from notifications.actions.telling import tell

logger = logging.getLogger(__name__)

AT_ONCE = 200
"""How many events one transaction hears at most."""
HEAR_FOR = 20.0
"""Seconds that one task goes on finding more; the next one continues."""


def hear() -> int:
    """Hear what nobody has heard yet, oldest first. Returns how many events."""
    until = time.monotonic() + HEAR_FOR
    total = 0
    while time.monotonic() < until:
        number = _hear_some()
        total += number
        if number < AT_ONCE:
            break
    return total


def _hear_some() -> int:
    """Hear a batch. An event that fails alone stays unheard, is told at each round, and stops nobody."""
    try:
        return _hear_together(AT_ONCE)
    except Exception:
        logger.exception("a batch of events failed: each is heard alone")
    return _hear_each()


def _hear_each() -> int:
    with transaction.atomic():
        waiting = [event.pk for event in events.unheard(AT_ONCE)]
    return sum(_hear_alone(pk) for pk in waiting)


def _hear_alone(pk: int) -> int:
    try:
        return _hear_together(1, pk)
    except Exception:
        logger.exception("event %s could not be told", pk)
        return 0


@transaction.atomic
def _hear_together(limit: int, only: int | None = None) -> int:
    heard = events.unheard(limit, only)
    if not heard:
        return 0
    now = clock.now()
    known = what_is_known(heard)
    tell([notice for event in heard for notice in notices(event, known, now)], now)
    ladders.walk(known.stories, now)
    events.heard([event.pk for event in heard], now)
    return len(heard)
