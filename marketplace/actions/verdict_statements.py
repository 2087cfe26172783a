"""The statements of a verdict, each for one room or five hundred. `verdicts` alone calls them.

Each joins by primary key from the rows that the one before it wrote, so that only ids travel.
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

CANCEL_DEALS = """
    UPDATE marketplace_deal deal
    SET status = 'cancelled', cancel_cause = 'no_contact', ended_at = request.reply_deadline
    FROM marketplace_cancelrequest request
    JOIN marketplace_talkroom room ON room.id = request.room_id
    WHERE request.id = ANY(%(requests)s) AND deal.id = room.deal_id AND deal.status = 'in_progress'
"""

WRITE_VERDICTS = """
    INSERT INTO marketplace_verdict
      (id, deal_id, cancel_request_id, seller_id, cause, at_fault, effective_at, recorded_at, woken_by)
    SELECT gen_random_uuid(), deal.id, request.id, deal.seller_id, deal.cancel_cause,
           CASE request.requester WHEN 'buyer' THEN 'seller' ELSE 'buyer' END,
           request.reply_deadline, %(now)s, %(woken_by)s
    FROM marketplace_cancelrequest request
    JOIN marketplace_talkroom room ON room.id = request.room_id
    JOIN marketplace_deal deal ON deal.id = room.deal_id
    WHERE request.id = ANY(%(requests)s)
    RETURNING id, seller_id, at_fault = 'seller'
"""

WRITE_SYSTEM_LINES = """
    INSERT INTO marketplace_message (id, room_id, kind, line, body, posted_at)
    SELECT gen_random_uuid(), room.id, 'system', 'cancelled', '', %(now)s
    FROM marketplace_verdict verdict
    JOIN marketplace_talkroom room ON room.deal_id = verdict.deal_id
    WHERE verdict.id = ANY(%(verdicts)s)
"""

WRITE_REVIEWS = """
    INSERT INTO marketplace_review
      (id, deal_id, seller_id, service_id, verdict_id, rating, comment, dated_at, recorded_at)
    SELECT gen_random_uuid(), deal.id, deal.seller_id, deal.service_id, verdict.id, %(rating)s, '',
           verdict.effective_at, %(now)s
    FROM marketplace_verdict verdict
    JOIN marketplace_deal deal ON deal.id = verdict.deal_id
    WHERE verdict.id = ANY(%(verdicts)s)
"""

PAUSE_SERVICES = """
    INSERT INTO marketplace_penaltypause (id, verdict_id, service_id, paused_at)
    SELECT gen_random_uuid(), verdict.id, service.id, %(now)s
    FROM marketplace_verdict verdict
    JOIN marketplace_service service ON service.seller_id = verdict.seller_id AND service.own_status = 'accepting'
    WHERE verdict.id = ANY(%(verdicts)s)
"""

WRITE_EVENTS = """
    INSERT INTO marketplace_event (kind, room_id, seller_id, data, occurred_at, recorded_at)
    SELECT 'deal_cancelled', room.id, verdict.seller_id,
           jsonb_build_object(
             'verdict', verdict.id, 'request', verdict.cancel_request_id, 'cause', verdict.cause,
             'at_fault', verdict.at_fault, 'woken_by', verdict.woken_by, 'refund_yen', deal.price),
           verdict.effective_at, %(now)s
    FROM marketplace_verdict verdict
    JOIN marketplace_deal deal ON deal.id = verdict.deal_id
    JOIN marketplace_talkroom room ON room.deal_id = deal.id
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


def cancel_deals(requests: list[UUID]) -> int:
    """Cancel the deals of these requests as of the deadline; returns how many were in progress."""
    return _count(CANCEL_DEALS, requests=requests)


def write_verdicts(requests: list[UUID], woken_by: WokenBy, now: datetime) -> list[Written]:
    """Write one verdict a request: at fault is its respondent."""
    return [Written(*row) for row in _rows(WRITE_VERDICTS, requests=requests, woken_by=woken_by.value, now=now)]


def write_system_lines(verdicts: list[Written], now: datetime) -> None:
    """Tell both in the room that the deal was cancelled."""
    _count(WRITE_SYSTEM_LINES, verdicts=[verdict.id for verdict in verdicts], now=now)


def write_reviews(verdicts: list[UUID], rating: int, now: datetime) -> None:
    """Write the automatic review 「★☆☆☆☆」, dated at the deadline."""
    _count(WRITE_REVIEWS, verdicts=verdicts, rating=rating, now=now)


def pause_services(verdicts: list[UUID], now: datetime) -> None:
    """「全サービスが受付休止中」: a row for every accepting service, even if another verdict pauses it already."""
    _count(PAUSE_SERVICES, verdicts=verdicts, now=now)


def write_events(verdicts: list[Written], now: datetime) -> None:
    """Record the fact, with the refund that is due."""
    _count(WRITE_EVENTS, verdicts=[verdict.id for verdict in verdicts], now=now)


def _rows(sql: str, **values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _count(sql: str, **values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)
