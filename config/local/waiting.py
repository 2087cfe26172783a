"""Waits for a condition, not for a length of time."""

import time
from collections.abc import Callable
from typing import TypeVar

PAUSE = 0.05
Answer = TypeVar("Answer")


def wait_until(condition: Callable[[], object], timeout: float) -> bool:
    """Call until the answer is true or `timeout` seconds have passed. Returns the last answer."""
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() >= end:
            return False
        time.sleep(PAUSE)
    return True


def until(
    condition: Callable[[], Answer], timeout: float, what: str, meanwhile: Callable[[], object] | None = None
) -> Answer:
    """Return the first true answer. Raises `TimeoutError`, saying what was waited for, after `timeout` seconds.

    `meanwhile` is called between two questions.
    """
    answers: list[Answer] = []

    def ask() -> Answer:
        if meanwhile and answers:
            meanwhile()
        answers[:] = [condition()]
        return answers[0]

    if not wait_until(ask, timeout):
        raise TimeoutError(f"not within {timeout:g} s: {what} (last answer: {answers[0]!r})")
    return answers[0]
