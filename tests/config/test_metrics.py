"""`/metrics`: what an operator is woken for, read from the rows; exact before, during and after folding."""

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
import redis
from django.conf import settings as configured
from django.db import OperationalError, connection
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from marketplace import clock, errors, publishing
from marketplace.actions import deadlines, steering, talk
from marketplace.models import CancelRequest, Deal, Event, InvariantReport, Presence, Tally, TallyMark, User
from marketplace.operations import presence, tallies
from marketplace.operations.installation import key_prefix
from marketplace.vocabulary import DeadlineKind, DealStatus, WokenBy
from notifications.models import Notification
from notifications.vocabulary import Channel, State
from tests.conftest import Clock
from tests.support.factories import days, hours, overdue_room, room
from tests.support.notices import notice

pytestmark = pytest.mark.django_db

Key = tuple[str, tuple[str, ...]]
NOTICES = ("waiting_notices", "oldest_waiting_notice_seconds", "dead_notices")


def scraped(client: Client, **headers: str) -> dict[Key, float]:
    """Return every sample: by its name and the values of its labels, in the order of the labels' names."""
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"].startswith("text/plain; version=")
    families = text_string_to_metric_families(answer.content.decode())
    return {
        (each.name, tuple(value for _, value in sorted(each.labels.items()))): each.value
        for family in families
        for each in family.samples
    }


def lateness(found: dict[Key, float], kind: str, woken_by: str) -> tuple[float, float]:
    """Return how many were settled, and how late they were in all."""
    name = "renraku_settlement_lateness_seconds"
    return found[f"{name}_count", (kind, woken_by)], found[f"{name}_sum", (kind, woken_by)]


def late_room(time: Clock, by: timedelta) -> None:
    overdue_room(by=by)
    assert deadlines.settle_overdue(woken_by=WokenBy.SWEEP).ended == 1
    time.advance(timedelta(seconds=1))


def test_a_verdict_is_counted_by_its_deadline_by_what_woke_and_by_its_lateness(client: Client, frozen: Clock) -> None:
    assert lateness(scraped(client), "reply", "sweep") == (0, 0)
    late_room(frozen, timedelta(seconds=0.5))
    late_room(frozen, timedelta(seconds=12))
    found = scraped(client)
    assert lateness(found, "reply", "sweep") == (2, 12.5)
    assert lateness(found, "reply", "eta") == lateness(found, "approval", "sweep") == (0, 0)
    buckets = {
        labels[1]: value
        for (name, labels), value in found.items()
        if name == "renraku_settlement_lateness_seconds_bucket" and labels[::2] == ("reply", "sweep")
    }
    assert [buckets[bound] for bound in ("0.25", "0.5", "10.0", "15.0", "+Inf")] == [0, 1, 1, 2, 2]


def test_every_kind_of_deadline_is_counted_and_a_buyers_approval_is_none(client: Client, frozen: Clock) -> None:
    buyers = room(silent_for=days(1))
    delivered = room(silent_for=days(1))
    Deal.objects.filter(pk=delivered.deal_id).update(
        status=DealStatus.DELIVERED, approval_deadline=frozen.at - hours(2)
    )
    never = room(silent_for=days(9))
    Deal.objects.filter(pk=never.deal_id).update(first_contact_deadline=frozen.at - timedelta(minutes=2))
    assert deadlines.settle_overdue(woken_by=WokenBy.ETA).ended == 2
    Event.objects.create(
        kind="deal_completed", room=buyers, data={"approved_by": "buyer"}, occurred_at=frozen.at, recorded_at=frozen.at
    )
    found = scraped(client)
    assert lateness(found, "approval", "eta") == (1, 7200)
    assert lateness(found, "first_contact", "eta") == (1, 120)
    assert sum(value for (name, _), value in found.items() if name.endswith("lateness_seconds_count")) == 2


def test_folding_changes_no_number_and_leaves_little_to_count(client: Client, frozen: Clock) -> None:
    for seconds in (0.05, 3, 3, 7200):
        late_room(frozen, timedelta(seconds=seconds))
    frozen.advance(days(3))
    late_room(frozen, timedelta(seconds=1))
    before = scraped(client)
    frozen.advance(timedelta(minutes=5))
    assert tallies.fold() == 2, "two days have something to fold"
    assert Tally.objects.filter(event="deal_cancelled").count() == 4
    assert TallyMark.objects.get().folded_until == frozen.at - tallies.NOT_YET
    after = scraped(client)
    settled = {key: value for key, value in before.items() if "lateness" in key[0]}
    assert {key: after[key] for key in settled} == settled
    late_room(frozen, timedelta(seconds=3))
    assert lateness(scraped(client), "reply", "sweep") == (6, 7210.05)
    assert tallies.fold() == 0


