"""Watch a drain from outside: when it is over, how long its transactions take, what its processes hold."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import redis

from tests.benchmarks.databases import Connection, connect

LOOK_EVERY = 0.02
GIVE_UP_AFTER = 300.0

LOOK = """
    SELECT clock_timestamp(),
           EXISTS (SELECT FROM marketplace_cancelrequest WHERE status = 'awaiting_reply')
"""
# Those that write: a look at a row has no transaction id.
TRANSACTIONS = """
    SELECT pid, xact_start, extract(epoch FROM clock_timestamp() - xact_start)
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
      AND backend_type = 'client backend' AND backend_xid IS NOT NULL
"""


class NeverEndedError(Exception):
    """The drain did not come to its end."""


@dataclass
class Watch:
    """Looks every 20 ms. An end is seen late by up to that, never early; a transaction is timed to half of it."""

    url: str
    _seen: dict[tuple[int, datetime], float] = field(default_factory=dict)

    def until_drained(self, first_deadline: datetime) -> datetime:
        """Return the database's time at which no open request was left."""
        with connect(self.url) as connection:
            connection.execute("SET enable_seqscan = off")
            self._wait_for(connection, first_deadline)
            began = time.monotonic()
            while time.monotonic() - began < GIVE_UP_AFTER:
                moment, pending = connection.execute(LOOK).fetchone() or (first_deadline, True)
                if not pending:
                    return moment  # type: ignore[no-any-return]
                for pid, start, lasted in connection.execute(TRANSACTIONS):
                    self._seen[pid, start] = float(lasted)
                time.sleep(LOOK_EVERY)
        raise NeverEndedError(f"requests are still open {GIVE_UP_AFTER:g} s after the first deadline")

    @property
    def transactions(self) -> list[float]:
        """How long each transaction that was seen took, about: half a look more than when it was seen last."""
        return [lasted + LOOK_EVERY / 2 for lasted in self._seen.values()]

    def _wait_for(self, connection: Connection, moment: datetime) -> None:
        now = connection.execute("SELECT clock_timestamp()").fetchone()
        assert now is not None
        time.sleep(max(0.0, (moment - now[0]).total_seconds()))


def memory(pid: int) -> float:
    """Return what a process and its children hold, in MB, shared pages counted once; 0 where there is no /proc."""
    if sys.platform != "linux":
        return 0.0
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return sum(_proportional(each) for each in (str(pid), *children)) / 1024


def _proportional(pid: str) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def left_in_broker(client: "redis.Redis") -> dict[str, int]:
    """Return how much each list and hash of the broker holds that stands for an undone task."""
    counted: dict[str, Callable[[str], object]] = {
        **dict.fromkeys(("deadlines", "deadlines.soon", "celery", "plain"), client.llen),
        **dict.fromkeys(("unacked", "unacked.deadlines"), client.hlen),
    }
    keys = [key.decode() for key in client.scan_iter(count=1000)]  # an installation's begin with its prefix
    left = {key: counted[name](key) for key in keys if (name := key.rpartition(":")[2]) in counted}
    return {key: int(str(number)) for key, number in left.items() if number}
