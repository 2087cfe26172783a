"""Rate limits per minute. Each limit is a setting, read at every call.

Writes and log-ins are counted in PostgreSQL, by one upsert outside the action's transaction: refused
writes count too, and all processes agree. Reads are counted in the process.
"""

import math
import time
from collections import Counter
from threading import Lock
from typing import Any, ClassVar

from django.conf import settings
from django.db import connection
from rest_framework.exceptions import Throttled
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from marketplace import clients

MINUTE = 60

COUNT_ONE_MORE = """
    INSERT INTO marketplace_writecount (scope, who, minute, count) VALUES (%s, %s, %s, 1)
    ON CONFLICT (scope, who, minute) DO UPDATE SET count = marketplace_writecount.count + 1
    RETURNING count
"""

TAKE_ONE_BACK = """
    UPDATE marketplace_writecount SET count = count - 1 WHERE scope = %s AND who = %s AND minute = %s AND count > 0
"""


class TooOften(Throttled):
    """The limit of this scope is used up for this minute."""

    def __init__(self, scope: str, limit: int) -> None:
        self.wait = math.ceil(seconds_left())
        super().__init__(wait=self.wait)
        self.scope = scope
        self.limit = limit


def seconds_left() -> float:
    """Seconds to the next minute."""
    return MINUTE - time.time() % MINUTE


class ReadCounts:
    """The counts of one process for the current minute."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._minute = 0
        self._counts: Counter[str] = Counter()

    def one_more(self, who: str, minute: int) -> int:
        with self._lock:
            if minute != self._minute:
                self._minute = minute
                self._counts.clear()
            self._counts[who] += 1
            return self._counts[who]


reads = ReadCounts()


def count_write(scope: str, who: str, minute: int) -> int:
    """Add one in the database and return the count."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT_ONE_MORE, [scope, who, minute])
        row: tuple[int] = cursor.fetchone()
    return row[0]


def take_one_back(scope: str, who: str, minute: int) -> None:
    """Subtract one in the database."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE_ONE_BACK, [scope, who, minute])


class PerMinute(BaseThrottle):
    """At most `settings.<limit>` in each minute of the clock, by person, or by client for anonymous requests."""

    scope: ClassVar[str]
    limit: ClassVar[str]

    def allow_request(self, request: Request, view: Any) -> bool:  # noqa: ARG002 - DRF's signature
        """Count the request if it is of this throttle's kind. Returns whether it is within the limit."""
        if not self.concerns(request):
            return True
        minute = int(time.time()) // MINUTE
        return self.count(self.who(request), minute) <= int(getattr(settings, self.limit))

    def wait(self) -> float:
        return seconds_left()

    def refusal(self) -> TooOften:
        return TooOften(self.scope, int(getattr(settings, self.limit)))

    def concerns(self, request: Request) -> bool:
        return request.method not in SAFE_METHODS

    def who(self, request: Request) -> str:
        """Return the key to count by."""
        return str(request.user.pk) if request.user.is_authenticated else clients.address(request)

    def count(self, who: str, minute: int) -> int:
        return count_write(self.scope, who, minute)


class ReadThrottle(PerMinute):
    """Reads, by person or address."""

    scope = "read"
    limit = "THROTTLE_READ"

    def concerns(self, request: Request) -> bool:
        return request.method in SAFE_METHODS

    def count(self, who: str, minute: int) -> int:
        return reads.one_more(who, minute)


class WriteThrottle(PerMinute):
    scope = "write"
    limit = "THROTTLE_WRITE"


class LogInThrottle(PerMinute):
    """Log-in attempts, by client, for any name."""

    scope = "login"
    limit = "THROTTLE_LOGIN"

    def who(self, request: Request) -> str:
        return clients.address(request)
