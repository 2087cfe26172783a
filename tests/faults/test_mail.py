"""A mail server that refuses, hangs or hangs up: what becomes of the notice, and of those behind it."""

import socket
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from pytest_django import Settings

from config.local.ports import HOME, free_port
from marketplace.models import User
from notifications.actions import delivery
from notifications.models import Notification, Reach
from notifications.vocabulary import Channel, State
from tests.conftest import Clock
from tests.support.factories import MICROSECOND, person
from tests.support.mail_server import HANGS, HANGS_UP, LITTLE_PATIENCE, MailServer, mail_server, send_to
from tests.support.notices import became, notice, reachable

pytestmark = pytest.mark.django_db


def wait_of(notification: Notification, frozen: Clock) -> timedelta:
    notification.refresh_from_db()
    assert notification.next_attempt_at is not None
    return notification.next_attempt_at - frozen.at


def broken(person: User) -> bool:
    return Reach.objects.filter(person=person, channel=Channel.EMAIL).exclude(broken_at=None).exists()


def test_what_the_server_takes_is_sent_once(server: MailServer, reader: User) -> None:
    sent = notice(reader)
    assert delivery.deliver(Channel.EMAIL) == 1
    assert delivery.deliver(Channel.EMAIL) == 0
    assert became(sent) == (State.SENT, 1, "")
    assert [message["To"] for message in server.received] == [reader.email]


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
def test_a_refusal_for_now_is_tried_again_after_half_a_minute_or_so(
    server: MailServer, reader: User, frozen: Clock, command: str
) -> None:
    server.at[command] = "451 4.3.0 busy"
    put_off = notice(reader)
    delivery.deliver(Channel.EMAIL)
    assert became(put_off) == (State.WAITING, 1, "451 4.3.0 busy")
    wait = wait_of(put_off, frozen)
    assert timedelta(seconds=22.5) <= wait <= timedelta(seconds=37.5)
    server.at.clear()
    frozen.advance(wait - MICROSECOND)
    assert delivery.deliver(Channel.EMAIL) == 0
    frozen.advance(MICROSECOND)
    assert delivery.deliver(Channel.EMAIL) == 1
    assert became(put_off) == (State.SENT, 2, "")
    assert not broken(reader)


REFUSED = [
    ("RCPT", "550 no such user", True),
    ("RCPT", "550 5.1.1 no such user", True),
    ("RCPT", "550 5.2.1 mailbox disabled", True),
    ("RCPT", "552 5.2.3 message longer than the mailbox takes", False),
    ("DATA", "554 5.6.0 we take no such message", False),
]


@pytest.mark.parametrize(("command", "answer", "is_the_address"), REFUSED)
def test_a_refusal_for_good_is_a_dead_letter_and_breaks_the_address_only_if_it_is_about_it(
    server: MailServer, reader: User, frozen: Clock, command: str, answer: str, *, is_the_address: bool
) -> None:
    server.at[command] = answer
    refused = notice(reader)
    delivery.deliver(Channel.EMAIL)
    assert became(refused) == (State.FAILED, 1, answer)
    assert (refused.refused_for_good, refused.answered_at) == (True, frozen.at)
    assert broken(reader) is is_the_address
    frozen.advance(timedelta(days=2))
    assert delivery.deliver(Channel.EMAIL) == 0
    assert server.asked == 1


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
@pytest.mark.parametrize(
    "answer", ["552 5.2.2 over quota", "552 mailbox full", "452 4.2.2 over quota", "554 5.7.1 on a block list"]
)
def test_what_others_will_mend_is_tried_again_and_breaks_no_address(
    server: MailServer, reader: User, frozen: Clock, command: str, answer: str
) -> None:
    server.at[command] = answer
    full = notice(reader)
    delivery.deliver(Channel.EMAIL)
    assert became(full) == (State.WAITING, 1, answer)
    assert not broken(reader)
    server.at.clear()
    frozen.advance(wait_of(full, frozen))
    delivery.deliver(Channel.EMAIL)
    assert became(full) == (State.SENT, 2, "")


def test_a_success_mends_what_was_broken(server: MailServer, reader: User) -> None:
    server.at["RCPT"] = "550 5.1.1 no such user"
    notice(reader)
    delivery.deliver(Channel.EMAIL)
    assert Reach.objects.get().error == "550 5.1.1 no such user"
    assert broken(reader)
    server.at.clear()
    notice(reader)
    delivery.deliver(Channel.EMAIL)
    assert not broken(reader)


