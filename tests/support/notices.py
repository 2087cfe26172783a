"""Builders of notifications, as `tell` would have left them."""

import uuid
from typing import Any

from marketplace import clock
from marketplace.models import User
from notifications.models import Notification
from notifications.vocabulary import Channel, Kind, State


def reachable(person: User) -> User:
    """Give somebody a confirmed e-mail address."""
    person.email, person.email_confirmed_at = f"{person.username}@example.com", clock.now()
    person.save(update_fields=["email", "email_confirmed_at"])
    return person


def notice(to: User, channel: Channel = Channel.EMAIL, *, lines: str = "- x", **columns: Any) -> Notification:
    """Make a notice that is due now: a digest, which no room can make pointless within its day."""
    made: dict[str, Any] = {
        "occasion": f"digest:{uuid.uuid4()}",
        "person": to,
        "channel": channel,
        "kind": Kind.DIGEST,
        "words": "digest",
        "facts": {"count": 1, "lines": lines},
        "made_at": clock.now(),
        "next_attempt_at": clock.now(),
    }
    return Notification.objects.create(**(made | columns))


def became(notification: Notification) -> tuple[State, int, str]:
    """Return state, attempts and last error, as they are now."""
    notification.refresh_from_db()
    return State(notification.state), notification.attempts, notification.last_error
