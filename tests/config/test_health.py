"""`/readyz` tells the truth: each thing that is wrong turns it to 503 and is named."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from pytest_django import Settings

from config import health
from config.local import processes
from marketplace import clock
from marketplace.actions import deadlines
from marketplace.models import CancelRequest, Deal, Presence
from marketplace.operations import presence
from marketplace.policy import Policy
from marketplace.vocabulary import DeadlineKind, WokenBy
from tests.support.factories import hours, overdue_room

pytestmark = pytest.mark.django_db


@pytest.fixture
def running(db: None) -> None:
    """Everybody was seen just now."""
    for role in health.ROLES:
        presence.say(role, "elsewhere:1")
    for kind in DeadlineKind:
        presence.say(presence.SWEEP, kind)


def checks(client: Client) -> tuple[int, dict[str, str]]:
    answer = client.get("/readyz")
    return answer.status_code, answer.json()["checks"]


def wrong(client: Client) -> dict[str, str]:
    """Return what is wrong; the status must say so too."""
    status, said = checks(client)
    found = {name: answer for name, answer in said.items() if answer != "ok"}
    assert status == (503 if found else 200)
    return found


def test_all_is_well_when_everybody_was_seen_and_every_sweep_came_through(client: Client, running: None) -> None:
    status, said = checks(client)
    assert (status, set(said.values())) == (200, {"ok"})
    assert set(said) == {"database", "migrations", "policy", "processes", "sweep", "overdue", "broker"}
    assert set(health.ROLES) == set(processes.ROLES)


@pytest.mark.parametrize("kind", DeadlineKind)
def test_a_sweep_that_is_late_is_named(client: Client, running: None, settings: Settings, kind: DeadlineKind) -> None:
    late = clock.now() - 3 * settings.SWEEP_INTERVAL - timedelta(seconds=2)
    Presence.objects.filter(role="sweep", instance=kind).update(seen_at=late)
    assert wrong(client) == {"sweep": f"no sweep came through in the last 3 sweep intervals (45 s) for: {kind}"}


def test_a_process_that_is_missing_is_named(client: Client, running: None) -> None:
    Presence.objects.filter(role__in=["deadlines", "beat"]).delete()
    assert wrong(client) == {"processes": "not seen in the last 3 sweep intervals (45 s): deadlines, beat"}


def test_processes_that_disagree_on_the_policy_are_named(client: Client, running: None, settings: Settings) -> None:
    standard = settings.POLICY
    settings.POLICY = Policy(reply_window=timedelta(hours=23))
    presence.say("rest", "elsewhere:2")
    settings.POLICY = standard
    assert list(wrong(client)) == ["policy"]
    assert wrong(client)["policy"].endswith("another than this one's have rest elsewhere:2")


@pytest.mark.parametrize(("ahead", "told"), [(20.04, "20.0 s ahead"), (-2.1, "2.1 s behind")])
def test_a_process_whose_clock_is_off_is_named(client: Client, running: None, ahead: float, told: str) -> None:
    Presence.objects.filter(role="rest").update(clock_ahead=ahead)
    assert wrong(client) == {"processes": f"clocks of hosts are not the database's: rest elsewhere:1 is {told}"}
    Presence.objects.filter(role="rest").update(clock_ahead=1.9)
    assert not wrong(client)


def test_a_process_that_left_long_ago_is_not_asked(client: Client, running: None, settings: Settings) -> None:
    standard = settings.POLICY
    settings.POLICY = Policy(reply_window=timedelta(hours=23))
    presence.say("rest", "elsewhere:2")
    settings.POLICY = standard
    Presence.objects.filter(instance="elsewhere:2").update(seen_at=clock.now() - timedelta(hours=1))
    assert not wrong(client)


def test_what_is_overdue_for_three_sweeps_is_named_until_it_is_settled(client: Client, running: None) -> None:
    overdue_room(by=timedelta(seconds=45))
    assert not wrong(client), "the next sweep may still come in time"
    overdue_room(by=hours(2))
    said = wrong(client)
    assert list(said) == ["overdue"]
    assert "not settled: 1 of reply, the oldest of 2" in said["overdue"]
    deadlines.settle_overdue(woken_by=WokenBy.SWEEP)
    assert not wrong(client)


def test_a_row_that_was_put_off_does_not_stop_everybody(client: Client, running: None) -> None:
    room = overdue_room(by=hours(2))
    Deal.objects.filter(pk=room.deal_id).update(status="cancelled", ended_at=clock.now(), cancel_cause="no_contact")
    deadlines.settle_overdue(woken_by=WokenBy.SWEEP)
    assert CancelRequest.objects.get(room=room).settle_failures == 1
    assert not wrong(client)


def test_a_broker_that_does_not_answer_is_named(client: Client, running: None, settings: Settings) -> None:
    settings.REDIS_URL = "redis://:secret@127.0.0.1:1/0"
    assert wrong(client) == {"broker": "the broker takes no message: ConnectionError"}


def test_a_migration_that_is_missing_is_named(client: Client, running: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'marketplace'")
    assert wrong(client)["migrations"].endswith("from marketplace.0001_initial on: run `migrate`")


def test_a_migration_of_a_newer_version_is_named(client: Client, running: None) -> None:
    MigrationRecorder(connection).record_applied("marketplace", "0999_of_next_year")
    assert wrong(client)["migrations"] == (
        "the database is of a newer version, with marketplace.0999_of_next_year: "
        "start that version, or restore an older state"
    )


def test_a_database_that_takes_no_writes_is_named(client: Client, running: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL transaction_read_only = on")
    assert wrong(client)["database"] == "the database takes no writes: is DATABASE_URL that of a standby?"


def test_a_worker_whose_tasks_cannot_reach_the_database_is_named(client: Client, running: None) -> None:
    instance = f"{socket.gethostname()}:1"
    Presence.objects.filter(role="deadlines").delete()
    presence.say("deadlines", instance, reaches_database=False)
    said = wrong(client)["processes"]
    assert said == f"tasks fail because they cannot reach the database, or write: deadlines {instance}"
    with pytest.raises(CommandError, match="tasks of deadlines fail"):
        call_command("check_presence", "deadlines")


def test_time_outs_that_are_not_in_force_are_named(client: Client, running: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
    assert wrong(client)["database"] == "our time-outs are not in force: behind a pooler, set DATABASE_POOLED=true"


def test_a_database_that_is_away_is_asked_once(client: Client, running: None) -> None:
    asked: list[str] = []
    with _away(asked):
        said = wrong(client)
    assert said["database"] == "the database does not answer: OperationalError"
    assert said["sweep"] == said["overdue"] == "not asked: the database is away"
    assert "broker" not in said
    assert len(asked) == 1


@contextmanager
def _away(asked: list[str]) -> Iterator[None]:
    def refuse(_execute: object, sql: str, *_: object) -> None:
        asked.append(sql)
        raise OperationalError("gone")

    with connection.execute_wrapper(refuse):
        yield


def test_alive_is_all_that_healthz_says(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


def test_a_process_on_this_machine_is_present_until_it_is_not_seen_for_three_sweeps(settings: Settings) -> None:
    presence.say("rest", f"{socket.gethostname()}:1")
    call_command("check_presence", "rest")
    with pytest.raises(CommandError, match="beat was not seen on this machine"):
        call_command("check_presence", "beat")
    Presence.objects.update(seen_at=clock.now() - 3 * settings.SWEEP_INTERVAL - timedelta(seconds=2))
    with pytest.raises(CommandError, match="rest was not seen on this machine"):
        call_command("check_presence", "rest")
