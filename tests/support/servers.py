"""An early pytest plugin: PostgreSQL and Redis are there before Django's settings are read.

`conftest.py` would be too late, because pytest-django reads the settings while
it is being loaded. Therefore `addopts = "-p tests.support.servers"`, and a wrapper
around the hook in which that happens.

Environment: `DATABASE_URL` and `REDIS_URL`, when given, are used; what is
missing is started for this run alone, and stopped with it. `SECRET_KEY` gets a
random value unless given.

Where pytest-xdist shares the suite out, its processes have one PostgreSQL, made
ready while they start; each has databases of its own there, and a Redis of its own.
"""

import os
import secrets
import sys
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import ExitStack

import pytest

from config.local.django_command import NOWHERE
from config.local.servers import Servers, throw_away
from config.local.trouble import Trouble
from tests.browser import chromium

_state: dict[str, Servers] = {}
_before_the_end: list[Callable[[], object]] = []
WORKER = "PYTEST_XDIST_WORKER"
TEMPLATE = "TEST_TEMPLATE"
"""The environment variable that names the template of all databases to the processes of a shared-out suite."""
MISSING = "is missing"
"""How the reason ends where a test needs a program that this machine does not have."""


def session_servers() -> Servers:
    """Return the servers of this test run."""
    return _state["servers"]


def before_the_end(action: Callable[[], object]) -> None:
    """Do something before the servers are stopped, whatever happens."""
    _before_the_end.append(action)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    """Start the servers before any other plugin takes its turn."""
    wanted = early_config.known_args_namespace
    if wanted.help or wanted.version:
        _name_nowhere()
    else:
        _start(early_config)
    return (yield)


def _name_nowhere() -> None:
    """Give the settings something to read: a run that only explains visits no server."""
    for name, value in NOWHERE.items():
        os.environ.setdefault(name, value)


def keep_redis_from_children() -> None:
    """Let each child start a Redis of its own, unless one was given."""
    if any(server.name == "redis" for server in session_servers().embedded):
        os.environ["REDIS_URL"] = NOWHERE["REDIS_URL"]


def _start(config: pytest.Config) -> None:
    """Start, and name the servers in the environment of this process and of its children."""
    if os.environ.get("REDIS_URL") == NOWHERE["REDIS_URL"]:
        del os.environ["REDIS_URL"]
    stack = ExitStack()
    config.add_cleanup(stack.close)
    try:
        servers = stack.enter_context(throw_away(careless=True))
    except Trouble as trouble:
        raise pytest.UsageError(str(trouble)) from trouble
    stack.callback(_finish)
    os.environ.update(servers.environment)
    os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(48))
    _state["servers"] = servers


def _finish() -> None:
    """Do what others asked for, the last one first; each gets its turn."""
    with ExitStack() as actions:
        for action in _before_the_end:
            actions.callback(action)


def pytest_report_header() -> str:
    """Say what the tests run on."""
    return _what_it_ran_on()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say it at the end when the header is not shown: which versions were tested matters in every record."""
    if not terminalreporter.showheader:
        terminalreporter.write_line(_what_it_ran_on())
    skipped = Counter(_reason(each) for each in terminalreporter.stats.get("skipped", []))
    for reason, number in sorted(skipped.items()):
        if reason.endswith(MISSING) or chromium.MISSING in reason:
            terminalreporter.write_line(f"not run: {number} tests; {reason}")


def _reason(skipped: pytest.TestReport) -> str:
    """Return why a test was skipped."""
    return (skipped.longrepr[2] if isinstance(skipped.longrepr, tuple) else str(skipped.longrepr)).removeprefix(
        "Skipped: "
    )


def _what_it_ran_on() -> str:
    known = _state.get("servers")
    version = sys.version.split(maxsplit=1)[0]
    return f"servers: {', '.join(known.descriptions) if known else 'none'}; Python {version}"
