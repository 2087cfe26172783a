"""The daily digest of what is unhandled; none is sent when nothing is."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

from marketplace import clock, failing
from marketplace.failing import Work
from marketplace.models import User
from marketplace.readers import read_by, zone_of
from marketplace.vocabulary import Matter
from notifications import locks, quiet, todos
from notifications.actions.notices import Notice, write_notices
from notifications.models import Wishes
from notifications.vocabulary import Kind

AT_ONCE = 200
TICK_FOR = 20.0
"""Seconds that one tick goes on finding more; the next one continues."""
SHOWN = 10
"""How many to-dos the digest names."""


def tick() -> int:
    """Write the digests that are due, and set the next ones. Returns their number.

    A digest that cannot be written is put off, and stops no other.
    """
    ends = time.monotonic() + TICK_FOR
    return failing.attempt_until(ends, WRITING, lambda: locks.due_digests(clock.now(), AT_ONCE), AT_ONCE)


def _write(due: list[Wishes]) -> None:
    now = clock.now()
    people = User.objects.in_bulk([wishes.person_id for wishes in due])
    write_notices([notice for wishes in due for notice in _digest_of(wishes, people[wishes.person_id], now)], now)
    for wishes in due:
        if wishes.digest_at is not None:
            wishes.next_digest_at = quiet.next_time(wishes.digest_at, zone_of(people[wishes.person_id]), now)
    Wishes.objects.bulk_update(due, ["next_digest_at"])
    failing.forgive(Matter.DIGEST, [str(wishes.person_id) for wishes in due])


WRITING = Work(
    matter=Matter.DIGEST,
    lock=lambda people: locks.due_digests(clock.now(), AT_ONCE, [UUID(person) for person in people]),
    key=lambda wishes: str(wishes.person_id),
    carry_out=_write,
)


def _digest_of(wishes: Wishes, person: User, now: datetime) -> Iterator[Notice]:
    if not person.is_active or wishes.next_digest_at is None or not _is_still_the_hour(wishes, person):
        return
    number = todos.count(person, now)
    if not number:
        return
    with read_by(person):
        lines = "\n".join(f"- {each.text}" for each in todos.waiting_for(person, now)[:SHOWN])
    yield Notice(
        # The moment, not its date: where the clocks change, two days' digests can fall on one date of UTC.
        occasion=f"digest:{person.pk}:{wishes.next_digest_at.isoformat()}",
        person=person,
        kind=Kind.DIGEST,
        words="digest",
        facts={"count": number, "lines": lines},
    )


def _is_still_the_hour(wishes: Wishes, person: User) -> bool:
    """Whether this is still the chosen hour: a person who moved to another time zone gets it at that zone's hour."""
    if wishes.digest_at is None or wishes.next_digest_at is None:
        return False
    just_before = wishes.next_digest_at - timedelta(microseconds=1)
    # In UTC: where the clocks change, equal moments of two time zones do not compare equal (PEP 495).
    return quiet.next_time(wishes.digest_at, zone_of(person), just_before).astimezone(UTC) == wishes.next_digest_at
