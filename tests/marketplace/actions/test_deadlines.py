"""Settling what is overdue: batch by batch, for a time, and again when what stood in the way is gone."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from types import SimpleNamespace
from uuid import UUID

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from marketplace import alarms, clock, events, locks, outages
from marketplace.actions import deadlines
from marketplace.actions.contradictions import ContradictionError
from marketplace.actions.deadlines import Settled
from marketplace.alarms import WakeUp
from marketplace.models import CancelRequest, Deal, Event, Presence, TalkRoom, Verdict
from marketplace.vocabulary import DeadlineKind, EventKind, WokenBy
from tests.conftest import Clock
from tests.support.factories import MICROSECOND, days, delivered_room, hours, open_request, overdue_room, untouched_room
from tests.support.tables import every_row

pytestmark = pytest.mark.django_db

OVERDUE: dict[DeadlineKind, Callable[[timedelta], TalkRoom]] = {
    DeadlineKind.REPLY: lambda by: overdue_room(by=by),
    DeadlineKind.FIRST_CONTACT: lambda by: untouched_room(limit=clock.now() - by),
    DeadlineKind.APPROVAL: lambda by: delivered_room(deadline=clock.now() - by),
}
each_kind = pytest.mark.parametrize("kind", list(DeadlineKind))


def row_of(kind: DeadlineKind, room: TalkRoom) -> CancelRequest | Deal:
    """Return the row that carries the deadline, as it stands now."""
    return CancelRequest.objects.get(room=room) if kind is DeadlineKind.REPLY else Deal.objects.get(talk_room=room)


def wake_up_of(kind: DeadlineKind, room: TalkRoom) -> WakeUp:
    row = row_of(kind, room)
    return WakeUp(kind, row.pk, row.generation)


def put_off_until(at_last: timedelta, kind: DeadlineKind, room: TalkRoom) -> None:
    row = row_of(kind, room)
    type(row).objects.filter(pk=row.pk).update(settle_after=clock.now() + at_last, settle_failures=1)


def ended(room: TalkRoom) -> bool:
    return Deal.objects.filter(talk_room=room, ended_at__isnull=False).exists()


# Batches, and the time of a sweep


def test_a_full_batch_is_followed_by_another_one(frozen: Clock) -> None:
    for number in range(1, 5):
        overdue_room(by=hours(number))
    settled = deadlines.settle_overdue(woken_by=WokenBy.SWEEP, kind=DeadlineKind.REPLY, batch=2)
    assert settled == Settled(taken=4, ended=4)


def test_a_sweep_ends_after_20_seconds_and_the_next_one_goes_on(frozen: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each batch takes 10 seconds, and holds one room."""
    for number in range(1, 4):
        overdue_room(by=hours(number))
    left = []
    for _ in range(3):
        passing = count(0, 10)
        monkeypatch.setattr(deadlines, "time", SimpleNamespace(monotonic=lambda passing=passing: next(passing)))
        deadlines.settle_overdue(woken_by=WokenBy.SWEEP, kind=DeadlineKind.REPLY, batch=1)
        left.append(CancelRequest.objects.filter(status="awaiting_reply").count())
    assert left == [2, 1, 0]


def test_without_a_row_nothing_is_asked_of_the_database() -> None:
    with CaptureQueriesContext(connection) as seen:
        assert deadlines.settle(DeadlineKind.REPLY, woken_by=WokenBy.SWEEP, rows=[]) == Settled()
    assert len(seen) == 0


@each_kind
def test_a_row_that_is_not_overdue_is_left_alone_whoever_names_it(frozen: Clock, kind: DeadlineKind) -> None:
    named = row_of(kind, OVERDUE[kind](timedelta(0))).pk
    before = every_row()
    assert deadlines.settle(kind, woken_by=WokenBy.VISIT, rows=[named], wait=True) == Settled(taken=1)
    assert every_row() == before
    frozen.advance(MICROSECOND)
    assert deadlines.settle(kind, woken_by=WokenBy.VISIT, rows=[named], wait=True) == Settled(taken=1, ended=1)


def test_a_request_that_was_withdrawn_meanwhile_is_left_alone_whoever_names_it(frozen: Clock) -> None:
    request = overdue_room(by=hours(1)).cancel_requests.get()
    CancelRequest.objects.filter(pk=request.pk).update(status="withdrawn", ended_at=frozen.at - hours(2))
    overdue_room(by=hours(1))
    before = every_row()
    settled = deadlines.settle(DeadlineKind.REPLY, woken_by=WokenBy.VISIT, rows=[request.pk], wait=True)
    assert (settled, every_row()) == (Settled(taken=1), before)


