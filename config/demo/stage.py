"""The real stack of the demo: throw-away servers, and the four processes of `up`."""

import os
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar
from urllib.parse import quote

from config.demo import pace
from config.demo.client import Person
from config.demo.display import Display
from config.local import ports, processes, servers, steps, waiting
from config.local.launch import launch
from config.local.servers import Servers
from config.local.supervisor import Supervisor

TAIL = 12
TICK = 0.1
Answer = TypeVar("Answer")


class Stage:
    """Everything that runs, and what the demo does to it."""

    def __init__(self, given: Servers, display: Display) -> None:
        """Start nothing yet."""
        self.given = given
        self.display = display
        self.port = ports.free_port()
        self.password = secrets.token_urlsafe(12)
        self.mail = given.home / "mail"
        """Where e-mail goes, a file a message."""
        self.lines: dict[str, list[str]] = {role: [] for role in processes.ROLES}
        self.settings = {
            **os.environ,
            **given.environment,
            **pace.settings(self.password),
            "SECRET_KEY": secrets.token_urlsafe(48),
            "EMAIL_URL": f"filemail://{quote(str(self.mail))}",
            "TMPDIR": str(given.home),  # deleted with the servers: killed processes leave files
        }
        self.supervisor = Supervisor(self.settings, given.ledger, given.embedded, hear=self._hear)

    def open(self) -> None:
        """Make tables and accounts, start the four processes, and wait until they are ready. Raises `Trouble`."""
        steps.check_settings(self.settings)
        self.display.note("making the tables and the people…")
        steps.module("config.demo.tables", [], self.settings, self.given.ledger)
        self.display.note("starting web, the worker of the deadlines, the worker of the rest, and beat…")
        for role in processes.ROLES:
            self.display.process(role, "starting")
        launch(
            self.supervisor,
            scratch=self.given.home,
            port=self.port,
            database_url=self.given.database_url,
            tell=self.display.note,
        )
        for role in processes.ROLES:
            self.display.process(role, "ready")

    def person(self, name: str) -> Person:
        return Person(self.port, name, self.password)

    def until(self, condition: Callable[[], Answer], what: str) -> Answer:
        """Return the first true answer. Raises `TimeoutError` that says what was waited for."""
        return waiting.until(condition, pace.PATIENCE, what, meanwhile=self._tick)

    def think(self) -> None:
        waiting.wait_until(self._tick, pace.THINKING.total_seconds())

    def kill(self, role: str) -> int | None:
        """Kill a process by SIGKILL, and leave it dead. Returns its exit code."""
        process = self.supervisor.children[role].popen
        self.supervisor.kill(role)
        self.display.process(role, "killed")
        return process.returncode

    def has_said(self, role: str, *words: str) -> bool:
        return any(all(word in line for word in words) for line in self.lines[role])

    def sweep_every(self, interval: timedelta) -> None:
        """Start beat again, with another interval between two sweeps."""
        self.supervisor.retire(processes.BEAT)
        beat = processes.process(processes.BEAT, bind="", scratch=self.given.home)
        self.supervisor.run(replace(beat, extra={**beat.extra, "SWEEP_INTERVAL": pace.seconds(interval)}))

    def reverse(self, verdict: str, reason: str) -> None:
        steps.module("config.demo.reversal", [verdict, reason], self.settings, self.given.ledger)

    def tails(self) -> str:
        """Return the last lines of each process."""
        return "\n".join(f"--- {role}\n" + "\n".join(lines[-TAIL:]) for role, lines in self.lines.items() if lines)

    def _hear(self, role: str, line: str) -> None:
        self.lines[role].append(line)

    def _tick(self) -> None:
        self.supervisor.tick(TICK)
        self.display.tick()


@contextmanager
def stage(display: Display) -> Iterator[Stage]:
    """Provide the running stack, and stop all of it at the end."""
    for name in ("DATABASE_URL", "DATABASE_URL_FILE", "REDIS_URL", "REDIS_URL_FILE"):
        os.environ.pop(name, None)  # the demo runs on servers of its own, never on real data
    with ExitStack() as ending:
        display.note("starting PostgreSQL and Redis, to be thrown away afterwards…")
        given = ending.enter_context(servers.throw_away(careless=True))
        for description in given.descriptions:
            display.note(description)
        built = Stage(given, display)
        ending.callback(built.supervisor.stop)
        try:
            built.open()
            yield built
        except Exception:
            if tails := built.tails():
                print(tails, file=sys.stderr, flush=True)
            raise
