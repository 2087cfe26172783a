"""The one clock: the database's (R7).

Read it after the room is locked and pass the value on. No other SQL, default or trigger names a
clock: in a transaction `now()` is its start, and a volatile clock in a WHERE cannot use an index.
"""

from datetime import datetime

from django.db import connection


def now() -> datetime:
    """Read the database's clock: aware, in UTC, to the microsecond. Tests replace this function."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        row: tuple[datetime] = cursor.fetchone()
    return row[0]