def test_what_is_younger_than_two_minutes_is_not_folded(client: Client, frozen: Clock) -> None:
    late_room(frozen, timedelta(seconds=1))
    frozen.advance(timedelta(minutes=1))
    assert tallies.fold() == 0
    assert not Tally.objects.exists()


def test_a_near_miss_and_a_row_that_was_put_off_are_counted(client: Client, frozen: Clock) -> None:
    late = overdue_room(by=timedelta(seconds=4))
    with pytest.raises(errors.ReplyDeadlinePassed):
        talk.post_message(room_id=late.pk, author=late.seller, body="Here I am")
    bad = overdue_room()
    Deal.objects.filter(pk=bad.deal_id).update(status="cancelled", cancel_cause="no_contact", ended_at=frozen.at)
    deadlines.settle_overdue(woken_by=WokenBy.SWEEP)
    for _ in range(2):
        found = scraped(client)
        assert (found["renraku_near_miss_seconds_count", ()], found["renraku_near_miss_seconds_sum", ()]) == (1, 4)
        assert found["renraku_settlements_put_off_total", ("reply",)] == 1
        assert (found["renraku_put_off", ("reply",)], found["renraku_overdue", ("reply",)]) == (1, 0)
        frozen.advance(timedelta(minutes=3))
        tallies.fold()


def test_what_is_open_held_and_overdue_is_shown(client: Client, frozen: Clock, staff: User) -> None:
    staff.is_superuser = True
    staff.save()
    overdue_room(by=hours(3))
    overdue_room(by=hours(1))
    held = overdue_room(by=-hours(1))
    overdue_room(by=-hours(1))
    steering.hold(request_id=CancelRequest.objects.get(room=held).pk, staff=staff, reason="A flood")
    found = scraped(client)
    assert found["renraku_overdue", ("reply",)] == 2
    assert found["renraku_oldest_overdue_seconds", ("reply",)] == 3 * 3600
    assert (found["renraku_running", ("reply",)], found["renraku_held_requests", ()]) == (3, 1)
    assert found["renraku_overdue", ("approval",)] == found["renraku_oldest_overdue_seconds", ("approval",)] == 0


def test_processes_sweeps_and_publish_failures_are_shown(client: Client, settings: Settings) -> None:
    presence.say("web", "here:1", publish_failures=3)
    presence.say("web", "here:2")
    presence.say(presence.SWEEP, DeadlineKind.REPLY)
    Presence.objects.filter(instance="here:2").update(seen_at=clock.now() - hours(1))
    found = scraped(client)
    assert (found["renraku_processes", ("web",)], found["renraku_processes", ("beat",)]) == (1, 0)
    assert found["renraku_publish_failures_total", ("here:1", "web")] == 3
    assert 0 <= found["renraku_sweep_age_seconds", ("reply",)] < 5
    assert found["renraku_sweep_age_seconds", ("approval",)] == float("inf")


def test_what_the_last_check_of_the_invariants_found_is_shown(client: Client) -> None:
    now = clock.now()
    InvariantReport.objects.create(name="some_rule", violations=7, checked_at=now)
    found = scraped(client)
    assert found["renraku_invariant_violations", ("some_rule",)] == 7
    shown = found["renraku_invariant_checked_timestamp_seconds", ("some_rule",)]
    assert shown == pytest.approx(now.timestamp())


def test_what_waits_in_the_broker_is_shown(client: Client) -> None:
    ours, another_s = key_prefix() + "deadlines.soon", "renraku:another:deadlines.soon"
    with redis.Redis.from_url(configured.REDIS_URL) as broker:
        before = broker.llen(ours)
        broker.rpush(ours, "a", "b")
        broker.rpush(another_s, "c")
        try:
            found = scraped(client)
        finally:
            broker.ltrim(ours, 0, before - 1) if before else broker.delete(ours)
            broker.delete(another_s)
    assert found["renraku_broker_up", ()] == 1
    assert found["renraku_queue_messages", ("deadlines.soon",)] == before + 2
    assert ("renraku_unacked_messages", ("deadlines",)) in found


