"""One of everything that the addresses of notifications name, and what a browser sends."""

import uuid
from typing import Any

from django.urls import reverse

from marketplace import clock
from marketplace.models import User
from notifications import codes, links
from notifications.actions import calendar
from notifications.models import ChannelTest, Notification, PushSubscription
from notifications.vocabulary import Channel, Kind, State

ENDPOINT = "https://1.1.1.1/push/1"
"""On the internet by its number: no name is looked up."""
P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
"""The keys of RFC 8291's example."""
BROWSER = {"endpoint": ENDPOINT, "keys": {"p256dh": P256DH, "auth": AUTH}, "expirationTime": None}
CODE = "123456"


def notice(person: User, *, channel: Channel = Channel.INAPP, **columns: Any) -> Notification:
    """Write a notice as `telling` would have: in-app ones are sent by being there."""
    now = clock.now()
    waits = channel is not Channel.INAPP
    standing = (
        {"state": State.WAITING, "next_attempt_at": now}
        if waits
        else {"state": State.SENT, "sent_at": now, "answered_at": now}
    )
    made: dict[str, Any] = {
        "occasion": f"test:{uuid.uuid4()}",
        "kind": Kind.MESSAGE,
        "words": "message",
        "facts": {"counterpart": "hanako", "service": "A logo"},
        "made_at": now,
    }
    return Notification.objects.create(person=person, channel=channel, **(made | standing | columns))


def browser(person: User, number: int = 0) -> PushSubscription:
    return PushSubscription.objects.create(
        person=person,
        endpoint=f"https://1.1.1.1/{uuid.uuid4()}/{number}",
        p256dh=P256DH,
        auth=AUTH,
        made_at=clock.now(),
    )


def asked_test(person: User, *, channel: Channel = Channel.INAPP, code: str = CODE) -> ChannelTest:
    pk = uuid.uuid4()
    return ChannelTest.objects.create(
        pk=pk,
        person=person,
        channel=channel,
        address=person.email if channel is Channel.EMAIL else "",
        code_hash=codes.hashed(pk, code),
        made_at=clock.now(),
    )


def token_in(address: str) -> str:
    """Return the secret at the end of an address."""
    return address.rstrip("/").rpartition("/")[2]


def unsubscribe_path(person: User, kind: Kind = Kind.MESSAGE, channel: Channel = Channel.EMAIL) -> str:
    row = Notification(person=person, kind=kind, channel=channel)
    return reverse("api:unsubscribe", args=[token_in(links.unsubscribe_url(row))])


def one_of_each(person: User) -> dict[str, Any]:
    """Return what can stand in an address, all of it this person's."""
    return {
        "notification_id": notice(person).pk,
        "test_id": asked_test(person).pk,
        "subscription_id": browser(person).pk,
        "calendar_token": token_in(calendar.create_feed(person=person)),
        "unsubscribe_token": token_in(unsubscribe_path(person)),
    }
