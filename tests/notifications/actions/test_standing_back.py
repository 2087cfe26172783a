"""Telling leaves the database to verdicts that are late, for a while."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from marketplace import clock
from marketplace.actions import deadlines, talk
from marketplace.models import CancelRequest, Event, TalkRoom
from marketplace.vocabulary import WokenBy
from notifications import doorbells
from notifications.actions import hearing
from tests.conftest import Clock
from tests.support.factories import hours, overdue_room, room

pytestmark = pytest.mark.django_db
STAND_BACK_FOR = hearing.STAND_BACK_FOR


class Stopwatch:
    """Stands for `time`: it goes on by what is slept, and calls `then` at each sleep."""

    def __init__(self) -> None:
        self.slept = 0.0
        self.then: Callable[[], object] = lambda: None

    def monotonic(self) -> float:
        return self.slept

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.then()


@pytest.fixture
def watch(frozen: Clock, monkeypatch: pytest.MonkeyPatch) -> Stopwatch:
    stopwatch = Stopwatch()
    monkeypatch.setattr(hearing, "time", stopwatch)
    monkeypatch.setattr(hearing, "STAND_BACK_FOR", STAND_BACK_FOR)
    return stopwatch


@pytest.fixture
def told() -> TalkRoom:
    """A room with something to tell."""
    talk_room = room()
    talk.post_message(room_id=talk_room.pk, author=talk_room.buyer, body="Hello")
    return talk_room


def test_while_a_verdict_is_late_nothing_is_told_and_then_all_at_once(watch: Stopwatch, told: TalkRoom) -> None:
    late = overdue_room()

    def settle() -> None:
        assert Event.objects.filter(heard_at=None).count() == 1
        deadlines.settle_room(late.pk, woken_by=WokenBy.SWEEP)

    watch.then = settle
    assert hearing.hear() == 2  # the message and the verdict
    assert watch.slept == hearing.LOOK_EVERY


def test_telling_waits_ten_seconds_at_most(watch: Stopwatch, told: TalkRoom) -> None:
    overdue_room()
    assert hearing.hear() == 1
    assert STAND_BACK_FOR == 10
    assert watch.slept == pytest.approx(STAND_BACK_FOR, abs=1.1 * hearing.LOOK_EVERY)


def test_a_task_stands_back_once_however_many_batches_it_hears(
    watch: Stopwatch, told: TalkRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "AT_ONCE", 1)
    overdue_room()
    for _ in range(2):
        talk.post_message(room_id=told.pk, author=told.buyer, body="Hello")
    assert hearing.hear() == 3
    assert watch.slept == pytest.approx(STAND_BACK_FOR, abs=1.1 * hearing.LOOK_EVERY)


@pytest.mark.parametrize("in_time", [timedelta(0), hearing.LATE])
def test_a_verdict_that_is_written_in_time_is_not_waited_for(
    watch: Stopwatch, told: TalkRoom, in_time: timedelta
) -> None:
    overdue_room(by=in_time)
    assert hearing.hear() == 1
    assert watch.slept == 0


def test_what_was_put_off_is_not_waited_for(watch: Stopwatch, told: TalkRoom) -> None:
    overdue_room()
    CancelRequest.objects.update(settle_after=clock.now() + hours(1))
    assert hearing.hear() == 1
    assert watch.slept == 0


def test_a_task_whose_time_is_up_asks_for_another(
    watch: Stopwatch, told: TalkRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    monkeypatch.setattr(doorbells, "hear", lambda: asked.append(True))
    monkeypatch.setattr(hearing, "HEAR_FOR", 0.0)
    assert hearing.hear() == 0
    assert asked == [True]
    monkeypatch.setattr(hearing, "HEAR_FOR", 20.0)
    assert hearing.hear() == 1
    assert asked == [True]
