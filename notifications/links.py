"""Addresses that stand in notices: where to act, and where one click switches a kind off."""

from django.conf import settings
from django.core import signing

from notifications.models import Notification
from notifications.vocabulary import Kind

SALT = "notifications.unsubscribe"


def path_of(notification: Notification) -> str:
    """Return where the reader can act: the talk room, the to-do list, where a test's code is entered."""
    if notification.room_id:
        return f"/talk-rooms/{notification.room_id}/"
    if notification.kind == Kind.TEST:
        return f"/settings/tests/{notification.facts['test']}/"
    return "/to-dos/" if notification.kind == Kind.DIGEST else "/"


def place_of(notification: Notification) -> str:
    """Return the same as a whole address."""
    return f"{settings.PUBLIC_URL}{path_of(notification)}"


def unsubscribe_url(notification: Notification) -> str:
    """Return the one-click address (RFC 8058): signed, so that no row is needed, for this kind and channel alone."""
    token = signing.dumps(
        [str(notification.person_id), notification.kind, notification.channel], salt=SALT, compress=True
    )
    return f"{settings.PUBLIC_URL}/api/v1/unsubscribe/{token}/"


def unsubscribed(token: str) -> tuple[str, str, str]:
    """Return person, kind and channel of a token. Raises `signing.BadSignature`."""
    person, kind, channel = signing.loads(token, salt=SALT)
    return person, kind, channel
