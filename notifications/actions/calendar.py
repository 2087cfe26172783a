"""The secret in the address of a person's calendar: made and revoked by the person.

Only its hash is kept. It follows from SECRET_KEY and when it was made, so that its owner can be shown
the address again, and a copy of the database opens no calendar.
"""

import hashlib
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from marketplace import clock, secret_keys
from marketplace.models import User
from notifications.models import CalendarFeed

SALT = "notifications.calendar"


@transaction.atomic
def create_feed(*, person: User) -> str:
    """Make the person's feed, unless there is one. Returns its secret address."""
    CalendarFeed.objects.filter(pk__in=[feed.pk for feed in _of(person) if address_of(feed) is None]).delete()
    made_at = clock.now()
    fresh = _tokens(person, made_at)[0]
    feed, _ = CalendarFeed.objects.get_or_create(
        person=person, defaults={"token_hash": _hashed(fresh), "made_at": made_at}
    )
    return address_of(feed) or _address(fresh)


@transaction.atomic
def revoke(*, person: User) -> None:
    """Revoke it: the address answers 404 from now on. Without one, nothing happens."""
    _of(person).delete()


def feed_url(person: User) -> str | None:
    """Return the secret address of the person's feed, None when there is none."""
    return next((address_of(feed) for feed in _of(person)), None)


def address_of(feed: CalendarFeed) -> str | None:
    """Return the secret address of a feed; None when the key that made it is not known any more."""
    made = [token for token in _tokens(feed.person, feed.made_at) if _hashed(token) == feed.token_hash]
    return _address(made[0]) if made else None


def owner_of(token: str) -> User | None:
    """Return whose calendar this secret opens, None for none."""
    feed = CalendarFeed.objects.select_related("person").filter(token_hash=_hashed(token)).first()
    return feed.person if feed and feed.person.is_active else None


def _of(person: User) -> QuerySet[CalendarFeed]:
    return CalendarFeed.objects.filter(person=person)


def _tokens(person: User, made_at: datetime) -> list[str]:
    return secret_keys.digests(SALT, f"{person.pk} {made_at.isoformat()}")


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _address(token: str) -> str:
    return f"{settings.PUBLIC_URL}/api/v1/calendar/{token}/"
