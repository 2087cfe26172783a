"""Reminders from the room to the person: each once, the newest after an outage, none that is pointless."""

import re
from datetime import datetime, timedelta

import pytest
from django.db import connection

from marketplace import clock
from marketplace.actions import cancel_requests, deals, delivery, schedule, steering, talk
from marketplace.actions.schedule import Line
from marketplace.models import Event, Seller, TalkRoom, User
from marketplace.vocabulary import MessageKind
from notifications import locks, stories
from notifications.actions import hearing, ladders
from notifications.models import Notification, RunningLadder
from tests.conftest import Clock
from tests.support.factories import MICROSECOND, days, hours, on_sale, person, room

pytestmark = pytest.mark.django_db


def words_to(whom: User) -> list[str]:
    inbox = Notification.objects.filter(person=whom, channel="inapp").order_by("made_at", "words")
    return list(inbox.values_list("words", flat=True))


def pass_time(frozen: Clock, by: timedelta) -> None:
    """Let time pass, with a round of beat at its end."""
    frozen.advance(by)
    hearing.hear()
    ladders.tick()


@pytest.fixture
def bought(frozen: Clock, seller: Seller, buyer: User) -> TalkRoom:
    """A purchase with a first message, to which the seller has answered once."""
    deal = deals.buy(service_id=on_sale(seller).pk, buyer=buyer, message="Hello")
    made: TalkRoom = deal.talk_room
    talk.post_message(room_id=made.pk, author=seller.user, body="Hello!")
    talk.post_message(room_id=made.pk, author=buyer, body="When?")
    hearing.hear()
    Notification.objects.all().delete()
    return made


def test_a_silence_is_spoken_of_three_times_and_both_learn_that_one_can_ask(frozen: Clock, bought: TalkRoom) -> None:
    for by in (days(2) - MICROSECOND, MICROSECOND, days(1), days(1)):
        pass_time(frozen, by)
    assert words_to(bought.seller) == ["no_schedule", "silence", "silence", "silence_over"]
    assert words_to(bought.buyer) == ["silence_over_for_requester"]


def test_after_a_week_without_beat_only_the_newest_step_is_told(frozen: Clock, bought: TalkRoom) -> None:
    pass_time(frozen, days(7))
    assert words_to(bought.seller) == ["no_schedule", "silence_over"]
    pass_time(frozen, days(7))
    assert words_to(bought.seller) == ["no_schedule", "silence_over"]


def test_a_word_begins_the_ladder_anew(frozen: Clock, bought: TalkRoom) -> None:
    pass_time(frozen, days(2))
    talk.post_message(room_id=bought.pk, author=bought.seller, body="Soon.")
    talk.post_message(room_id=bought.pk, author=bought.buyer, body="Good.")
    pass_time(frozen, days(2) - MICROSECOND)
    assert words_to(bought.seller).count("silence") == 1
    pass_time(frozen, MICROSECOND)
    assert words_to(bought.seller).count("silence") == 2


def test_beat_that_ticks_twice_tells_once(frozen: Clock, bought: TalkRoom) -> None:
    frozen.advance(days(2))
    RunningLadder.objects.filter(ladder="silence").update(next_step_at=frozen.at)
    ladders.tick()
    RunningLadder.objects.update(told_up_to=0, next_step_at=frozen.at)
    ladders.tick()
    assert words_to(bought.seller).count("silence") == 1


def test_a_request_is_spoken_of_until_a_reply_and_foresees_what_silence_would_do(
    frozen: Clock, bought: TalkRoom
) -> None:
    frozen.advance(days(4))
    request = cancel_requests.place(room_id=bought.pk, requester=bought.buyer)
    for by in (timedelta(0), hours(12), hours(9), hours(2)):
        pass_time(frozen, by)
    due = Notification.objects.filter(person=bought.seller, words="request_due", channel="inapp")
    assert due.count() == 3
    first = due.earliest("made_at")
    assert first.request_id == request.pk
    assert first.facts["preview"]["services_paused"] == 3
    assert first.facts["preview"]["completion"] == [None, 0.0]
    talk.post_message(room_id=bought.pk, author=bought.seller, body="Sorry!")
    pass_time(frozen, hours(1))
    assert due.count() == 3
    assert "request_revoked" in words_to(bought.buyer)


def test_a_hold_stops_the_reminders_and_an_extension_moves_them(frozen: Clock, bought: TalkRoom) -> None:
    chief = person("chief", is_staff=True, is_superuser=True)
    frozen.advance(days(4))
    request = cancel_requests.place(room_id=bought.pk, requester=bought.buyer)
    steering.hold(request_id=request.pk, staff=chief, reason="illness")
    pass_time(frozen, days(2))
    assert "request_due" not in words_to(bought.seller)
    steering.release(request_id=request.pk, staff=chief, reason="well again")
    steering.extend(request_id=request.pk, by=hours(24), staff=chief, reason="a day more")
    pass_time(frozen, hours(36) - MICROSECOND)
    assert "request_due" not in words_to(bought.seller)
    pass_time(frozen, MICROSECOND)
    assert words_to(bought.seller).count("request_due") == 1


