"""The only place where notifications lock rows: what is due, skipping what others hold.

Like `marketplace.locks`, always FOR NO KEY UPDATE. Nobody locks a notification and then a room.
"""

import os
import socket
import threading
import zlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from marketplace import clock, failing
from marketplace.models import User
from marketplace.vocabulary import Matter
from notifications.models import FailedNotice, Notification, RunningLadder, Sender, Wishes
from notifications.vocabulary import CRITICAL, Channel

SEEN = 1000
"""How many due notices a look reads at most, of each sort."""


def due_notifications(channel: Channel, now: datetime, busy: set[UUID], limit: int) -> list[Notification]:
    """Lock what is to be sent next by this channel: one notice each of at most `limit` people who are not `busy`.

    What is critical comes first, then what is longest due.
    """
    due = Notification.objects.due(channel, now)
    others = due.exclude(person__in=busy) if busy else due
    chosen: dict[UUID, UUID] = {}
    for these in (others.filter(kind__in=CRITICAL), others):
        for pk, person in these.order_by("next_attempt_at", "made_at").values_list("pk", "person")[:SEEN]:
            chosen.setdefault(person, pk)
            if len(chosen) == limit:
                break
    locked = due.select_for_update(no_key=True, of=("self",), skip_locked=True).in_bulk(chosen.values())
    return [locked[pk] for pk in chosen.values() if pk in locked]


def is_any_due(channel: Channel, now: datetime) -> bool:
    """Whether something is due on this channel that no worker has leased."""
    return Notification.objects.due(channel, now).exists()


SENDER_LEASE = timedelta(minutes=2)
"""Longer than any task lives: Celery ends it after 90 s."""
TAKE_CHANNEL = """
    INSERT INTO notifications_sender (channel, holder, until) VALUES (%(channel)s, %(holder)s, %(until)s)
    ON CONFLICT (channel) DO UPDATE SET holder = EXCLUDED.holder, until = EXCLUDED.until
      WHERE notifications_sender.until < %(now)s OR notifications_sender.holder = EXCLUDED.holder
    RETURNING channel
"""


@contextmanager
def only_sender(channel: Channel) -> Iterator[bool]:
    """Become the one sender of this channel, unless there is another. Yields whether that worked.

    If the worker dies, its lease ends after `SENDER_LEASE`. One whose connection broke takes its own up again.
    """
    holder = f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}"
    now = clock.now()
    with connection.cursor() as cursor:
        taken: dict[str, str | datetime] = {
            "channel": channel.value,
            "holder": holder,
            "now": now,
            "until": now + SENDER_LEASE,
        }
        cursor.execute(TAKE_CHANNEL, taken)
        alone = cursor.fetchone() is not None
    try:
        yield alone
    finally:
        if alone:
            Sender.objects.filter(channel=channel, holder=holder).delete()


def undecided(request_id: UUID) -> FailedNotice | None:
    """Lock the case of a request's failed notices; None if it is decided or being decided."""
    undecided = FailedNotice.objects.filter(pk=request_id, outcome=None)
    return undecided.select_for_update(no_key=True, of=("self",), skip_locked=True).first()


def windows_of(person: UUID) -> None:
    """Lock all windows of this person against other decisions, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_number(f"windows:{person}")])


def is_only_hearer() -> bool:
    """Become the one who hears until the transaction ends, unless somebody else is; says whether."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_number("hearer")])
        return bool(cursor.fetchone()[0])


def _number(name: str) -> int:
    return zlib.crc32(f"notifications.{name}".encode())


def due_ladders(now: datetime, limit: int, rooms: Collection[UUID] | None = None) -> list[RunningLadder]:
    """Lock at most `limit` ladders whose next step is due, longest due first; what was put off waits its turn.

    With `rooms`, of these alone.
    """
    due = RunningLadder.objects.filter(~failing.waits(Matter.LADDER, "room_id", now), next_step_at__lte=now)
    asked = due if rooms is None else due.filter(room__in=rooms)
    ordered = asked.order_by("next_step_at")[: limit if rooms is None else None]
    return list(ordered.select_for_update(no_key=True, of=("self",), skip_locked=True))


def ladders_of(rooms: Iterable[UUID]) -> list[RunningLadder]:
    """Lock every ladder of these rooms, in the order of their keys."""
    found = RunningLadder.objects.filter(room__in=set(rooms)).order_by("pk")
    return list(found.select_for_update(no_key=True, of=("self",)))


def due_digests(now: datetime, limit: int, people: Collection[UUID] | None = None) -> list[Wishes]:
    """Lock at most `limit` people whose digest is due, skipping what others hold and what was put off.

    With `people`, of these alone.
    """
    due = Wishes.objects.filter(~failing.waits(Matter.DIGEST, "person_id", now), next_digest_at__lte=now)
    asked = due if people is None else due.filter(person__in=people)
    ordered = asked.order_by("next_digest_at")[:limit]
    return list(ordered.select_for_update(no_key=True, of=("self",), skip_locked=True))


def wishes_of(person: User) -> Wishes:
    """Lock a person's wishes, and wait for it: all changes of switches are decided under this lock."""
    Wishes.objects.get_or_create(person=person)
    return Wishes.objects.select_for_update(no_key=True, of=("self",)).get(person=person)
