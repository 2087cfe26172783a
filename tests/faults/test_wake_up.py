"""A wake-up may come early, twice, late, never, or although it was revoked: the row alone decides."""

import ast
import base64
import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import redis
from celery import current_app
from django.conf import settings

from config import redis_address
from marketplace import alarms, publishing
from marketplace.actions import cancel_requests, deadlines, delivery, steering, talk
from marketplace.alarms import WakeUp
from marketplace.models import CancelRequest, Deal, Event, TalkRoom, User, Verdict
from marketplace.operations import spent_wake_ups
from marketplace.operations.installation import key_prefix
from marketplace.vocabulary import DeadlineKind, WokenBy
from tests.conftest import Clock
from tests.support.factories import (
    MICROSECOND,
    STANDARD,
    days,
    delivered_room,
    hours,
    open_request,
    person,
    room,
    untouched_room,
)

pytestmark = pytest.mark.django_db(transaction=True)
UNREADABLE = [b"not JSON", b"[]", b'{"headers": {"id": 5}}', b'{"headers": {"id": "auto-cancel:no id:1"}}']


class Broker:
    """The real broker of this test run, as a test reads it."""

    def __init__(self, client: "redis.Redis") -> None:
        self.client = client

    def messages(self, queue: str) -> list[dict[str, object]]:
        """Return the headers of what waits in a queue, the first published first."""
        waiting = self.client.lrange(key_prefix() + queue, 0, -1)
        assert isinstance(waiting, list)
        return [json.loads(each)["headers"] for each in reversed(waiting)]

    def forget(self, *queues: str) -> None:
        """Delete what waits in these queues."""
        self.client.delete(*(key_prefix() + queue for queue in queues))


def arguments(headers: dict[str, object]) -> list[object]:
    """Return what a message calls its task with."""
    given = ast.literal_eval(str(headers["argsrepr"]))
    assert isinstance(given, list)
    return given


@pytest.fixture
def broker() -> Iterator[Broker]:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        broker = Broker(client)
        broker.forget(alarms.DEADLINES, alarms.DEADLINES_SOON, spent_wake_ups.TURN)
        yield broker
        broker.forget(alarms.DEADLINES, alarms.DEADLINES_SOON)


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
        told.psubscribe(f"{key_prefix()}*celery.pidbox*")
        assert told.get_message(timeout=5)["type"] == "psubscribe"
        talk.post_message(room_id=talk_room.pk, author=talk_room.seller, body="Here I am")
        heard = told.get_message(timeout=5)
    order = json.loads(base64.b64decode(json.loads(heard["data"])["body"]))
    assert order["method"] == "revoke"
    assert order["arguments"]["task_id"] == f"auto-cancel:{request.pk}:1"


def test_early_it_changes_nothing_and_rings_again_as_often_as_it_comes_early(frozen: Clock, broker: Broker) -> None:
    _, request = placed(frozen)
    frozen.advance(hours(24) - timedelta(seconds=4))
    for rings in range(5):
        assert wake_up(request, rings=rings) == 0
        frozen.advance(timedelta(seconds=1))
    assert not Verdict.objects.exists()
    again = broker.messages("deadlines.soon")
    assert [arguments(each)[2] for each in again] == [1, 2, 3, 4, 5]
    assert [each["wait"] for each in again] == [4.1, 3.1, 2.1, 1.1, 0.1], "what is left by the database's clock"


def test_early_by_far_it_waits_where_messages_are_held_for_long(frozen: Clock, broker: Broker) -> None:
    _, request = placed(frozen)
    broker.forget("deadlines")
    frozen.advance(hours(20))
    assert wake_up(request) == 0
    assert [each["wait"] for each in broker.messages("deadlines")] == [4 * 3600 + 0.1]
    assert broker.messages("deadlines.soon") == []


def test_doubled_it_cancels_once(frozen: Clock) -> None:
    _, request = placed(frozen)
    frozen.advance(hours(24) + MICROSECOND)
    assert [wake_up(request) for _ in range(3)] == [1, 0, 0]
    assert Verdict.objects.count() == 1


