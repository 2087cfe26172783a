"""Which display suits the terminal."""

import os
import sys

from config.demo.display import Display


def is_plain() -> bool:
    """Say whether nothing but lines is wanted: no terminal, one that cannot more, or NO_COLOR (any text)."""
    return not sys.stdout.isatty() or bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") in {"dumb", None}


def choose() -> Display:
    """Return what suits the terminal."""
    if is_plain():
        return Display()
    from config.demo.live import Live  # noqa: PLC0415 - rich is for terminals only

    return Live()
