"""Beat's own rounds, which need no broker.

Sweeps always run here, in a thread for each kind of deadline, so that a long one delays no other. Hearing,
reminding and sending run here if no worker did so in time. Each round takes its turn in the database first
(`turns`), so that two beats, or a worker that is only late, double nothing.
"""

import atexit
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import connection

from config.messaging import turn_of
from config.schedule import BEAT_SCHEDULE, WITHOUT_BROKER
from marketplace.actions import deadlines, turns
from marketplace.vocabulary import DeadlineKind

logger = structlog.get_logger(__name__)

AGAIN_AFTER_A_FAILURE = timedelta(seconds=2)
STOP_WITHIN = 5.0
"""Seconds that the end of the process waits for a running round; then its transaction is rolled back."""
_ending = threading.Event()


@dataclass(frozen=True)
class Round:
    """A call that is due at an interval, by the database's clock."""

    turn: str
    every: timedelta
    look: Callable[[], object]


class Watch(threading.Thread):
    """A thread that makes rounds, one after the other, until the process ends."""

    def __init__(self, name: str, rounds: list[Round]) -> None:
        super().__init__(name=name, daemon=True)
        self.rounds = rounds

    def run(self) -> None:
        """Make each round when it is due. A failure is logged, and tried again with a new connection."""
        while not _ending.is_set():
            due_in = [self._make(each) for each in self.rounds]
            _ending.wait(max(0.1, min(due_in).total_seconds()))

    def _make(self, each: Round) -> timedelta:
        """Make a round if it is due. Returns the time until it is due again."""
        try:
            if turns.take(each.turn, each.every):
                each.look()
            return turns.due_in(each.turn, each.every)
        except Exception:  # nothing may end the thread; /readyz names the sweep that does not come through
            logger.exception("a round failed", turn=each.turn)
            return min(AGAIN_AFTER_A_FAILURE, each.every)
        finally:
            connection.close()


def begin(task: Callable[[str], Callable[..., object]]) -> None:
    """Start all threads. `task` returns the function of a task by its name."""
    watches = [Watch(f"sweep {kind}", [_sweep(kind)]) for kind in DeadlineKind]
    watches.append(Watch("without the broker", [_without_broker(name, task) for name in WITHOUT_BROKER]))
    atexit.register(_end, watches)
    for each in watches:
        each.start()


def _end(watches: list[Watch]) -> None:
    _ending.set()
    for each in watches:
        each.join(STOP_WITHIN)


def _sweep(kind: DeadlineKind) -> Round:
    return Round(f"sweep {kind}", settings.SWEEP_INTERVAL, lambda: deadlines.sweep(kind))


def _without_broker(name: str, task: Callable[[str], Callable[..., object]]) -> Round:
    line = BEAT_SCHEDULE[name]
    every = timedelta(seconds=line["options"]["headers"]["every"] * 1.5)
    return Round(turn_of(line["task"], line["args"]), every, lambda: task(line["task"])(*line["args"]))
