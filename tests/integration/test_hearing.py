"""From an event to the people who are told of it, and the ladders that it moves."""

import pytest

from marketplace.actions import cancel_requests, deals, talk
from marketplace.models import Event, Seller, User
from notifications.actions import hearing, ladders
from notifications.models import Notification, RunningLadder
from tests.conftest import Clock
from tests.factories import days, hours, room

pytestmark = pytest.mark.django_db


def told(person: User) -> list[tuple[str, str]]:
    return [(row.words, row.channel) for row in Notification.objects.filter(person=person).order_by("made_at", "pk")]


def test_a_purchase_tells_the_seller_once_however_often_it_is_heard(frozen: Clock, seller: Seller, buyer: User) -> None:
    deals.buy(service_id=seller.services.all()[0].pk, buyer=buyer, message="Hello")

    assert hearing.hear() == 1
    assert hearing.hear() == 0
    Event.objects.update(heard_at=None)
    assert hearing.hear() == 1

    assert told(seller.user) == [("purchase", "inapp")]
    assert told(buyer) == []
    assert set(RunningLadder.objects.values_list("ladder", flat=True)) == {
        "silence",
        "unanswered",
        "no_schedule",
        "progress",
    }


def test_each_reminder_of_a_request_is_told_once_and_a_reply_stops_the_rest(frozen: Clock, seller: Seller) -> None:
    talk_room = room(of=seller, silent_for=days(5), now=frozen.at)
    cancel_requests.place(room_id=talk_room.pk, requester=talk_room.buyer)
    hearing.hear()
    frozen.advance(hours(12))
    assert ladders.tick() == 1
    assert ladders.tick() == 0
    frozen.advance(hours(9))
    assert ladders.tick() == 1
    talk.post_message(room_id=talk_room.pk, author=seller.user, body="Sorry!")
    hearing.hear()
    frozen.advance(hours(2))
    assert ladders.tick() == 0

    words = [words for words, _ in told(seller.user)]
    assert words.count("request_due") == 2
    assert words.count("request_placed") == 1
