"""What becomes of the row of a notice: leases, backoff, dead letters, what is put off and what is dropped."""

import logging
import secrets
from collections.abc import Callable
from datetime import time, timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.contrib.auth.models import Permission

from marketplace.actions import cancel_requests, deals, talk
from marketplace.actions import delivery as handing_over
from marketplace.errors import NotFound, NotYoursToDo
from marketplace.models import Seller, User
from notifications.actions import attempts, delivery, hearing, ladders, redelivery, turns
from notifications.channels import CHANNELS
from notifications.errors import NotFailed
from notifications.models import Notification, Preference, Wishes
from notifications.vocabulary import Channel, State
from tests.conftest import Clock
from tests.support.factories import MICROSECOND, days, hours, on_sale, person, room
from tests.support.mail_server import MailServer
from tests.support.notices import became, notice, reachable
from tests.support.rivals import rivals

pytestmark = pytest.mark.django_db


def leased(number: int) -> tuple[Notification, ...]:
    return turns.lease(Channel.EMAIL, number, set(), attempts=12, until=delivery.LEASE).leased


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [(1, 30), (2, 60), (3, 120), (4, 240), (5, 480), (6, 960), (7, 1920), (8, 3600), (9, 3600), (12, 3600)],
)
def test_the_wait_doubles_from_half_a_minute_to_an_hour_spread_by_a_quarter(
    monkeypatch: pytest.MonkeyPatch, attempts: int, seconds: int
) -> None:
    for drawn, share in ((0, 0.75), (250, 1.0), (500, 1.25)):
        monkeypatch.setattr(secrets, "randbelow", lambda below, drawn=drawn: min(drawn, below - 1))
        assert delivery.backoff(attempts) == timedelta(seconds=seconds * share)


def test_after_twelve_attempts_it_is_given_up_as_a_dead_letter(server: MailServer, reader: User, frozen: Clock) -> None:
    server.at["RCPT"] = "450 4.2.0 busy"
    kept = notice(reader)
    for attempt in range(1, 13):
        assert (delivery.deliver(Channel.EMAIL), became(kept)[1]) == (1, attempt)
        frozen.advance(hours(1.25))
    assert became(kept) == (State.FAILED, 12, "450 4.2.0 busy")
    assert (kept.refused_for_good, kept.next_attempt_at) == (False, None)
    frozen.advance(hours(1))
    assert delivery.deliver(Channel.EMAIL) == 0
    assert server.asked == 12


def test_what_twelve_workers_died_of_is_not_tried_a_thirteenth_time(
    server: MailServer, reader: User, frozen: Clock
) -> None:
    deadly, behind = notice(reader, attempts=12), notice(reader)
    assert delivery.deliver(Channel.EMAIL) == 1
    assert became(deadly) == (State.FAILED, 12, "no answer was written of 12 attempts")
    assert became(behind)[0] is State.SENT


def test_a_lease_that_ran_out_is_taken_over_and_its_first_holder_writes_nothing_any_more(
    server: MailServer, reader: User, frozen: Clock
) -> None:
    sent = notice(reader)
    [held] = leased(1)  # a worker that stops right after it
    assert delivery.deliver(Channel.EMAIL) == 0
    frozen.advance(delivery.LEASE - MICROSECOND)
    assert delivery.deliver(Channel.EMAIL) == 0
    frozen.advance(MICROSECOND)
    assert delivery.deliver(Channel.EMAIL) == 1
    assert became(sent) == (State.SENT, 2, "")
    delivery._given_up(held, "too late")  # noqa: SLF001 - the stopped worker wakes up
    assert became(sent) == (State.SENT, 2, "")


def test_a_lease_outlasts_every_task() -> None:
    from config.celery import app  # noqa: PLC0415 - the real limits

    assert timedelta(seconds=app.conf.task_time_limit) < delivery.LEASE
    assert app.conf.task_soft_time_limit > delivery.BUDGET + attempts.SEND_AT_MOST


@pytest.mark.django_db(transaction=True)
def test_two_deliverers_at_once_send_each_notice_once(server: MailServer, buyer: User) -> None:
    sent = [notice(reachable(buyer)) for _ in range(30)]
    with rivals(2) as two:
        tried = two.race(*[lambda: delivery.deliver(Channel.EMAIL)] * 2)
    assert sum(tried) == 30
    assert len(server.received) == 30
    assert len({message["Message-ID"] for message in server.received}) == 30
    assert {became(each)[:2] for each in sent} == {(State.SENT, 1)}


