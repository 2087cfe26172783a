"""Work in batches in which a bad row stops no other.

A batch that fails is rolled back, halved and tried again down to one row. The row that fails alone is put
off (`PutOff`) for 5 minutes, doubling to an hour, and the others go on in the same tick.
"""

import time
import traceback
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection, transaction
from django.db.models import CharField, Exists, OuterRef, Q
from django.db.models.functions import Cast

from marketplace import clock, outages
from marketplace.models import PutOff
from marketplace.vocabulary import Matter

logger = structlog.get_logger(__name__)

FIRST_PUT_OFF = timedelta(minutes=5)
LONGEST_PUT_OFF = timedelta(hours=1)
LONGEST_ERROR = 500
PASSING = ("40", "55P03")
"""States of SQL that blame no row: deadlocks and serialisation, a lock that was not to be had in time."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """One matter that is worked on in batches. Everything runs inside a transaction."""

    matter: Matter
    lock: Callable[[Collection[str]], list[Any]]
    """Lock the rows of these keys that still wait, skipping what others hold."""
    key: Callable[[Any], str]
    carry_out: Callable[[list[Any]], None]
    mark: Callable[[str], None] = lambda _key: None
    """Writes what else belongs to a row that is put off."""


@dataclass(frozen=True)
class Done:
    """How many rows were taken, and of how many the work was done."""

    taken: int = 0
    done: int = 0

    def __add__(self, other: "Done") -> "Done":
        return Done(self.taken + other.taken, self.done + other.done)


def attempt(work: Work, take: Callable[[], list[Any]]) -> Done:
    """Do the work on the rows that `take` locks. A row that fails alone is put off.

    Raises when the database itself is gone, when the task's time is over, or when nothing could be locked.
    """
    keys: list[str] = []
    try:
        with transaction.atomic():
            rows = take()
            keys = [work.key(row) for row in rows]
            if rows:
                work.carry_out(rows)
        return Done(len(keys), len(keys))
    except (SoftTimeLimitExceeded, outages.AwayError):
        raise
    except Exception as failure:
        if not keys or not connection.is_usable():
            raise
        if len(keys) == 1:
            _blame(work, keys[0], failure)
            return Done(taken=1)
    half = len(keys) // 2
    return attempt(work, lambda: work.lock(keys[:half])) + attempt(work, lambda: work.lock(keys[half:]))


def attempt_until(ends: float, work: Work, take: Callable[[], list[Any]], batch: int) -> int:
    """Carry out batch after batch until one is smaller than `batch`, or until `ends` by `time.monotonic`.

    Returns of how many rows the work was done. Raises what `attempt` raises.
    """
    total = Done()
    while time.monotonic() < ends:
        found = attempt(work, take)
        total += found
        if found.taken < batch:
            break
    return total.done


def due(matter: Matter, now: datetime, limit: int) -> list[str]:
    """Return the keys of at most `limit` rows that were put off until now, longest due first."""
    waiting = PutOff.objects.filter(matter=matter, again_at__lte=now).order_by("again_at")
    return list(waiting.values_list("row", flat=True)[:limit])


def waits(matter: Matter, key: str, now: datetime) -> Q:
    """Whether the row with this key is put off until after now: a condition for a query."""
    own = PutOff.objects.filter(matter=matter, row=Cast(OuterRef(key), CharField()), again_at__gt=now)
    return Q(Exists(own))


def forgive(matter: Matter, keys: Collection[str]) -> None:
    """Delete the record of these failures. Call it in the transaction in which the rows succeed."""
    PutOff.objects.filter(matter=matter, row__in=keys).delete()


def _blame(work: Work, key: str, failure: Exception) -> None:
    if _is_passing(failure):
        logger.warning("left for the next tick", matter=work.matter.value, row=key, error=_described(failure))
        return
    with transaction.atomic():
        put_off(work.matter, key, failure)
        work.mark(key)


def put_off(matter: Matter, key: str, failure: Exception) -> None:
    """Postpone a row that failed alone, and log it in one line."""
    now = clock.now()
    row, is_new = PutOff.objects.get_or_create(
        matter=matter,
        row=key,
        defaults={"first_failed_at": now, "again_at": now + FIRST_PUT_OFF, "error": _described(failure)},
    )
    if not is_new:
        row.again_at = now + min(FIRST_PUT_OFF * 2 ** min(row.failures, 10), LONGEST_PUT_OFF)
        row.failures = min(row.failures + 1, 32_767)
        row.error = _described(failure)
        row.save(update_fields=["again_at", "failures", "error"])
    logger.error("failed alone and was put off", matter=matter.value, row=key, failures=row.failures, error=row.error)


def _is_passing(failure: Exception) -> bool:
    state = getattr(failure.__cause__, "sqlstate", None) or ""
    return state.startswith(PASSING)


def _described(failure: Exception) -> str:
    """Return the error in one line, with the place in our code that raised it."""
    frames = traceback.extract_tb(failure.__traceback__)
    place = f" ({frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno})" if frames else ""
    return f"{type(failure).__name__}: {' '.join(str(failure).split())}"[: LONGEST_ERROR - len(place)] + place
