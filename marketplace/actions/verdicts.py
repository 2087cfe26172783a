"""The verdict: one set-based function behind the ETA task, the beat sweep and the late visitor.

「24時間以内に出品者から返信がない場合」 the deal is cancelled by itself (R4), with every consequence
in the transaction that cancels (R5). Whoever calls, and for one room or five hundred, it takes the
same fixed number of statements, and the deadline, not the caller, decides.
"""

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from marketplace import alarms, clock, events, locks, rules
from marketplace.actions import standing
from marketplace.actions import verdict_statements as statements
from marketplace.models import CancelRequest
from marketplace.vocabulary import EventKind, RequestStatus, WokenBy

logger = logging.getLogger(__name__)

BATCH = 500
"""How many rooms one transaction settles at most."""
DRAIN_FOR = 20.0
"""Seconds that one wake-up or sweep goes on finding more; the next one continues."""
FIRST_PUT_OFF = timedelta(minutes=5)
LONGEST_PUT_OFF = timedelta(hours=1)
RINGS_AT_MOST = 3
"""How often a wake-up that came early is set again (R7: no timer is trusted)."""


class ContradictionError(Exception):
    """A row contradicts another one: an overdue request whose deal is not in progress."""


@dataclass(frozen=True)
class Settled:
    """What one call found: how many overdue rooms it took, and how many verdicts it wrote."""

    taken: int = 0
    verdicts: int = 0

    def __add__(self, other: "Settled") -> "Settled":
        """Count both."""
        return Settled(self.taken + other.taken, self.verdicts + other.verdicts)


def settle_overdue(*, woken_by: WokenBy, batch: int = BATCH) -> Settled:
    """Settle every overdue room that nobody else holds, batch by batch, for at most `DRAIN_FOR`."""
    until = time.monotonic() + DRAIN_FOR
    total = Settled()
    while time.monotonic() < until:
        found = settle(woken_by=woken_by, limit=batch)
        total += found
        if found.taken < batch:
            break
    return total


def settle_room(room_id: UUID, *, woken_by: WokenBy) -> Settled:
    """Settle one room if it is overdue, waiting for its lock; one that was put off waits its turn."""
    now = clock.now()
    requests = CancelRequest.objects.overdue(now).filter(room=room_id).exclude(settle_after__gt=now)
    return settle(woken_by=woken_by, requests=[request.pk for request in requests], wait=True)


def wake_up(*, request_id: UUID, generation: int, rings: int) -> Settled:
    """Look at the row that an ETA task was set for, and at every other overdue one.

    Early, it rings again, at most three times; of an older generation it does nothing (R10);
    doubled, late or revoked in vain, it changes nothing about its own row. When many fall due at
    once, most wake-ups find theirs taken along by another, and would keep a worker from those that
    nobody has taken yet: so these look for others, at the price of one look into the index of what
    is due.
    """
    request = CancelRequest.objects.filter(pk=request_id).first()
    if request is None or request.generation != generation or request.reply_deadline is None:
        return Settled()
    now = clock.now()
    if request.status != RequestStatus.AWAITING_REPLY:
        return _settle_those_after(request.reply_deadline, now)
    if not rules.is_overdue(request.reply_deadline, now):
        if rings < RINGS_AT_MOST:
            alarms.ring_again(request_id, generation, request.reply_deadline, rings + 1)
        return Settled()
    return settle(woken_by=WokenBy.ETA, requests=[request_id], wait=True) + settle_overdue(woken_by=WokenBy.ETA)


def _settle_those_after(deadline: datetime, now: datetime) -> Settled:
    """Go on where others stopped: what fell due before `deadline` was taken along, or waits its turn.

    From there on the index holds no settled rows to read past. The order makes PostgreSQL read the
    index: for a bare EXISTS it would read the table, sure to meet an open request soon.
    """
    due = CancelRequest.objects.overdue(now).filter(reply_deadline__gte=deadline).exclude(settle_after__gt=now)
    first = due.order_by("reply_deadline").values("pk")[:1]
    return settle_overdue(woken_by=WokenBy.ETA) if first else Settled()


