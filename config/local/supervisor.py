"""Keeps the processes running: prints their lines, and restarts what dies.

One thread, on purpose: the thread that starts a process must outlive it (see `tether`).
"""

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from config.local import console
from config.local.child import Child, stop_all
from config.local.console import Lines, say
from config.local.ledger import Ledger
from config.local.processes import NAMES, Process
from config.local.server import Server

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
HEALTHY_AFTER = 60.0
PIECE = 65536


class Backoff:
    """The pause before the next start: 1 s, doubling to 30 s, and 1 s again after a healthy minute."""

    def __init__(self) -> None:
        self.pause = FIRST_PAUSE

    def after(self, lived: float) -> float:
        """Return the pause for something that lived so many seconds."""
        if lived >= HEALTHY_AFTER:
            self.pause = FIRST_PAUSE
        pause, self.pause = self.pause, min(self.pause * 2, LONGEST_PAUSE)
        return pause


class Watched:
    """A process or server that must always run."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.backoff = Backoff()
        self.started = 0.0
        self.due: float | None = None

    def put_off(self, why: str) -> None:
        pause = self.backoff.after(time.monotonic() - self.started)
        self.due = time.monotonic() + pause
        say(f"{self.name} {why}; starting it again in {pause:.0f} s.")

    def due_now(self) -> bool:
        return self.due is not None and time.monotonic() >= self.due

    def begin(self) -> None:
        self.due = None
        self.started = time.monotonic()


class Supervisor:
    """Runs processes and watches them, and the embedded servers below them."""

    def __init__(
        self,
        settings: Mapping[str, str],
        ledger: Ledger,
        servers: list[Server],
        hear: Callable[[str, str], None] = console.show,
    ) -> None:
        """Start nothing yet. `settings` is the environment of all processes; `hear` gets their lines."""
        self.settings = settings
        self.ledger = ledger
        self.hear = hear
        self.servers = {server.name: server for server in servers}
        self.processes: dict[str, Process] = {}
        self.children: dict[str, Child] = {}
        self.watched = {server.name: Watched(str(server.program)) for server in servers}
        self.pipes = selectors.DefaultSelector()

    def run(self, process: Process) -> None:
        """Start a process, now and whenever it dies."""
        self.processes[process.role] = process
        self.watched.setdefault(process.role, Watched(NAMES.get(process.role, process.role))).begin()
        child = Child(process, self.settings, self.ledger, subprocess.PIPE)
        self.children[process.role] = child
        assert child.popen.stdout is not None  # noqa: S101 - as PIPE was asked for
        os.set_blocking(child.popen.stdout.fileno(), False)
        self.pipes.register(child.popen.stdout, selectors.EVENT_READ, Lines(process.role, self.hear))

    def kill(self, role: str) -> None:
        """Kill a process and its group by SIGKILL. It stays down until `run` is called."""
        self.processes.pop(role)
        self.children.pop(role).clear_away()

    def retire(self, role: str) -> None:
        """Stop a process in order. It stays down until `run` is called."""
        self.processes.pop(role)
        stop_all([self.children.pop(role)], meanwhile=lambda: self.show(0.05))

    def tick(self, timeout: float = 0.25) -> None:
        """Print lines for `timeout` seconds at most, and restart what died."""
        self.show(timeout)
        self._look_after_servers()
        self._look_after_children()

    def watch(self, done: Callable[[], bool] = lambda: False) -> None:
        """Keep everything running until `done`, or until a signal ends us."""
        while not done():
            self.tick()

    def show(self, timeout: float = 0.0) -> None:
        for key, _ in self.pipes.select(timeout):
            pipe, lines = key.fileobj, key.data
            piece = pipe.read(PIECE)  # type: ignore[union-attr]  # we registered pipes
            if piece:
                lines.feed(piece)
            elif piece == b"":
                lines.finish()
                self.pipes.unregister(pipe)
                pipe.close()  # type: ignore[union-attr]  # as above

    def stop(self) -> None:
        """Stop all processes, but not the servers."""
        late = stop_all(self.children.values(), meanwhile=lambda: self.show(0.05))
        with suppress(ValueError):  # its last writer closed the pipe meanwhile
            self.show()
        for role in late:
            say(f"{NAMES.get(role, role)} did not stop in time and was killed.")
        self.children.clear()
        self.pipes.close()

    def _look_after_children(self) -> None:
        for role, process in self.processes.items():
            watched, child = self.watched[role], self.children[role]
            if watched.due is None and child.ended():
                child.clear_away()
                watched.put_off(_how(child.popen.returncode))
            if watched.due_now():
                self.run(process)

    def _look_after_servers(self) -> None:
        for name, server in self.servers.items():
            watched = self.watched[name]
            if watched.due is None and server.ended():
                watched.put_off("has ended")
            if watched.due_now():
                watched.begin()
                server.launch()


def _how(code: int) -> str:
    if code >= 0:
        return f"ended with code {code}"
    return f"was ended by {signal.Signals(-code).name}"
