"""`ENGINE`: drops a connection that died or takes no writes, so that the next query gets a new one.

Django asks at the beginning of a request whether its connection still works, and believes in it until
the end. Here a connection that breaks is dropped at once; a database that is away, hangs or takes no
writes is always an `AwayError` (an `OperationalError`), whatever the driver calls it; and asking costs
a round trip only where the connection has rested.
"""

import select
import time
from types import TracebackType
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import register_tzloader
from django.db.utils import DatabaseErrorWrapper, OperationalError
from django.utils.functional import cached_property
from psycopg import IsolationLevel
from psycopg.pq import TransactionStatus

from config.database.link import Link, PooledCursor
from marketplace import outages

RESTED = 1.0
"""Seconds without use after which a connection is tested; a firewall may have dropped it."""
ASK_EVERY = 0.5


class Errors(DatabaseErrorWrapper):
    """Turns the driver's exceptions into Django's, and drops connections that died."""

    wrapper: "DatabaseWrapper"

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if not isinstance(exc_value, psycopg.Error):
            return
        if self.wrapper.concludes_that_it_is_away(exc_value):
            raise outages.AwayError(*exc_value.args).with_traceback(traceback) from exc_value
        super().__exit__(exc_type, exc_value, traceback)


class RowsAtTheServer(base.ServerSideCursor):
    """A cursor that stays at the server while its rows are read (`QuerySet.iterator`)."""

    _conn: Link
    withhold: bool

    def close(self) -> None:
        """Close it, at the server too where it would outlive its transaction.

        An iterator that nobody read to its end is closed by the garbage collector, which may run within
        another statement of this thread. Its lock is held then, and waiting for it would be for ever: the
        server lets go of the cursor with the connection.
        """
        if self._conn.lock.locked() or not self.withhold:
            psycopg.Cursor.close(self)  # type: ignore[arg-type]  # not in Django's stubs
        else:
            super().close()  # type: ignore[misc]  # as above


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, with connections that are dropped in time."""

    refused_writes = False
    """Whether a write was refused and none has been allowed since."""
    _used_at = 0.0
    health_check_enabled: bool
    health_check_done: bool

    @cached_property
    def wrap_database_errors(self) -> Errors:
        return Errors(self)

    def get_connection_params(self) -> dict[str, Any]:
        """Return the parameters of a connection. `pooled` and `answer_within` are our own options."""
        params: dict[str, Any] = super().get_connection_params()
        if params.pop("pooled", False):
            params["cursor_factory"] = PooledCursor
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Link:
        params = dict(conn_params)
        answer_within = params.pop("answer_within", None)
        self.isolation_level = IsolationLevel.READ_COMMITTED
        link = Link.connect(**params)
        link.answer_within = answer_within
        return link

    def create_cursor(self, name: str | None = None) -> Any:
        self._used_at = time.monotonic()
        if name is None:
            return super().create_cursor()
        make: Any = RowsAtTheServer
        cursor = make(self.connection, name=name, scrollable=False, withhold=self.connection.autocommit)
        register_tzloader(self.timezone, cursor)
        return cursor

    def ensure_connection(self) -> None:
        """Connect unless connected. Raises `AwayError` inside a transaction whose connection is gone."""
        if self.connection is None and self.in_atomic_block and self.closed_in_transaction:
            raise outages.AwayError("the connection was lost within this transaction")
        super().ensure_connection()

    def concludes_that_it_is_away(self, failure: psycopg.Error) -> bool:
        """Whether this error means that the connection is of no more use. Drops it when no transaction is open.

        One that takes no writes is used until the request or task ends, since it can still read; the
        next one connects anew, perhaps to another server under the same name.
        """
        if failure.sqlstate in outages.READ_ONLY:
            self.errors_occurred = self.refused_writes = True
            self.close_at = 0
            return True
        link = self.connection
        if link is None:
            return isinstance(failure, psycopg.OperationalError)
        if not (link.closed or outages.ends_the_connection(failure.sqlstate)):
            return False
        self.errors_occurred = True
        if not self.in_atomic_block:
            self.close()
        return True

    def close_if_health_check_failed(self) -> None:
        """Drop a connection that died meanwhile, before it is used."""
        due = self.connection is not None and self.health_check_enabled and not self.health_check_done
        if due and self._is_silent():
            self.health_check_done = True
        super().close_if_health_check_failed()

    def _is_silent(self) -> bool:
        """Whether it was used just now, and the server has not closed it since."""
        if time.monotonic() - self._used_at > RESTED:
            return False
        link = self.connection
        if link.closed or link.info.transaction_status != TransactionStatus.IDLE:
            return False
        asked = select.poll()
        asked.register(link.pgconn.socket, select.POLLIN)
        return not asked.poll(0)

    def await_server(self, seconds: float) -> bool:
        """Wait until the database can be reached and takes writes, for at most so long. Returns whether it does."""
        ends = time.monotonic() + seconds
        while not self.can_be_used():
            if time.monotonic() >= ends:
                return False
            self.close()
            time.sleep(ASK_EVERY)
        return True

    def can_be_used(self) -> bool:
        """Whether a connection stands, and writes are not known to be refused."""
        try:
            self.close_if_health_check_failed()
            self.ensure_connection()
            if self.refused_writes:
                with self.cursor() as cursor:
                    cursor.execute("SHOW transaction_read_only")
                    self.refused_writes = cursor.fetchone() != ("off",)
        except OperationalError:
            return False
        return not self.refused_writes
