"""Checks every invariant."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import DatabaseError, connection, transaction

from marketplace import outages, window
from marketplace.operations.invariants.deals import DEALS
from marketplace.operations.invariants.invariant import Invariant
from marketplace.operations.invariants.requests import REQUESTS
from marketplace.operations.invariants.sellers import of_sellers
from marketplace.operations.invariants.verdicts import VERDICTS
from marketplace.policy import Policy
from marketplace.vocabulary import CONTACT

OVERDUE_FOR = timedelta(hours=1)
"""An overdue row that nobody put off is a contradiction after so long."""
LEFT_BEHIND_FOR = timedelta(days=1)
"""R11: "daily for sellers from whose window something fell"."""
LONGEST_QUESTION = timedelta(minutes=10)

# Materialised, since PostgreSQL expects many contradictions: to name the first few of them it would
# walk the tables by their keys, row by row. Memory to hash a few million of them, for these questions alone.
WORK_MEM = "128MB"
ASK = """
    WITH contradiction (id, what) AS MATERIALIZED ({question})
    SELECT (SELECT count(*) FROM contradiction), id, what
    FROM contradiction
    ORDER BY id
    LIMIT %(limit)s
"""


class Contradiction(NamedTuple):
    """A row that contradicts a rule, and what is wrong with it."""

    id: str
    what: str


class Answer(NamedTuple):
    """How many rows contradict one rule, and the first of them; or why that could not be found out."""

    invariant: Invariant
    number: int
    rows: list[Contradiction]
    failure: str = ""


def invariants(policy: Policy) -> tuple[Invariant, ...]:
    """Return every rule that is checked."""
    return (*VERDICTS, *REQUESTS, *DEALS, *of_sellers(policy))


def answers(policy: Policy, zone: ZoneInfo, now: datetime, limit: int) -> Iterator[Answer]:
    """Check one invariant after the other; count all rows against it, and name at most `limit` of them.

    A check that fails, or takes more than ten minutes, does not stop the others. Raises only when the
    database itself is gone.
    """
    facts = {
        "limit": limit,
        "contact": sorted(CONTACT),
        "overdue_since": now - OVERDUE_FOR,
        "left_behind": window.start(now - LEFT_BEHIND_FOR),
        "zone": zone.key,
        "months": policy.figures_window_months,
        "automatic_rating": policy.automatic_rating,
    }
    for invariant in invariants(policy):
        try:
            yield _ask(invariant, facts)
        except outages.AwayError:
            raise
        except DatabaseError as failure:
            yield Answer(invariant, 0, [], str(failure).strip())


def _ask(invariant: Invariant, facts: dict[str, Any]) -> Answer:
    with transaction.atomic(), outages.waiting_longer(LONGEST_QUESTION), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('work_mem', %s, TRUE)", [WORK_MEM])
        cursor.execute(ASK.format(question=invariant.question), facts)
        rows = cursor.fetchall()
    number = rows[0][0] if rows else 0
    return Answer(invariant, number, [Contradiction(str(row[1]), row[2]) for row in rows])
