"""Prints the messages of `up`, and the lines of each process with its name."""

import os
import select
import sys
from collections.abc import Callable
from typing import TextIO

WIDTH = 10
# Terminal colours by process; errors and our own messages have none.
COLOURS = {"web": 36, "deadlines": 35, "rest": 34, "beat": 33}

_listeners = {"stdout", "stderr"}
"""The streams that reach somebody, as far as we know."""


def say(message: str) -> None:
    """Print a message of our own."""
    _put(message)


def say_at_once(message: str) -> None:
    """Print a message from a signal handler: past the buffer, which refuses a print within a print.

    It is left out where it would have to wait, as in a pipe that nobody reads.
    """
    try:
        _, ready, _ = select.select([], [sys.stdout.fileno()], [], 0)
        if ready:
            os.write(sys.stdout.fileno(), f"{message}\n".encode())
    except OSError:
        _listeners.discard("stdout")
        _lead_nowhere(sys.stdout)


def show(speaker: str, line: str) -> None:
    """Print a line of a process with its name."""
    label = f"{speaker:<{WIDTH}} |"
    if sys.stdout.isatty() and speaker in COLOURS:
        label = f"\x1b[{COLOURS[speaker]}m{label}\x1b[0m"
    _put(f"{label} {line}")


def _put(text: str) -> None:
    """Print and flush. A closed terminal is ignored, so that everything still stops in order."""
    try:
        print(text, flush=True)
    except OSError:
        _listeners.discard("stdout")
        _lead_nowhere(sys.stdout)


def end() -> None:
    """Drop unprinted output: Python would try again at exit, and end with 120.

    If one stream is cut off, the other is dropped too: Python may write complaints there as it exits.
    """
    for name in ("stdout", "stderr"):
        try:
            getattr(sys, name).flush()
        except OSError:
            _listeners.discard(name)
    if _listeners != {"stdout", "stderr"}:
        _lead_nowhere(sys.stdout)
        _lead_nowhere(sys.stderr)


def _lead_nowhere(stream: TextIO) -> None:
    """Discard what the stream holds, and whatever follows."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
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