def test_a_sweep_settles_rings_for_what_falls_due_soon_and_is_seen(
    frozen: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    overdue, soon = untouched_room(limit=frozen.at - hours(1)), untouched_room(limit=frozen.at + MICROSECOND)
    rung: list[WakeUp] = []
    monkeypatch.setattr(alarms, "ring_soon", lambda wake_up, _due_at: rung.append(wake_up))
    deadlines.sweep(DeadlineKind.FIRST_CONTACT)
    verdict = Verdict.objects.get()
    assert (verdict.deal_id, verdict.woken_by) == (overdue.deal_id, "sweep")
    assert rung == [wake_up_of(DeadlineKind.FIRST_CONTACT, soon)]
    assert Presence.objects.get(role="sweep").instance == "first_contact"


@each_kind
def test_whoever_listens_is_rung_for_when_a_deal_ended_and_only_then(
    frozen: Clock, kind: DeadlineKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[None] = []
    monkeypatch.setattr(events, "ring_the_doorbell", lambda: rung.append(None))
    deadlines.settle_overdue(woken_by=WokenBy.SWEEP, kind=kind)
    assert not rung
    OVERDUE[kind](hours(1))
    deadlines.settle_overdue(woken_by=WokenBy.SWEEP, kind=kind)
    assert rung


@each_kind
def test_what_a_wake_up_settles_was_woken_by_it_the_other_rooms_too(frozen: Clock, kind: DeadlineKind) -> None:
    first, second = OVERDUE[kind](hours(2)), OVERDUE[kind](hours(1))
    wake_up = wake_up_of(kind, first)
    assert deadlines.wake_up(wake_up, rings=0).ended == 2
    third = OVERDUE[kind](timedelta(minutes=1))
    assert deadlines.wake_up(wake_up, rings=0).ended == 1
    told = Event.objects.filter(kind__in=[EventKind.DEAL_CANCELLED, EventKind.DEAL_COMPLETED])
    assert {each.room_id: each.data["woken_by"] for each in told} == dict.fromkeys(
        (first.pk, second.pk, third.pk), "eta"
    )


def test_a_wake_up_whose_room_another_deadline_decided_settles_by_that_one(frozen: Clock) -> None:
    room = untouched_room(limit=frozen.at - hours(2))
    request = open_request(room, deadline=frozen.at - hours(1))
    assert deadlines.wake_up(WakeUp(DeadlineKind.REPLY, request.pk, 1), rings=0).ended == 1
    verdict = Verdict.objects.get()
    assert (verdict.cause, verdict.woken_by) == ("no_first_contact", "eta")


# What was put off waits its turn, and not a microsecond longer


@each_kind
@pytest.mark.parametrize(("at_last", "then"), [(timedelta(0), True), (MICROSECOND, False)])
def test_a_visitor_settles_what_was_put_off_from_that_moment_on(
    frozen: Clock, kind: DeadlineKind, at_last: timedelta, *, then: bool
) -> None:
    room = OVERDUE[kind](hours(1))
    put_off_until(at_last, kind, room)
    settled = deadlines.settle_room(room.pk, woken_by=WokenBy.VISIT)
    assert settled == (Settled(taken=1, ended=1) if then else Settled())
    assert ended(room) == then


@each_kind
@pytest.mark.parametrize(("at_last", "then"), [(timedelta(0), True), (MICROSECOND, False)])
def test_a_wake_up_settles_what_was_put_off_from_that_moment_on(
    frozen: Clock, kind: DeadlineKind, at_last: timedelta, *, then: bool
) -> None:
    room = OVERDUE[kind](hours(1))
    put_off_until(at_last, kind, room)
    assert deadlines.wake_up(wake_up_of(kind, room), rings=0).ended == then
    assert ended(room) == then


@each_kind
@pytest.mark.parametrize(("at_last", "then"), [(timedelta(0), True), (MICROSECOND, False)])
def test_a_wake_up_whose_own_row_was_taken_along_looks_for_others_from_the_moment_until_which_they_were_put_off(
    frozen: Clock, kind: DeadlineKind, at_last: timedelta, *, then: bool
) -> None:
    wake_up = wake_up_of(kind, OVERDUE[kind](hours(2)))
    deadlines.settle_overdue(woken_by=WokenBy.SWEEP)
    later = OVERDUE[kind](hours(1))
    put_off_until(at_last, kind, later)
    assert deadlines.wake_up(wake_up, rings=0).ended == then
    assert ended(later) == then


# What no row is to blame for


def fails(failure: Exception) -> Callable[[list[UUID], WokenBy], int]:
    def fail(_rows: list[UUID], _woken_by: WokenBy) -> int:
        raise failure

    return fail


def test_where_no_room_could_be_locked_no_row_is_put_off_and_the_next_sweep_looks_again(
    frozen: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = overdue_room(by=hours(1))

    def too_busy(*_: object) -> list[UUID]:
        raise OperationalError("canceling statement due to lock timeout")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(locks, "rooms_of_overdue_rows", too_busy)
        assert deadlines.settle_overdue(woken_by=WokenBy.SWEEP, kind=DeadlineKind.REPLY) == Settled()
    assert not Event.objects.exists()
    assert deadlines.settle_overdue(woken_by=WokenBy.SWEEP).ended == 1
    assert ended(room)


def test_a_database_that_is_away_is_no_rows_fault_and_ends_the_sweep(
    frozen: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = overdue_room(by=hours(1))
    monkeypatch.setitem(deadlines.ACTIONS, DeadlineKind.REPLY, fails(outages.AwayError("gone")))
    with pytest.raises(outages.AwayError):
        deadlines.settle_overdue(woken_by=WokenBy.SWEEP, kind=DeadlineKind.REPLY)
    assert CancelRequest.objects.get(room=room).settle_failures == 0


def test_of_a_long_error_the_event_keeps_500_characters(frozen: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    overdue_room(by=days(1))
    monkeypatch.setitem(deadlines.ACTIONS, DeadlineKind.REPLY, fails(ContradictionError("x" * 600)))
    assert deadlines.settle_overdue(woken_by=WokenBy.SWEEP, kind=DeadlineKind.REPLY) == Settled(taken=1)
    assert Event.objects.get(kind=EventKind.SETTLEMENT_PUT_OFF).data["error"] == "x" * 500