def test_delivered_work_is_spoken_of_to_the_buyer_until_it_is_judged(frozen: Clock, bought: TalkRoom) -> None:
    delivery.deliver(room_id=bought.pk, seller=bought.seller, body="Here it is.")
    for by in (timedelta(0), hours(36), hours(24)):
        pass_time(frozen, by)
    assert words_to(bought.buyer) == ["delivered", "approval_due", "approval_due"]
    delivery.send_back(room_id=bought.pk, buyer=bought.buyer, body="The colour, please.")
    pass_time(frozen, hours(12))
    assert words_to(bought.buyer) == ["delivered", "approval_due", "approval_due"]
    assert "sent_back" in words_to(bought.seller)


def test_a_milestone_that_slips_is_asked_about_the_day_before(frozen: Clock, bought: TalkRoom) -> None:
    due_on = (frozen.at + days(3)).date()
    schedule.share(room_id=bought.pk, seller=bought.seller, lines=[Line(title="First draft", due_on=due_on)])
    pass_time(frozen, days(2))
    assert "milestone_tomorrow" in words_to(bought.seller)
    pass_time(frozen, days(2))
    assert "milestone_overdue" in words_to(bought.seller)


def test_an_automatic_message_tells_nobody(frozen: Clock, bought: TalkRoom) -> None:
    talk.post_message(room_id=bought.pk, author=bought.seller, body="I am away.", kind=MessageKind.AUTOMATIC)
    hearing.hear()
    assert words_to(bought.buyer) == []


def test_a_room_that_cannot_be_told_of_stops_nobody(
    frozen: Clock, bought: TalkRoom, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    other = room(silent_for=days(2) + hours(1), now=frozen.at)
    RunningLadder.objects.create(room=other, ladder="silence", subject=other.pk, generation=0, next_step_at=frozen.at)
    read_stories = stories.read_stories

    def unless_it_is_bought(rooms: set[object]) -> object:
        if bought.pk in set(rooms):
            raise ValueError("unforeseen")
        return read_stories(rooms)  # type: ignore[arg-type] # as it came

    frozen.advance(days(2))
    monkeypatch.setattr(ladders, "read_stories", unless_it_is_bought)
    ladders.tick()

    assert "silence_over" in words_to(other.seller)
    assert words_to(bought.seller) == []
    assert "put off" in caplog.text
    monkeypatch.undo()
    monkeypatch.setattr(clock, "now", frozen)
    pass_time(frozen, hours(1) + MICROSECOND)
    assert "silence" in words_to(bought.seller)


def test_what_was_running_when_notifications_came_is_looked_at_once(frozen: Clock, bought: TalkRoom) -> None:
    """The migration leaves one row a running room: its first walk makes the ladders."""
    RunningLadder.objects.all().delete()
    RunningLadder.objects.create(
        room=bought, ladder="silence", subject=bought.pk, generation=0, next_step_at=bought.opened_at
    )
    pass_time(frozen, hours(1))
    assert {"silence", "no_schedule"} <= set(RunningLadder.objects.values_list("ladder", flat=True))
    assert words_to(bought.seller) == []


MANY_LADDERS = """
    INSERT INTO notifications_runningladder (room_id, ladder, subject, generation, told_up_to, next_step_at)
    SELECT %s, 'silence', gen_random_uuid(), 1, 0, %s::timestamptz + n * interval '1 second'
    FROM generate_series(1, 200000) AS n
"""
MANY_EVENTS = """
    INSERT INTO marketplace_event (kind, data, occurred_at, recorded_at, heard_at)
    SELECT 'service_changed', '{}', %s, %s, %s FROM generate_series(1, 200000)
"""


@pytest.mark.thorough
def test_a_tick_reads_what_is_due_by_its_index_among_200_000(frozen: Clock, bought: TalkRoom) -> None:
    later: datetime = frozen.at + days(30)
    with connection.cursor() as cursor:
        cursor.execute(MANY_LADDERS, [bought.pk, later])
        cursor.execute(MANY_EVENTS, [frozen.at, frozen.at, frozen.at])
        cursor.execute("ANALYZE notifications_runningladder, marketplace_event")
    explained = _Explained()
    with connection.execute_wrapper(explained):
        locks.due_ladders(frozen.at, ladders.AT_ONCE)
        list(Event.objects.filter(heard_at=None).order_by("id")[: hearing.AT_ONCE])
    for plan, index in zip(explained.plans, ("ladder_by_next_step", "event_unheard"), strict=True):
        assert index in plan, plan
        assert not re.search("Seq Scan on (notifications_runningladder|marketplace_event)", plan), plan


class _Explained:
    """Asks for the plan of each statement that is run."""

    def __init__(self) -> None:
        self.plans: list[str] = []

    def __call__(self, execute: object, sql: str, params: tuple[object, ...], many: bool, context: object) -> object:  # noqa: FBT001 - Django's
        if sql.startswith("SELECT"):
            with connection.cursor() as cursor:
                cursor.cursor.execute(f"EXPLAIN {sql}", params)
                self.plans.append("\n".join(row[0] for row in cursor.cursor.fetchall()))
        return execute(sql, params, many, context)  # type: ignore[operator] # Django's wrapper
