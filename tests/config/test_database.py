"""The database backend lets go of a connection that is of no more use, and says so in one way."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import psycopg
import pytest
from celery import current_app
from django.contrib.auth.models import Group
from django.db import DatabaseError, OperationalError, close_old_connections, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client

from config.database import address
from config.database.base import DatabaseWrapper
from config.local.given import parameters
from marketplace import outages
from marketplace.models import User
from tests.support.servers import session_servers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server() -> Iterator["psycopg.Connection[Any]"]:
    how = parameters(session_servers().database_url)
    with psycopg.connect(**how, autocommit=True) as database:
        yield database


def pid() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def end(server: "psycopg.Connection[Any]", which: int) -> None:
    server.execute("SELECT pg_terminate_backend(%s, 5000)", [which])


def begin_a_request() -> None:
    close_old_connections()


def test_a_connection_that_was_ended_meanwhile_costs_nothing(server: "psycopg.Connection[Any]") -> None:
    for _ in range(2):
        old = pid()
        end(server, old)
        begin_a_request()
        with transaction.atomic():
            assert pid() != old


@transaction.atomic
def in_a_transaction() -> None:
    pid()


@pytest.mark.parametrize("use", [pid, in_a_transaction])
def test_one_that_is_ended_in_use_fails_once(server: "psycopg.Connection[Any]", use: Callable[[], object]) -> None:
    old = pid()
    end(server, old)
    with pytest.raises(outages.AwayError):
        use()
    assert pid() != old


@transaction.atomic
def lost_within_a_transaction(server: "psycopg.Connection[Any]") -> None:
    end(server, pid())
    with suppress(OperationalError):
        pid()
    Group.objects.count()


def test_one_that_is_ended_within_a_transaction_fails_as_what_it_is(server: "psycopg.Connection[Any]") -> None:
    with pytest.raises(outages.AwayError):
        lost_within_a_transaction(server)
    assert pid()


def test_one_that_takes_no_writes_reads_on_and_is_left_at_the_end_of_the_request() -> None:
    old = pid()
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
    with pytest.raises(outages.AwayError):
        Group.objects.create(name="x")
    assert Group.objects.exists()  # it can still be read
    assert pid() == old
    begin_a_request()
    Group.objects.create(name="x")
    assert pid() != old


@transaction.atomic
def idle_for_too_long(server: "psycopg.Connection[Any]") -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '10ms'")
    server.execute("SELECT pg_sleep(0.2)")
    pid()


def test_rows_that_nobody_reads_to_the_end_hold_up_no_other_statement() -> None:
    """The garbage collector closes them, within another statement of the same thread perhaps."""
    Group.objects.bulk_create(Group(name=f"group {number}") for number in range(3))
    rows = Group.objects.iterator(chunk_size=1)
    next(rows)
    with connection.connection.lock:  # as a statement holds it
        rows.close()  # type: ignore[attr-defined]  # a generator
    assert Group.objects.count() >= 3


def test_idling_in_a_transaction_ends_it_as_an_operational_error(server: "psycopg.Connection[Any]") -> None:
    with pytest.raises(outages.AwayError):
        idle_for_too_long(server)
    assert pid()


def test_a_server_that_does_not_answer_is_given_up() -> None:
    pid()
    connection.connection.answer_within = 0.2
    with pytest.raises(outages.AwayError, match=r"did not answer within 0\.2 s"), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(5)")
    assert pid()


def test_a_task_beneath_which_the_connection_ends_runs_once_more(server: "psycopg.Connection[Any]") -> None:
    runs: list[int] = []

    def look() -> None:
        runs.append(pid())
        if len(runs) == 1:
            end(server, runs[0])
            pid()

    task = current_app.task(name="tests.look", shared=False)(look)
    try:
        end(server, pid())
        task()
        assert len(runs) == 2
    finally:
        current_app.tasks.unregister("tests.look")


@pytest.mark.parametrize(
    ("sqlstate", "again"), [("57P01", True), ("40P01", True), ("25006", True), ("08006", True), ("55P03", False)]
)
def test_what_may_go_through_is_done_again_and_nothing_else(sqlstate: str, again: bool) -> None:  # noqa: FBT001
    with pytest.raises(DatabaseError) as raised, connection.cursor() as cursor:
        cursor.execute(f"DO $$ BEGIN RAISE SQLSTATE '{sqlstate}'; END $$")
    assert outages.may_go_through_again(raised.value) is again


def wrapper(url: str, *, pooled: bool = False) -> DatabaseWrapper:
    made = address.settings(address.read(url), pooled=pooled, role="web", answer_within=None)
    known = {**connection.settings_dict, **made}
    return DatabaseWrapper(known, alias="other")


def shown(database: BaseDatabaseWrapper, name: str) -> Any:
    with database.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [name])
        return cursor.fetchone()[0]


def test_every_option_of_the_address_is_in_force() -> None:
    url = f"{session_servers().database_url}?application_name=a%20b&options=-c%20work_mem%3D7MB&connect_timeout=3"
    database = wrapper(url)
    try:
        assert [shown(database, name) for name in ("application_name", "work_mem", "lock_timeout")] == [
            "a b",
            "7MB",
            "5s",
        ]
    finally:
        database.close()


def test_a_server_without_tls_is_not_talked_to_where_tls_is_asked_for() -> None:
    database = wrapper(f"{session_servers().database_url}?sslmode=require")
    with pytest.raises(OperationalError, match="SSL"):
        database.ensure_connection()


def test_behind_a_pooler_the_time_outs_travel_with_each_transaction() -> None:
    database = wrapper(session_servers().database_url, pooled=True)
    database.inc_thread_sharing()
    try:
        assert shown(database, "lock_timeout") == "5s"
        with database.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE t (x int)")
            cursor.execute("INSERT INTO t SELECT generate_series(1, %s)", [3])
            assert cursor.rowcount == 3
            cursor.execute("CREATE INDEX CONCURRENTLY t_x ON t (x)")
            cursor.executemany("INSERT INTO t VALUES (%s)", [[4], [5]])
        database.set_autocommit(False)
        assert shown(database, "statement_timeout") == "30s"
        assert shown(database, "jit") == "off"
        database.rollback()
        database.set_autocommit(True)
        with database.connection.cursor() as plain:
            psycopg.ClientCursor.execute(plain, "SHOW lock_timeout")
            assert plain.fetchone() == ("0",)  # nothing stays behind in the session
    finally:
        database.close()


@pytest.mark.parametrize("path", ["/admin/", "/admin/marketplace/talkroom/export/", "/", "/services/", "/metrics"])
def test_whatever_is_looked_at_with_the_database_away_is_503(staff: User, path: str) -> None:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(staff)
    with connection.execute_wrapper(away):
        answer = client.get(path)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


@pytest.mark.parametrize(("path", "kind"), [("/api/v1/me/", "application/problem+json"), ("/", "text/html")])
def test_what_a_middleware_meets_is_answered_in_the_form_of_the_address(
    path: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr("django.contrib.sessions.middleware.SessionMiddleware.process_response", refuse)
    client = Client(raise_request_exception=False)
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert answer.headers["Content-Type"].startswith(kind)


def away(*_: object) -> None:
    raise OperationalError("gone")
