"""Asks the processes whether they are ready.

Each process, once ready, writes a row into `marketplace_presence`: its role,
`instance` = "HOST:PID", and when. For the workers and beat the pid is that of
the process we started. The web server must answer 200 at /readyz.
"""

import http.client
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from typing import Any

import psycopg

from config.local.given import parameters
from config.local.ports import HOME
from config.local.processes import WEB

READY_PAGE = "/readyz"
PRESENT = """
    SELECT role, split_part(instance, ':', -1) FROM marketplace_presence WHERE seen_at >= %s
"""


class Readiness:
    """Finds out which processes, started after this object was made, are ready."""

    def __init__(self, database_url: str, port: int) -> None:
        """Remember the database's time: older rows are from earlier starts."""
        self.how = parameters(database_url)
        self.port = port
        self.since = self._database_time()

    def missing(self, pids: Mapping[str, int], page: str = READY_PAGE) -> list[str]:
        """Return the roles that are not ready yet. `page` is the URL to ask web for."""
        present = self._present()
        waiting = [role for role, pid in pids.items() if role != WEB and (role, str(pid)) not in present]
        # Ask web last: its answer includes the others, and it logs each refusal.
        if WEB in pids and (waiting or not web_answers(self.port, page)):
            waiting.append(WEB)
        return waiting

    def _present(self) -> set[tuple[str, str]]:
        """Return the roles and pids that were seen; none while the database restarts."""
        try:
            with self._connected() as connection:
                return set(connection.execute(PRESENT, [self.since]).fetchall())
        except psycopg.OperationalError:  # the caller tries again
            return set()

    def _database_time(self) -> datetime:
        with self._connected() as connection:
            row = connection.execute("SELECT clock_timestamp()").fetchone()
        assert row is not None  # noqa: S101 - it is one row always
        time_there: datetime = row[0]
        return time_there

    def _connected(self) -> "closing[psycopg.Connection[Any]]":
        """Connect. After Ctrl-C in a query, closing prints nothing; psycopg's own `with` would."""
        return closing(psycopg.connect(**{"connect_timeout": 5, **self.how}, autocommit=True))


def web_answers(port: int, page: str) -> bool:
    """Whether the web server answers a page."""
    connection = http.client.HTTPConnection(HOME, port, timeout=5)
    try:
        connection.request("GET", page)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):  # not yet: asked again until the deadline
        return False
    finally:
        connection.close()
