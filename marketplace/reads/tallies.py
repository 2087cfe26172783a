"""Counts the events of settlements: how many, of which deadline, woken by what, and how late."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import connection

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
END = datetime(9999, 1, 1, tzinfo=UTC)
BOUNDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 30.0, 60.0, 300.0, 900.0, 3600.0)
"""Buckets of lateness in seconds, up to infinity. A punctual wake-up is set for 0.1."""

# The kinds stand here as in the partial index, else PostgreSQL would not use it. A bucket is closed
# above (`le`), and width_bucket's are closed below: so it is asked about the negative numbers.
COUNTED = f"""
    SELECT event, deadline, woken_by,
           (ARRAY[{", ".join(map(str, BOUNDS))}, 'Infinity'::float8])[
             {len(BOUNDS)} - width_bucket(-seconds, ARRAY[{", ".join(str(-bound) for bound in reversed(BOUNDS))}]) + 1
           ] AS up_to,
           count(*) AS number, sum(seconds) AS seconds
    FROM (
        SELECT kind AS event,
               CASE kind
                 WHEN 'deal_completed' THEN 'approval'
                 WHEN 'deal_cancelled' THEN
                   CASE data->>'cause' WHEN 'no_first_contact' THEN 'first_contact' ELSE 'reply' END
                 WHEN 'settlement_put_off' THEN coalesce(data->>'deadline_kind', 'reply')
                 ELSE ''
               END AS deadline,
               coalesce(data->>'woken_by', '') AS woken_by,
               CASE jsonb_typeof(data->'late_by_seconds')
                 WHEN 'number' THEN (data->>'late_by_seconds')::float8
                 ELSE extract(epoch FROM recorded_at - occurred_at)::float8
               END AS seconds
        FROM marketplace_event
        WHERE kind IN ('deal_cancelled', 'deal_completed', 'reply_refused_late', 'settlement_put_off')
          AND recorded_at >= %(since)s AND recorded_at < %(until)s
          AND data->>'approved_by' IS DISTINCT FROM 'buyer'
    ) settled
    GROUP BY 1, 2, 3, 4
"""  # noqa: S608 - our own numbers

# In one statement, so that the mark is the one that these tallies were folded until.
TALLIES = """
    SELECT coalesce(mark.folded_until, %(beginning)s),
           tally.event, tally.deadline, tally.woken_by, tally.up_to, tally.number, tally.seconds
    FROM (VALUES (1)) AS one (id)
    LEFT JOIN marketplace_tallymark mark ON mark.id = one.id
    LEFT JOIN marketplace_tally tally ON TRUE
"""

FIRST_SINCE = """
    SELECT min(recorded_at) FROM marketplace_event
    WHERE kind IN ('deal_cancelled', 'deal_completed', 'reply_refused_late', 'settlement_put_off')
      AND recorded_at >= %(since)s
"""

# One that only reads, a backup for hours, has no transaction id; ours have one before they read the clock.
OLDEST_WRITER = """
    SELECT min(xact_start) FROM pg_stat_activity
    WHERE datname = current_database() AND backend_xid IS NOT NULL
"""


class Counted(NamedTuple):
    """Events of one kind whose lateness falls into one bucket."""

    event: str
    deadline: str
    woken_by: str
    up_to: float
    number: int
    seconds: float


def counted(since: datetime, until: datetime) -> list[Counted]:
    """Count the events recorded from `since` on and before `until`, by the index on that time."""
    return [Counted(*row) for row in _rows(COUNTED, since=since, until=until)]


def so_far() -> list[Counted]:
    """Return every tally, and what the events since the mark add: a bucket may appear twice.

    A fold between the two statements changes nothing: events are never deleted, and what it adds
    to the tallies was not read.
    """
    rows = _rows(TALLIES, beginning=BEGINNING)
    mark: datetime = rows[0][0]
    folded = [Counted(*row[1:]) for row in rows if row[1] is not None]
    return folded + counted(mark, END)


def first_since(since: datetime) -> datetime | None:
    """Return when the first event of a settlement was recorded from `since` on."""
    at: datetime | None = _rows(FIRST_SINCE, since=since)[0][0]
    return at


def oldest_writer() -> datetime | None:
    """Return the start of the oldest writing transaction: its records are dated later."""
    at: datetime | None = _rows(OLDEST_WRITER)[0][0]
    return at


def _rows(sql: str, **values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
