"""The commands of the four processes, in one place.

`up`, the tests and production start the same ones. In production, each runs
under a supervisor of its own: `python -m config.local.processes web --bind 0.0.0.0:8000`
(or `deadlines`, `rest`, `beat`) becomes that process.

Environment that each process gets here: `PROCESS_ROLE` (its name, as below);
the workers also `REMAP_SIGTERM=SIGQUIT`, so that SIGTERM hands the messages
they hold back to Redis. Everything else (`DATABASE_URL`, `REDIS_URL`,
`SECRET_KEY` …) comes from the caller, or from `.env`.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from config.local.trouble import exit_code

WEB, DEADLINES, REST, BEAT = "web", "deadlines", "rest", "beat"
ROLES = (WEB, DEADLINES, REST, BEAT)
# Their names for people.
NAMES = {
    WEB: "web",
    DEADLINES: "worker of the deadlines",
    REST: "worker of the rest",
    BEAT: "beat",
}
GRACEFUL_SECONDS = 10
CELERY = ["-m", "celery", "-q", "-A", "config.celery"]
# Each channel's sender can block one of the four of `rest` on a server that hangs.
WORKER_SIZE = {DEADLINES: "2", REST: "4"}
WORKER_QUEUES = {DEADLINES: "deadlines", REST: "celery,deadlines.soon"}


@dataclass(frozen=True)
class Process:
    """A process: its role, its command, and its environment besides the settings."""

    role: str
    command: list[str]
    extra: Mapping[str, str]

    def environment(self, settings: Mapping[str, str]) -> dict[str, str]:
        return {**settings, "PROCESS_ROLE": self.role, **self.extra}


def process(role: str, *, bind: str, scratch: Path, python: str = sys.executable) -> Process:
    """Return the process of a role. `bind` is web's HOST:PORT; beat keeps its schedule file in `scratch`."""
    if role == WEB:
        return Process(role, [python, "-m", "gunicorn", *_web(bind)], {})
    if role == BEAT:
        # The file only remembers the last ticks. It is a pickle, so nobody else may write there.
        return Process(role, [python, *CELERY, "beat", "--schedule", str(scratch / "beat"), "--pidfile="], {})
    return Process(role, [python, *CELERY, "worker", *_worker(role)], {"REMAP_SIGTERM": "SIGQUIT"})


def _web(bind: str) -> list[str]:
    size = ["--worker-class", "gthread", "--workers", "2", "--threads", "4"]
    # Gunicorn's control socket would be one file in the home folder for all installations.
    calm = ["--graceful-timeout", str(GRACEFUL_SECONDS), "--no-control-socket", "--config", "python:config.serving"]
    return ["config.wsgi:application", "--bind", bind, *size, *calm]


def _worker(role: str) -> list[str]:
    # Nobody listens to events. With Redis away, a worker that ends would wait for ever to send its last heartbeat.
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return ["-Q", WORKER_QUEUES[role], "-n", f"{role}@%h", "--concurrency", WORKER_SIZE[role], *quiet]


def main() -> int:
    """Become one of the processes."""
    parser = argparse.ArgumentParser(prog="python -m config.local.processes", description="Run one process.")
    parser.add_argument("role", choices=ROLES)
    parser.add_argument("--bind", default="127.0.0.1:8000", metavar="HOST:PORT", help="where web listens")
    wanted = parser.parse_args()
    scratch = Path(tempfile.mkdtemp(prefix="renraku-beat-")) if wanted.role == BEAT else Path()
    chosen = process(wanted.role, bind=wanted.bind, scratch=scratch)
    os.execve(chosen.command[0], chosen.command, chosen.environment(os.environ))  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    sys.exit(exit_code(main))
