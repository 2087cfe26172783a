"""Deadlines: one set-based mechanism behind the ETA task, the beat sweep and the late visitor.

Each kind of deadline is a column (`reads.deadlines`), a rule (`rules`), the action below that
carries out what it decided, and a sweep by beat (R13). Whoever calls, and for one room or
five hundred, it takes the same fixed number of statements, and the deadline, not the caller, decides.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import F

from marketplace import alarms, clock, events, locks, outages, rules
from marketplace.actions import approvals, verdicts
from marketplace.actions.contradictions import ContradictionError
from marketplace.alarms import WakeUp
from marketplace.models import CancelRequest, TalkRoom
from marketplace.operations import presence, spent_wake_ups
from marketplace.reads.deadlines import DEADLINES, row_of, running_in
from marketplace.vocabulary import DeadlineKind, EventKind, WokenBy

logger = structlog.get_logger(__name__)

BATCH = 500
"""How many rooms one transaction settles at most."""
DRAIN_FOR = 20.0
"""Seconds that one wake-up or sweep goes on finding more; the next one continues."""
FIRST_PUT_OFF = timedelta(minutes=5)
LONGEST_PUT_OFF = timedelta(hours=1)

ACTIONS = {
    DeadlineKind.REPLY: verdicts.cancel_unanswered,
    DeadlineKind.FIRST_CONTACT: verdicts.cancel_never_contacted,
    DeadlineKind.APPROVAL: approvals.approve_overdue,
}
"""What is done about locked rows whose deadline has passed. Returns how many deals it ended."""


@dataclass(frozen=True)
class Settled:
    """What one call found: how many overdue rooms it took, and how many deals it ended."""

    taken: int = 0
    ended: int = 0

    def __add__(self, other: "Settled") -> "Settled":
        return Settled(self.taken + other.taken, self.ended + other.ended)


def settle_overdue(*, woken_by: WokenBy, kind: DeadlineKind | None = None, batch: int = BATCH) -> Settled:
    """Settle every overdue room that nobody else holds, batch by batch, for at most `DRAIN_FOR` a kind."""
    kinds = [kind] if kind else list(DeadlineKind)
    return sum((_drain(each, woken_by, batch) for each in kinds), Settled())


def _drain(kind: DeadlineKind, woken_by: WokenBy, batch: int) -> Settled:
    until = time.monotonic() + DRAIN_FOR
    total = Settled()
    while time.monotonic() < until:
        found = settle(kind, woken_by=woken_by, limit=batch)
        total += found
        if found.taken < batch:
            break
    return total


def settle_room(room_id: UUID, *, woken_by: WokenBy) -> Settled:
    """Settle one room if a deadline of it has passed, waiting for its lock; one put off waits its turn.

    Of several that have passed, the first one decides.
    """
    room = TalkRoom.objects.select_related("deal").get(pk=room_id)
    request = CancelRequest.objects.open().filter(room=room).first()
    now = clock.now()
    kind = rules.deciding(running_in(room.deal, request), now)
    row = row_of(kind, room.deal, request) if kind else None
    if kind is None or row is None or (row.settle_after and row.settle_after > now):
        return Settled()
    return settle(kind, woken_by=woken_by, rows=[row.pk], wait=True)


def wake_up(wake_up: WakeUp, *, rings: int) -> Settled:
    """Look at the row that an ETA task was set for, and at every other overdue one.

    Early, it rings again, after what is left by the database's clock (R7: no timer is trusted, and no
    host's clock); of an older generation it does nothing (R10); doubled, late or revoked in vain, it
    changes nothing about its own row. When many fall due at once, most wake-ups find theirs taken along
    by another, and would keep a worker from those that nobody has taken yet: so these look for others,
    at the price of one look into the index of what is due.
    """
    kind, deadline = wake_up.kind, DEADLINES[wake_up.kind]
    row = deadline.rows().select_related(deadline.to_room).filter(pk=wake_up.row).first()
    due_at = getattr(row, deadline.column, None)
    if row is None or row.generation != wake_up.generation or due_at is None:
        return Settled()
    now = clock.now()
    if deadline.of(row) is None:
        found = _settle_those_after(kind, due_at, now)
        spent_wake_ups.clear()
        return found
    if not rules.is_overdue(due_at, now):
        alarms.ring_again(wake_up, due_at, left=due_at - now, rings=rings + 1)
        return Settled()
    return _settle_own(kind, row, now) + _drain(kind, WokenBy.ETA, BATCH)


def _settle_own(kind: DeadlineKind, row: Any, now: datetime) -> Settled:
    """Settle the room of a wake-up's row, waiting for its lock; one put off waits its turn."""
    if row.settle_after is not None and row.settle_after > now:
        return Settled()
    settled = settle(kind, woken_by=WokenBy.ETA, rows=[row.pk], wait=True)
    if settled.ended:
        return settled
    room: TalkRoom = getattr(row, DEADLINES[kind].to_room)  # another kind of deadline may have passed there first
    return settled + settle_room(room.pk, woken_by=WokenBy.ETA)


