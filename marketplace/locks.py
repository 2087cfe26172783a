"""The only way to lock, and the order: talk room → its request and deal → sellers by key → their services.

Every row lock is FOR NO KEY UPDATE: plain FOR UPDATE clashes with the key-share lock that each
insert with a foreign key takes, and deadlocks. Whatever touches a service locks its seller first.
What was read before or with a lock is only a candidate: read again after it, or let a guarded
UPDATE decide.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection

from marketplace.models import Seller, TalkRoom, User


def talk_room(room_id: UUID, person: User) -> TalkRoom | None:
    """Lock a room that this person is a party of, waiting for it; None when there is none."""
    return TalkRoom.objects.of(person).select_for_update(no_key=True, of=("self",)).filter(pk=room_id).first()


def seller(seller_id: UUID) -> Seller:
    """Lock one seller, waiting for it."""
    return Seller.objects.select_for_update(no_key=True, of=("self",)).get(pk=seller_id)


def sellers(seller_ids: Iterable[UUID]) -> list[Seller]:
    """Lock these sellers in the order of their keys, waiting for each."""
    return list(
        Seller.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=set(seller_ids)).order_by("pk")
    )


OVERDUE_ROOMS = """
    SELECT request.id
    FROM marketplace_cancelrequest request
    JOIN marketplace_talkroom room ON room.id = request.room_id
    WHERE request.status = 'awaiting_reply'
      AND request.reply_deadline < %(now)s
      AND (request.settle_after IS NULL OR request.settle_after <= %(now)s)
    ORDER BY request.reply_deadline
    LIMIT %(limit)s
    FOR NO KEY UPDATE OF room SKIP LOCKED
"""

ROOMS_OF_REQUESTS = """
    SELECT request.id
    FROM marketplace_cancelrequest request
    JOIN marketplace_talkroom room ON room.id = request.room_id
    WHERE request.id = ANY(%(requests)s)
    ORDER BY room.id
    FOR NO KEY UPDATE OF room {wait}
"""


def rooms_of_overdue_requests(now: datetime, limit: int) -> list[UUID]:
    """Lock at most `limit` rooms with an overdue request, longest overdue first; skip what others hold.

    Returns the requests. They come by the partial index on the deadline, whatever the number of
    rooms.
    """
    with connection.cursor() as cursor:
        cursor.execute(OVERDUE_ROOMS, {"now": now, "limit": limit})
        return [row[0] for row in cursor.fetchall()]


def rooms_of_requests(requests: Iterable[UUID], *, wait: bool) -> list[UUID]:
    """Lock the rooms of these requests; with `wait` wait for each, else skip what others hold."""
    with connection.cursor() as cursor:
        sql = ROOMS_OF_REQUESTS.format(wait="" if wait else "SKIP LOCKED")
        cursor.execute(sql, {"requests": list(requests)})
        return [row[0] for row in cursor.fetchall()]
