"""A bad row stops nobody, whatever its kind: the others go on in the same tick, and it is put off and told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from marketplace import clock
from marketplace.actions import deadlines
from marketplace.models import CancelRequest, Deal, Event, TalkRoom, Verdict
from marketplace.vocabulary import DeadlineKind, EventKind, WokenBy
from tests.conftest import Clock
from tests.support.factories import days, delivered_room, hours, open_request, overdue_room, untouched_room

pytestmark = pytest.mark.django_db

OVERDUE: dict[DeadlineKind, Callable[[timedelta], TalkRoom]] = {
    DeadlineKind.REPLY: lambda by: overdue_room(by=by),
    DeadlineKind.FIRST_CONTACT: lambda by: untouched_room(limit=clock.now() - by),
    DeadlineKind.APPROVAL: lambda by: delivered_room(deadline=clock.now() - by),
}
each_kind = pytest.mark.parametrize("kind", list(DeadlineKind))
A_SECOND = timedelta(seconds=1)


def row_of(kind: DeadlineKind, room: TalkRoom) -> Any:
    """Return the row that carries the deadline, as it stands now."""
    return CancelRequest.objects.get(room=room) if kind is DeadlineKind.REPLY else Deal.objects.get(talk_room=room)


def ended(*rooms: TalkRoom) -> int:
    return Deal.objects.filter(talk_room__in=rooms, ended_at__isnull=False).count()


@contextmanager
def poisoned(deal: UUID) -> Iterator[None]:
    """Make the database itself refuse to end one deal."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'poisoned'; END $$")
        cursor.execute(
            f"CREATE TRIGGER poison BEFORE UPDATE ON marketplace_deal FOR EACH ROW "
            f"WHEN (OLD.id = '{deal}' AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION poison()"
        )
        yield
        cursor.execute("DROP TRIGGER poison ON marketplace_deal")
        cursor.execute("DROP FUNCTION poison")


@each_kind
def test_a_poisoned_row_in_the_middle_of_a_batch_stops_nobody(frozen: Clock, kind: DeadlineKind) -> None:
    rooms = [OVERDUE[kind](hours(number)) for number in range(1, 22)]
    poison = rooms[10]
    deadline = row_of(kind, poison)
    with poisoned(poison.deal_id):
        settled = deadlines.settle_overdue(woken_by=WokenBy.SWEEP, kind=kind)

        assert (settled.taken, settled.ended) == (21, 20)
        assert (ended(*rooms), ended(poison)) == (20, 0)
        bad = row_of(kind, poison)
        assert (bad.status, bad.settle_failures) == (deadline.status, 1)
        assert bad.settle_after == frozen.at + timedelta(minutes=5)
        told = Event.objects.get(kind=EventKind.SETTLEMENT_PUT_OFF)
        assert (told.room_id, "poisoned" in told.data["error"]) == (poison.pk, True)
        assert (told.data["deadline_kind"], told.data["row"]) == (kind, str(bad.pk))
        frozen.advance(timedelta(minutes=5) - timedelta(microseconds=1))
        assert deadlines.settle_overdue(woken_by=WokenBy.SWEEP).taken == 0

    frozen.advance(timedelta(microseconds=1))
    assert deadlines.settle_overdue(woken_by=WokenBy.SWEEP, kind=kind).ended == 1
    column = {"reply": "reply_deadline", "first_contact": "first_contact_deadline", "approval": "approval_deadline"}
    assert Deal.objects.get(talk_room=poison).ended_at == getattr(deadline, column[kind])


@each_kind
def test_a_row_that_keeps_failing_is_tried_hourly_at_last(frozen: Clock, kind: DeadlineKind) -> None:
    poison = OVERDUE[kind](A_SECOND)
    delays = []
    with poisoned(poison.deal_id):
        for _ in range(6):
            deadlines.settle_overdue(woken_by=WokenBy.SWEEP)
            bad = row_of(kind, poison)
            delays.append((bad.settle_after - frozen.at) / timedelta(minutes=1))
            frozen.at = bad.settle_after
    assert delays == [5, 10, 20, 40, 60, 60]


@each_kind
def test_a_visitor_of_a_good_room_does_not_meet_the_bad_one(frozen: Clock, kind: DeadlineKind) -> None:
    good, bad = OVERDUE[kind](A_SECOND), OVERDUE[kind](hours(2))
    with poisoned(bad.deal_id):
        deadlines.settle_room(bad.pk, woken_by=WokenBy.VISIT)
        assert ended(good, bad) == 0
        deadlines.settle_room(good.pk, woken_by=WokenBy.VISIT)
    assert (ended(good), ended(bad)) == (1, 0)


@each_kind
def test_a_bad_row_of_one_kind_stops_none_of_another(frozen: Clock, kind: DeadlineKind) -> None:
    rooms = {each: OVERDUE[each](hours(1)) for each in DeadlineKind}
    with poisoned(rooms[kind].deal_id):
        deadlines.settle_overdue(woken_by=WokenBy.SWEEP)
    assert {each for each, room in rooms.items() if not ended(room)} == {kind}


def test_a_first_contact_that_is_put_off_is_not_overtaken_by_the_later_reply_deadline(frozen: Clock) -> None:
    """Whichever deadline comes first decides, even if its row fails first."""
    room = untouched_room(limit=frozen.at - hours(2))
    open_request(room, deadline=frozen.at - hours(1))
    with poisoned(room.deal_id):
        for _ in range(2):
            deadlines.settle_overdue(woken_by=WokenBy.SWEEP)
        deadlines.settle_room(room.pk, woken_by=WokenBy.VISIT)
        assert not Verdict.objects.exists()
        assert Event.objects.filter(kind=EventKind.SETTLEMENT_PUT_OFF).count() == 1
    frozen.advance(days(1))
    deadlines.settle_overdue(woken_by=WokenBy.SWEEP)
    assert Verdict.objects.get().cause == "no_first_contact"
    assert row_of(DeadlineKind.REPLY, room).status == "ended_with_deal"
