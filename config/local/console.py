"""What `up` shows: its own sentences, and the lines of each process behind its name."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

WIDTH = 10
# Colours of the terminal, one for each speaker; errors and our own sentences stay as they are.
COLOURS = {"web": 36, "deadlines": 35, "rest": 34, "beat": 33}


def say(message: str) -> None:
    """Print a sentence of our own, at once."""
    _put(message)


def show(speaker: str, line: str) -> None:
    """Print a line of a process behind its name."""
    label = f"{speaker:<{WIDTH}} |"
    if sys.stdout.isatty() and speaker in COLOURS:
        label = f"\x1b[{COLOURS[speaker]}m{label}\x1b[0m"
    _put(f"{label} {line}")


def _put(text: str) -> None:
    """Print at once. When the terminal has gone, nobody listens, and stopping in order matters all the more."""
    try:
        print(text, flush=True)
    except OSError:
        sys.stdout = _nowhere()


def end() -> None:
    """Leave nothing behind that could not be printed: Python would try once more as it ends, and fail with 120."""
    for name in ("stdout", "stderr"):
        try:
            getattr(sys, name).flush()
        except OSError:
            setattr(sys, name, _nowhere())


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")


class Lines:
    """Turns the pieces that a pipe delivers into whole lines."""

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
        """Pass on what stands there without an end of line."""
        if self.rest:
            self.feed(b"\n")
