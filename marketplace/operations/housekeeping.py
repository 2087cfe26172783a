"""Deletes expired rows: stored responses after 24 h, write counts, presence of ended processes, sessions."""

import functools
import time
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, QuerySet

from marketplace import clock, failing
from marketplace.failing import Work
from marketplace.models import IdempotencyKey, OpenSession, Presence, WriteCount
from marketplace.vocabulary import Matter

ANSWERS_KEPT_FOR = timedelta(hours=24)
COUNTS_KEPT_FOR_MINUTES = 10
PROCESSES_KEPT_FOR = timedelta(days=1)
AT_ONCE = 5_000
"""Rows that one transaction deletes at most."""
DELETE_FOR = 15.0
"""Seconds that one run spends on one table; the next run continues."""


def delete_expired() -> int:
    """Delete expired rows and return their number. A row that cannot be deleted stops no other."""
    now = clock.now()
    oldest = int(now.timestamp()) // 60 - COUNTS_KEPT_FOR_MINUTES
    return (
        _delete_old(Matter.OLD_ANSWER, IdempotencyKey.objects.filter(created_at__lt=now - ANSWERS_KEPT_FOR), now)
        + _delete_old(Matter.OLD_COUNT, WriteCount.objects.filter(minute__lt=oldest), now)
        + _delete_old(Matter.OLD_PRESENCE, Presence.objects.filter(seen_at__lt=now - PROCESSES_KEPT_FOR), now)
        + _delete_sessions(now)
    )


def _delete_sessions(now: datetime) -> int:
    sessions, _ = Session.objects.filter(expire_date__lt=now).delete()
    open_still = Session.objects.filter(session_key=OuterRef("session_key"))
    noted, _ = OpenSession.objects.filter(~Exists(open_still)).delete()
    return sessions + noted


def _delete_old(matter: Matter, rows: "QuerySet[Any]", now: datetime) -> int:
    ready = rows.filter(~failing.waits(matter, "pk", now))
    work = Work(
        matter=matter,
        lock=functools.partial(_keys, ready),
        key=str,
        carry_out=lambda keys: _delete_batch(matter, rows.filter(pk__in=keys)),
    )
    ends = time.monotonic() + DELETE_FOR
    return failing.attempt_until(ends, work, functools.partial(_keys, ready), AT_ONCE)


def _keys(rows: "QuerySet[Any]", asked: Collection[str] | None = None) -> list[Any]:
    chosen = rows if asked is None else rows.filter(pk__in=asked)
    return list(chosen.values_list("pk", flat=True)[:AT_ONCE])


def _delete_batch(matter: Matter, rows: "QuerySet[Any]") -> None:
    keys = [str(key) for key in rows.values_list("pk", flat=True)]
    rows.delete()
    failing.forgive(matter, keys)