def test_another_address_is_broken_anew(server: MailServer, reader: User, frozen: Clock) -> None:
    server.at["RCPT"] = "550 5.1.1 no such user"
    notice(reader)
    delivery.deliver(Channel.EMAIL)
    since = frozen.at
    frozen.advance(timedelta(days=1))
    notice(reader)
    delivery.deliver(Channel.EMAIL)
    assert Reach.objects.get().broken_at == since
    reader.email = "other@example.com"
    reader.save(update_fields=["email"])
    notice(reader)
    delivery.deliver(Channel.EMAIL)
    assert (Reach.objects.get().broken_at, Reach.objects.get().address) == (frozen.at, "other@example.com")


@pytest.mark.parametrize("behaviour", [HANGS, HANGS_UP])
def test_who_does_not_finish_a_message_is_asked_again_and_the_others_get_theirs(
    server: MailServer, reader: User, settings: Settings, behaviour: str
) -> None:
    settings.EMAIL_TIMEOUT = LITTLE_PATIENCE
    server.at["DATA"] = behaviour
    kept = notice(reader)
    delivery.deliver(Channel.EMAIL)
    assert became(kept)[:2] == (State.WAITING, 1)
    assert "SMTPServerDisconnected" in kept.last_error
    server.at.clear()
    settings.EMAIL_TIMEOUT = 5
    behind = notice(reachable(person()))
    delivery.deliver(Channel.EMAIL)
    assert became(behind)[0] is State.SENT


@pytest.mark.parametrize("behaviour", [HANGS, HANGS_UP])
def test_who_took_the_message_and_then_does_not_say_goodbye_gets_no_double(
    server: MailServer, reader: User, settings: Settings, behaviour: str
) -> None:
    settings.EMAIL_TIMEOUT = LITTLE_PATIENCE
    server.at["QUIT"] = behaviour
    sent = notice(reader)
    delivery.deliver(Channel.EMAIL)
    assert became(sent) == (State.SENT, 1, "")
    assert len(server.received) == 1


def test_a_server_that_says_nothing_costs_one_attempt_and_no_transaction(reader: User, settings: Settings) -> None:
    """The others of the batch are given back untried, so that the task ends long before its time."""
    with socket.create_server((HOME, 0)) as silent:
        send_to(silent.getsockname()[1], settings, LITTLE_PATIENCE)
        first, *behind = [notice(reader) for _ in range(5)]
        assert delivery.deliver(Channel.EMAIL) == 1
        silent.settimeout(5)
        silent.accept()[0].close()
        silent.settimeout(0)
        with pytest.raises(BlockingIOError):
            silent.accept()
    assert became(first)[:2] == (State.WAITING, 1)
    assert [became(each)[:2] for each in behind] == [(State.WAITING, 0)] * 4


def test_a_server_that_is_down_keeps_what_waits_until_it_is_back(
    reader: User, frozen: Clock, settings: Settings
) -> None:
    """An outage of hours costs each notice no more attempts than it was really tried."""
    send_to(free_port(), settings)
    waiting = [notice(reader) for _ in range(3)]
    for _ in range(6):
        assert delivery.deliver(Channel.EMAIL) <= 1
        frozen.advance(timedelta(minutes=1))
    assert {became(each)[0] for each in waiting} == {State.WAITING}
    assert sum(became(each)[1] for each in waiting) <= 6
    with mail_server() as back:
        send_to(back.port, settings)
        frozen.advance(timedelta(hours=2))
        assert delivery.deliver(Channel.EMAIL) == 3
    assert {became(each)[0] for each in waiting} == {State.SENT}


@pytest.mark.django_db(transaction=True)
def test_while_a_server_takes_its_time_no_transaction_is_open(buyer: User, settings: Settings) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    seen: list[str] = []

    def look() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT state FROM pg_stat_activity WHERE pid = %s", [pid])
            seen.append(cursor.fetchone()[0])
        connection.close()

    with mail_server() as server:
        send_to(server.port, settings)
        settings.EMAIL_TIMEOUT = 10
        server.meanwhile = look
        sent = notice(reachable(buyer))
        delivery.deliver(Channel.EMAIL)
    assert seen == ["idle"]
    assert became(sent)[0] is State.SENT


def test_an_address_that_is_not_confirmed_gets_tests_only(server: MailServer, buyer: User) -> None:
    buyer.email = "buyer@example.com"
    buyer.save(update_fields=["email"])
    about = {"test": str(uuid.uuid4()), "address": buyer.email}
    test, digest = notice(buyer, kind="test", words="test", facts=about), notice(buyer)
    delivery.deliver(Channel.EMAIL)
    assert became(test)[0] is State.SENT
    assert became(digest) == (State.FAILED, 1, "there is no confirmed address")
    assert len(server.received) == 1
