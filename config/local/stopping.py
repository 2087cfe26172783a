"""Turns Ctrl-C, SIGTERM and a closed terminal into an exception."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from config.local.console import say_at_once

NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """A signal asked us to end. It is no `Exception`, so that no handler takes it for an error."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextmanager
def signals() -> Iterator[None]:
    """Turn the first SIGINT, SIGTERM or SIGHUP into `Stopped`; later ones are ignored."""

    def stop(received: int, _frame: FrameType | None) -> None:
        for number in NUMBERS:
            signal.signal(number, signal.SIG_IGN)
        say_at_once("stopping…")
        raise Stopped(received)

    for number in NUMBERS:
        signal.signal(number, stop)
    yield
