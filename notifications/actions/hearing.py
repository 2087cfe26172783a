"""Passes the marketplace's events on: writes the notices, and moves the ladders of the room."""

import time
from collections.abc import Callable, Collection

from marketplace import clock, events, failing
from marketplace.failing import Work
from marketplace.models import Event
from marketplace.vocabulary import Matter
from notifications.actions import ladders
from notifications.actions.event_notices import notices_for_event, read_background
from notifications.actions.notices import write_notices

AT_ONCE = 200
"""The number of events in one transaction, at most."""
HEAR_FOR = 20.0
"""Seconds that one task goes on finding more; the next one continues."""


def hear() -> int:
    """Pass on unheard events, oldest first, then those that were put off until now. Returns their number.

    An event that fails is put off, and stops no other.
    """
    ends = time.monotonic() + HEAR_FOR
    heard = failing.attempt_until(ends, HEARING, lambda: events.unheard(AT_ONCE), AT_ONCE)
    return heard + failing.attempt_until(ends, HEARING_AGAIN, _due_again, AT_ONCE)


def _due_again() -> list[Event]:
    return _unheard_of(failing.due(Matter.EVENT, clock.now(), AT_ONCE))


def _unheard_of(keys: Collection[str]) -> list[Event]:
    return events.unheard_of([int(key) for key in keys])


def _hear(heard: list[Event]) -> None:
    now = clock.now()
    background = read_background(heard)
    write_notices([notice for event in heard for notice in notices_for_event(event, background, now)], now)
    ladders.walk(background.stories, now)
    events.heard([event.pk for event in heard], now)


def _hear_again(heard: list[Event]) -> None:
    _hear(heard)
    failing.forgive(Matter.EVENT, [str(event.pk) for event in heard])


def _work(carry_out: Callable[[list[Event]], None]) -> Work:
    return Work(
        matter=Matter.EVENT,
        lock=_unheard_of,
        key=lambda event: str(event.pk),
        carry_out=carry_out,
        mark=lambda key: events.put_off(int(key)),
    )


HEARING, HEARING_AGAIN = _work(_hear), _work(_hear_again)
