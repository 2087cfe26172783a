"""The approval window: a delivery without an objection is approved (R13)."""

from uuid import UUID

from django.db import connection

from marketplace import clock
from marketplace.actions import standing
from marketplace.vocabulary import WokenBy

APPROVE = """
    WITH approved AS (
        UPDATE marketplace_deal deal
        SET status = 'completed', approved_by = 'window', ended_at = deal.approval_deadline
        FROM marketplace_talkroom room
        WHERE deal.id = ANY(%(deals)s) AND deal.status = 'delivered' AND deal.approval_deadline < %(now)s
          AND room.deal_id = deal.id
        RETURNING deal.seller_id, deal.price, deal.ended_at, room.id AS room_id
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
        cursor.execute(APPROVE, {"deals": deals, "woken_by": woken_by.value, "now": now})
        sellers = [row[0] for row in cursor.fetchall()]
    standing.recompute(seller_ids=set(sellers))
    return len(sellers)
