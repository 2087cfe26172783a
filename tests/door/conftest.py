"""One running Compose file for all tests of this folder."""

from collections.abc import Iterator

import pytest

from config.local.project import ROOT
from tests.door import box
from tests.door.pod import Pod

SILENCE, REPLY_WINDOW = 5, 9
"""Seconds."""
PASSWORD = "door-password"
SHORTENED = {
    "POLICY_SILENCE_BEFORE_REQUEST": f"PT{SILENCE}S",
    "POLICY_REPLY_WINDOW": f"PT{REPLY_WINDOW}S",
    "SWEEP_INTERVAL": "60",
    "THROTTLE_READ": "100000/min",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs boxes where there are none."""
    if missing := box.missing():
        for item in items:
            if item.path.is_relative_to(ROOT / "tests/door"):
                item.add_marker(pytest.mark.skip(reason=f"{', '.join(missing)} is missing"))


@pytest.fixture(scope="package")
def pod() -> Iterator[Pod]:
    """The Compose file, with shortened durations."""
    with Pod(SHORTENED) as running:
        yield running
