"""The only way to lock, and the order: talk room → its request and deal → sellers by key → their services.

Every row lock is FOR NO KEY UPDATE: plain FOR UPDATE clashes with the key-share lock that each
insert with a foreign key takes, and deadlocks. Whatever touches a service locks its seller first.
What was read before or with a lock is only a candidate: read again after it, or let a guarded
UPDATE decide.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection

from marketplace.arrays import array
from marketplace.models import Event, Seller, TalkRoom, User
from marketplace.reads.deadlines import Deadline


def talk_room(room_id: UUID, person: User) -> TalkRoom | None:
    """Lock a room of which this person is a party, waiting for it; None when there is none."""
    return TalkRoom.objects.of(person).select_for_update(no_key=True, of=("self",)).filter(pk=room_id).first()


def any_talk_room(room_id: UUID) -> TalkRoom:
    """Lock a room, waiting for it: for staff, and for the system itself."""
    return TalkRoom.objects.select_for_update(no_key=True, of=("self",)).get(pk=room_id)


def person(person_id: UUID) -> User | None:
    """Lock a person's own row, waiting for it; None when it was deleted."""
    return User.objects.select_for_update(no_key=True, of=("self",)).filter(pk=person_id).first()


def seller(seller_id: UUID) -> Seller:
    """Lock one seller, waiting for it."""
    return Seller.objects.select_for_update(no_key=True, of=("self",)).get(pk=seller_id)


SELLERS = 'SELECT "id" FROM marketplace_seller WHERE "id" = ANY(%s::uuid[]) ORDER BY "id" ASC FOR NO KEY UPDATE'


def sellers(seller_ids: Iterable[UUID]) -> list[UUID]:
    """Lock these sellers in the order of their keys, waiting for each. Returns the keys."""
    with connection.cursor() as cursor:
        cursor.execute(SELLERS, [array(seller_ids)])
        return [row[0] for row in cursor.fetchall()]


def unheard_events(limit: int, ids: Collection[int] | None = None) -> list[Event]:
    """Lock the events of `events.unheard`; skip those that another transaction holds."""
    unheard = Event.objects.filter(heard_at=None).order_by("id")
    asked = unheard.filter(put_off=False) if ids is None else unheard.filter(pk__in=ids)
    return list(asked[:limit].select_for_update(no_key=True, of=("self",), skip_locked=True))


OVERDUE_ROOMS = """
    SELECT due.id
    FROM {table} due
    JOIN marketplace_talkroom room ON {joins_room}
    WHERE due.status = '{status}'
      AND due.{column} < %(now)s
      AND (due.settle_after IS NULL OR due.settle_after <= %(now)s)
      AND NOT {decided_before}
    ORDER BY due.{column}
    LIMIT %(limit)s
    FOR NO KEY UPDATE OF room SKIP LOCKED
"""

ROOMS_OF_ROWS = """
    SELECT due.id
    FROM {table} due
    JOIN marketplace_talkroom room ON {joins_room}
    WHERE due.id = ANY(%(rows)s::uuid[])
    ORDER BY room.id
    FOR NO KEY UPDATE OF room {wait}
"""


def rooms_of_overdue_rows(deadline: Deadline, now: datetime, limit: int) -> list[UUID]:
    """Lock at most `limit` rooms that this deadline has decided, longest overdue first; skip what others hold.

    Returns the rows that carry the deadline, found by its partial index.
    """
    with connection.cursor() as cursor:
        cursor.execute(deadline.sql(OVERDUE_ROOMS), {"now": now, "limit": limit})
        return [row[0] for row in cursor.fetchall()]


def rooms_of_rows(deadline: Deadline, rows: Iterable[UUID], *, wait: bool) -> list[UUID]:
    """Lock the rooms of these rows; with `wait` wait for each, else skip what others hold."""
    with connection.cursor() as cursor:
        sql = deadline.sql(ROOMS_OF_ROWS, wait="" if wait else "SKIP LOCKED")
        cursor.execute(sql, {"rows": array(rows)})
        return [row[0] for row in cursor.fetchall()]
