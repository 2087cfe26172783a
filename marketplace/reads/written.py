"""Finds the first event of a day by bisecting the ids: no index on time is needed."""

from datetime import datetime

from django.db import connection

# Halves what is left of the ids some forty times at most, each by one look along the key.
FIRST_ID_SINCE = """
    WITH RECURSIVE look (low, high) AS (
        SELECT 0::bigint, coalesce((SELECT max(id) FROM marketplace_event), 0) + 1
      UNION ALL
        SELECT CASE WHEN found.recorded_at < %(at)s THEN found.id + 1 ELSE look.low END,
               CASE WHEN found.recorded_at < %(at)s THEN look.high ELSE (look.low + look.high) / 2 END
        FROM look
        LEFT JOIN LATERAL (
            SELECT id, recorded_at FROM marketplace_event
            WHERE id >= (look.low + look.high) / 2 ORDER BY id LIMIT 1
        ) found ON TRUE
        WHERE look.low < look.high
    )
    SELECT low FROM look WHERE low >= high LIMIT 1
"""


def first_event_since(at: datetime) -> int:
    """Return the first id recorded at `at` or later; concurrent transactions around `at` may be off by a few."""
    with connection.cursor() as cursor:
        cursor.execute(FIRST_ID_SINCE, {"at": at})
        found: int = cursor.fetchone()[0]
        return found
