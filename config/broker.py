"""Asks the broker without Celery whether it takes a write, and what waits in it.

Each call is bounded in time, since probes and scrapes wait for it.
"""

import ssl
from collections.abc import Iterator

from django.conf import settings
from redis import Redis

from config import redis_address
from marketplace.alarms import DEADLINES, DEADLINES_SOON
from marketplace.operations import installation

TIMEOUT = 1.0
PROBE = "renraku:probe"
QUEUES = ("celery", DEADLINES, DEADLINES_SOON)
UNACKED = {"rest": "unacked", "deadlines": "unacked.deadlines"}
"""The keys of the messages that each worker holds (config/celery.py)."""


def take_a_write() -> None:
    """Write a key that expires in a minute. Raises `RedisError` if Redis is away, full, or a replica."""
    with _connected() as broker:
        broker.set(PROBE, 1, ex=60)


def waiting() -> tuple[dict[str, int], dict[str, int]]:
    """Count the messages in each queue, and those that each worker holds. Raises `RedisError`, `DatabaseError`."""
    prefix = installation.key_prefix()
    with _connected() as broker:
        answers = broker.pipeline(transaction=False)
        for queue in QUEUES:
            answers.llen(prefix + queue)
        for key in UNACKED.values():
            answers.hlen(prefix + key)
        numbers = answers.execute()
    return dict(zip(QUEUES, numbers, strict=False)), dict(zip(UNACKED, numbers[len(QUEUES) :], strict=True))


def reason(failure: Exception) -> str:
    """Return why Redis did not answer, without its address."""
    untrusted = next((each for each in _causes(failure) if isinstance(each, ssl.SSLCertVerificationError)), None)
    return f"its certificate is not trusted ({untrusted.verify_message})" if untrusted else type(failure).__name__


def _causes(failure: BaseException | None) -> Iterator[BaseException]:
    while failure:
        yield failure
        failure = failure.__cause__ or failure.__context__


def _connected() -> Redis:
    return redis_address.read(settings.REDIS_URL).client(TIMEOUT)
