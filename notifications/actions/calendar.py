"""The secret in the address of a person's calendar: made and revoked by the person.

Only its hash is kept. It follows from SECRET_KEY and when it was made, so that its owner can be shown
the address again, and a copy of the database opens no calendar.
"""

import hashlib
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from marketplace import clock
from marketplace.models import User
from notifications.models import CalendarFeed

SALT = "notifications.calendar"


@transaction.atomic
def offer(*, person: User) -> str:
    """Make the person's feed, unless there is one. Returns its secret address."""
    CalendarFeed.objects.filter(pk__in=[feed.pk for feed in _of(person) if address_of(feed) is None]).delete()
    made_at = clock.now()
    fresh = {"token_hash": _hashed(_token(person, made_at)), "made_at": made_at}
    feed, _ = CalendarFeed.objects.get_or_create(person=person, defaults=fresh)
    return _address(_token(person, feed.made_at))


@transaction.atomic
def revoke(*, person: User) -> None:
    """Revoke it: the address answers 404 from now on. Without one, nothing happens."""
    _of(person).delete()


def shown_to(person: User) -> str | None:
    """Return the secret address of the person's feed, None when there is none."""
    return next((address_of(feed) for feed in _of(person)), None)


def address_of(feed: CalendarFeed) -> str | None:
    """Return the secret address of a feed; None when SECRET_KEY has changed since, and it cannot be told any more."""
    token = _token(feed.person, feed.made_at)
    return _address(token) if _hashed(token) == feed.token_hash else None


def owner_of(token: str) -> User | None:
    """Return whose calendar this secret opens, None for none."""
    feed = CalendarFeed.objects.select_related("person").filter(token_hash=_hashed(token)).first()
    return feed.person if feed and feed.person.is_active else None


def _of(person: User) -> QuerySet[CalendarFeed]:
    return CalendarFeed.objects.filter(person=person)


def _token(person: User, made_at: datetime) -> str:
    return salted_hmac(SALT, f"{person.pk} {made_at.isoformat()}", algorithm="sha256").hexdigest()


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _address(token: str) -> str:
    return f"{settings.PUBLIC_URL}/api/v1/calendar/{token}/"
