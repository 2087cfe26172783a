"""The only place where notifications lock rows: what is due, skipping what others hold.

Like `marketplace.locks`, always FOR NO KEY UPDATE.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from marketplace.models import User
from notifications.models import Notification, RunningLadder, Wishes
from notifications.vocabulary import Channel


def due_notifications(channel: Channel, now: datetime, limit: int) -> list[Notification]:
    """Lock at most `limit` notifications that are to be sent by this channel, longest due first."""
    due = Notification.objects.filter(state="waiting", channel=channel, next_attempt_at__lte=now)
    ordered = due.order_by("next_attempt_at")[:limit]
    return list(ordered.select_for_update(no_key=True, of=("self",), skip_locked=True))


def due_ladders(now: datetime, limit: int) -> list[RunningLadder]:
    """Lock at most `limit` ladders whose next step is due, longest due first."""
    due = RunningLadder.objects.filter(next_step_at__lte=now).order_by("next_step_at")[:limit]
    return list(due.select_for_update(no_key=True, of=("self",), skip_locked=True))


def ladders_of(rooms: Iterable[UUID]) -> list[RunningLadder]:
    """Lock every ladder of these rooms, in the order of their keys."""
    found = RunningLadder.objects.filter(room__in=set(rooms)).order_by("pk")
    return list(found.select_for_update(no_key=True, of=("self",)))


def due_digests(now: datetime, limit: int) -> list[Wishes]:
    """Lock at most `limit` people whose digest is due, skipping what others hold."""
    due = Wishes.objects.filter(next_digest_at__lte=now).order_by("next_digest_at")[:limit]
    return list(due.select_for_update(no_key=True, of=("self",), skip_locked=True))


def wishes_of(person: User) -> Wishes:
    """Lock what a person wishes, waiting for it: whoever changes a switch decides only after that."""
    Wishes.objects.get_or_create(person=person)
    return Wishes.objects.select_for_update(no_key=True, of=("self",)).get(person=person)
