"""A process that we started, with its process group."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import IO

from config.local import tether
from config.local.ledger import Ledger
from config.local.processes import Process
from config.local.project import ROOT
from config.local.waiting import wait_until

STOP_WITHIN = 13.0


class Child:
    """One of the four processes while it runs. The ledger lists it from start to end."""

    def __init__(self, process: Process, settings: Mapping[str, str], ledger: Ledger, output: IO[bytes] | int) -> None:
        """Start it; call from the main thread."""
        self.role = process.role
        self.ledger = ledger
        self.started = time.monotonic()
        self.popen: subprocess.Popen[bytes] = tether.start(
            process.command,
            when_orphaned=signal.SIGTERM,
            output=output,
            environment=process.environment(settings) | ledger.environment,
            folder=ROOT,
        )
        ledger.add(self.role, self.pid, signal.SIGTERM, signal.SIGKILL)

    @property
    def pid(self) -> int:
        """The pid of the main process, and the number of its group."""
        return self.popen.pid

    def ended(self) -> bool:
        return self.popen.poll() is not None

    def group_lives(self) -> bool:
        self.popen.poll()  # else a zombie of ours would count
        try:
            os.killpg(self.pid, 0)
        except (ProcessLookupError, PermissionError):  # macOS says the latter of a group of zombies
            return False
        return True

    def signal_group(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):  # already gone, see above
            os.killpg(self.pid, number)

    def ask_to_stop(self) -> None:
        """Ask the main process to stop; it stops its own in order."""
        if not self.ended():
            self.popen.send_signal(signal.SIGTERM)

    def clear_away(self) -> None:
        """Kill what is left of the group, and remove it from the ledger."""
        self.signal_group(signal.SIGKILL)
        wait_until(lambda: not self.group_lives(), STOP_WITHIN)
        self.ledger.remove(self.role)


def stop_all(
    children: Iterable[Child], *, grace: float = STOP_WITHIN, meanwhile: Callable[[], object] | None = None
) -> list[str]:
    """Stop all at once: ask, wait up to `grace` seconds, then kill. Returns the roles that had to be killed.

    `meanwhile` is called while waiting: it reads what the processes still say.
    """
    children = list(children)
    for child in children:
        child.ask_to_stop()

    def all_ended() -> bool:
        if meanwhile:
            meanwhile()
        return all(child.ended() for child in children)

    wait_until(all_ended, grace)
    late = [child.role for child in children if not child.ended()]
    for child in children:
        child.clear_away()
    return late
