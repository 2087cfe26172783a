"""Addresses that stand in notices: where to act, and where one click switches a kind off."""

from django.conf import settings
from django.core import signing

from notifications.models import Notification

SALT = "notifications.unsubscribe"


def place_of(notification: Notification) -> str:
    """Return where the reader can act: the talk room, or the start page."""
    path = f"/talk-rooms/{notification.room_id}/" if notification.room_id else "/"
    return f"{settings.PUBLIC_URL}{path}"


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
