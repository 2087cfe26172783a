"""Ask Celery to look again at a deadline, or tell it not to.

A courtesy on top of the row: lost, doubled, late or revoked in vain, nothing changes but
punctuality. So publishing happens after the commit, is bounded in time, and is never an error for
the person who acted.
"""

import multiprocessing
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from celery import current_app
from celery.exceptions import OperationalError
from django.conf import settings
from django.db import transaction

from marketplace.vocabulary import DeadlineKind

logger = structlog.get_logger(__name__)

WAKE_UP = "marketplace.wake_up"
DEADLINES = "deadlines"
DEADLINES_SOON = "deadlines.soon"
AFTER_THE_DEADLINE = timedelta(milliseconds=100)
"""A wake-up is set this long after the deadline, so that it seldom comes early."""

RINGS_PER_SWEEP = 500 // len(DeadlineKind)
"""The sweeps of all kinds together: half of what the worker of the rest holds (`worker_eta_task_limit`).

The next sweep takes what is over.
"""

BREAKER_OPEN_FOR = 5.0
"""Seconds in which a process that failed to publish does not try again."""


class Breaker:
    """Keeps a broker that is down from costing every request its time-out (one a process)."""

    def __init__(self) -> None:
        self._closed_from = 0.0

    def call(self, publish: Callable[[], object], what: str) -> bool:
        """Publish unless a recent try failed. Returns whether the broker took it."""
        if time.monotonic() < self._closed_from:
            _count_failure()
            return False
        try:
            publish()
        except (OperationalError, OSError) as failure:
            self._closed_from = time.monotonic() + BREAKER_OPEN_FOR
            _count_failure()
            logger.warning("the broker did not take it; the sweep will see to it", what=what, error=str(failure))
            return False
        return True


breaker = Breaker()
_failures = multiprocessing.Value("Q", 0)
"""Shared with the processes that a worker forks: they publish, and it says how often that failed."""


def publish_failures() -> int:
    """Return how many messages this process, and those it forked, could not hand to the broker."""
    return int(_failures.value)


def _count_failure() -> None:
    with _failures.get_lock():
        _failures.value += 1


@dataclass(frozen=True)
class WakeUp:
    """The wake-up of one deadline: which row carries it, and which of the row's deadlines it was."""

    kind: DeadlineKind
    row: UUID
    generation: int

    @property
    def task_id(self) -> str:
        """The same for everybody, so that it can be revoked."""
        name = "auto-cancel" if self.kind is DeadlineKind.REPLY else self.kind.value
        return f"{name}:{self.row}:{self.generation}"


def ring(wake_up: WakeUp, deadline: datetime, reply_window: timedelta) -> None:
    """After the commit, schedule the wake-up for the reply deadline on the queue `deadlines`.

    Only the standard window goes there: with one uniform delay arrival order is due order, and
    the number of held messages can be bounded. Any other deadline gets its wake-up from the sweep.
    """
    if reply_window == settings.POLICY.reply_window:
        _after_commit(lambda: _publish(wake_up, deadline, DEADLINES), "wake-up")


def ring_soon(wake_up: WakeUp, deadline: datetime, rings: int = 0) -> None:
    """Schedule a wake-up for a deadline that falls due soon: the sweep's, or another after one that came early."""
    breaker.call(lambda: _publish(wake_up, deadline, DEADLINES_SOON, rings), "wake-up")


def silence(wake_up: WakeUp) -> None:
    """After the commit, revoke the wake-up of a deadline that no longer runs."""
    _after_commit(lambda: current_app.control.revoke(wake_up.task_id), "revoke")


def _after_commit(publish: Callable[[], object], what: str) -> None:
    transaction.on_commit(lambda: breaker.call(publish, what), robust=True)


def _publish(wake_up: WakeUp, deadline: datetime, queue: str, rings: int = 0) -> None:
    current_app.send_task(
        WAKE_UP,
        args=[str(wake_up.row), wake_up.generation, rings, wake_up.kind.value],
        task_id=wake_up.task_id,
        eta=deadline + AFTER_THE_DEADLINE,
        queue=queue,
    )
