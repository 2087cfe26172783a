"""Every table of the database as it stands, and what is different from an earlier look. New tables are found."""

import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, models, transaction

TABLES = """
    SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    AND relname <> 'marketplace_installation' ORDER BY relname
"""
"""An installation's name is written with the first message of a process, whatever that is about."""

ONE_TABLE = """SELECT '{name}', to_jsonb(row)::text FROM "{name}" row"""

DIGEST = """SELECT '{name}', md5(string_agg(row::text, ',' ORDER BY row::text)) FROM "{name}" row"""

Rows = set[tuple[str, str]]
"""Table, and row as JSON: no table holds the same row twice, since each has a key."""


def every_row() -> Rows:
    """Read the whole database, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        names = [name for (name,) in cursor.fetchall()]
        cursor.execute(" UNION ALL ".join(ONE_TABLE.format(name=name) for name in names))
        return set(cursor.fetchall())


def digests(*kept: type[models.Model]) -> dict[str, str]:
    """Return a digest of the rows of each of these tables, in one statement: equal ones hold equal rows."""
    names = [each._meta.db_table for each in kept]  # noqa: SLF001 - Django's documented name
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(DIGEST.format(name=name) for name in names))
        return dict(cursor.fetchall())


@contextmanager
def undone() -> Iterator[None]:
    """Take back what the block writes: several cases can start from the same rows."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@dataclass(frozen=True)
class Difference:
    """What became of the rows of one table."""

    added: list[dict[str, Any]]
    changed: list[tuple[dict[str, Any], set[str]]]
    """Rows that are still there, as they are now, and the columns in which they differ."""
    gone: list[dict[str, Any]]


def differences(before: Rows, after: Rows) -> dict[str, Difference]:
    """Compare two looks; tables in which nothing is different are left out."""
    left: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    came: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for rows, into in ((before - after, left), (after - before, came)):
        for table, text in rows:
            row = json.loads(text)
            into[table][str(row.get("id", text))] = row
    return {
        table: Difference(
            added=[row for key, row in came[table].items() if key not in left[table]],
            changed=[
                (row, {column for column in row if row[column] != left[table][key][column]})
                for key, row in came[table].items()
                if key in left[table]
            ],
            gone=[row for key, row in left[table].items() if key not in came[table]],
        )
        for table in {*left, *came}
    }
