"""Prints the demo in a terminal, with colours, a countdown and the processes below the lines."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from rich import live
from rich.console import Console, Group
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from config.demo.display import Display

MARKS = {
    "ready": ("●", "green"),
    "starting": ("◌", "yellow"),
    "killed": ("✗", "bold red"),
}


class Live(Display):
    def __init__(self, console: Console | None = None) -> None:
        super().__init__()
        self.console = console or Console(highlight=False)
        self.live = live.Live(console=self.console, auto_refresh=False, transient=True)
        self.processes: dict[str, str] = {}
        self.waiting: tuple[str, float, float] | None = None

    def __enter__(self) -> Self:
        self.live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.live.stop()

    def put(self, text: str, style: str = "") -> None:
        self.console.print(Text(text, style))
        self.tick()

    def tick(self) -> None:
        parts = [self._countdown()] if self.waiting else []
        self.live.update(Group(Text(), *parts, self._processes()), refresh=True)

    def process(self, role: str, state: str) -> None:
        self.processes[role] = state
        self.tick()

    @contextmanager
    def countdown(self, what: str, seconds: float) -> Iterator[None]:
        self.waiting = (what, time.monotonic(), seconds)
        try:
            yield
        finally:
            self.waiting = None
            self.tick()

    def _countdown(self) -> Table:
        assert self.waiting is not None  # noqa: S101 - set by the caller
        what, since, seconds = self.waiting
        past = min(time.monotonic() - since, seconds)
        line = Table.grid(padding=(0, 1))
        bar = ProgressBar(total=seconds, completed=past, width=24)
        line.add_row(Text(f"{seconds - past:6.1f} s", "bold"), bar, Text(what))
        return line

    def _processes(self) -> Text:
        text = Text(f"{time.monotonic() - self.began:6.1f} s  ")
        for role, state in self.processes.items():
            mark, style = MARKS[state]
            text.append(f"{mark} ", style).append(f"{role}   ", style if state == "killed" else "")
        return text
