"""Prints the messages of `up`, and the lines of each process with its name."""

import os
import select
import sys
from collections.abc import Callable
from threading import Event

WIDTH = 10
PATIENCE = 1.0
"""Seconds that a print waits for its reader once a signal asked us to end."""
# Terminal colours by process; errors and our own messages have none.
COLOURS = {"web": 36, "deadlines": 35, "rest": 34, "beat": 33}

_ending = Event()
_listeners = {"stdout", "stderr"}
"""The streams that were not cut off."""


def say(message: str) -> None:
    """Print and flush. A closed terminal is ignored, so that everything still stops in order."""
    try:
        if _ending.is_set() and not _takes_more():
            _cut_off("stdout")
        print(message, flush=True)
    except OSError:
        _cut_off("stdout")


def say_at_once(message: str) -> None:
    """Print a message from a signal handler: past the buffer, which refuses a print within a print.

    From now on, a pipe that nobody reads is cut off after `PATIENCE`: everything must still stop.
    """
    _ending.set()
    try:
        if _takes_more():
            os.write(sys.stdout.fileno(), f"{message}\n".encode())
        else:
            _cut_off("stdout")
    except OSError:
        _cut_off("stdout")


def show(speaker: str, line: str) -> None:
    """Print a line of a process with its name."""
    label = f"{speaker:<{WIDTH}} |"
    if sys.stdout.isatty() and speaker in COLOURS:
        label = f"\x1b[{COLOURS[speaker]}m{label}\x1b[0m"
    say(f"{label} {line}")


def end() -> None:
    """Drop unprinted output: Python would try again at exit, and end with 120.

    If one stream is cut off, the other is dropped too: Python may write complaints there as it exits.
    """
    for name in ("stdout", "stderr"):
        try:
            getattr(sys, name).flush()
        except OSError:
            _cut_off(name)
    if len(_listeners) == 1:
        _cut_off(*_listeners)


def _takes_more() -> bool:
    """Whether stdout takes a line within `PATIENCE`."""
    return bool(select.select([], [sys.stdout.fileno()], [], PATIENCE)[1])


def _cut_off(name: str) -> None:
    """Discard what the stream holds, and whatever follows."""
    _listeners.discard(name)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, getattr(sys, name).fileno())
    os.close(nowhere)


class Lines:
    """Joins the pieces from a pipe to lines."""

    def __init__(self, speaker: str, hear: Callable[[str, str], None] = show) -> None:
        """`hear` gets the process and each line."""
        self.speaker = speaker
        self.hear = hear
        self.rest = b""

    def feed(self, piece: bytes) -> None:
        """Pass on the lines that this piece completes."""
        *lines, self.rest = (self.rest + piece).split(b"\n")
        for line in lines:
            self.hear(self.speaker, line.decode(errors="replace").rstrip("\r"))

    def finish(self) -> None:
        """Pass on a last line without an end."""
        if self.rest:
            self.feed(b"\n")
