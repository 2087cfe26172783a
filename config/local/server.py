"""The base of the two embedded servers: start, readiness, stop."""

import os
import subprocess
from abc import ABC, abstractmethod
from pathlib import Path
from signal import Signals

from config.local import tether
from config.local.accounts import Account
from config.local.binaries import Program
from config.local.ledger import Ledger
from config.local.ports import free_port
from config.local.trouble import Trouble
from config.local.waiting import wait_until

READY_WITHIN = 60.0
STOP_WITHIN = 6.0
TRIES = 3
TAIL = 5


class Server(ABC):
    """A server process on a free port of 127.0.0.1, with a password of its own."""

    name: str
    gently: Signals
    firmly: Signals

    def __init__(self, program: Program, home: Path, ledger: Ledger, account: Account | None) -> None:
        self.program = program
        self.home = home
        self.log = home / f"{self.name}.log"
        self.ledger = ledger
        self.account = account
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def prepare(self) -> None:
        """Make what the server needs before its first start."""

    @abstractmethod
    def command(self) -> list[str]:
        """Return the command that serves on `self.port`."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether the server accepts our password and answers."""

    @property
    @abstractmethod
    def url(self) -> str:
        """The address with the password, for Django and Celery."""

    def start(self) -> None:
        """Start on a free port; tries a few, as another process may take one first. Raises `Trouble`."""
        self.prepare()
        for _ in range(TRIES):
            self.port = free_port()
            if self.launch():
                return
        raise Trouble(f"{self.program} does not start: {self._last_words()}")

    def launch(self) -> bool:
        """Start on `self.port`. Returns whether it became ready; if not, it has ended."""
        with self.log.open("wb") as output:
            self.process = tether.start(
                self.command(),
                when_orphaned=self.gently,
                output=output,
                environment=self._environment(),
                folder=self.home,
                account=self.account,
            )
        self.ledger.add(self.name, self.process.pid, self.gently, self.firmly)
        if wait_until(lambda: self.ended() or self.answers(), READY_WITHIN) and not self.ended():
            return True
        self.stop()
        return False

    def ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def stop(self) -> None:
        """Stop gently, then firmly. Raises `Trouble` if it does not stop."""
        if self.process is None:
            return
        for number in (self.gently, self.firmly):
            if self.ended():
                break
            self.process.send_signal(number)
            wait_until(self.ended, STOP_WITHIN)
        if not self.ended():
            raise Trouble(f"{self.program} (pid {self.process.pid}) does not stop.")
        self.process = None
        self.ledger.remove(self.name)

    def _environment(self) -> dict[str, str]:
        """Return the server's environment, without our settings and secrets."""
        kept = {name: os.environ[name] for name in ("PATH", "TZ", "TMPDIR") if name in os.environ}
        return kept | {"LC_ALL": "C", "HOME": str(self.home)} | self.ledger.environment

    def _last_words(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return " / ".join(lines[-TAIL:]) or f"it logged nothing in {self.log}"
