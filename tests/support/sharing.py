"""A pytest plugin: what is run (`--quick`, `--long`), and how the suite is shared out over processes."""

import os
import threading
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

from tests.support import databases
from tests.support.servers import TEMPLATE, WORKER, before_the_end, keep_redis_from_children

QUICK = ("tests/marketplace/", "tests/notifications/", "tests/config/")
"""What `--quick` runs, but for the tests marked `thorough`."""
LONGEST_FIRST = (
    "tests/faults/test_database.py",
    "tests/browser/",
    "tests/acceptance/",
    "tests/faults/",
    "tests/door/",
    "tests/model/",
    "tests/races/",
)
"""Those that wait come first: while one waits, the cores have others to run."""
TOGETHER = ("tests/browser/", "tests/door/")
"""Tests of these folders share what they started: one process runs them all. Else those of a file stay together."""
APART = ("tests/model/",)
"""Long tests that share nothing: each goes to whichever process is free."""


@pytest.hookimpl(trylast=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Make the template of all databases while the processes start that the suite is shared out to."""
    if getattr(early_config.known_args_namespace, "numprocesses", None) and WORKER not in os.environ:
        keep_redis_from_children()
        os.environ[TEMPLATE] = databases.template_name()
        making = threading.Thread(target=databases.make_template)
        making.start()
        before_the_end(making.join)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register what may be run."""
    parser.addoption("--long", action="store_true", help="also run the tests that take minutes, and more examples")
    parser.addoption("--quick", action="store_true", help="run what needs no processes, no browser and no patience")


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark."""
    config.addinivalue_line("markers", "thorough: starts processes, or takes seconds; left out by --quick")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is not wanted, and bring the rest into order."""
    if config.getoption("--quick"):
        left_out = [item for item in items if not _is_quick(item)]
        items[:] = [item for item in items if _is_quick(item)]
        config.hook.pytest_deselected(items=left_out)
    if WORKER in os.environ:
        items.sort(key=_rank)


def _is_quick(item: pytest.Item) -> bool:
    return item.nodeid.startswith(QUICK) and item.get_closest_marker("thorough") is None


def _rank(item: pytest.Item) -> int:
    return next((rank for rank, begin in enumerate(LONGEST_FIRST) if item.nodeid.startswith(begin)), len(LONGEST_FIRST))


class Scheduling(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    """Shares out by file, but for the folders of `TOGETHER` and `APART`."""

    def _split_scope(self, nodeid: str) -> str:
        """Name what stays together."""
        if nodeid.startswith(APART):
            return nodeid
        return next((folder for folder in TOGETHER if nodeid.startswith(folder)), str(super()._split_scope(nodeid)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling | None:
    """Share the suite out."""
    return Scheduling(config, log) if config.getvalue("dist") == "loadfile" else None
