"""Rivals: people and workers who act at the same instant, each on a PostgreSQL connection of its own."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

from django.db import connection

from marketplace import clock
from marketplace.errors import Refusal

Action = Callable[[], Any]
PATIENCE = 60.0
"""Seconds after which a rival that hangs is a failure."""


@dataclass
class Aim:
    """How far one rival starts ahead. It moves with each outcome, so that both sides win about as often.

    No sleeping: a late starter makes round trips to the database first.
    """

    step: float = 1
    lead: float = 0
    """Above zero: the second starts this much later than the first; below: the first does."""
    tally: Counter[str] = field(default_factory=Counter)

    def first_won(self, name: str, *, won: bool) -> None:
        """Count the outcome by name, and favour the other side next time."""
        self.tally[name] += 1
        self.lead += -self.step if won else self.step

    @property
    def delays(self) -> tuple[int, int]:
        """Round trips that the first and the second make before they start."""
        return (max(0, round(-self.lead)), max(0, round(self.lead)))


LONGEST_LEAD = timedelta(seconds=2)


@dataclass
class Countdown:
    """How far ahead a deadline is set, so that it passes in the middle of the race, now before and now after an act."""

    lead: timedelta = timedelta(milliseconds=6)
    step: timedelta = timedelta(microseconds=400)
    tally: Counter[str] = field(default_factory=Counter)
    alike: int = 0
    """How many rounds in a row, at the end, were in time (positive) or late (negative)."""

    def deadline(self) -> datetime:
        """Return the next round's deadline. Ask for it last, when all else is made."""
        return clock.now() + self.lead

    def met(self, name: str, *, in_time: bool) -> None:
        """Count the outcome by name, and favour the other one next time, the more the longer it fails to come.

        A busy machine needs a longer lead than any constant, so the step doubles while the outcomes are alike.
        """
        self.tally[name] += 1
        self.alike = max(self.alike, 0) + 1 if in_time else min(self.alike, 0) - 1
        stride = self.step * 2 ** min(abs(self.alike) - 1, 10)
        self.lead = max(self.lead - stride, timedelta()) if in_time else min(self.lead + stride, LONGEST_LEAD)


class Rivals:
    """Threads that wait for each other at a barrier, and then act at once."""

    def __init__(self, number: int) -> None:
        self._threads = [ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"rival-{n}") for n in range(number)]

    def race(self, *actions: Action, delays: tuple[int, ...] | None = None) -> list[Any]:
        """Let each act; returns in order what each got: its value, or the refusal. Any other error is raised."""
        barrier = Barrier(len(actions), timeout=PATIENCE)
        delays = delays or (0,) * len(actions)
        running = [
            thread.submit(_start, barrier, action, delay)
            for thread, action, delay in zip(self._threads, actions, delays, strict=False)
        ]
        return [each.result(PATIENCE) for each in running]

    def close(self) -> None:
        """End the threads and their connections."""
        for thread in self._threads:
            thread.submit(_close_connection).result(PATIENCE)
            thread.shutdown()


@contextmanager
def rivals(number: int) -> Iterator[Rivals]:
    """Have this many, and end them."""
    some = Rivals(number)
    try:
        yield some
    finally:
        some.close()


def _start(barrier: Barrier, action: Action, delay: int) -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SELECT")  # connected, before the others are kept waiting
        barrier.wait()
        for _ in range(delay):
            cursor.execute("SELECT")
    try:
        return action()
    except Refusal as refused:
        return refused


def _close_connection() -> None:
    connection.close()  # this thread's own: the name is looked up here
