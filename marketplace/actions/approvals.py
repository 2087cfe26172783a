"""The approval window: a delivery without an objection is approved (R13)."""

from uuid import UUID

from django.db import connection

from marketplace import clock
from marketplace.actions import standing
from marketplace.reads.deadlines import REPLY_DECIDED_BEFORE_APPROVAL
from marketplace.vocabulary import WokenBy

APPROVE = """
    WITH approved AS (
        UPDATE marketplace_deal due
        SET status = 'completed', approved_by = 'window', ended_at = due.approval_deadline
        FROM marketplace_talkroom room
        WHERE due.id = ANY(%(deals)s) AND due.status = 'delivered' AND due.approval_deadline < %(now)s
          AND room.deal_id = due.id AND NOT {decided_before}
        RETURNING due.seller_id, due.price, due.ended_at, room.id AS room_id
    ), system_lines AS (
        INSERT INTO marketplace_message (id, room_id, kind, line, body, posted_at)
        SELECT gen_random_uuid(), room_id, 'system', 'approved_by_window', '', %(now)s
        FROM approved
    ), events AS (
        INSERT INTO marketplace_event (kind, room_id, seller_id, data, occurred_at, recorded_at)
        SELECT 'deal_completed', room_id, seller_id,
               jsonb_build_object('approved_by', 'window', 'woken_by', %(woken_by)s::text, 'price_yen', price),
               ended_at, %(now)s
        FROM approved
    )
    SELECT seller_id FROM approved
"""


def approve_overdue(deals: list[UUID], woken_by: WokenBy) -> int:
    """Complete the deals that the buyer "neither approves nor sends back within 72 h". Their rooms are locked."""
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            APPROVE.format(decided_before=REPLY_DECIDED_BEFORE_APPROVAL),
            {"deals": deals, "woken_by": woken_by.value, "now": now},
        )
        sellers = [row[0] for row in cursor.fetchall()]
    standing.recompute(seller_ids=set(sellers))
    return len(sellers)