def _settle_those_after(kind: DeadlineKind, due_at: datetime, now: datetime) -> Settled:
    """Go on where others stopped: what fell due before `due_at` was taken along, or waits its turn.

    From there on the index holds no settled rows to read past. The order makes PostgreSQL read the
    index: for a bare EXISTS it would read the table, sure to meet a row soon.
    """
    due = DEADLINES[kind].due_between(due_at, now).exclude(settle_after__gt=now)
    return _drain(kind, WokenBy.ETA, BATCH) if due.values("pk")[:1] else Settled()


def sweep(kind: DeadlineKind) -> None:
    """Settle what no wake-up found, ring for what falls due soon, and say that this sweep came through."""
    settle_overdue(kind=kind, woken_by=WokenBy.SWEEP)
    ring_for_what_is_due_soon(kind)
    presence.say(role=presence.SWEEP, instance=kind)


def ring_for_what_is_due_soon(kind: DeadlineKind) -> int:
    """Set wake-ups for what falls due before the next sweep but one. Returns how many.

    Reply deadlines that `alarms.ring` saw to are left out: of the first generation, with today's
    standard window.
    """
    now = clock.now()
    soon = DEADLINES[kind].due_between(now, now + 2 * settings.SWEEP_INTERVAL)
    if kind is DeadlineKind.REPLY:
        soon = soon.exclude(room__deal__reply_window=settings.POLICY.reply_window, generation=1)
    column = DEADLINES[kind].column
    found = list(soon.values_list("pk", "generation", column)[: alarms.RINGS_PER_SWEEP])
    for row, generation, due_at in found:
        alarms.ring_soon(WakeUp(kind, row, generation), due_at)
    return len(found)


def settle(
    kind: DeadlineKind,
    *,
    woken_by: WokenBy,
    limit: int = BATCH,
    rows: list[UUID] | None = None,
    wait: bool = False,
) -> Settled:
    """Settle the rooms of these rows, or at most `limit` overdue ones: a bad row stops nobody.

    A batch that fails is rolled back, halved and tried again down to one; the one that fails
    alone is put off. Raises only when the database itself is gone, or takes no writes.
    """
    if rows == []:
        return Settled()
    taken: list[UUID] = []
    try:
        with transaction.atomic():
            taken = _lock(kind, rows, limit, wait=wait)
            settled = Settled(len(taken), ACTIONS[kind](taken, woken_by) if taken else 0)
    except outages.AwayError:
        raise
    except (DatabaseError, ContradictionError) as failure:
        if not taken:  # the locks were not to be had: no row's fault, and the next sweep looks again
            logger.warning("no room was locked", kind=kind.value, error=str(failure))
            return Settled()
        return _settle_in_parts(kind, taken, woken_by, failure)
    if settled.ended:
        logger.info("deals ended by their deadline", deals=settled.ended, kind=kind.value, woken_by=woken_by.value)
        events.ring_the_doorbell()
    return settled


def _settle_in_parts(kind: DeadlineKind, suspects: list[UUID], woken_by: WokenBy, failure: Exception) -> Settled:
    if len(suspects) == 1:
        _put_off(kind, suspects[0], failure)
        return Settled(taken=1)
    half = len(suspects) // 2
    return settle(kind, woken_by=woken_by, rows=suspects[:half]) + settle(kind, woken_by=woken_by, rows=suspects[half:])


def _put_off(kind: DeadlineKind, pk: UUID, failure: Exception) -> None:
    """Leave a row that fails alone for 5 minutes, doubling to an hour, and say so."""
    logger.error("could not be settled and was put off", kind=kind.value, row=str(pk), error=str(failure))
    deadline = DEADLINES[kind]
    with transaction.atomic():
        now = clock.now()
        row = deadline.rows().select_related(deadline.to_room).get(pk=pk)
        delay = min(FIRST_PUT_OFF * 2 ** min(row.settle_failures, 10), LONGEST_PUT_OFF)
        deadline.running().filter(pk=pk).update(settle_after=now + delay, settle_failures=F("settle_failures") + 1)
        events.record(
            EventKind.SETTLEMENT_PUT_OFF,
            at=now,
            room=getattr(row, deadline.to_room),
            error=str(failure)[:500],
            deadline_kind=kind,
            row=str(pk),
        )


def _lock(kind: DeadlineKind, rows: list[UUID] | None, limit: int, *, wait: bool) -> list[UUID]:
    if rows is None:
        return locks.rooms_of_overdue_rows(DEADLINES[kind], clock.now(), limit)
    return locks.rooms_of_rows(DEADLINES[kind], rows, wait=wait)
