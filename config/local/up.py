"""`manage.py up`: everything that Renraku needs, started and kept running in one terminal.

Environment, all optional: `DATABASE_URL`, `REDIS_URL` (used instead of embedded
servers), `SECRET_KEY` (else a random one kept in `.renraku/secret-key`),
`DEMO_PASSWORD` (of the demo accounts; else a random one, printed). Everything
else is passed on untouched. See `.env.example`.

Order: servers, migrations, demo data, the four processes, and then they are
asked until all are ready. Ctrl-C or SIGTERM stops everything, at any step.
"""

import argparse
import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

from config.local import ledger, ports, processes, readiness, running, servers, tether, welcome
from config.local.console import say
from config.local.ledger import Ledger
from config.local.project import ROOT, Busy, locked, private_file, state_folder
from config.local.supervisor import Supervisor
from config.local.trouble import Trouble, told

STEP_STOPS_WITHIN = 5.0


class Stopped(BaseException):
    """A signal asked us to end. No `Exception`: nothing on the way may mistake it for an error."""


def main() -> int:
    """Start everything, keep it running, stop it. Returns 1 when it could not start."""
    wanted = _arguments()
    try:
        with _signals(), locked(state_folder() / "up.lock", wait=False):
            _up(wanted)
    except Busy as error:
        raise Trouble(f"Renraku runs in this folder already: {running.address()}") from error
    except Stopped:
        say("stopped.")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="manage.py up", description="Start everything.")
    parser.add_argument("--port", type=_port, default=8000, help="where the web server listens (8000)")
    parser.add_argument("--fresh", action="store_true", help="throw the embedded servers' data away first")
    parser.add_argument("--no-demo", action="store_true", help="load no demo accounts into an empty database")
    return parser.parse_args()


def _port(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 65535:  # noqa: PLR2004 - what a port is
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
    return number


@contextmanager
def _signals() -> Iterator[None]:
    """Turn the first SIGINT, SIGTERM or SIGHUP into `Stopped`; later ones must not disturb the stopping."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def stop(_number: int, _frame: FrameType | None) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        say("stopping…")
        raise Stopped

    for number in numbers:
        signal.signal(number, stop)
    yield


def _up(wanted: argparse.Namespace) -> None:
    """Do the steps, in order."""
    state = state_folder()
    for name in ledger.recover(state / "processes.json"):
        say(f"stopped {name}, which an earlier start had left running.")
    home = _home(fresh=wanted.fresh)
    ports.must_be_free(wanted.port)
    servers.check_given()
    with ExitStack() as stack:
        given = stack.enter_context(servers.running(home))
        say(f"servers: {', '.join(given.descriptions)}")
        settings = {**os.environ, **given.environment, "SECRET_KEY": _secret_key(state)}
        stack.enter_context(running.noted(wanted.port, settings))
        book = Ledger(state / "processes.json")
        stack.callback(book.path.unlink, missing_ok=True)
        supervisor = Supervisor(settings, book, given.embedded)
        stack.callback(supervisor.stop)
        _step(["migrate", "--noinput", "--verbosity", "1"], settings, book, show=True)
        demo = {} if wanted.no_demo else _load_demo(settings, book)
        _start_processes(supervisor, state, wanted.port, given.database_url)
        say(welcome.text(wanted.port, demo, demo_password_was_set=bool(settings.get("DEMO_PASSWORD"))))
        supervisor.watch()


def _home(*, fresh: bool) -> Path:
    """Return the folder of the embedded servers' data, emptied if that was asked for."""
    if fresh and os.environ.get("DATABASE_URL"):
        raise Trouble("--fresh empties embedded servers only, and DATABASE_URL names another: empty that one yourself.")
    home = servers.lasting_home()
    if fresh:
        servers.empty(home)
        (state_folder() / "secret-key").unlink(missing_ok=True)
    return home


def _secret_key(state: Path) -> str:
    """Return the given key, or the one that is kept here."""
    if given := os.environ.get("SECRET_KEY"):
        return given
    path = state / "secret-key"
    if not path.is_file():
        private_file(path, secrets.token_urlsafe(48))
    return path.read_text(encoding="utf-8")


def _step(arguments: list[str], settings: dict[str, str], book: Ledger, *, show: bool) -> str:
    """Run a Django command to its end. Returns what it printed, unless that was shown. Raises `Trouble`."""
    process = tether.start(
        [sys.executable, "-m", "django", *arguments],
        when_orphaned=signal.SIGTERM,
        output=sys.stdout.fileno() if show else subprocess.PIPE,
        environment={**settings, "DJANGO_SETTINGS_MODULE": "config.settings"} | book.environment,
        folder=ROOT,
    )
    book.add(arguments[0], process.pid, signal.SIGTERM, signal.SIGKILL)
    try:
        output, _ = process.communicate()
    finally:
        _end(process)
        book.remove(arguments[0])
    printed = (output or b"").decode(errors="replace")
    if process.returncode:
        raise Trouble(f"{arguments[0]} failed: {printed.strip() or 'see above'}")
    return printed


def _end(process: subprocess.Popen[bytes]) -> None:
    """Stop a step that was interrupted: its transaction is rolled back by the database."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STEP_STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _load_demo(settings: dict[str, str], book: Ledger) -> dict[str, object]:
    """Load the demo accounts into an empty database. Returns what the command says about it, its last line."""
    lines = _step(["load_demo"], settings, book, show=False).strip().splitlines()
    answer: dict[str, object] = json.loads(lines[-1]) if lines else {}
    return answer


def _start_processes(supervisor: Supervisor, state: Path, port: int, database_url: str) -> None:
    """Start the four and wait until each says that it is ready. Raises `Trouble` naming the missing."""
    asked = readiness.Readiness(database_url, port)
    for role in processes.ROLES:
        supervisor.run(processes.process(role, bind=f"{ports.HOME}:{port}", scratch=state))

    def missing() -> list[str]:
        return asked.missing({role: child.pid for role, child in supervisor.children.items()})

    pump: Callable[[], None] = supervisor.tick
    still_missing = readiness.wait(missing, meanwhile=pump)
    if still_missing:
        raise Trouble(f"not ready after {readiness.READY_WITHIN:.0f} s: {readiness.in_words(still_missing)}.")


if __name__ == "__main__":
    sys.exit(told(main))
