"""What can be seen of the broker without Celery: whether it takes a write, and what waits in it.

Every look is bounded in time: who asks answers a probe or a scrape.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from redis import Redis

from marketplace.alarms import DEADLINES, DEADLINES_SOON

TIMEOUT = 1.0
PROBE = "renraku.probe"
QUEUES = ("celery", DEADLINES, DEADLINES_SOON)
UNACKED = {"rest": "unacked", "deadlines": "unacked.deadlines"}
"""Where each worker's held messages are (config/celery.py)."""


def take_a_write() -> None:
    """Write a key that goes in a minute. Raises `RedisError` when it is away, full, or only a copy of another."""
    with _connected() as broker:
        broker.set(PROBE, 1, ex=60)


def waiting() -> tuple[dict[str, int], dict[str, int]]:
    """Return the messages in each queue, and those that each worker holds. Raises `RedisError`."""
    with _connected() as broker:
        answers = broker.pipeline(transaction=False)
        for queue in QUEUES:
            answers.llen(queue)
        for key in UNACKED.values():
            answers.hlen(key)
        numbers = answers.execute()
    return dict(zip(QUEUES, numbers, strict=False)), dict(zip(UNACKED, numbers[len(QUEUES) :], strict=True))


@contextmanager
def _connected() -> "Iterator[Redis]":
    client = Redis.from_url(settings.REDIS_URL, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, retry=None)
    try:
        yield client
    finally:
        client.close()
