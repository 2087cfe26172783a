"""An early pytest plugin: PostgreSQL and Redis are there before Django's settings are read.

`conftest.py` would be too late, because pytest-django reads the settings while
it is being loaded. Therefore `addopts = "-p tests.support.servers"`, and a wrapper
around the hook in which that happens.

Environment: `DATABASE_URL` and `REDIS_URL`, when given, are used; what is
missing is started for this run alone, and stopped with it. `SECRET_KEY` gets a
random value unless given.

Where pytest-xdist shares the suite out, each of its processes has servers of its
own: no test meets another one's rows, queues or deadlocks.
"""

import os
import secrets
import sys
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import ExitStack
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

from config.local.django_command import NOWHERE
from config.local.servers import Servers, throw_away
from config.local.trouble import Trouble
from tests.browser import chromium

_state: dict[str, Servers] = {}
_before_the_end: list[Callable[[], object]] = []
_ran_on: set[str] = set()
"""What the processes that xdist shared the suite out to said of their servers."""
WORKER = "PYTEST_XDIST_WORKER"
IN_A_BROWSER = "tests/browser/"
MISSING = "is missing"
"""How the reason ends where a test needs a program that this machine does not have."""


def session_servers() -> Servers:
    """Return the servers of this test run."""
    return _state["servers"]


def before_the_end(action: Callable[[], object]) -> None:
    """Do something before the servers are stopped, whatever happens."""
    _before_the_end.append(action)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register `--long`."""
    parser.addoption("--long", action="store_true", help="also run the tests that take minutes")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    """Start the servers before any other plugin takes its turn."""
    wanted = early_config.known_args_namespace
    shares_out = getattr(wanted, "numprocesses", None) and WORKER not in os.environ
    if shares_out or wanted.help or wanted.version:
        _give_settings_something_to_read()
    else:
        _start(early_config)
    return (yield)


def _give_settings_something_to_read() -> None:
    """Name servers that nobody will visit: who shares the suite out, or only explains, needs none."""
    for name, value in NOWHERE.items():
        os.environ.setdefault(name, value)


def _forget_what_names_nothing() -> None:
    for name, value in NOWHERE.items():
        if os.environ.get(name) == value:
            del os.environ[name]


def _start(config: pytest.Config) -> None:
    """Start, and name the servers in the environment of this process and of its children."""
    _forget_what_names_nothing()
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


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell who shared the suite out what it ran on."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["ran on"] = _what_it_ran_on()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Hear it."""
    _ran_on.add(getattr(node, "workeroutput", {}).get("ran on", "servers: a process of the suite died"))


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


class OneStackForAllBrowsers(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    """Shares out by file, but for the tests in a browser: they share what they started, and go to one process."""

    def _split_scope(self, nodeid: str) -> str:
        """Name what stays together."""
        return IN_A_BROWSER if nodeid.startswith(IN_A_BROWSER) else str(super()._split_scope(nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneStackForAllBrowsers | None:
    """Share the suite out."""
    return OneStackForAllBrowsers(config, log) if config.getvalue("dist") == "loadfile" else None


def _what_it_ran_on() -> str:
    if _ran_on:
        return "; ".join(sorted(_ran_on))
    version = sys.version.split(maxsplit=1)[0]
    known = _state.get("servers")
    return f"servers: {', '.join(known.descriptions) if known else 'a set for each process'}; Python {version}"