@pytest.mark.django_db(transaction=True)
def test_two_who_lease_at_once_get_different_notices(server: MailServer) -> None:
    made = {notice(reachable(person())).pk for _ in range(30)}
    with rivals(2) as two:
        first, second = two.race(*[lambda: [each.pk for each in leased(20)]] * 2)
    assert len(first) + len(second) == len({*first, *second})
    assert {*first, *second} <= made


def test_a_bug_makes_a_dead_letter_with_a_traceback_and_stops_no_other(
    server: MailServer, reader: User, caplog: pytest.LogCaptureFixture
) -> None:
    buggy, good = notice(reader, facts={"lines": "- x"}), notice(reader)
    assert delivery.deliver(Channel.EMAIL) == 2
    assert became(buggy)[:2] == (State.FAILED, 1)
    assert buggy.last_error.startswith("KeyError: ")
    assert not buggy.refused_for_good
    assert became(good)[0] is State.SENT
    [told] = [record for record in caplog.records if record.exc_info]
    assert (told.levelno, str(buggy.pk) in told.getMessage()) == (logging.ERROR, True)


def test_when_the_task_s_time_is_over_what_is_left_is_given_back_untried(
    server: MailServer, reader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "BUDGET", 0)
    left = [notice(reader) for _ in range(3)]
    assert delivery.deliver(Channel.EMAIL) == 0
    assert {became(each)[:2] for each in left} == {(State.WAITING, 0)}
    monkeypatch.setattr(delivery, "BUDGET", 25)
    assert delivery.deliver(Channel.EMAIL) == 3


