"""What a batch of notices depends on is read once, however many there are."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace.actions import cancel_requests, talk
from notifications.actions import delivery, hearing
from notifications.models import Notification
from notifications.vocabulary import Channel, Kind
from tests.conftest import Clock
from tests.support import factories
from tests.support.factories import days, room
from tests.support.notices import reachable

pytestmark = pytest.mark.django_db

AT_MOST = {Kind.REQUEST_PLACED: 8, Kind.MESSAGE: 11}


def written(kind: Kind, number: int, frozen: Clock) -> list[Notification]:
    """Return the e-mails of this kind to as many sellers, each of a room of their own."""
    for _ in range(number):
        seller = factories.seller()
        reachable(seller.user)
        talk_room = room(of=seller, silent_for=days(5), now=frozen.at)
        if kind is Kind.MESSAGE:
            talk.post_message(room_id=talk_room.pk, author=talk_room.buyer, body="Hello")
        else:
            cancel_requests.place(room_id=talk_room.pk, requester=talk_room.buyer)
    hearing.hear()
    return list(Notification.objects.filter(kind=kind, channel=Channel.EMAIL))


def statements(rows: list[Notification]) -> list[str]:
    notifications = list(Notification.objects.filter(pk__in=[row.pk for row in rows]).select_related("person"))
    with CaptureQueriesContext(connection) as captured:
        prepared = list(delivery.prepare(notifications))
    assert [notification for notification, _notice in prepared] == notifications
    return [each["sql"] for each in captured.captured_queries]


@pytest.mark.parametrize("kind", AT_MOST)
def test_twenty_notices_of_twenty_rooms_take_as_many_statements_as_one(frozen: Clock, kind: Kind) -> None:
    twenty = written(kind, 20, frozen)
    assert len(twenty) == 20
    of_twenty, of_one = statements(twenty), statements(twenty[:1])
    assert len(of_twenty) == len(of_one) <= AT_MOST[kind]
    assert sum('FROM "marketplace_talkroom"' in each for each in of_twenty) == 1
