"""Passes the marketplace's events on: writes the notices, and moves the ladders of the room."""

import time
from collections.abc import Callable, Collection
from datetime import timedelta

from marketplace import clock, events, failing
from marketplace.failing import Done, Work
from marketplace.models import Event
from marketplace.reads.deadlines import is_any_late
from marketplace.vocabulary import Matter
from notifications import doorbells, locks
from notifications.actions import ladders
from notifications.actions.event_notices import notices_for_event, read_background
from notifications.actions.notices import write_notices

AT_ONCE = 200
"""The number of events in one transaction, at most."""
HEAR_FOR = 20.0
"""Seconds that one task goes on finding more; the next one continues."""
STAND_BACK_FOR = 10.0
"""Seconds that one task waits at most for verdicts that are late."""
LATE = timedelta(milliseconds=300)
"""Where little falls due, a verdict is written sooner after its deadline, and telling waits for none."""
LOOK_EVERY = 0.2


def hear() -> int:
    """Pass on unheard events, oldest first, then those that were put off until now. Returns their number.

    An event that fails is put off, and stops no other. Only one task passes events on at a time: the others end at
    once, and it finds their events, since it looks again after each transaction. Late verdicts go first.
    """
    ends = time.monotonic() + HEAR_FOR
    return _hear_unheard(ends) + failing.attempt_until(ends, HEARING_AGAIN, _due_again, AT_ONCE)


def _hear_unheard(ends: float) -> int:
    total, stand_back_until = Done(), time.monotonic() + STAND_BACK_FOR
    while events.is_any_unheard():
        if time.monotonic() >= ends:
            doorbells.hear()  # the tasks that ended may have been the last
            break
        found = failing.attempt(HEARING, lambda: _next_batch(stand_back_until))
        total += found
        if not found.taken:
            break
    return total.done


def _due_again() -> list[Event]:
    return _unheard_of(failing.due(Matter.EVENT, clock.now(), AT_ONCE))


def _next_batch(stand_back_until: float) -> list[Event]:
    if not locks.is_only_hearer():
        return []
    _stand_back(stand_back_until)
    return events.unheard(AT_ONCE)


def _stand_back(until: float) -> None:
    """Leave the database to verdicts that are late, until a moment of the monotonic clock at the latest."""
    while time.monotonic() < until and is_any_late(clock.now(), LATE):
        time.sleep(LOOK_EVERY)


def _unheard_of(keys: Collection[str]) -> list[Event]:
    return events.unheard(AT_ONCE, [int(key) for key in keys])


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
