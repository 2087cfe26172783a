"""Counts for charts. Each count stops at a bound, along an index: a million rows cost as much as a thousand."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection

from marketplace.reads.deadlines import DEADLINES
from marketplace.vocabulary import AtFault, DeadlineKind

COUNTED_TO = 1_000
"""The bound of one bar."""
A_DAY = timedelta(hours=24)
AN_HOUR = timedelta(hours=1)


class Span(NamedTuple):
    """A span of time: `since` inclusive, `until` exclusive."""

    since: datetime
    until: datetime


# In words of ours and not as parameters: the partial index is used for this very status only.
DUE = """SELECT '{kind}', (SELECT count(*) FROM (
            SELECT FROM {table} WHERE status = '{status}' AND {column} >= span.since AND {column} < span.until
            LIMIT {most}) counted)"""

DUE_IN_SPANS = """
    SELECT span.number - 1, due.kind, due.count
    FROM unnest(%(since)s::timestamptz[], %(until)s::timestamptz[]) WITH ORDINALITY span (since, until, number)
    CROSS JOIN LATERAL ({kinds}) due (kind, count)
"""

VERDICTS_IN_SPANS = f"""
    SELECT span.number - 1, fault.at_fault, (SELECT count(*) FROM (
        SELECT FROM marketplace_verdict verdict
        WHERE verdict.at_fault = fault.at_fault AND recorded_at >= span.since AND recorded_at < span.until
        LIMIT {COUNTED_TO}) counted)
    FROM unnest(%(since)s::timestamptz[], %(until)s::timestamptz[]) WITH ORDINALITY span (since, until, number)
    CROSS JOIN unnest(%(faults)s::text[]) fault (at_fault)
"""  # noqa: S608 - our own number


def next_hours(now: datetime, zone: ZoneInfo) -> list[Span]:
    """Split the next 24 hours at the full hours of a zone; the first and the last part are shorter."""
    begun = now.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    full = [begun.astimezone(now.tzinfo) + AN_HOUR * number for number in range(1, 25)]
    bounds = [now, *full, now + A_DAY]
    return [Span(since, until) for since, until in pairwise(bounds) if since < until]


def last_days(now: datetime, zone: ZoneInfo, number: int) -> list[tuple[date, Span]]:
    """Return the last days of a zone, today as the last, each from midnight to midnight."""
    today = now.astimezone(zone).date()
    days = [today - timedelta(days=back) for back in reversed(range(number))]
    return [(day, Span(_midnight(day, zone), _midnight(day + timedelta(days=1), zone))) for day in days]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone)


def due_in(spans: Sequence[Span]) -> dict[tuple[int, DeadlineKind], int]:
    """Count what falls due in each of these spans, by kind: one statement."""
    kinds = " UNION ALL ".join(deadline.sql(DUE, most=COUNTED_TO) for deadline in DEADLINES.values())
    return {(place, DeadlineKind(kind)): count for place, kind, count in _rows(DUE_IN_SPANS.format(kinds=kinds), spans)}


def verdicts_in(spans: Sequence[Span]) -> dict[tuple[int, AtFault], int]:
    """Count the verdicts written in each of these spans, by whose fault they are today: one statement."""
    found = _rows(VERDICTS_IN_SPANS, spans, faults=[fault.value for fault in AtFault])
    return {(place, AtFault(fault)): count for place, fault, count in found}


def _rows(sql: str, spans: Sequence[Span], **values: object) -> list[tuple[int, str, int]]:
    given: dict[str, Any] = {"since": [span.since for span in spans], "until": [span.until for span in spans], **values}
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        rows: list[tuple[int, str, int]] = cursor.fetchall()
        return rows
