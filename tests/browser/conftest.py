"""One browser and one running Renraku for all tests of this folder."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from config.local.project import ROOT
from notifications.channels import vapid
from tests.browser import chromium
from tests.browser.reader import Reader, reader
from tests.support.stack import Stack

PASSWORD = "browser-password"
SILENCE, REPLY_WINDOW = 5, 9
"""Seconds."""
SHORTENED = {
    "POLICY_SILENCE_BEFORE_REQUEST": f"PT{SILENCE}S",
    "POLICY_REPLY_WINDOW": f"PT{REPLY_WINDOW}S",
    "SWEEP_INTERVAL": "60",
    "DEMO_PASSWORD": PASSWORD,
    "VAPID_PRIVATE_KEY": vapid.make(),
    "VAPID_SUBJECT": "mailto:push@market.example",
    "THROTTLE_READ": "100000/min",
    "THROTTLE_WRITE": "100000/min",
    "THROTTLE_LOGIN": "1000/min",
}

Opens = Callable[..., AbstractContextManager[Reader]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a browser where there is none."""
    if chromium.found() is None:
        here = str(ROOT / "tests" / "browser")
        for item in items:
            if str(item.path).startswith(here):
                item.add_marker(pytest.mark.skip(reason=chromium.MISSING))


@dataclass(frozen=True)
class Scenery:
    """What stands in the stack's database."""

    sessions: dict[str, str]
    ids: dict[str, str]
    rooms: dict[str, str]
    walkers: list[dict[str, Any]]
    """Two pairs of people who can log in by password: for the walk with JavaScript, and without."""


@pytest.fixture(scope="package")
def stack() -> Iterator[Stack]:
    """The real processes, with shortened durations."""
    with Stack(SHORTENED) as running:
        yield running


@pytest.fixture(scope="package")
def scenery(stack: Stack) -> Scenery:
    """People, services, and a room of each kind."""
    answer = subprocess.run(
        [sys.executable, "-m", "tests.browser.scenery"],
        cwd=ROOT,
        env={**stack.env, "DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    return Scenery(**json.loads(answer.stdout.splitlines()[-1]))


@pytest.fixture(scope="package")
def browser(stack: Stack) -> Iterator[Browser]:
    """The system's Chromium, without a screen.

    Playwright is stopped at the end of the folder: while it runs, Django takes this thread for one of asyncio's.
    """
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium.found(), args=chromium.arguments())
        yield started
        started.close()


@pytest.fixture
def opens(browser: Browser, stack: Stack) -> Opens:
    """Opens a window at the running stack."""
    return partial(reader, browser, stack.url)
