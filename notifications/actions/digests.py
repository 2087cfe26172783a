"""The daily digest of what is unhandled; nothing is said when nothing is."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.db import transaction

from marketplace import clock
from marketplace.models import User
from marketplace.vocabulary import Language
from notifications import locks, quiet, todos
from notifications.actions.telling import Notice, tell, zone_of
from notifications.models import Wishes
from notifications.vocabulary import Kind

AT_ONCE = 200
ROUNDS = 20
"""One tick takes at most this many times `AT_ONCE` people; the next one goes on."""
SHOWN = 10
"""How many to-dos the digest names."""


def tick() -> int:
    """Write the digests that are due, and set the next ones. Returns how many people were looked at."""
    total = 0
    for _ in range(ROUNDS):
        number = _tick_some()
        total += number
        if number < AT_ONCE:
            break
    return total


@transaction.atomic
def _tick_some() -> int:
    now = clock.now()
    due = locks.due_digests(now, AT_ONCE)
    people = User.objects.in_bulk([wishes.person_id for wishes in due])
    tell([notice for wishes in due for notice in _notices(wishes, people[wishes.person_id], now)], now)
    for wishes in due:
        if wishes.digest_at is not None:
            wishes.next_digest_at = quiet.next_time(wishes.digest_at, zone_of(people[wishes.person_id]), now)
    Wishes.objects.bulk_update(due, ["next_digest_at"])
    return len(due)


def _notices(wishes: Wishes, person: User, now: datetime) -> Iterator[Notice]:
    """Say what waits for this person, if anything does."""
    if not person.is_active or wishes.next_digest_at is None or not _is_still_the_hour(wishes, person):
        return
    number = todos.count(person, now)
    if not number:
        return
    language = Language(person.language or Language.JAPANESE)
    lines = "\n".join(f"- {todos.said(each, language)}" for each in todos.of(person, now)[:SHOWN])
    yield Notice(
        # The moment, not its date: where the clocks change, two days' digests can fall on one date of UTC.
        occasion=f"digest:{person.pk}:{wishes.next_digest_at.isoformat()}",
        person=person,
        kind=Kind.DIGEST,
        words="digest",
        facts={"count": number, "lines": lines},
    )


def _is_still_the_hour(wishes: Wishes, person: User) -> bool:
    """Whether this is still the hour that was chosen: who has moved to another time zone is told at its hour."""
    if wishes.digest_at is None or wishes.next_digest_at is None:
        return False
    just_before = wishes.next_digest_at - timedelta(microseconds=1)
    # In UTC: where the clocks change, equal moments of two time zones do not compare equal (PEP 495).
    return quiet.next_time(wishes.digest_at, zone_of(person), just_before).astimezone(UTC) == wishes.next_digest_at
