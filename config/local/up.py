"""`manage.py up`: starts everything that Renraku needs, and keeps it running in one terminal.

Environment, all optional: `DATABASE_URL`, `REDIS_URL` (used instead of embedded
servers), `SECRET_KEY` (else a random one kept in `.renraku/secret-key`),
`DEMO_PASSWORD` (of the demo accounts; else a random one, printed), `PUBLIC_URL`
(else the address of web). Everything else is passed on unchanged. See `.env.example`.

Order: servers, migrations, demo data, the four processes, and then they are
asked until all are ready. Ctrl-C or SIGTERM stops everything, at any step.
"""

import argparse
import os
import secrets
import sys
from contextlib import ExitStack
from pathlib import Path

from config import environment
from config.local import ledger, ports, running, servers, steps, welcome
from config.local.console import end, say
from config.local.launch import launch
from config.local.ledger import Ledger
from config.local.project import ROOT, Busy, locked, private_file, state_folder
from config.local.stopping import Stopped, signals
from config.local.supervisor import Supervisor
from config.local.trouble import Trouble, exit_code


def main() -> int:
    """Start everything, keep it running, stop it. Returns 1 if it could not start."""
    wanted = _arguments()
    environment.read_dotenv(ROOT / ".env")
    environment.take_secrets_in()
    try:
        with signals(), locked(state_folder() / "up.lock", wait=False):
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
    if not 1 <= number <= 65535:  # noqa: PLR2004 - the range of ports
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
    return number


def _up(wanted: argparse.Namespace) -> None:
    state = state_folder()
    for name in ledger.recover(state / "processes.json"):
        say(f"stopped {name}, which an earlier start had left running.")
    home = _home(fresh=wanted.fresh)
    ports.must_be_free(wanted.port)
    servers.check_given()
    steps.check_settings({**os.environ, "SECRET_KEY": _secret_key(state)})
    with ExitStack() as stack:
        given = stack.enter_context(servers.running(home))
        say(f"servers: {', '.join(given.descriptions)}")
        settings = {**os.environ, **given.environment, "SECRET_KEY": _secret_key(state)}
        settings["PUBLIC_URL"] = os.environ.get("PUBLIC_URL") or f"http://{ports.HOME}:{wanted.port}"
        stack.enter_context(running.noted(wanted.port, settings))
        book = Ledger(state / "processes.json")
        stack.callback(book.path.unlink, missing_ok=True)
        supervisor = Supervisor(settings, book, given.embedded)
        stack.callback(supervisor.stop)
        steps.django(["migrate", "--noinput", "--verbosity", "1"], settings, book, show=True)
        demo = {} if wanted.no_demo else steps.load_demo(settings, book)
        launch(supervisor, scratch=state, port=wanted.port, database_url=given.database_url)
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
    """Return the given key, or the one kept in `.renraku/`."""
    if given := os.environ.get("SECRET_KEY"):
        return given
    path = state / "secret-key"
    if not path.is_file():
        private_file(path, secrets.token_urlsafe(48))
    return path.read_text(encoding="utf-8")


if __name__ == "__main__":
    code = exit_code(main)
    end()
    sys.exit(code)
