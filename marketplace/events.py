"""Records a fact as a row in the transaction that made it true (audit trail and outbox).

After the commit a doorbell rings. It carries nothing, so that a bell that is lost or rings twice changes
nothing: receivers read the rows.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.dispatch import Signal

from marketplace import locks
from marketplace.models import Event, Seller, TalkRoom, User
from marketplace.vocabulary import EventKind

doorbell = Signal()
"""Sent after a commit that recorded something. Sent robustly: a receiver's error is never the person's who acted."""

room_seen = Signal()
"""Sent when somebody was shown a talk room (`person`, `room_id`)."""

access_ended = Signal()
"""Sent in the transaction in which staff end what is open in a person's name (`person`).

A receiver ends what it keeps, and returns how much that was, by name. An error undoes it all.
"""


def record(
    kind: EventKind,
    *,
    at: datetime,
    room: TalkRoom | None = None,
    seller: Seller | None = None,
    actor: User | None = None,
    person: User | None = None,
    **data: Any,
) -> Event:
    """Write what happened and took effect at `at`."""
    ring_the_doorbell()
    return Event.objects.create(
        kind=kind,
        room=room,
        seller=seller,
        actor=actor,
        person=person,
        data=data,
        occurred_at=at,
        recorded_at=at,
    )


def ring_the_doorbell() -> None:
    """Ring once after this transaction's commit, however many facts it recorded."""
    waiting = transaction.get_connection().run_on_commit
    if not any(function is _ring for _, function, _ in waiting):
        transaction.on_commit(_ring, robust=True)


def _ring() -> None:
    doorbell.send_robust(sender=Event)


def unheard(limit: int, ids: Collection[int] | None = None) -> list[Event]:
    """Return at most `limit` events that nobody has heard, oldest first, locked until the transaction ends.

    Without those that were put off; with `ids`, of these alone, put off or not.
    """
    return locks.unheard_events(limit, ids)


def is_any_unheard() -> bool:
    """Whether the outbox holds an unheard event. Events that were put off do not count."""
    return Event.objects.filter(heard_at=None, put_off=False).exists()


def put_off(event_id: int) -> None:
    """Let the others pass an event that could not be heard. Call it in the transaction that says until when."""
    Event.objects.filter(pk=event_id, heard_at=None).update(put_off=True)


def heard(ids: Collection[int], at: datetime) -> None:
    """Mark these as heard. Call it in the transaction that writes what came of them."""
    Event.objects.filter(pk__in=ids).update(heard_at=at)
