"""`/readyz` tells the truth: each thing that is wrong turns it to 503 and is named."""

import socket
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from marketplace import clock
from marketplace.actions import presence
from marketplace.models import Presence
from marketplace.policy import Policy

pytestmark = pytest.mark.django_db


@pytest.fixture
def swept(db: None) -> None:
    presence.say(presence.SWEEP, presence.SWEEP)


def checks(client: Client) -> tuple[int, dict[str, str]]:
    answer = client.get("/readyz")
    return answer.status_code, answer.json()["checks"]


def test_all_is_well_when_a_sweep_came_through_lately(client: Client, swept: None) -> None:
    status, said = checks(client)
    assert (status, set(said.values())) == (200, {"ok"})
    assert set(said) == {"database", "migrations", "broker", "policy", "sweep"}


def test_a_sweep_that_is_late_is_named(client: Client, swept: None, settings: Settings) -> None:
    late = clock.now() - 3 * settings.SWEEP_INTERVAL - timedelta(seconds=2)
    Presence.objects.update(seen_at=late)
    status, said = checks(client)
    assert (status, said["sweep"]) == (503, "no sweep came through in the last three intervals")


def test_processes_that_disagree_on_the_policy_are_named(client: Client, swept: None, settings: Settings) -> None:
    settings.POLICY = Policy(reply_window=timedelta(hours=23))
    presence.say("rest", "elsewhere:1")
    status, said = checks(client)
    assert status == 503
    assert said["policy"].startswith("the running processes disagree on the policy")


def test_a_process_that_left_long_ago_is_not_asked(client: Client, swept: None, settings: Settings) -> None:
    standard = settings.POLICY
    settings.POLICY = Policy(reply_window=timedelta(hours=23))
    presence.say("rest", "elsewhere:1")
    settings.POLICY = standard
    Presence.objects.filter(role="rest").update(seen_at=clock.now() - timedelta(hours=1))
    assert checks(client)[0] == 200


def test_a_broker_that_does_not_answer_is_named(client: Client, swept: None, settings: Settings) -> None:
    settings.REDIS_URL = "redis://:secret@127.0.0.1:1/0"
    status, said = checks(client)
    assert (status, said["broker"]) == (503, "the broker does not answer: ConnectionError")


def test_a_migration_that_is_missing_is_named(client: Client, swept: None) -> None:
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'marketplace'")
    status, said = checks(client)
    assert status == 503
    assert said["migrations"].endswith("migrations are not applied")


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
