"""Record a fact: a row in the transaction that made it true (audit trail and outbox)."""

from datetime import datetime
from typing import Any

from marketplace.models import Event, Seller, TalkRoom, User
from marketplace.vocabulary import EventKind


def record(
    kind: EventKind,
    *,
    at: datetime,
    room: TalkRoom | None = None,
    seller: Seller | None = None,
    actor: User | None = None,
    recorded_at: datetime | None = None,
    **data: Any,
) -> Event:
    """Write what happened. `at` is when it took effect; `recorded_at` is `at` unless given."""
    return Event.objects.create(
        kind=kind,
        room=room,
        seller=seller,
        actor=actor,
        data=data,
        occurred_at=at,
        recorded_at=recorded_at or at,
    )
