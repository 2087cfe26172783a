"""Hands messages to the broker: bounded in time, never an error for the person who acted.

Whoever publishes in this process shares one breaker, so that a request that publishes more than once
waits for a broker that is down once.
"""

import multiprocessing
import time
from collections.abc import Callable

import structlog
from celery.exceptions import OperationalError
from redis.exceptions import RedisError

logger = structlog.get_logger(__name__)

BROKER_FAILURES = (OperationalError, RedisError, OSError)
"""What a broker raises that is down, stalled, full, or refuses us. A revoke goes out without Celery's own wrapping."""
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
        except BROKER_FAILURES as failure:
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
