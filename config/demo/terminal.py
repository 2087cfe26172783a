"""Chooses the display for the terminal."""

import os
import sys

from config.demo.display import Display


def is_plain() -> bool:
    """Whether to print plain lines: no terminal, a dumb one, or NO_COLOR is set."""
    return not sys.stdout.isatty() or bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") in {"dumb", None}


def choose() -> Display:
    """Return the display for the terminal."""
    if is_plain():
        return Display()
    from config.demo.live import Live  # noqa: PLC0415 - rich is for terminals only

    return Live()
