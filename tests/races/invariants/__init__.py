"""What must hold of the whole database after any race. Each check names what it found wrong.

They are written from the page, over rows and events alone: of the product they use the tables, and
for ranks its rules, which have tests of their own.
"""

from itertools import chain

from django.db import connection

from tests.races.invariants import deals, requests, schedule, sellers, talk, verdicts


def assert_all_is_well() -> None:
    """Look at every row: each end once and true to its stamps, figures equal to a recount, no deadlock."""
    checked = (requests, verdicts, deals, talk, schedule, sellers)
    wrong = list(chain.from_iterable(each.wrong() for each in checked))
    assert not wrong, "\n".join(wrong)
    assert deadlocks() == 0


def deadlocks() -> int:
    """How many deadlocks PostgreSQL has ended in this database. Connections that were closed have reported."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        number: int = cursor.fetchone()[0]
    return number
