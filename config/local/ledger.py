"""Lists what we started, so that the next start can stop what a killed one left behind."""

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

# Set in every process that we start: identifies its children when it has ended.
MARK = "RENRAKU_STARTED_BY"
GRACE = 10.0
# Children whose main process has ended need no grace.
ORPHAN_GRACE = 1.0


@dataclass(frozen=True)
class Entry:
    """A process that we started, and the signals that stop it."""

    name: str
    identity: Identity
    gently: int
    firmly: int


class Ledger:
    """A file that lists the processes of one owner."""

    def __init__(self, path: Path) -> None:
        """Start a new list. Call `recover` on the old one first."""
        self.path = path
        self.mark = secrets.token_hex(8)
        self.entries: dict[str, Entry] = {}

    @property
    def environment(self) -> dict[str, str]:
        return {MARK: self.mark}

    def claim(self) -> None:
        """Record the owner before there are entries."""
        self._write()

    def add(self, name: str, pid: int, gently: signal.Signals, firmly: signal.Signals) -> None:
        identity = identify(pid)
        if identity is not None:
            self.entries[name] = Entry(name, identity, gently, firmly)
            self._write()

    def remove(self, name: str) -> None:
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
    """Whether the owner ended without removing the list."""
    owner = _read(path).get("owner")
    return owner is None or not Identity(**owner).alive()


def recover(path: Path) -> list[str]:
    """Stop what is left of the listed processes. Returns their names. Raises `Trouble` if one does not stop."""
    content = _read(path)
    stopped = []
    for fields in content.get("processes", []):
        entry = Entry(**{**fields, "identity": Identity(**fields["identity"])})
        if _stop(entry, f"{MARK}={content['mark']}"):
            stopped.append(entry.name)
    path.unlink(missing_ok=True)
    return stopped


def _stop(entry: Entry, mark: str) -> bool:
    """Stop a process and the rest of its session. Returns whether anything was running."""
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
