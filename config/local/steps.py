"""The steps of a start: check the settings, run a command to its end."""

import json
import signal
import subprocess
import sys
from collections.abc import Mapping

from config.local import tether
from config.local.django_command import NOWHERE
from config.local.ledger import Ledger
from config.local.project import ROOT
from config.local.trouble import Trouble

STOPS_WITHIN = 5.0


def check_settings(environment: Mapping[str, str]) -> None:
    """Raise `Trouble` with the line about the first bad setting. Addresses of servers may be missing."""
    given = {name: value for name, value in environment.items() if value}
    command = [sys.executable, "-c", "import config.settings"]
    answer = subprocess.run(command, cwd=ROOT, env={**NOWHERE, **given}, stderr=subprocess.PIPE, text=True, check=False)
    if answer.returncode:
        raise Trouble(answer.stderr.strip().splitlines()[-1])


def django(arguments: list[str], settings: Mapping[str, str], book: Ledger, *, show: bool = False) -> str:
    """Run a Django command. Returns its output, unless that was shown. Raises `Trouble`."""
    return module("django", arguments, settings, book, show=show)


def load_demo(settings: Mapping[str, str], book: Ledger) -> dict[str, object]:
    """Load the demo accounts into an empty database. Returns the last line of the command, as JSON."""
    lines = django(["load_demo"], settings, book).strip().splitlines()
    answer: dict[str, object] = json.loads(lines[-1]) if lines else {}
    return answer


def module(name: str, arguments: list[str], settings: Mapping[str, str], book: Ledger, *, show: bool = False) -> str:
    """Run a Python module. Returns its output, unless that was shown. Raises `Trouble`."""
    title = arguments[0] if name == "django" else name.rpartition(".")[2]
    process = tether.start(
        [sys.executable, "-m", name, *arguments],
        when_orphaned=signal.SIGTERM,
        output=sys.stdout.fileno() if show else subprocess.PIPE,
        environment={**settings, "DJANGO_SETTINGS_MODULE": "config.settings"} | book.environment,
        folder=ROOT,
    )
    book.add(title, process.pid, signal.SIGTERM, signal.SIGKILL)
    try:
        output, _ = process.communicate()
    finally:
        _end(process)
        book.remove(title)
    printed = (output or b"").decode(errors="replace")
    if process.returncode:
        raise Trouble(f"{title} failed: {printed.strip() or 'see above'}")
    return printed


def _end(process: subprocess.Popen[bytes]) -> None:
    """Stop an interrupted step; the database rolls its transaction back."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