def ring_for_what_is_due_soon() -> int:
    """Set wake-ups for the deadlines that `alarms.ring` left to the sweep. Returns how many.

    These are the open requests whose window is not today's standard one and that fall due before
    the next sweep but one.
    """
    now = clock.now()
    soon = (
        CancelRequest.objects.in_time(now)
        .filter(reply_deadline__lt=now + 2 * settings.SWEEP_INTERVAL)
        .exclude(room__deal__reply_window=settings.POLICY.reply_window, generation=1)
        .order_by("reply_deadline")[: alarms.RINGS_PER_SWEEP]
    )
    for request in soon:
        alarms.ring_soon(request.pk, request.generation, request.reply_deadline)
    return len(soon)


def settle(*, woken_by: WokenBy, limit: int = BATCH, requests: list[UUID] | None = None, wait: bool = False) -> Settled:
    """Settle these requests, or at most `limit` overdue ones: a bad row stops nobody.

    A batch that fails is rolled back, halved and tried again down to one; the one that fails
    alone is put off. Raises only when the database itself is gone.
    """
    if requests == []:
        return Settled()
    taken: list[UUID] = []
    try:
        with transaction.atomic():
            taken = _lock(requests, limit, wait=wait)
            settled = Settled(len(taken), _cancel(taken, woken_by))
    except (DatabaseError, ContradictionError) as failure:
        if not connection.is_usable():
            raise
        if not taken:  # the locks were not to be had: no row's fault, and the next sweep looks again
            logger.warning("no room was locked: %s", failure)
            return Settled()
        return _settle_in_parts(taken, woken_by, failure)
    if settled.verdicts:
        logger.info("%d deals cancelled by silence, woken by %s", settled.verdicts, woken_by)
    return settled


def _settle_in_parts(suspects: list[UUID], woken_by: WokenBy, failure: Exception) -> Settled:
    if len(suspects) == 1:
        _put_off(suspects[0], failure)
        return Settled(taken=1)
    half = len(suspects) // 2
    return settle(woken_by=woken_by, requests=suspects[:half]) + settle(woken_by=woken_by, requests=suspects[half:])


def _put_off(request_id: UUID, failure: Exception) -> None:
    """Leave a row that fails alone for 5 minutes, doubling to an hour, and say so."""
    logger.error("request %s could not be settled and was put off: %s", request_id, failure)
    with transaction.atomic():
        now = clock.now()
        request = CancelRequest.objects.select_related("room").get(pk=request_id)
        delay = min(FIRST_PUT_OFF * 2 ** min(request.settle_failures, 10), LONGEST_PUT_OFF)
        CancelRequest.objects.open().filter(pk=request_id).update(
            settle_after=now + delay, settle_failures=request.settle_failures + 1
        )
        events.record(
            EventKind.SETTLEMENT_PUT_OFF, at=now, room=request.room, error=str(failure)[:500], request=str(request_id)
        )


def _lock(requests: list[UUID] | None, limit: int, *, wait: bool) -> list[UUID]:
    if requests is None:
        return locks.rooms_of_overdue_requests(clock.now(), limit)
    return locks.rooms_of_requests(requests, wait=wait)


def _cancel(requests: list[UUID], woken_by: WokenBy) -> int:
    """Write every consequence for the requests that are still overdue. Their rooms are locked."""
    if not requests:
        return 0
    now = clock.now()  # after the locks (R7)
    moved = statements.end_requests(requests, now)
    if not moved:
        return 0
    verdicts = statements.write_verdicts(moved, woken_by=woken_by, rating=settings.POLICY.automatic_rating, now=now)
    if len(verdicts) != len(moved):
        raise ContradictionError(f"of {len(moved)} overdue requests, some have a deal that is not in progress")
    at_fault = [verdict for verdict in verdicts if verdict.seller_at_fault]
    if at_fault:
        _make_the_sellers_answer(at_fault)
    return len(verdicts)


def _make_the_sellers_answer(verdicts: list[statements.Written]) -> None:
    """Every accepting service paused, figures and ranks (R5). Silent buyers cost a seller nothing."""
    sellers = locks.sellers({verdict.seller for verdict in verdicts})
    now = clock.now()  # again: a purchase or another verdict may have held these locks until just now
    statements.pause_services([verdict.id for verdict in verdicts], now)
    standing.recompute_locked(sellers=sellers, now=now)
