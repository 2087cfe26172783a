"""Many messages, few e-mails: the next one of a room waits while one waits to be read, and names the count."""

import re
from datetime import timedelta
from email.message import EmailMessage

import pytest

from marketplace.actions import cancel_requests, schedule, talk
from marketplace.models import Seller, TalkRoom, User
from notifications.actions import delivery, hearing, inbox
from notifications.models import Notification
from notifications.vocabulary import Channel, Kind, State
from tests.conftest import Clock
from tests.support.factories import MICROSECOND, days, room
from tests.support.mail_server import MailServer
from tests.support.notices import reachable
from tests.support.visitor import Visitor

pytestmark = pytest.mark.django_db

A_QUARTER = timedelta(minutes=15)


@pytest.fixture
def talk_room(frozen: Clock, seller: Seller) -> TalkRoom:
    reachable(seller.user)
    User.objects.filter(pk=seller.user_id).update(language="en")
    return room(of=seller, silent_for=days(4), now=frozen.at)


def write(talk_room: TalkRoom, times: int = 1) -> None:
    for number in range(times):
        talk.post_message(room_id=talk_room.pk, author=talk_room.buyer, body=f"Hello {number}")
    hearing.hear()
    delivery.deliver(Channel.EMAIL)


def mails(server: MailServer) -> list[EmailMessage]:
    """Return the mails that are no reminders, as they came."""
    return [
        mail for mail in server.received if re.search(r"wrote to|messages and|asked to|新着が|さん", mail["Subject"])
    ]


def subjects(server: MailServer) -> list[str]:
    return [str(mail["Subject"]) for mail in mails(server)]


def pass_time(frozen: Clock, by: timedelta) -> None:
    frozen.advance(by)
    delivery.deliver(Channel.EMAIL)


def test_a_hundred_messages_are_one_mail_and_later_one_more_that_names_the_count(
    server: MailServer, talk_room: TalkRoom, frozen: Clock
) -> None:
    write(talk_room)
    write(talk_room, 99)
    assert len(subjects(server)) == 1
    pass_time(frozen, A_QUARTER - MICROSECOND)
    assert len(subjects(server)) == 1
    pass_time(frozen, MICROSECOND)
    assert len(subjects(server)) == 2
    assert subjects(server)[1] == "99 messages and changes about “A logo”"
    body = mails(server)[1].get_body(("plain",))
    assert body is not None
    assert f"{talk_room.buyer.username} wrote to you (99)" in body.get_content()
    pass_time(frozen, days(1))
    assert len(subjects(server)) == 2
    rows = Notification.objects.filter(person=talk_room.seller, kind=Kind.MESSAGE)
    assert rows.filter(channel=Channel.INAPP, state=State.SENT).count() == 100
    assert rows.filter(channel=Channel.EMAIL).count() == 100
    assert rows.filter(channel=Channel.EMAIL, state=State.SENT).count() == 2
    assert not rows.filter(state=State.WAITING).exists()


def test_each_mail_that_nobody_reads_makes_the_next_one_wait_twice_as_long(
    server: MailServer, talk_room: TalkRoom, frozen: Clock
) -> None:
    write(talk_room)
    for number, wait in enumerate((A_QUARTER, 2 * A_QUARTER, 4 * A_QUARTER), start=1):
        write(talk_room)
        pass_time(frozen, wait - MICROSECOND)
        assert len(subjects(server)) == number
        pass_time(frozen, MICROSECOND)
        assert len(subjects(server)) == number + 1


@pytest.mark.parametrize("how", ["open the room", "read the notice", "reply"])
def test_once_it_was_read_the_next_message_is_told_at_once_and_what_was_read_is_not(
    server: MailServer, talk_room: TalkRoom, frozen: Clock, how: str
) -> None:
    write(talk_room)
    write(talk_room)
    frozen.advance(timedelta(minutes=1))
    if how == "open the room":
        Visitor.as_(talk_room.seller).see(f"/talk-rooms/{talk_room.pk}/")
    elif how == "reply":
        talk.post_message(room_id=talk_room.pk, author=talk_room.seller, body="Here I am")
    else:
        inbox.read_all(person=talk_room.seller, until=frozen.at)
    frozen.advance(timedelta(minutes=1))
    write(talk_room)
    assert len(subjects(server)) == 2
    assert subjects(server)[1] == subjects(server)[0]
    pass_time(frozen, days(1))
    assert len(subjects(server)) == 2


def test_what_is_critical_and_what_happens_in_another_room_is_told_at_once(
    server: MailServer, talk_room: TalkRoom, frozen: Clock, seller: Seller
) -> None:
    other = room(of=seller, now=frozen.at)
    write(talk_room, 2)
    write(other)
    assert len(subjects(server)) == 2
    cancel_requests.place(room_id=talk_room.pk, requester=talk_room.buyer)
    hearing.hear()
    delivery.deliver(Channel.EMAIL)
    assert "asked to cancel" in subjects(server)[2]


def test_a_change_of_the_schedule_waits_and_goes_with_the_messages(
    server: MailServer, talk_room: TalkRoom, frozen: Clock, seller: Seller
) -> None:
    reachable(talk_room.buyer)
    for number in range(3):
        line = schedule.Line(title=f"Draft {number}", due_on=frozen.at.date() + days(9))
        schedule.share(room_id=talk_room.pk, seller=seller.user, lines=[line])
        talk.post_message(room_id=talk_room.pk, author=seller.user, body="Changed")
    hearing.hear()
    delivery.deliver(Channel.EMAIL)
    assert len(subjects(server)) == 1
