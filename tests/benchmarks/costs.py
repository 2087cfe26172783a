"""What a contender spends: CPU of its processes and of PostgreSQL, WAL, and rows written."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from os import sysconf
from pathlib import Path
from typing import Self

from config.local.waiting import wait_until
from tests.benchmarks.databases import connect, one

ALL_BUT_US = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
ROWS = "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del)::bigint FROM pg_stat_user_tables"
STATISTICS_WITHIN = 10.0


@dataclass(frozen=True, kw_only=True)
class Costs:
    """CPU in seconds, WAL in bytes; `rows` where all connections were closed, which makes PostgreSQL count them."""

    python: float
    postgres: float
    wal: float
    rows: int | None = None

    def each(self, number: int) -> dict[str, float | None]:
        """Return what one verdict of so many costs, by the heading of its column."""
        return {
            "Python (µs CPU)": self.python / number * 1e6,
            "PostgreSQL (µs CPU)": self.postgres / number * 1e6,
            "WAL (kB)": self.wal / number / 1000,
            "rows": self.rows / number if self.rows is not None else None,
        }


class Meter:
    """Measures from its making on. Give it the processes whose CPU counts; their children count too."""

    def __init__(self, url: str, pids: Iterable[int]) -> None:
        """Begin."""
        self._url, self._pids = url, list(pids)
        with connect(url) as connection:
            self._server = _parent(one(connection, "SELECT pg_backend_pid()"))
            self._rows = one(connection, ROWS)
            self._wal = one(connection, "SELECT pg_current_wal_insert_lsn()")
        self._began = self._cpu()

    def _cpu(self) -> tuple[float, float]:
        processes = _Processes.read()
        return sum(processes.cpu(pid) for pid in self._pids), processes.cpu(self._server)

    def read(self) -> Costs:
        """Return what was spent so far. Call it while the connections are open: one that ends may be missed."""
        (python, postgres), (python_before, postgres_before) = self._cpu(), self._began
        with connect(self._url) as connection:
            wal = one(connection, "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), %s)", self._wal)
        return Costs(python=python - python_before, postgres=postgres - postgres_before, wal=float(wal))

    def with_rows(self, costs: Costs) -> Costs:
        """Add how many rows were written, once nobody else is connected: only then are all counted."""
        with connect(self._url) as connection:
            assert wait_until(lambda: one(connection, ALL_BUT_US) == 0, STATISTICS_WITHIN), "somebody is connected"
            return replace(costs, rows=int(one(connection, ROWS)) - self._rows)


@dataclass(frozen=True)
class _Processes:
    """Every process of the machine: its parent, and its CPU seconds with those of its ended children."""

    parents: dict[int, int]
    spent: dict[int, float]

    @classmethod
    def read(cls) -> Self:
        parents, spent = {}, {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            if fields := _fields(stat):
                pid = int(stat.parent.name)
                parents[pid] = int(fields[1])
                spent[pid] = sum(map(int, fields[11:15])) / sysconf("SC_CLK_TCK")
        return cls(parents, spent)

    def cpu(self, pid: int) -> float:
        children = [child for child, parent in self.parents.items() if parent == pid]
        return self.spent.get(pid, 0.0) + sum(self.cpu(child) for child in children)


def _fields(stat: Path) -> list[str]:
    """Return what stands after a process's name; nothing when it has just ended."""
    try:
        return stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _parent(pid: int) -> int:
    """Return the parent of a process of this machine; 0 where there is none."""
    fields = _fields(Path(f"/proc/{pid}/stat"))
    return int(fields[1]) if fields else 0
