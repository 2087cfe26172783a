"""Sets wake-ups for deadlines in Celery, and revokes them.

The row is the truth: a wake-up that is lost, doubled, late or revoked in vain only changes when the
verdict is written. So publishing happens after the commit, is bounded in time, and is never an error
for the person who acted.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from celery import current_app
from django.conf import settings
from django.db import transaction

from marketplace import publishing
from marketplace.vocabulary import DeadlineKind

WAKE_UP = "marketplace.wake_up"
DEADLINES = "deadlines"
DEADLINES_SOON = "deadlines.soon"
AFTER_THE_DEADLINE = timedelta(milliseconds=100)
"""A wake-up is set this long after the deadline, so that it seldom comes early."""

WAIT = "wait"
"""A message's header: seconds that its receiver waits, instead of until its ETA."""

RINGS_PER_SWEEP = 500 // len(DeadlineKind)
"""The sweeps of all kinds together: half of what the worker of the rest holds (`worker_eta_task_limit`).

The next sweep takes what is over.
"""


_TASKS = {kind: kind.value for kind in DeadlineKind} | {DeadlineKind.REPLY: "auto-cancel"}
_KINDS = {name: kind for kind, name in _TASKS.items()}


@dataclass(frozen=True)
class WakeUp:
    """The wake-up of one deadline: which row carries it, and which of the row's deadlines it was."""

    kind: DeadlineKind
    row: UUID
    generation: int

    @property
    def task_id(self) -> str:
        """The same in every process, so that any of them can revoke it."""
        return f"{_TASKS[self.kind]}:{self.row}:{self.generation}"

    @classmethod
    def of_task(cls, task_id: str) -> "WakeUp | None":
        """Return the wake-up whose task has this id; None where it is another task's."""
        name, _, row_and_generation = task_id.partition(":")
        kind = _KINDS.get(name)
        if kind is None:
            return None
        row, _, generation = row_and_generation.partition(":")
        return cls(kind, UUID(row), int(generation))


def ring(wake_up: WakeUp, deadline: datetime, reply_window: timedelta) -> None:
    """After the commit, schedule the wake-up for the reply deadline on the queue `deadlines`.

    Only the standard window goes there: with one uniform delay arrival order is due order, and
    the number of held messages can be bounded. Any other deadline gets its wake-up from the sweep.
    """
    if reply_window == settings.POLICY.reply_window:
        transaction.on_commit(lambda: _publish(wake_up, deadline, DEADLINES), robust=True)


def ring_soon(wake_up: WakeUp, deadline: datetime) -> None:
    """Schedule a wake-up for a deadline that falls due soon."""
    _publish(wake_up, deadline, DEADLINES_SOON)


def ring_again(wake_up: WakeUp, deadline: datetime, *, left: timedelta, rings: int) -> None:
    """Schedule another wake-up after one that came early: `left` after its receipt, whatever the host's clock shows.

    One that is far off goes where messages are held for long: the other worker would receive it again each hour.
    """
    queue = DEADLINES if left > 2 * settings.SWEEP_INTERVAL else DEADLINES_SOON
    wait = (left + AFTER_THE_DEADLINE).total_seconds()
    _publish(wake_up, deadline, queue, rings, {WAIT: wait})


def silence(wake_up: WakeUp) -> None:
    """After the commit, revoke the wake-up of a deadline that no longer runs."""
    transaction.on_commit(
        lambda: publishing.breaker.call(lambda: current_app.control.revoke(wake_up.task_id), "revoke"), robust=True
    )


def _publish(
    wake_up: WakeUp, deadline: datetime, queue: str, rings: int = 0, headers: dict[str, float] | None = None
) -> None:
    send = partial(
        current_app.send_task,
        WAKE_UP,
        args=[str(wake_up.row), wake_up.generation, rings, wake_up.kind.value],
        task_id=wake_up.task_id,
        eta=deadline + AFTER_THE_DEADLINE,
        queue=queue,
        headers=headers,
    )
    publishing.breaker.call(send, "wake-up")
