"""A connection that bounds its waits, and behind a pooler sends its settings with each transaction.

The server ends a statement that takes too long, but a server that hangs ends nothing: its kernel goes
on acknowledging packets, so that no TCP time-out helps either.
"""

import re
from collections.abc import Iterable
from typing import Any, Self

import psycopg
from psycopg import sql
from psycopg.abc import Params, PQGen, Query
from psycopg.errors import OperationalError, _WaitTimeout
from psycopg.pq import TransactionStatus

from config.database.limits import PER_TRANSACTION

STANDS_ALONE = re.compile(
    rb"\bCONCURRENTLY\b|^\s*(VACUUM|CREATE\s+DATABASE|DROP\s+DATABASE|ALTER\s+SYSTEM)\b", re.IGNORECASE
)
"""Statements that PostgreSQL runs outside transactions only, so no settings can be sent before them."""


class Link(psycopg.Connection[Any]):
    """Gives up a server that does not answer."""

    answer_within: float | None = None
    """Seconds; None waits for ever, as for a command at a terminal."""

    def wait(self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for an answer. Without one, closes the connection and raises `OperationalError`."""
        bound = self.answer_within if timeout is None else timeout
        try:
            return super().wait(gen, interval=interval, timeout=bound)
        except _WaitTimeout:
            if timeout is not None:
                raise
            self.pgconn.finish()
            raise OperationalError(f"the server did not answer within {bound:g} s") from None


class PooledCursor(psycopg.ClientCursor[Any]):
    """Sends our settings before the first statement of each transaction, in the same round trip.

    Behind a pooler the next transaction may run on another server connection: what is set for a
    session would be lost, or would stay with somebody else.
    """

    def execute(
        self, query: Query, params: Params | None = None, *, prepare: bool | None = None, binary: bool | None = None
    ) -> Self:
        """Execute; results are those of `query` alone."""
        begins = self.connection.info.transaction_status == TransactionStatus.IDLE
        text = query.as_string(self.connection) if isinstance(query, sql.Composable) else query
        statement = text if isinstance(text, bytes) else str(text).encode()
        if not begins or STANDS_ALONE.search(statement):
            return super().execute(statement, params, prepare=prepare, binary=binary)
        super().execute(PER_TRANSACTION.encode() + b";\n" + statement, params, prepare=prepare, binary=binary)
        self.nextset()
        return self

    def executemany(self, query: Query, params_seq: Iterable[Params], *, returning: bool = False) -> None:
        """Execute once a row: rare enough here."""
        del returning
        for params in params_seq:
            self.execute(query, params)