def test_a_broker_that_is_away_is_a_number_and_no_error(client: Client, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    found = scraped(client)
    assert found["renraku_broker_up", ()] == 0
    assert not [key for key in found if key[0] == "renraku_queue_messages"]
    assert found["renraku_overdue", ("reply",)] == 0


def test_a_database_that_is_away_is_503(client: Client) -> None:
    def refuse(*_: Any) -> None:
        raise OperationalError("gone")

    with connection.execute_wrapper(refuse):
        answer = client.get("/metrics")
    assert (answer.status_code, answer.content) == (503, b"the database does not answer: OperationalError\n")


def test_with_a_token_set_the_metrics_need_it(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = "a-token"
    for headers in ({}, {"Authorization": "Bearer other"}, {"Authorization": "a-token"}, {"Authorization": "Bearer é"}):
        answer = client.get("/metrics", headers=headers)
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
        assert b"renraku" not in answer.content
    assert scraped(client, Authorization="Bearer a-token")


@pytest.mark.filterwarnings("ignore:This process")  # that it has threads, when it forks
def test_what_the_broker_did_not_take_is_counted_also_in_a_forked_process() -> None:
    def refuse() -> None:
        raise OSError("no broker")

    before = publishing.publish_failures()
    assert not publishing.Breaker().call(refuse, "wake-up")
    breaker = publishing.Breaker()
    assert not breaker.call(refuse, "wake-up")
    assert not breaker.call(lambda: None, "wake-up"), "the breaker is open: this one was not sent either"
    assert publishing.publish_failures() == before + 3
    child = os.fork()
    if child == 0:
        publishing.Breaker().call(refuse, "wake-up")
        os._exit(0)
    os.waitpid(child, 0)
    assert publishing.publish_failures() == before + 4


@pytest.fixture
def other() -> Iterator["psycopg.Connection[Any]"]:
    """Somebody else's connection to the same database."""
    names = ("dbname", "user", "password", "host", "port")
    how = {name: value for name, value in connection.get_connection_params().items() if name in names}
    with psycopg.connect(**how) as made:
        yield made


@pytest.mark.django_db(transaction=True)
def test_what_an_open_transaction_may_still_write_is_not_folded_past(
    client: Client, other: "psycopg.Connection[Any]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tallies, "NOT_YET", timedelta(0))
    write = "INSERT INTO marketplace_event (kind, data, occurred_at, recorded_at) VALUES (%s, %s, %s, %s)"
    values = ("deal_cancelled", '{"cause": "no_contact", "woken_by": "eta"}')
    other.execute(write, [*values, clock.now(), clock.now()])
    Event.objects.create(
        kind="deal_cancelled",
        data={"cause": "no_contact", "woken_by": "eta"},
        occurred_at=clock.now(),
        recorded_at=clock.now(),
    )
    tallies.fold()
    assert lateness(scraped(client), "reply", "eta")[0] == 1
    other.commit()
    assert lateness(scraped(client), "reply", "eta")[0] == 2
    assert tallies.fold() == 1
    assert lateness(scraped(client), "reply", "eta")[0] == 2
    assert sum(tally.number for tally in Tally.objects.all()) == 2


def test_what_waits_to_be_sent_and_what_was_given_up_is_counted_by_channel(
    client: Client, frozen: Clock, buyer: User
) -> None:
    made = frozen.at
    tried, quiet = notice(buyer), notice(buyer, next_attempt_at=made + hours(9), made_at=made - hours(9))
    notice(buyer, Channel.PUSH, state=State.FAILED, next_attempt_at=None, answered_at=made)
    Notification.objects.filter(pk=tried.pk).update(attempts=1, next_attempt_at=made + hours(1))
    frozen.advance(timedelta(minutes=10))
    found = scraped(client)
    assert [found[f"renraku_{name}", ("email",)] for name in NOTICES] == [2, 600, 0]
    assert [found[f"renraku_{name}", ("push",)] for name in NOTICES] == [0, 0, 1]
    frozen.at = made + hours(9)
    assert scraped(client)["renraku_oldest_waiting_notice_seconds", ("email",)] == 18 * 3600
    assert quiet.attempts == 0
