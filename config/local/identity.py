"""Checks whether a pid still belongs to the same process.

Pids are reused; with its start time, a pid names one process for good. Linux has
both in /proc, other systems in `ps`.
"""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from config.local.waiting import wait_until

PROC = Path("/proc")


@dataclass(frozen=True)
class Identity:
    """A process: its pid and its start time, as the system writes it."""

    pid: int
    started: str

    def alive(self) -> bool:
        """Whether exactly this process still runs (a zombie does not)."""
        return _started(self.pid) == self.started

    def stop(self, gently: signal.Signals, firmly: signal.Signals, grace: float) -> bool:
        """Stop it: `gently`, and after `grace` seconds `firmly`. Returns whether it is gone."""
        for number in (gently, firmly):
            if not self.alive():
                return True
            with suppress(ProcessLookupError):  # it ended before the signal
                os.kill(self.pid, number)
            if wait_until(lambda: not self.alive(), grace):
                return True
        return False


def identify(pid: int) -> Identity | None:
    """Return the identity of a running process, or None when there is none of this pid."""
    started = _started(pid)
    return Identity(pid, started) if started else None


def marked(session: int, mark: str) -> list[Identity]:
    """Return the processes of a session whose environment holds `mark`: the orphans of a leader that has gone.

    Linux only; elsewhere the environment of a process cannot be read, and nothing is returned.
    """
    if sys.platform != "linux":
        return []
    pids = [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]
    return [found for pid in pids if _in_session(pid, session, mark) and (found := identify(pid))]


def _in_session(pid: int, session: int, mark: str) -> bool:
    fields = _stat(pid)
    if fields is None or int(fields[3]) != session:
        return False
    try:
        return mark.encode() in (PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:  # it ended, or belongs to another user: not ours
        return False


def _started(pid: int) -> str:
    """Return the start time of a process, or nothing if it has ended."""
    if sys.platform == "linux":
        fields = _stat(pid)
        return "" if fields is None or fields[0] in "ZX" else f"{_boot()}:{fields[19]}"
    answer = subprocess.run(
        ["/bin/ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, started = answer.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else started.strip()


def _stat(pid: int) -> list[str] | None:
    """Return the fields of /proc/PID/stat from the state on; the name before it may hold anything."""
    try:
        text = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:  # no such process, or it ended meanwhile
        return None
    return text.rpartition(")")[2].split()


def _boot() -> str:
    """Return which boot this is: start times count from it."""
    return (PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
