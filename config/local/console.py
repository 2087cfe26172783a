"""Prints the messages of `up`, and the lines of each process with its name."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

WIDTH = 10
# Terminal colours by process; errors and our own messages have none.
COLOURS = {"web": 36, "deadlines": 35, "rest": 34, "beat": 33}


def say(message: str) -> None:
    """Print a message of our own."""
    _put(message)


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
        sys.stdout = _nowhere()


def end() -> None:
    """Drop unprinted output: Python would try again at exit, and end with 120."""
    for name in ("stdout", "stderr"):
        try:
            getattr(sys, name).flush()
        except OSError:
            setattr(sys, name, _nowhere())


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")


class Lines:
    """Joins the pieces from a pipe to lines."""

    def __init__(self, speaker: str, hear: Callable[[str, str], None] = show) -> None:
        """Begin without any text. `hear` is told the speaker and each line."""
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
