"""Publishes messages to the broker: bounded in time, never an error for the person who acted.

All publishers of a process share one breaker, so that a request that publishes more than once waits
only once for a broker that is down.
"""

import multiprocessing
import time
from collections.abc import Callable

import structlog
from celery.exceptions import OperationalError
from redis.exceptions import RedisError

logger = structlog.get_logger(__name__)

BROKER_FAILURES = (OperationalError, RedisError, OSError)
"""Raised while the broker is down, stalled, full, or refuses us. Celery does not wrap the errors of a revoke."""
BREAKER_OPEN_FOR = 5.0
"""Seconds before a process that failed to publish tries again."""


class Breaker:
    """A circuit breaker, one a process: a broker that is down does not cost every request its timeout."""

    def __init__(self) -> None:
        self._closed_from = 0.0

    def call(self, publish: Callable[[], object], what: str) -> bool:
        """Publish unless a recent try failed. Returns whether the broker accepted the message."""
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
"""Shared with the children of a worker: they publish, the parent reports the failures."""


def publish_failures() -> int:
    """Return how many messages this process and its children could not publish."""
    return int(_failures.value)


def _count_failure() -> None:
    with _failures.get_lock():
        _failures.value += 1
