"""Being asked to end: Ctrl-C, SIGTERM, or a terminal that is closed."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from config.local.console import say

NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """A signal asked us to end. No `Exception`: nothing on the way may mistake it for an error."""

    def __init__(self, number: int) -> None:
        """Keep which signal it was."""
        super().__init__(number)
        self.number = number


@contextmanager
def signals() -> Iterator[None]:
    """Turn the first SIGINT, SIGTERM or SIGHUP into `Stopped`; later ones must not disturb the stopping."""

    def stop(received: int, _frame: FrameType | None) -> None:
        for number in NUMBERS:
            signal.signal(number, signal.SIG_IGN)
        say("stopping…")
        raise Stopped(received)

    for number in NUMBERS:
        signal.signal(number, stop)
    yield