def test_one_whose_row_was_taken_along_clears_what_is_settled_from_the_queue(frozen: Clock, broker: Broker) -> None:
    """Only messages that have nothing to do go: by their own text, from the end that is received next."""
    settled = [placed(frozen)[1] for _ in range(3)]
    frozen.advance(hours(24) + MICROSECOND)
    _, running = placed(frozen)
    _, held = placed(frozen)
    steering.hold(request_id=held.pk, staff=person("root", is_staff=True, is_superuser=True), reason="illness")
    broker.client.lpush(key_prefix() + "deadlines", json.dumps({"headers": {"id": "another's"}}))
    assert len(broker.messages("deadlines")) == 6
    deadlines.settle_overdue(woken_by=WokenBy.SWEEP)
    for unreadable in UNREADABLE:
        broker.client.rpush(key_prefix() + "deadlines", unreadable)
    assert wake_up(settled[0]) == 0
    assert [broker.client.rpop(key_prefix() + "deadlines") for _ in UNREADABLE] == UNREADABLE[::-1]
    assert [each["id"] for each in broker.messages("deadlines")] == [f"auto-cancel:{running.pk}:1", "another's"]


def test_clearing_looks_at_the_next_thousand_and_seldom(
    frozen: Clock, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spent_wake_ups, "AT_ONCE", 2)
    monkeypatch.setattr(spent_wake_ups, "LOOK_EVERY", 60_000)
    settled = [placed(frozen)[1] for _ in range(5)]
    frozen.advance(hours(24) + MICROSECOND)
    deadlines.settle_overdue(woken_by=WokenBy.SWEEP)
    for _ in range(2):  # the second one finds that somebody has just looked
        wake_up(settled[0])
        assert [each["id"] for each in broker.messages("deadlines")] == [f"auto-cancel:{s.pk}:1" for s in settled[2:]]


