"""How this project's Celery talks to Redis: soon again after a loss, never long to a broker that stalls.

What no setting of Celery or kombu offers stands here; the settings stand in `config/celery.py`.
"""

from typing import Any

import celery
from celery.app.amqp import AMQP
from django.conf import settings

LONGEST_WAIT = 5.0
"""Seconds between two tries to reach a broker that is away. Kombu's own waits grow to half a minute."""

# Seconds to wait for each answer: a person's request waits less than a worker's or beat's own errand.
_PATIENCE = 2.0 if settings.PROCESS_ROLE in {"deadlines", "rest", "beat"} else 0.4
PUBLISHING = {
    "socket_timeout": _PATIENCE,
    "socket_connect_timeout": _PATIENCE,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.1,
    "connect_retries_timeout": 1,
}
"""Nobody who publishes waits for a broker that is down or stalled: a person's request, a wake-up, a sweep."""


class Connection(AMQP.Connection):  # type: ignore[misc]  # kombu's, which has no types
    """A connection to the broker that is tried again at least every `LONGEST_WAIT` seconds."""

    def _ensure_connection(
        self,
        errback: Any = None,
        max_retries: int | None = None,
        interval_start: float = 1,
        interval_step: float = 1,
        interval_max: float = LONGEST_WAIT,
        **rest: Any,
    ) -> Any:
        waits = [min(wait, LONGEST_WAIT) for wait in (interval_start, interval_step, interval_max)]
        return super()._ensure_connection(errback, max_retries, *waits, **rest)


class Messages(AMQP):  # type: ignore[misc]  # celery has no types
    """Celery's messages, over our connection."""

    Connection = Connection


class App(celery.Celery):  # type: ignore[misc]  # celery has no types
    """Celery whose publishers wait for nobody."""

    amqp_cls = Messages

    def connection_for_write(self, url: str | None = None, **options: Any) -> Any:
        """Return a connection to publish with: bounded in time, unlike a worker's, which waits for messages."""
        options["transport_options"] = PUBLISHING | (options.get("transport_options") or {})
        return super().connection_for_write(url, **options)
