"""How our Celery talks to Redis: it reconnects soon, and never waits long for a broker that stalls.

Here is what no setting of Celery or kombu offers; the settings are in `config/celery.py`.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import celery
from celery.app.amqp import AMQP
from celery.app.task import Task as CeleryTask
from celery.worker.request import Request as CeleryRequest
from django.conf import settings
from kombu.transport import redis
from redis.exceptions import ConnectionError  # noqa: A004 - Redis's, which kombu knows

from marketplace.alarms import WAIT

LONGEST_WAIT = 5.0
"""Seconds between two attempts to reach the broker. Kombu's own waits grow to half a minute."""

# Seconds to wait for each answer: less in a person's request than in a worker or beat.
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
"""Options of connections that publish: no request, wake-up or sweep waits for a broker that is down or stalled."""


class Channel(redis.Channel):
    """A channel whose connection was lost raises what any lost connection raises.

    A task that outlived the connection acknowledges its message on the old channel, and Celery closes such a channel
    twice. Kombu then raises an AttributeError, which ended the worker of the deadlines: it had its message back anyway.
    """

    def _connparams(self, *arguments: Any, **options: Any) -> Any:
        if self.connection.client is None:
            raise ConnectionError("the connection of this channel was lost")
        return super()._connparams(*arguments, **options)  # type: ignore[no-untyped-call]


class Transport(redis.Transport):
    Channel = Channel


class Connection(AMQP.Connection):  # type: ignore[misc]  # celery has no types
    """A connection to the broker that tries again at least every `LONGEST_WAIT` seconds."""

    def get_transport_cls(self) -> type[Transport]:
        return Transport

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
    Connection = Connection


class Request(CeleryRequest):  # type: ignore[misc]  # celery has no types
    """A message that a worker received. Its ETA is the database's time; the worker waits by its host's."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        from marketplace.operations import presence  # noqa: PLC0415 - models can be imported once Django is set up

        super().__init__(*arguments, **options)
        eta: datetime | None = self.eta
        wait = self.request_dict.get(WAIT)
        if eta and wait is not None:
            eta = datetime.now(UTC) + timedelta(seconds=wait)
        elif eta:
            eta += timedelta(seconds=presence.clock_ahead())
        self._eta = eta


def is_one_too_many(task: CeleryTask, arguments: Iterable[str]) -> bool:
    """Whether this is a tick of beat that waited in a queue: its task ran within half of its interval."""
    every = task.request.get("every")
    return bool(every) and not _take_turn(task.name, arguments, timedelta(seconds=every / 2))


def _take_turn(task: str, arguments: Iterable[str], every: timedelta) -> bool:
    from marketplace.actions import turns  # noqa: PLC0415 - as above

    return turns.take(turn_of(task, arguments), every)


def turn_of(task: str, arguments: Iterable[str]) -> str:
    """Return the name under which a periodic task takes turns."""
    return " ".join([task, *arguments])


class App(celery.Celery):  # type: ignore[misc]  # celery has no types
    """Celery whose publishers never wait long, and whose keys in Redis begin with this installation's prefix."""

    amqp_cls = Messages

    def connection_for_write(self, url: str | None = None, **options: Any) -> Any:
        """Return a connection to publish with. It is bounded in time, unlike a worker's, which waits for messages."""
        options["transport_options"] = PUBLISHING | (options.get("transport_options") or {})
        return super().connection_for_write(url, **options)

    def _connection(self, url: str, **options: Any) -> Any:
        given = options.get("transport_options") or {}
        if "global_keyprefix" not in given:
            from marketplace.operations import installation  # noqa: PLC0415 - as above

            given = given | {"global_keyprefix": installation.key_prefix()}
        return super()._connection(url, **options | {"transport_options": given})