def test_clearing_that_finds_no_broker_harms_nobody(
    frozen: Clock, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, request = placed(frozen)
    frozen.advance(hours(24) + MICROSECOND)
    deadlines.settle_overdue(woken_by=WokenBy.SWEEP)

    def refused() -> None:
        raise ConnectionError

    monkeypatch.setattr(publishing, "breaker", publishing.Breaker())
    monkeypatch.setattr(current_app, "producer_or_acquire", refused)
    assert wake_up(request) == 0
    assert len(broker.messages("deadlines")) == 1


def test_lost_the_sweep_finds_the_row(frozen: Clock, broker: Broker) -> None:
    placed(frozen)
    broker.forget("deadlines")
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
    assert current_app.conf.broker_url == redis_address.read(settings.REDIS_URL).broker_url


# Every kind of deadline


def due_room(kind: DeadlineKind, at: datetime) -> TalkRoom:
    """Make a room whose deadline of this kind is `at`."""
    if kind is DeadlineKind.FIRST_CONTACT:
        return untouched_room(limit=at)
    if kind is DeadlineKind.APPROVAL:
        return delivered_room(deadline=at)
    made = room(silent_for=days(6), now=at)
    open_request(made, deadline=at)
    return made


def wake_up_of(kind: DeadlineKind, talk_room: TalkRoom) -> WakeUp:
    """Return the wake-up for the deadline as it stands now."""
    row = CancelRequest.objects.get(room=talk_room) if kind is DeadlineKind.REPLY else talk_room.deal
    row.refresh_from_db()
    return WakeUp(kind, row.pk, row.generation)


def awoken(wake_up: WakeUp, rings: int = 0) -> int:
    return deadlines.wake_up(wake_up, rings=rings).ended


each_kind = pytest.mark.parametrize("kind", list(DeadlineKind))
AN_HOUR = hours(1)
NAMES = {
    DeadlineKind.REPLY: "auto-cancel",
    DeadlineKind.FIRST_CONTACT: "first_contact",
    DeadlineKind.APPROVAL: "approval",
}


@each_kind
def test_of_any_kind_early_it_ends_nothing_and_rings_again(frozen: Clock, broker: Broker, kind: DeadlineKind) -> None:
    wake_up = wake_up_of(kind, due_room(kind, frozen.at))  # the deadline itself is still in time
    for rings in range(5):
        assert awoken(wake_up, rings) == 0
    again = broker.messages("deadlines.soon")
    assert {each["id"] for each in again} == {f"{NAMES[kind]}:{wake_up.row}:{wake_up.generation}"}
    assert [arguments(each) for each in again] == [
        [str(wake_up.row), wake_up.generation, rings, kind.value] for rings in (1, 2, 3, 4, 5)
    ]
    assert not Deal.objects.filter(ended_at__isnull=False).exists()


@each_kind
def test_of_any_kind_late_and_doubled_it_ends_the_deal_once_and_as_of_its_deadline(
    frozen: Clock, kind: DeadlineKind
) -> None:
    talk_room = due_room(kind, frozen.at - AN_HOUR)
    wake_up = wake_up_of(kind, talk_room)
    assert [awoken(wake_up) for _ in range(3)] == [1, 0, 0]
    deal = Deal.objects.get(talk_room=talk_room)
    assert deal.ended_at == frozen.at - AN_HOUR
    told = Event.objects.get(kind__in=["deal_cancelled", "deal_completed"])
    assert (told.data["woken_by"], told.recorded_at) == ("eta", frozen.at)


@each_kind
def test_of_any_kind_it_takes_the_other_overdue_ones_of_its_kind_along(frozen: Clock, kind: DeadlineKind) -> None:
    rooms = [due_room(kind, frozen.at - AN_HOUR) for _ in range(3)]
    assert awoken(wake_up_of(kind, rooms[1])) == 3


@each_kind
def test_of_any_kind_one_whose_row_was_taken_along_finds_those_that_fell_due_after_it(
    frozen: Clock, kind: DeadlineKind
) -> None:
    first = wake_up_of(kind, due_room(kind, frozen.at - 2 * AN_HOUR))
    assert awoken(first) == 1
    due_room(kind, frozen.at - AN_HOUR)
    assert awoken(first) == 1


def test_an_approval_s_of_an_older_generation_approves_nothing(frozen: Clock) -> None:
    """Sent back and delivered again: the first window's wake-up is not the second one's."""
    talk_room = due_room(DeadlineKind.APPROVAL, frozen.at + AN_HOUR)
    old = wake_up_of(DeadlineKind.APPROVAL, talk_room)
    delivery.send_back(room_id=talk_room.pk, buyer=talk_room.buyer, body="Not yet")
    frozen.advance(MICROSECOND)
    delivery.deliver(room_id=talk_room.pk, seller=talk_room.seller, body="Now")
    frozen.advance(hours(72) + MICROSECOND)
    new = wake_up_of(DeadlineKind.APPROVAL, talk_room)
    assert (old.generation, new.generation) == (2, 4)
    assert awoken(old) == 0
    assert not Deal.objects.filter(status="completed").exists()
    assert awoken(new) == 1


def test_an_approval_s_after_the_buyer_s_own_approval_changes_nothing(frozen: Clock) -> None:
    talk_room = due_room(DeadlineKind.APPROVAL, frozen.at)
    delivery.approve(room_id=talk_room.pk, buyer=talk_room.buyer)
    frozen.advance(days(1))
    assert awoken(wake_up_of(DeadlineKind.APPROVAL, talk_room)) == 0
    assert Deal.objects.get(talk_room=talk_room).approved_by == "buyer"


def test_a_first_contact_s_after_the_seller_wrote_or_delivered_changes_nothing(frozen: Clock) -> None:
    wrote, delivered = (due_room(DeadlineKind.FIRST_CONTACT, frozen.at) for _ in range(2))
    set_before = [wake_up_of(DeadlineKind.FIRST_CONTACT, each) for each in (wrote, delivered)]
    talk.post_message(room_id=wrote.pk, author=wrote.seller, body="Welcome")
    delivery.deliver(room_id=delivered.pk, seller=delivered.seller, body="Here it is")
    frozen.advance(days(1))
    assert [awoken(each) for each in set_before] == [0, 0]
    assert not Verdict.objects.exists()


def test_a_held_request_s_ends_nothing_and_the_released_one_s_is_a_new_one(frozen: Clock, staff: User) -> None:
    staff.is_superuser = True
    staff.save()
    talk_room = due_room(DeadlineKind.REPLY, frozen.at + AN_HOUR)
    old = wake_up_of(DeadlineKind.REPLY, talk_room)
    steering.hold(request_id=old.row, staff=staff, reason="Illness")
    held = wake_up_of(DeadlineKind.REPLY, talk_room)
    frozen.advance(days(2))
    assert [awoken(old), awoken(held), deadlines.settle_overdue(woken_by=WokenBy.SWEEP).ended] == [0, 0, 0]
    steering.release(request_id=old.row, staff=staff, reason="Back again")
    frozen.advance(AN_HOUR + MICROSECOND)
    assert [awoken(old), awoken(held), awoken(wake_up_of(DeadlineKind.REPLY, talk_room))] == [0, 0, 1]


# Ringing for what falls due soon


@each_kind
def test_the_sweep_rings_for_what_falls_due_before_the_next_but_one(
    frozen: Clock, broker: Broker, kind: DeadlineKind
) -> None:
    near = frozen.at + 2 * settings.SWEEP_INTERVAL
    soon, later = due_room(kind, near - MICROSECOND), due_room(kind, near)
    CancelRequest.objects.update(generation=2)  # of the first generation, the request's own wake-up is there
    overdue = due_room(kind, frozen.at - MICROSECOND)
    assert deadlines.ring_for_what_is_due_soon(kind) == 1
    [message] = broker.messages("deadlines.soon")
    wake_up = wake_up_of(kind, soon)
    assert message["id"] == f"{NAMES[kind]}:{wake_up.row}:{wake_up.generation}"
    assert arguments(message) == [str(wake_up.row), wake_up.generation, 0, kind.value]
    assert datetime.fromisoformat(str(message["eta"])) == near - MICROSECOND + alarms.AFTER_THE_DEADLINE
    assert broker.messages("deadlines") == []
    assert not Deal.objects.filter(talk_room__in=[soon, later, overdue], ended_at__isnull=False).exists()


@each_kind
def test_one_sweep_rings_for_so_many_at_most_and_the_soonest(
    frozen: Clock, broker: Broker, kind: DeadlineKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alarms, "RINGS_PER_SWEEP", 3)
    rooms = [due_room(kind, frozen.at + number * timedelta(seconds=1)) for number in range(5, 0, -1)]
    CancelRequest.objects.update(generation=2)
    assert deadlines.ring_for_what_is_due_soon(kind) == 3
    rung = [arguments(each)[0] for each in broker.messages("deadlines.soon")]
    assert rung == [str(wake_up_of(kind, each).row) for each in reversed(rooms[2:])]


def test_the_sweeps_of_all_kinds_ring_for_half_of_what_a_worker_holds_at_most() -> None:
    assert alarms.RINGS_PER_SWEEP * len(DeadlineKind) <= current_app.conf.worker_eta_task_limit // 2


def test_a_held_request_is_not_rung_for_and_an_extended_one_is_by_its_new_deadline(
    frozen: Clock, broker: Broker, staff: User
) -> None:
    staff.is_superuser = True
    staff.save()
    held, extended = (due_room(DeadlineKind.REPLY, frozen.at) for _ in range(2))
    steering.hold(request_id=wake_up_of(DeadlineKind.REPLY, held).row, staff=staff, reason="Illness")
    row = wake_up_of(DeadlineKind.REPLY, extended).row
    steering.extend(request_id=row, by=settings.SWEEP_INTERVAL, staff=staff, reason="Illness")
    assert deadlines.ring_for_what_is_due_soon(DeadlineKind.REPLY) == 1
    [message] = broker.messages("deadlines.soon")
    assert message["id"] == f"auto-cancel:{row}:2"
    eta = datetime.fromisoformat(str(message["eta"]))
    assert eta == frozen.at + settings.SWEEP_INTERVAL + alarms.AFTER_THE_DEADLINE


# Messages of the version before


@pytest.mark.parametrize("rings", [[], [0], [1]])
def test_a_message_from_before_other_kinds_is_a_reply_deadline_s(frozen: Clock, rings: list[int]) -> None:
    """Published by the version before, with [request, generation, rings], and held by the broker over the upgrade."""
    _, request = placed(frozen)
    frozen.advance(hours(24) + MICROSECOND)
    run = current_app.tasks["marketplace.wake_up"].apply
    assert run(args=[str(request.pk), 1, *rings]).successful()
    assert Verdict.objects.get(cancel_request=request).woken_by == "eta"


@pytest.mark.parametrize("kind", [[], *([each.value] for each in DeadlineKind)])
def test_a_sweep_without_a_kind_is_one_for_reply_deadlines(frozen: Clock, kind: list[str]) -> None:
    rooms = {each: due_room(each, frozen.at - AN_HOUR) for each in DeadlineKind}
    assert current_app.tasks["marketplace.sweep"].apply(args=kind).successful()
    swept = DeadlineKind(kind[0]) if kind else DeadlineKind.REPLY
    ended = Deal.objects.filter(ended_at__isnull=False)
    assert [deal.talk_room for deal in ended.select_related("talk_room")] == [rooms[swept]]
