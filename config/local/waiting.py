"""Wait for a condition, never for a length of time."""

import time
from collections.abc import Callable

PAUSE = 0.05


def wait_until(condition: Callable[[], object], timeout: float) -> bool:
    """Ask until the answer is true or `timeout` seconds have passed. Returns the last answer."""
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() >= end:
            return False
        time.sleep(PAUSE)
    return True
