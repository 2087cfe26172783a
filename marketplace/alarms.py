"""Ask Celery to look again at a deadline, or tell it not to.

A courtesy on top of the row: lost, doubled, late or revoked in vain, nothing changes but
punctuality. So publishing happens after the commit, is bounded in time, and is never an error for
the person who acted.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from celery import current_app
from celery.exceptions import OperationalError
from django.conf import settings
from django.db import transaction

logger = logging.getLogger(__name__)

WAKE_UP = "marketplace.wake_up"
DEADLINES = "deadlines"
DEADLINES_SOON = "deadlines.soon"
AFTER_THE_DEADLINE = timedelta(milliseconds=100)
"""A wake-up is set this long after the deadline, so that it seldom comes early."""

RINGS_PER_SWEEP = 500
"""Half of what the worker of the rest holds (`worker_eta_task_limit`); the next sweep takes what is over."""

BREAKER_OPEN_FOR = 5.0
"""Seconds in which a process that failed to publish does not try again."""


class Breaker:
    """Keeps a broker that is down from costing every request its time-out (one a process)."""

    def __init__(self) -> None:
        self._closed_from = 0.0

    def call(self, publish: Callable[[], object], what: str) -> bool:
        """Publish unless a recent try failed. Returns whether the broker took it."""
        if time.monotonic() < self._closed_from:
            return False
        try:
            publish()
        except (OperationalError, OSError) as failure:
            self._closed_from = time.monotonic() + BREAKER_OPEN_FOR
            logger.warning("%s: the broker did not take it; the sweep will see to it: %s", what, failure)
            return False
        return True


breaker = Breaker()


def task_id(request_id: UUID, generation: int) -> str:
    """Name the wake-up of one deadline: the same for everybody, so that it can be revoked."""
    return f"auto-cancel:{request_id}:{generation}"


def ring(request_id: UUID, generation: int, deadline: datetime, reply_window: timedelta) -> None:
    """After the commit, schedule the wake-up for the reply deadline on the queue `deadlines`.

    Only the standard window goes there: with one uniform delay arrival order is due order, and
    the number of held messages can be bounded. Any other deadline gets its wake-up from the sweep.
    """
    if reply_window == settings.POLICY.reply_window:
        _after_commit(lambda: _publish(request_id, generation, deadline, DEADLINES), "wake-up")


def ring_again(request_id: UUID, generation: int, deadline: datetime, rings: int) -> None:
    """Schedule another wake-up for one that came before its deadline."""
    breaker.call(lambda: _publish(request_id, generation, deadline, DEADLINES_SOON, rings), "wake-up")


def ring_soon(request_id: UUID, generation: int, deadline: datetime) -> None:
    """Schedule the wake-up of a deadline that falls due soon (called by the sweep)."""
    breaker.call(lambda: _publish(request_id, generation, deadline, DEADLINES_SOON), "wake-up")


def silence(request_id: UUID, generation: int) -> None:
    """After the commit, revoke the wake-up of a request that is no longer open."""
    _after_commit(lambda: current_app.control.revoke(task_id(request_id, generation)), "revoke")


def _after_commit(publish: Callable[[], object], what: str) -> None:
    transaction.on_commit(lambda: breaker.call(publish, what), robust=True)


def _publish(request_id: UUID, generation: int, deadline: datetime, queue: str, rings: int = 0) -> None:
    current_app.send_task(
        WAKE_UP,
        args=[str(request_id), generation, rings],
        task_id=task_id(request_id, generation),
        eta=deadline + AFTER_THE_DEADLINE,
        queue=queue,
    )
