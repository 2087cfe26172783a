"""Races of those who hear events, as scripts: the order is told here."""

from typing import Any

import pytest

from marketplace.actions import talk
from marketplace.models import Event, TalkRoom
from notifications.actions import hearing
from notifications.models import Notification
from tests.support.factories import room
from tests.support.interleave import run_before

pytestmark = pytest.mark.django_db(transaction=True)


def say(talk_room: TalkRoom) -> None:
    talk.post_message(room_id=talk_room.pk, author=talk_room.buyer, body="Hello")


def messages_told() -> int:
    return Notification.objects.filter(kind="message", channel="inapp").count()


def test_who_comes_while_somebody_hears_leaves_at_once() -> None:
    talk_room = room()
    say(talk_room)
    with run_before("notifications.actions.hearing.read_background", hearing.hear) as other:
        assert hearing.hear() == 1
        assert other.result() == 0
    assert messages_told() == 1


def test_what_is_recorded_meanwhile_is_heard_by_who_hears_already() -> None:
    talk_room = room()
    say(talk_room)

    def say_more_and_ring() -> Any:
        say(talk_room)
        return hearing.hear()

    with run_before("marketplace.events.heard", say_more_and_ring) as other:
        assert hearing.hear() == 2
        assert other.result() == 0
    assert messages_told() == 2
    assert not Event.objects.filter(heard_at=None).exists()
