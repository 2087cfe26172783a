"""The statements of a verdict, each for one room or five hundred. `verdicts` alone calls them.

They join by primary key from rows that were locked or written before, so that only ids travel.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from marketplace.vocabulary import WokenBy

END_REQUESTS = """
    UPDATE marketplace_cancelrequest
    SET status = 'auto_cancelled', ended_at = reply_deadline
    WHERE id = ANY(%(requests)s) AND status = 'awaiting_reply' AND reply_deadline < %(now)s
    RETURNING id
"""

# One statement, since each part reads what the one before it wrote: only ids of requests travel, once.
WRITE_VERDICTS = """
    WITH cancelled AS (
        UPDATE marketplace_deal deal
        SET status = 'cancelled', cancel_cause = 'no_contact', ended_at = request.reply_deadline
        FROM marketplace_cancelrequest request
        JOIN marketplace_talkroom room ON room.id = request.room_id
        WHERE request.id = ANY(%(requests)s) AND deal.id = room.deal_id AND deal.status = 'in_progress'
        RETURNING gen_random_uuid() AS verdict_id, deal.id, deal.seller_id, deal.service_id, deal.price,
                  room.id AS room_id, request.id AS request_id, request.reply_deadline,
                  CASE request.requester WHEN 'buyer' THEN 'seller' ELSE 'buyer' END AS at_fault
    ), verdicts AS (
        INSERT INTO marketplace_verdict
          (id, deal_id, cancel_request_id, seller_id, cause, at_fault, effective_at, recorded_at, woken_by)
        SELECT verdict_id, id, request_id, seller_id, 'no_contact', at_fault, reply_deadline, %(now)s, %(woken_by)s
        FROM cancelled
    ), system_lines AS (
        INSERT INTO marketplace_message (id, room_id, kind, line, body, posted_at)
        SELECT gen_random_uuid(), room_id, 'system', 'cancelled', '', %(now)s
        FROM cancelled
    ), reviews AS (
        INSERT INTO marketplace_review
          (id, deal_id, seller_id, service_id, verdict_id, rating, comment, dated_at, recorded_at)
        SELECT gen_random_uuid(), id, seller_id, service_id, verdict_id, %(rating)s, '', reply_deadline, %(now)s
        FROM cancelled
        WHERE at_fault = 'seller'
    ), events AS (
        INSERT INTO marketplace_event (kind, room_id, seller_id, data, occurred_at, recorded_at)
        SELECT 'deal_cancelled', room_id, seller_id,
               jsonb_build_object(
                 'verdict', verdict_id, 'request', request_id, 'cause', 'no_contact',
                 'at_fault', at_fault, 'woken_by', %(woken_by)s::text, 'refund_yen', price),
               reply_deadline, %(now)s
        FROM cancelled
    )
    SELECT verdict_id, seller_id, at_fault = 'seller' FROM cancelled
"""

PAUSE_SERVICES = """
    INSERT INTO marketplace_penaltypause (id, verdict_id, service_id, paused_at)
    SELECT gen_random_uuid(), verdict.id, service.id, %(now)s
    FROM marketplace_verdict verdict
    JOIN marketplace_service service ON service.seller_id = verdict.seller_id AND service.own_status = 'accepting'
    WHERE verdict.id = ANY(%(verdicts)s)
"""


@dataclass(frozen=True)
class Written:
    """A verdict that was just written."""

    id: UUID
    seller: UUID
    seller_at_fault: bool


def end_requests(requests: list[UUID], now: datetime) -> list[UUID]:
    """Move those that are still open and overdue at `now`; returns which moved."""
    return [row[0] for row in _rows(END_REQUESTS, requests=requests, now=now)]


def write_verdicts(requests: list[UUID], *, woken_by: WokenBy, rating: int, now: datetime) -> list[Written]:
    """Cancel the deals of these requests as of the deadline, with everything that hangs on a deal.

    One verdict a request: at fault is its respondent. A line for both in the room; the automatic
    review 「★☆☆☆☆」 where the seller is at fault, dated at the deadline; the fact, with the refund
    that is due. A deal that is not in progress is left out.
    """
    values = {"requests": requests, "woken_by": woken_by.value, "rating": rating, "now": now}
    return [Written(*row) for row in _rows(WRITE_VERDICTS, **values)]


def pause_services(verdicts: list[UUID], now: datetime) -> None:
    """「全サービスが受付休止中」: a row for every accepting service, even if another verdict pauses it already."""
    _count(PAUSE_SERVICES, verdicts=verdicts, now=now)


def _rows(sql: str, **values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _count(sql: str, **values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)
