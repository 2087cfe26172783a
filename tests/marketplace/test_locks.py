"""The law of the house, read from the sources and from the migrated database: one way to lock, one clock."""

import ast
import re
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from django.test.utils import CaptureQueriesContext

from config.local.project import ROOT
from marketplace import clock, locks
from tests.support import factories

OUR_APPS = ("marketplace", "notifications")
ELSEWHERE = {"migrations", "local"}  # what Django wrote; what starts processes and meets no row
SOURCES = [
    path.relative_to(ROOT).as_posix()
    for folder in (*OUR_APPS, "config")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if not ELSEWHERE & set(path.relative_to(ROOT).parts)
]

ROW_LOCK = re.compile(r"\bFOR\s+(NO\s+KEY\s+UPDATE|UPDATE|SHARE|KEY\s+SHARE)\b", re.IGNORECASE)
SQL_CLOCK = re.compile(
    r"\bnow\(\)|\b(clock|statement|transaction)_timestamp\b|\btimeofday\b"
    r"|\bCURRENT_(TIMESTAMP|DATE|TIME)\b|\bLOCALTIME(STAMP)?\b",
    re.IGNORECASE,
)
HOST_CLOCK = re.compile(r"\b(timezone\.now|datetime\.(now|utcnow|today)|date\.today|time\.time)$")

THE_CLOCK = "marketplace/clock.py"
THE_LOCKS = {"marketplace/locks.py", "notifications/locks.py"}
HOST_CLOCK_IS_RIGHT_IN = {
    "marketplace/http/throttles.py": "requests are counted by the minute of the host: no rule asks it",
    "marketplace/http/log_in.py": "so are tries to log in",
    "marketplace/operations/presence.py": "how far off that clock is is what it measures",
    "config/messaging.py": "a worker's timer counts down by it: what remains comes from the database",
    "config/schedule.py": "beat's ticks are counted from its start by a steady clock: each only says 'look'",
    "marketplace/api/authentication.py": "knox dates the end of a token by the host's clock",
}
DEFAULTS_THAT_ARE_DJANGO_S = {"marketplace.User.date_joined": "from AbstractUser: no rule asks it"}


@cache
def tree(source: str) -> ast.Module:
    return ast.parse((ROOT / source).read_text(encoding="utf-8"))


def texts(source: str) -> Iterator[str]:
    """Every string of a file but those that stand alone: docstrings may speak of what is forbidden."""
    standing_alone = {id(node.value) for node in ast.walk(tree(source)) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in standing_alone:
            yield node.value


def calls(source: str, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name:
            yield node


def attributes(source: str) -> Iterator[str]:
    """Return every dotted name of a file, as it is written."""
    for node in ast.walk(tree(source)):
        if isinstance(node, ast.Attribute):
            yield ast.unparse(node)


def imported_names(source: str) -> set[str]:
    return {alias.name for node in ast.walk(tree(source)) if isinstance(node, ast.ImportFrom) for alias in node.names}


def columns() -> Iterator["models.Field[Any, Any]"]:
    for app in OUR_APPS:
        for model in apps.get_app_config(app).get_models():
            yield from (field for field in model._meta.get_fields() if isinstance(field, models.Field))  # noqa: SLF001


# One way to lock


def test_rows_are_locked_in_one_module_of_each_app_only() -> None:
    elsewhere = [source for source in SOURCES if source not in THE_LOCKS]
    assert len(elsewhere) > 100
    assert [source for source in elsewhere if list(calls(source, "select_for_update"))] == []
    assert [(source, text) for source in elsewhere for text in texts(source) if ROW_LOCK.search(text)] == []


@pytest.mark.parametrize("source", sorted(THE_LOCKS))
def test_no_lock_clashes_with_the_key_share_of_a_foreign_key(source: str) -> None:
    """Plain FOR UPDATE does, and deadlocks: each lock is FOR NO KEY UPDATE."""
    locking = list(calls(source, "select_for_update"))
    assert len(locking) > 3
    for call in locking:
        assert "no_key=True" in [ast.unparse(keyword) for keyword in call.keywords]
    strengths = {found.group(1) for text in texts(source) for found in ROW_LOCK.finditer(text)}
    assert strengths <= {"NO KEY UPDATE"}


@pytest.mark.django_db
def test_sellers_are_locked_in_the_order_of_their_keys() -> None:
    made = [factories.seller(services=0) for _ in range(3)]
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        locked = locks.sellers([seller.pk for seller in reversed(made)])
    assert locked == sorted(seller.pk for seller in made)
    assert re.search(r'ORDER BY .*"id" ASC FOR NO KEY UPDATE', queries.captured_queries[0]["sql"])


# One clock


def test_no_sql_but_the_clock_s_names_a_clock() -> None:
    elsewhere = [source for source in SOURCES if source != THE_CLOCK]
    assert [(source, text) for source in elsewhere for text in texts(source) if SQL_CLOCK.search(text)] == []


def asks_its_host(source: str) -> bool:
    """Django's `localtime` and `localdate` do without an argument; with one they only change its zone."""
    bare = [
        call for name in ("localtime", "localdate") for call in calls(source, name) if not call.args + call.keywords
    ]
    return any(map(HOST_CLOCK.search, attributes(source))) or bool(bare)


def test_nothing_asks_the_clock_of_its_host() -> None:
    asking = {source for source in SOURCES if asks_its_host(source)}
    assert asking <= set(HOST_CLOCK_IS_RIGHT_IN)
    assert [source for source in SOURCES if imported_names(source) & {"Now", "TransactionNow"}] == []


def test_no_column_is_dated_by_django() -> None:
    for column in columns():
        assert not getattr(column, "auto_now", False)
        assert not getattr(column, "auto_now_add", False)
        assert column.db_default is models.NOT_PROVIDED or isinstance(column.db_default, int | timedelta)  # constants
        if isinstance(column, models.DateTimeField) and column.default is not models.NOT_PROVIDED:
            assert str(column) in DEFAULTS_THAT_ARE_DJANGO_S


@pytest.mark.django_db
def test_no_column_default_and_no_trigger_names_a_clock() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, column_default FROM information_schema.columns"
            " WHERE table_schema = 'public' AND column_default IS NOT NULL"
        )
        assert not [row for row in cursor.fetchall() if SQL_CLOCK.search(row[2])]
        cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
        assert not cursor.fetchall()
        cursor.execute(
            "SELECT proname FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace WHERE nspname = 'public'"
        )
        assert not cursor.fetchall()


@pytest.mark.django_db
def test_within_a_transaction_the_clock_goes_on() -> None:
    with transaction.atomic():
        first, second = clock.now(), clock.now()
    assert first < second
    assert first.utcoffset() == second.utcoffset()
    assert str(first.tzinfo) in {"UTC", "Etc/UTC"}
