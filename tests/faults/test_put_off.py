"""A bad row stops nobody outside deadlines either: events, reminders, digests, recounts, housekeeping."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
import structlog
from django.db import connection

from marketplace import clock
from marketplace.actions import retrying, standing, talk
from marketplace.errors import NotFound, NotYoursToDo
from marketplace.models import Event, IdempotencyKey, PutOff, Seller, TalkRoom, User
from marketplace.operations import housekeeping
from marketplace.vocabulary import EventKind, Matter
from notifications.actions import digests, hearing, ladders
from notifications.models import Notification, RunningLadder, Wishes
from tests.conftest import Clock
from tests.support.factories import days, hours, person, room, seller

pytestmark = pytest.mark.django_db


def broken_events(of: TalkRoom, number: int) -> list[Event]:
    """Write events that no line of the catalogue can be made of: they name nobody at fault."""
    now = clock.now()
    event = {"kind": EventKind.DEAL_CANCELLED, "room": of, "data": {}, "occurred_at": now, "recorded_at": now}
    return Event.objects.bulk_create([Event(**event) for _ in range(number)])


@contextmanager
def refused(table: str, when: str, what: str = "UPDATE") -> Iterator[None]:
    """Make the database itself refuse to write one row."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$")
        cursor.execute(
            f"CREATE TRIGGER refuse BEFORE {what} ON {table} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION refuse()"
        )
        yield
        cursor.execute(f"DROP TRIGGER refuse ON {table}")
        cursor.execute("DROP FUNCTION refuse()")


def test_201_events_that_cannot_be_heard_do_not_stop_the_good_one_behind_them(frozen: Clock) -> None:
    talk_room = room(silent_for=hours(1), now=frozen.at)
    bad = broken_events(talk_room, 201)
    talk.post_message(room_id=talk_room.pk, author=talk_room.seller, body="Done by Friday.")

    with structlog.testing.capture_logs() as lines:
        assert hearing.hear() == 1

    assert Notification.objects.filter(person=talk_room.buyer, words="message").exists()
    assert set(Event.objects.filter(heard_at=None, put_off=True)) == set(bad)
    told = [line for line in lines if line["log_level"] == "error"]
    assert len(told) == 201, "one line each, and no traceback"
    assert "KeyError: 'verdict' (" in told[0]["error"]
    frozen.advance(timedelta(minutes=5) - timedelta(microseconds=1))
    with structlog.testing.capture_logs() as lines:
        assert hearing.hear() == 0
    assert lines == [], "nothing is tried before its time"


def test_an_event_that_keeps_failing_is_tried_hourly_at_last_and_heard_once_mended(frozen: Clock) -> None:
    [bad] = broken_events(room(), 1)
    delays = []
    for _ in range(6):
        hearing.hear()
        waiting = PutOff.objects.get()
        delays.append((waiting.again_at - frozen.at) / timedelta(minutes=1))
        frozen.at = waiting.again_at
    assert delays == [5, 10, 20, 40, 60, 60]
    assert (waiting.matter, waiting.row, waiting.failures) == (Matter.EVENT, str(bad.pk), 6)

    Event.objects.filter(pk=bad.pk).update(kind=EventKind.SERVICE_CHANGED)
    assert hearing.hear() == 1
    assert not PutOff.objects.exists()


def test_staff_have_it_tried_again_at_once_with_a_reason(frozen: Clock, staff: User) -> None:
    [bad] = broken_events(room(), 1)
    hearing.hear()
    Event.objects.filter(pk=bad.pk).update(kind=EventKind.SERVICE_CHANGED)
    key = PutOff.objects.get().pk
    with pytest.raises(NotYoursToDo):
        retrying.try_again(put_off_id=key, staff=staff, reason="mended")
    chief = person("chief", is_staff=True, is_superuser=True)
    retrying.try_again(put_off_id=key, staff=chief, reason="mended")

    assert hearing.hear() == 2, "the event, and that somebody asked"
    asked = Event.objects.get(kind=EventKind.RETRY_ASKED)
    assert (asked.actor, asked.data) == (chief, {"reason": "mended", "matter": "event", "row": str(bad.pk)})
    with pytest.raises(NotFound):
        retrying.try_again(put_off_id=key, staff=chief, reason="mended")


