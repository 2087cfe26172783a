"""Race scripts: at a named point of one action, another one runs, on a connection of its own.

    with run_before("marketplace.locks.seller", lambda: settle(room)):
        buy(...)

A race that is a script happens each time, in the order that the test tells.
"""

import importlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import current_thread
from typing import Any
from unittest import mock

from django.db import connection

Action = Callable[[], Any]
PATIENCE = 10.0
"""Seconds after which a script that hangs is a failure."""

WAITS_FOR_A_LOCK = """
    SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = %s AND cardinality(pg_blocking_pids(pid)) > 0)
"""


class Aside:
    """What runs beside the test, in a thread with its own connection."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="aside")
        self._running: Future[Any] | None = None
        self._pid = 0

    def start(self, action: Action) -> None:
        """Begin, and come back at once."""
        self._pid = self._thread.submit(_backend_pid).result(PATIENCE)
        self._running = self._thread.submit(action)

    def wait_until_blocked(self) -> None:
        """Return when the action waits for a lock that somebody else holds."""
        assert self._running is not None
        while not self._running.done():
            with connection.cursor() as cursor:
                cursor.execute(WAITS_FOR_A_LOCK, [self._pid])
                if cursor.fetchone() == (True,):
                    return
        raise AssertionError(f"it did not wait for a lock: {self._running}")

    def result(self) -> Any:
        """Wait for its end, and return or raise what the action did."""
        assert self._running is not None, "the point was never reached"
        return self._running.result(PATIENCE)

    def close(self) -> None:
        """End the thread and its connection."""
        self._thread.submit(_close_connection).result(PATIENCE)
        self._thread.shutdown()


@contextmanager
def aside() -> Iterator[Aside]:
    """Have somebody who can act beside the test."""
    somebody = Aside()
    try:
        yield somebody
    finally:
        somebody.close()


@contextmanager
def run_before(point: str, action: Action, *, until_blocked: bool = False) -> Iterator[Aside]:
    """Run `action` on another connection just before the function at `point` is called first.

    The function goes on when the action is done; with `until_blocked` when it waits for a lock
    (then ask `result()` after the main action). A point that is never reached is a failure.
    """
    module, name = point.rsplit(".", 1)
    original: Callable[..., Any] = getattr(importlib.import_module(module), name)
    main = current_thread()
    with aside() as other:
        reached: list[str] = []

        def interrupted(*args: Any, **kwargs: Any) -> Any:
            if current_thread() is main and not reached:
                reached.append(point)
                other.start(action)
                if until_blocked:
                    other.wait_until_blocked()
                else:
                    other.result()
            return original(*args, **kwargs)

        with mock.patch(point, interrupted):
            yield other
        assert reached, f"{point} was never called"


def _backend_pid() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid: int = cursor.fetchone()[0]
    return pid


def _close_connection() -> None:
    connection.close()  # this thread's own: the name is looked up here
