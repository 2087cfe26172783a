"""A bad row stops nobody: the others go on in the same tick, and it is put off and told."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection

from marketplace.actions import deadlines
from marketplace.models import CancelRequest, Event, Verdict
from marketplace.vocabulary import EventKind, WokenBy
from tests.conftest import Clock
from tests.factories import hours, overdue_room

pytestmark = pytest.mark.django_db


@contextmanager
def poisoned(deal: UUID) -> Iterator[None]:
    """Make the database itself refuse every change of one deal."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'poisoned'; END $$")
        cursor.execute(
            f"CREATE TRIGGER poison BEFORE UPDATE ON marketplace_deal "
            f"FOR EACH ROW WHEN (OLD.id = '{deal}') EXECUTE FUNCTION poison()"
        )
        yield
        cursor.execute("DROP TRIGGER poison ON marketplace_deal")
        cursor.execute("DROP FUNCTION poison")


def test_a_poisoned_row_in_the_middle_of_a_batch_stops_nobody(frozen: Clock) -> None:
    rooms = [overdue_room(by=hours(number)) for number in range(1, 22)]
    poison = rooms[10]
    with poisoned(poison.deal_id):
        deadlines.settle_overdue(woken_by=WokenBy.SWEEP)

        assert Verdict.objects.count() == 20
        request = CancelRequest.objects.get(room=poison)
        assert (request.status, request.settle_failures) == ("awaiting_reply", 1)
        assert request.settle_after == frozen.at + timedelta(minutes=5)
        told = Event.objects.get(kind=EventKind.SETTLEMENT_PUT_OFF)
        assert (told.room_id, "poisoned" in told.data["error"]) == (poison.pk, True)
        frozen.advance(timedelta(minutes=5) - timedelta(microseconds=1))
        assert deadlines.settle_overdue(woken_by=WokenBy.SWEEP).taken == 0

    frozen.advance(timedelta(microseconds=1))
    deadlines.settle_overdue(woken_by=WokenBy.SWEEP)
    assert Verdict.objects.get(deal=poison.deal_id).effective_at == request.reply_deadline


def test_a_row_that_keeps_failing_is_tried_hourly_at_last(frozen: Clock) -> None:
    poison = overdue_room()
    delays = []
    with poisoned(poison.deal_id):
        for _ in range(6):
            deadlines.settle_overdue(woken_by=WokenBy.SWEEP)
            request = CancelRequest.objects.get(room=poison)
            assert request.settle_after is not None
            delays.append((request.settle_after - frozen.at) / timedelta(minutes=1))
            frozen.at = request.settle_after
    assert delays == [5, 10, 20, 40, 60, 60]


def test_a_visitor_of_a_good_room_does_not_meet_the_bad_one(frozen: Clock) -> None:
    good, bad = overdue_room(), overdue_room(by=hours(2))
    with poisoned(bad.deal_id):
        deadlines.settle_room(bad.pk, woken_by=WokenBy.VISIT)
        assert not Verdict.objects.exists()
        deadlines.settle_room(good.pk, woken_by=WokenBy.VISIT)
    assert Verdict.objects.get().deal_id == good.deal_id