def test_a_room_whose_reminders_fail_stops_no_other_room_and_no_digest(frozen: Clock) -> None:
    rooms = [room(silent_for=hours(49), now=frozen.at) for _ in range(5)]
    for each in rooms:
        RunningLadder.objects.create(
            room=each, ladder="silence", subject=each.pk, generation=0, next_step_at=frozen.at - hours(1)
        )
    who = wisher(frozen)
    bad = rooms[2]
    with refused("notifications_notification", f"NEW.room_id = '{bad.pk}'", "INSERT"):
        assert ladders.tick() == 4
        assert digests.tick() == 1
        assert PutOff.objects.get().row == str(bad.pk)
        assert ladders.tick() == 0
    frozen.advance(timedelta(minutes=5))
    assert ladders.tick() == 1
    assert not PutOff.objects.exists()
    assert Notification.objects.filter(room=bad).exists()
    assert Wishes.objects.filter(person=who, next_digest_at__gt=frozen.at).exists()


def wisher(frozen: Clock) -> User:
    who = person()
    Wishes.objects.create(person=who, digest_at="09:00", next_digest_at=frozen.at - hours(1))
    return who


def test_a_person_whose_digest_fails_stops_nobody_elses(frozen: Clock) -> None:
    people = [wisher(frozen) for _ in range(5)]
    with refused("notifications_wishes", f"NEW.person_id = '{people[0].pk}'"):
        assert digests.tick() == 4
        assert digests.tick() == 0
    frozen.advance(timedelta(minutes=5))
    assert digests.tick() == 1
    assert not PutOff.objects.exists()


def test_a_seller_who_cannot_be_recounted_stops_no_other(frozen: Clock) -> None:
    sellers = [seller() for _ in range(5)]
    Seller.objects.update(oldest_counted_at=frozen.at - days(365))
    with refused("marketplace_seller", f"NEW.id = '{sellers[0].pk}'"):
        assert standing.recompute_where_the_window_moved() == 4
        assert standing.recompute_where_the_window_moved() == 0
    frozen.advance(timedelta(minutes=5))
    assert standing.recompute_where_the_window_moved() == 1
    assert not PutOff.objects.exists()


def test_a_row_that_cannot_be_deleted_keeps_no_other_from_it(frozen: Clock, buyer: User) -> None:
    old = {"user": buyer, "method": "POST", "path": "/", "body_hash": "", "created_at": frozen.at - days(2)}
    kept = [IdempotencyKey.objects.create(key=str(uuid4()), **old) for _ in range(5)]
    with refused("marketplace_idempotencykey", f"OLD.id = '{kept[0].pk}'", "DELETE"):
        assert housekeeping.delete_expired() == 4
        assert housekeeping.delete_expired() == 0
    assert PutOff.objects.get().matter == Matter.OLD_ANSWER
    frozen.advance(timedelta(minutes=5))
    assert housekeeping.delete_expired() == 1


def test_what_no_row_is_to_blame_for_is_left_for_the_next_tick(frozen: Clock) -> None:
    talk_room = room(silent_for=hours(1), now=frozen.at)
    talk.post_message(room_id=talk_room.pk, author=talk_room.seller, body="Done by Friday.")
    deadlock = "RAISE SQLSTATE '40P01'"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE FUNCTION lock() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {deadlock}; END $$")
        cursor.execute(
            "CREATE TRIGGER lock BEFORE INSERT ON notifications_notification FOR EACH ROW EXECUTE FUNCTION lock()"
        )
        assert hearing.hear() == 0
        cursor.execute("DROP TRIGGER lock ON notifications_notification")
    assert not PutOff.objects.exists()
    assert hearing.hear() == 1
