"""A wake-up may come early, twice, late, never, or although it was revoked: the row alone decides."""

import base64
import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import redis
from celery import current_app
from django.conf import settings

from marketplace import alarms
from marketplace.actions import cancel_requests, deadlines, talk
from marketplace.alarms import WakeUp
from marketplace.models import CancelRequest, TalkRoom, Verdict
from marketplace.vocabulary import DeadlineKind, WokenBy
from tests.conftest import Clock
from tests.factories import MICROSECOND, STANDARD, days, hours, room

pytestmark = pytest.mark.django_db(transaction=True)


class Broker:
    """The real broker of this test run, as a test reads it."""

    def __init__(self, client: "redis.Redis") -> None:
        self.client = client

    def messages(self, queue: str) -> list[dict[str, object]]:
        """Return the headers of what waits in a queue, the first published first."""
        waiting = self.client.lrange(queue, 0, -1)
        assert isinstance(waiting, list)
        return [json.loads(each)["headers"] for each in reversed(waiting)]


@pytest.fixture
def broker() -> Iterator[Broker]:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.delete(alarms.DEADLINES, alarms.DEADLINES_SOON)
        yield Broker(client)
        client.delete(alarms.DEADLINES, alarms.DEADLINES_SOON)


def placed(frozen: Clock, reply_window: timedelta = STANDARD.reply_window) -> tuple[TalkRoom, CancelRequest]:
    talk_room = room(silent_for=days(4), now=frozen.at, reply_window=reply_window)
    return talk_room, cancel_requests.place(room_id=talk_room.pk, requester=talk_room.buyer)


def wake_up(request: CancelRequest, *, generation: int = 1, rings: int = 0) -> int:
    return deadlines.wake_up(WakeUp(DeadlineKind.REPLY, request.pk, generation), rings=rings).ended


def test_placing_sets_the_wake_up_for_the_reply_deadline_on_its_own_queue(frozen: Clock, broker: Broker) -> None:
    _, request = placed(frozen)
    [message] = broker.messages("deadlines")
    assert message["id"] == f"auto-cancel:{request.pk}:1"
    assert message["task"] == "marketplace.wake_up"
    assert datetime.fromisoformat(str(message["eta"])) == frozen.at + hours(24) + alarms.AFTER_THE_DEADLINE
    assert message["retries"] == 0


def test_a_refused_request_sets_no_wake_up(frozen: Clock, broker: Broker) -> None:
    talk_room = room(silent_for=days(4) - MICROSECOND, now=frozen.at)
    with pytest.raises(Exception, match="in contact too recently"):
        cancel_requests.place(room_id=talk_room.pk, requester=talk_room.buyer)
    assert broker.messages("deadlines") == []


def test_a_reply_revokes_the_wake_up_by_its_id(frozen: Clock, broker: Broker) -> None:
    talk_room, request = placed(frozen)
    with broker.client.pubsub() as told:
        told.psubscribe("*celery.pidbox*")
        assert told.get_message(timeout=5)["type"] == "psubscribe"
        talk.post_message(room_id=talk_room.pk, author=talk_room.seller, body="Here I am")
        heard = told.get_message(timeout=5)
    order = json.loads(base64.b64decode(json.loads(heard["data"])["body"]))
    assert order["method"] == "revoke"
    assert order["arguments"]["task_id"] == f"auto-cancel:{request.pk}:1"


def test_early_it_changes_nothing_and_rings_again_three_times_at_most(frozen: Clock, broker: Broker) -> None:
    _, request = placed(frozen)
    frozen.advance(hours(24))  # the deadline itself is still in time
    for rings in range(5):
        assert wake_up(request, rings=rings) == 0
    assert not Verdict.objects.exists()
    again = broker.messages("deadlines.soon")
    assert [json.loads(str(each["argsrepr"]).replace("'", '"'))[2] for each in again] == [1, 2, 3]


def test_doubled_it_cancels_once(frozen: Clock) -> None:
    _, request = placed(frozen)
    frozen.advance(hours(24) + MICROSECOND)
    assert [wake_up(request) for _ in range(3)] == [1, 0, 0]
    assert Verdict.objects.count() == 1


def test_lost_the_sweep_finds_the_row(frozen: Clock, broker: Broker) -> None:
    placed(frozen)
    broker.client.delete("deadlines")
    frozen.advance(hours(24) + MICROSECOND)
    deadlines.settle_overdue(woken_by=WokenBy.SWEEP)
    assert Verdict.objects.get().woken_by == "sweep"


def test_run_although_revoked_it_changes_nothing(frozen: Clock) -> None:
    talk_room, request = placed(frozen)
    talk.post_message(room_id=talk_room.pk, author=talk_room.seller, body="Here I am")
    frozen.advance(days(2))
    assert wake_up(request) == 0
    request.refresh_from_db()
    assert request.status == "revoked_by_reply"


def test_of_an_older_generation_it_changes_nothing(frozen: Clock) -> None:
    _, request = placed(frozen)
    CancelRequest.objects.filter(pk=request.pk).update(generation=2, reply_deadline=frozen.at + days(3))
    frozen.advance(days(2))
    assert wake_up(request, generation=1) == 0
    frozen.advance(days(1) + MICROSECOND)
    assert wake_up(request, generation=1) == 0
    assert wake_up(request, generation=2) == 1


def test_for_a_request_that_is_not_there_it_changes_nothing(frozen: Clock) -> None:
    _, request = placed(frozen)
    CancelRequest.objects.all().delete()
    frozen.advance(days(2))
    assert wake_up(request) == 0


def test_it_takes_the_other_overdue_ones_along(frozen: Clock) -> None:
    _, request = placed(frozen)
    for _ in range(3):
        placed(frozen)
    frozen.advance(hours(24) + MICROSECOND)
    assert wake_up(request) == 4


def test_another_window_than_the_standard_one_is_rung_by_the_sweep_when_it_is_near(
    frozen: Clock, broker: Broker
) -> None:
    _, odd = placed(frozen, reply_window=hours(30))
    placed(frozen)
    assert len(broker.messages("deadlines")) == 1
    frozen.advance(hours(30) - 2 * settings.SWEEP_INTERVAL)
    assert deadlines.ring_for_what_is_due_soon(DeadlineKind.REPLY) == 0
    frozen.advance(MICROSECOND)
    assert deadlines.ring_for_what_is_due_soon(DeadlineKind.REPLY) == 1
    [message] = broker.messages("deadlines.soon")
    assert message["id"] == f"auto-cancel:{odd.pk}:1"


def test_every_process_publishes_to_our_broker_and_not_to_celery_s_default_one() -> None:
    assert current_app.main == "renraku"
    assert current_app.conf.broker_url == settings.REDIS_URL
