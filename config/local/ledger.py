"""Remember what we started, so that the next start can stop what a killed one left behind."""

import json
import os
import secrets
import signal
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from config.local.identity import Identity, identify, marked
from config.local.project import private_file
from config.local.trouble import Trouble

# Set in every process we start; it tells ours from others when the one we know has gone.
MARK = "RENRAKU_STARTED_BY"
GRACE = 10.0
# Who has lost its main process has nobody left to finish for.
ORPHAN_GRACE = 1.0


@dataclass(frozen=True)
class Entry:
    """A process that we started, and how it wants to be stopped."""

    name: str
    identity: Identity
    gently: int
    firmly: int


class Ledger:
    """A file that lists the processes that were started by one owner."""

    def __init__(self, path: Path) -> None:
        """Begin a new list; call `recover` on the old one first."""
        self.path = path
        self.mark = secrets.token_hex(8)
        self.entries: dict[str, Entry] = {}

    @property
    def environment(self) -> dict[str, str]:
        """Return what marks a process as ours."""
        return {MARK: self.mark}

    def claim(self) -> None:
        """Say who owns this list before anything is in it."""
        self._write()

    def add(self, name: str, pid: int, gently: signal.Signals, firmly: signal.Signals) -> None:
        """Write down a process that has just been started."""
        identity = identify(pid)
        if identity is not None:
            self.entries[name] = Entry(name, identity, gently, firmly)
            self._write()

    def remove(self, name: str) -> None:
        """Strike out a process that has been stopped."""
        if self.entries.pop(name, None) is not None:
            self._write()

    def _write(self) -> None:
        owner = identify(os.getpid())
        content = {
            "owner": asdict(owner) if owner else None,
            "mark": self.mark,
            "processes": [asdict(entry) for entry in self.entries.values()],
        }
        private_file(self.path, json.dumps(content))


def abandoned(path: Path) -> bool:
    """Say whether the owner of this list has gone without clearing it up."""
    owner = _read(path).get("owner")
    return owner is None or not Identity(**owner).alive()


def recover(path: Path) -> list[str]:
    """Stop what is left of the processes in this list. Returns their names. Raises `Trouble` when one stays."""
    content = _read(path)
    stopped = []
    for fields in content.get("processes", []):
        entry = Entry(**{**fields, "identity": Identity(**fields["identity"])})
        if _stop(entry, f"{MARK}={content['mark']}"):
            stopped.append(entry.name)
    path.unlink(missing_ok=True)
    return stopped


def _stop(entry: Entry, mark: str) -> bool:
    """Stop one process and what is left of its session. Returns whether there was anything to stop."""
    found = False
    if entry.identity.alive():
        found = True
        if not entry.identity.stop(signal.Signals(entry.gently), signal.Signals(entry.firmly), GRACE):
            raise Trouble(f"{entry.name} of an earlier start (pid {entry.identity.pid}) does not stop.")
    for orphan in marked(entry.identity.pid, mark):
        found = True
        orphan.stop(signal.SIGTERM, signal.SIGKILL, ORPHAN_GRACE)
    return found


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
