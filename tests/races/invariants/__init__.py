"""What must hold of the whole database after any race: what `check_invariants` asks, and what it cannot know.

The checks of this folder follow histories: a deadline through its events, a deal through its deliveries, each change
through its line in the room. They are written from the page, over rows and events alone.
"""

from itertools import chain
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from marketplace import clock
from marketplace.operations.invariants.asked import answers
from tests.races.invariants import deals, requests, schedule, sellers, talk, verdicts


def assert_all_is_well() -> None:
    """Look at every row: each end once and true to its stamps, figures equal to a recount, no deadlock."""
    checked = (requests, verdicts, deals, talk, schedule, sellers)
    wrong = [*contradictions(), *chain.from_iterable(each.wrong() for each in checked)]
    assert not wrong, "\n".join(wrong)
    assert deadlocks() == 0


def contradictions() -> list[str]:
    """Ask what `check_invariants` asks."""
    asked = answers(settings.POLICY, ZoneInfo(settings.TIME_ZONE), clock.now(), 3)
    return [f"{each.invariant.name}: {each.rows or each.failure}" for each in asked if each.number or each.failure]


def deadlocks() -> int:
    """How many deadlocks PostgreSQL has ended in this database. Connections that were closed have reported."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        number: int = cursor.fetchone()[0]
    return number
