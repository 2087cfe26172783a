"""The processes of a contender: started, waited for, stopped whatever happens."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import celery

from config.local.child import Child, stop_all
from config.local.ledger import Ledger
from config.local.ports import HOME
from config.local.processes import Process, process
from config.local.readiness import Readiness
from config.local.waiting import wait_until

READY_WITHIN = 90.0
TAIL = 30


class Staff:
    """Running processes and their logs."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        """Begin with nobody."""
        self.folder = folder
        self.settings = {**os.environ, **settings}
        self.ledger = Ledger(folder / "processes.json")
        self.children: dict[str, Child] = {}

    def hire(self, each: Process) -> None:
        """Start a process."""
        with (self.folder / f"{each.role}.log").open("wb") as output:
            self.children[each.role] = Child(each, self.settings, self.ledger, output)

    def hire_role(self, role: str) -> None:
        """Start one of Renraku's processes with its own command."""
        self.hire(process(role, bind=f"{HOME}:0", scratch=self.folder))

    def pids(self) -> list[int]:
        """Return the process of each."""
        return [child.pid for child in self.children.values()]

    def wait_for_presence(self, readiness: Readiness) -> None:
        """Wait until each of Renraku's processes has said in the database that it is ready."""
        pids = {role: child.pid for role, child in self.children.items()}
        assert wait_until(lambda: not readiness.missing(pids), READY_WITHIN), self.last_words()

    def wait_for_answer(self, app: "celery.Celery") -> None:
        """Wait until a worker of `app` answers."""
        assert wait_until(lambda: app.control.ping(timeout=1), READY_WITHIN), self.last_words()

    def last_words(self) -> str:
        """Return the end of each log."""
        logs = {role: (self.folder / f"{role}.log").read_text(encoding="utf-8") for role in self.children}
        return "\n".join(f"--- {role}\n" + "\n".join(text.splitlines()[-TAIL:]) for role, text in logs.items())


@contextmanager
def staff(settings: Mapping[str, str]) -> Iterator[Staff]:
    """Offer a staff whose processes end with the `with`."""
    with tempfile.TemporaryDirectory(prefix="renraku-bench-") as folder:
        hired = Staff(Path(folder), settings)
        try:
            yield hired
        finally:
            stop_all(hired.children.values())
