"""Where the verdict's time goes: the set function in this process, alone on the machine, statement by statement."""

import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.db import connection

from config.local.console import say
from marketplace import clock
from marketplace.actions import deadlines
from tests.benchmarks.alone import overdue, settle_all

WIDTH = 60


class Stopwatch:
    """Sums what each statement takes, as seen by the one who waits for it."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self.spent: dict[str, float] = defaultdict(float)
        self.times: dict[str, int] = defaultdict(int)

    def __call__(self, execute: Callable[..., Any], sql: str, values: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - Django's
        """Run a statement and time it."""
        began = time.perf_counter()
        try:
            return execute(sql, values, many, context)
        finally:
            name = " ".join(sql.split())[:WIDTH]
            self.spent[name] += time.perf_counter() - began
            self.times[name] += 1


def run(url: str, number: int) -> None:
    """Settle `number` overdue requests and print each statement's share."""
    watch = Stopwatch()
    with overdue(url, number):
        clock.now()  # connects
        began = time.perf_counter()
        with connection.execute_wrapper(watch):
            settle_all(number)
        took = time.perf_counter() - began
    batches = number / deadlines.BATCH
    say(f"{number} verdicts in {took:.2f} s: {number / took:,.0f}/s, one process\n")
    say(f"| statement | ms a batch of {deadlines.BATCH} | share |\n|---|---|---|")
    for name, spent in sorted(watch.spent.items(), key=lambda item: -item[1]):
        say(f"| {name} | {spent / batches * 1000:.2f} | {spent / took:.0%} |")
    other = took - sum(watch.spent.values())
    say(f"| Python, fetching rows, BEGIN and COMMIT | {other / batches * 1000:.2f} | {other / took:.0%} |")
