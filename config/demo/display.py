"""Prints the demo as plain lines, without colour or cursor movement.

`live.Live` shows the same lines in a terminal, with colours, a countdown and the processes below them.
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from config.local.console import say

NAME_WIDTH = 13
FACT_WIDTH = 27


class Display:
    """Prints lines, each with the seconds since the start."""

    def __init__(self) -> None:
        self.began = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the terminal as it was."""

    def put(self, text: str, _style: str = "") -> None:
        say(text)

    def tick(self) -> None:
        """Redraw what moves; nothing does here."""

    def process(self, role: str, state: str) -> None:
        """Note the state of a process; not shown here."""

    @contextmanager
    def countdown(self, what: str, _seconds: float) -> Iterator[None]:
        """Show that the demo waits for `what`, and how long that takes if all is well."""
        self.note(f"… {what}")
        yield

    def chapter(self, title: str) -> None:
        self.put("")
        self.put(title, "bold cyan")

    def says(self, who: str, words: str) -> None:
        self._timed(f"{who:<{NAME_WIDTH}} {words}")

    def fact(self, text: str) -> None:
        """Show a statement that was checked."""
        self._timed(f"{'':<{NAME_WIDTH}} ✓ {text}", "green")

    def note(self, text: str) -> None:
        self._timed(f"{'':<{NAME_WIDTH}} {text}", "dim")

    def happens(self, text: str) -> None:
        """Show what the system does, or what is done to it."""
        self._timed(f"{'':<{NAME_WIDTH}} {text}", "bold yellow")

    def change(self, name: str, before: object, after: object) -> None:
        """Show a figure before and after; both were checked."""
        self.fact(f"{name:<{FACT_WIDTH}} {before}  →  {after}")

    def _timed(self, text: str, style: str = "") -> None:
        self.put(f"{time.monotonic() - self.began:6.1f} s  {text}", style)


def choose() -> Display:
    """Return plain lines, unless stdout is a terminal that can show more and wants to (`NO_COLOR`)."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") in {"dumb", None}:
        return Display()
    from config.demo.live import Live  # noqa: PLC0415 - rich is for terminals only

    return Live()