def test_when_celery_ends_the_task_softly_the_one_being_sent_comes_back_and_the_others_are_given_back(
    server: MailServer, reader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Endless:
        def send(self, *_: object) -> None:
            raise SoftTimeLimitExceeded

    first, behind = notice(reader), notice(reader)
    with monkeypatch.context() as meanwhile:
        meanwhile.setitem(CHANNELS, Channel.EMAIL, Endless())
        assert delivery.deliver(Channel.EMAIL) == 1
    assert became(first) == (State.WAITING, 1, "the task's time was over")
    assert became(behind)[:2] == (State.WAITING, 0)


def test_what_comes_back_in_quiet_hours_waits_for_their_end(server: MailServer, reader: User, frozen: Clock) -> None:
    """12:00 in Tokyo; quiet from 12:30 to 13:00; e-mail was busy at 12:00 and is tried again after 12:30."""
    Wishes.objects.create(person=reader, quiet_from=time(12, 30), quiet_to=time(13, 0))
    server.at["RCPT"] = "450 4.2.0 busy"
    late = notice(reader)
    critical = notice(reader, kind="cancelled")
    delivery.deliver(Channel.EMAIL)
    server.at.clear()
    frozen.advance(timedelta(minutes=30))
    delivery.deliver(Channel.EMAIL)
    assert became(late)[:2] == (State.WAITING, 1)
    assert late.next_attempt_at == frozen.at + timedelta(minutes=30)
    assert became(critical)[0] is State.SENT
    frozen.advance(timedelta(minutes=30))
    delivery.deliver(Channel.EMAIL)
    assert became(late)[0] is State.SENT


def test_what_was_switched_off_meanwhile_is_dropped(server: MailServer, reader: User, frozen: Clock) -> None:
    dropped = notice(reader)
    Preference.objects.create(person=reader, kind="digest", channel="email", on=False)
    delivery.deliver(Channel.EMAIL)
    assert became(dropped) == (State.DROPPED, 0, "it was switched off")
    assert dropped.answered_at == frozen.at
    assert server.asked == 0


@pytest.mark.parametrize(("age", "state"), [(hours(24) - MICROSECOND, State.SENT), (hours(24), State.DROPPED)])
def test_a_digest_is_sent_on_its_day_only(
    server: MailServer, reader: User, frozen: Clock, age: timedelta, state: State
) -> None:
    digest = notice(reader, made_at=frozen.at - age)
    delivery.deliver(Channel.EMAIL)
    assert became(digest)[0] is state


class Told:
    """A room whose seller is told things by e-mail, and what they do before these are sent."""

    def __init__(self, seller: Seller, frozen: Clock) -> None:
        self.clock = frozen
        self.seller = reachable(seller.user)
        self.room = room(of=seller, silent_for=days(5), now=frozen.at)

    def request(self) -> None:
        cancel_requests.place(room_id=self.room.pk, requester=self.room.buyer)
        hearing.hear()

    def remind(self) -> None:
        self.request()
        Notification.objects.all().delete()
        self.clock.advance(hours(12))
        ladders.tick()

    def silence(self) -> None:
        hearing.hear()
        talk.post_message(room_id=self.room.pk, author=self.room.buyer, body="Hello?")
        hearing.hear()

    def write(self) -> None:
        self.clock.advance(MICROSECOND)
        talk.post_message(room_id=self.room.pk, author=self.seller, body="Here I am")

    def withdraw(self) -> None:
        cancel_requests.withdraw(request_id=self.room.cancel_requests.get().pk, person=self.room.buyer)

    def wait(self, how_long: timedelta) -> None:
        self.clock.advance(how_long)

    def deliver(self) -> None:
        handing_over.deliver(room_id=self.room.pk, seller=self.seller, body="Done")


MEANWHILE: dict[str, tuple[Callable[[Told], None], str, Callable[[Told], None], bool]] = {
    "a request, and nothing happens": (Told.request, "request_placed", lambda _: None, True),
    "a request that was answered": (Told.request, "request_placed", Told.write, False),
    "a request that was withdrawn": (Told.request, "request_placed", Told.withdraw, False),
    "a request at its deadline": (Told.request, "request_placed", lambda told: told.wait(hours(24)), True),
    "a request after its deadline": (
        Told.request,
        "request_placed",
        lambda told: told.wait(hours(24) + MICROSECOND),
        False,
    ),
    "a reminder, and nothing happens": (Told.remind, "request_due", lambda _: None, True),
    "a reminder of an answered request": (Told.remind, "request_due", Told.write, False),
    "a reminder until the next step": (
        Told.remind,
        "request_due",
        lambda told: told.wait(hours(9) - MICROSECOND),
        True,
    ),
    "a reminder when the next step is due": (Told.remind, "request_due", lambda told: told.wait(hours(9)), False),
    "that silence is over, and nothing happens": (Told.silence, "silence_over", lambda _: None, True),
    "that silence is over, after a word": (Told.silence, "silence_over", Told.write, False),
    "that silence is over, after a delivery": (Told.silence, "silence_over", Told.deliver, False),
    "that silence is over, after a request": (Told.silence, "silence_over", Told.request, False),
    "a message, and nothing happens": (Told.silence, "message", lambda _: None, True),
    "a message that was answered": (Told.silence, "message", Told.write, False),
}


@pytest.mark.parametrize("case", MEANWHILE)
def test_what_became_pointless_by_the_time_that_it_could_be_sent_is_dropped(
    server: MailServer, seller: Seller, frozen: Clock, case: str
) -> None:
    tell, words, meanwhile, is_sent = MEANWHILE[case]
    told = Told(seller, frozen)
    tell(told)
    meanwhile(told)
    [of_it] = Notification.objects.filter(words=words, channel=Channel.EMAIL, person=told.seller)
    delivery.deliver(Channel.EMAIL)
    state, attempts, why = became(of_it)
    assert (state, attempts) == ((State.SENT, 1) if is_sent else (State.DROPPED, 0))
    assert bool(why) is not is_sent


def test_a_dead_letter_is_sent_again_by_staff_with_the_permission_alone(
    server: MailServer, reader: User, staff: User, frozen: Clock
) -> None:
    server.at["RCPT"] = "550 5.1.1 no such user"
    dead = notice(reader)
    delivery.deliver(Channel.EMAIL)
    for nobody in (reader, staff):
        with pytest.raises(NotYoursToDo):
            redelivery.redeliver(notification_id=dead.pk, staff=nobody, reason="mended")
    staff.user_permissions.add(Permission.objects.get(codename="redeliver_notification"))
    allowed = User.objects.get(pk=staff.pk)
    with pytest.raises(NotFound):
        redelivery.redeliver(notification_id=reader.pk, staff=allowed, reason="mended")
    assert became(dead)[0] is State.FAILED
    server.at.clear()
    again = redelivery.redeliver(notification_id=dead.pk, staff=allowed, reason="mended")
    assert (again.state, again.attempts, again.refused_for_good) == (State.WAITING, 0, False)
    with pytest.raises(NotFailed):
        redelivery.redeliver(notification_id=dead.pk, staff=allowed, reason="mended")
    delivery.deliver(Channel.EMAIL)
    assert became(dead) == (State.SENT, 1, "")


def test_a_purchase_is_told_by_mail_in_its_reader_s_language(server: MailServer, seller: Seller, frozen: Clock) -> None:
    reachable(seller.user)
    User.objects.filter(pk=seller.user_id).update(language="en")
    deals.buy(service_id=on_sale(seller).pk, buyer=room().buyer, message="Hello")
    hearing.hear()
    delivery.deliver(Channel.EMAIL)
    subjects = {message["Subject"] for message in server.received}
    assert any("bought “A logo”" in subject for subject in subjects)
