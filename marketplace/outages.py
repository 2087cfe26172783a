"""Failures of the database itself, as opposed to a row's, and which processes met one lately.

Codes are PostgreSQL's SQLSTATE (appendix A of its manual).
"""

import multiprocessing
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import OperationalError, connection

READ_ONLY = {"25006"}
"""A standby, or a server set to read-only."""
GONE = {
    "25P03",  # the session was ended for idling in a transaction
    "25P04",  # the transaction took too long
    "53300",  # too many connections
    "57P01",  # ended by an administrator, or the server shuts down
    "57P02",  # another process crashed
    "57P03",  # it starts up or shuts down
    "57P04",  # the database was dropped
    "57P05",  # the session was ended for idling
}
CONNECTION_EXCEPTIONS = "08"
"""The class of connection errors; poolers use it too."""
AGAIN = {"40001", "40P01"}
"""Serialization failure, deadlock: a retry may succeed."""


def ends_the_connection(sqlstate: str | None) -> bool:
    """Whether the server ends the connection with this error."""
    return sqlstate is not None and (sqlstate in GONE or sqlstate.startswith(CONNECTION_EXCEPTIONS))


class AwayError(OperationalError):
    """The database is away, hangs, or refuses writes. The statement is not at fault."""


def may_go_through_again(failure: BaseException) -> bool:
    """Whether a retry may succeed. Nothing was written."""
    return isinstance(failure, AwayError) or getattr(failure.__cause__, "sqlstate", None) in AGAIN


@contextmanager
def waiting_longer(longest: timedelta) -> Iterator[None]:
    """Within a transaction, raise the statement timeout to `longest`."""
    link: Any = connection.connection
    usual = getattr(link, "answer_within", None)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, TRUE)", [f"{longest.total_seconds():.0f}s"])
    if usual is not None:
        link.answer_within = usual + longest.total_seconds()
    try:
        yield
    finally:
        if usual is not None:
            link.answer_within = usual


CHILDREN = 256
_met_at = multiprocessing.Array("d", CHILDREN)
"""When each child of this process last met a database that was away (0: its last task went through)."""


def met_one() -> None:
    """Record that a task of this child failed because the database was away."""
    _met_at[os.getpid() % CHILDREN] = time.monotonic()


def went_through() -> None:
    """Record that a task of this child succeeded."""
    if _met_at[os.getpid() % CHILDREN]:
        _met_at[os.getpid() % CHILDREN] = 0.0


def was_met_within(seconds: float) -> bool:
    """Whether a child met an outage within so many seconds, and has not succeeded since."""
    since = max(0.0, time.monotonic() - seconds)
    return any(moment > since for moment in _met_at[:])
