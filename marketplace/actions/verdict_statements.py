"""The statements of a verdict, each for one room or five hundred. `verdicts` alone calls them.

They join by primary key from rows that were locked or written before, so that only ids travel.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from marketplace.arrays import array
from marketplace.reads.deadlines import DEAL_DECIDED_BEFORE_REPLY, REPLY_DECIDED_BEFORE_FIRST_CONTACT
from marketplace.vocabulary import WokenBy

END_REQUESTS = """
    UPDATE marketplace_cancelrequest due
    SET status = 'auto_cancelled', ended_at = due.reply_deadline
    FROM marketplace_talkroom room
    WHERE due.id = ANY(%(requests)s::uuid[]) AND due.status = 'awaiting_reply' AND due.reply_deadline < %(now)s
      AND room.id = due.room_id AND NOT {decided_before}
    RETURNING due.id
"""

OF_REQUESTS = """
    SELECT room.deal_id, room.id AS room_id, request.id AS request_id, request.reply_deadline AS deadline,
           'no_contact' AS cause, 'cancelled' AS line,
           CASE request.requester WHEN 'buyer' THEN 'seller' ELSE 'buyer' END AS at_fault
    FROM marketplace_cancelrequest request
    JOIN marketplace_talkroom room ON room.id = request.room_id
    WHERE request.id = ANY(%(rows)s::uuid[])
"""

OF_DEALS = """
    SELECT due.id AS deal_id, room.id AS room_id, NULL::uuid AS request_id, due.first_contact_deadline AS deadline,
           'no_first_contact' AS cause, 'cancelled_without_first_contact' AS line, 'seller' AS at_fault
    FROM marketplace_deal due
    JOIN marketplace_talkroom room ON room.deal_id = due.id
    WHERE due.id = ANY(%(rows)s::uuid[]) AND due.first_contact_deadline < %(now)s AND NOT {decided_before}
"""

# One statement, since each part reads what the one before it wrote: only ids travel, once.
WRITE_VERDICTS = """
    WITH cancelled AS (
        UPDATE marketplace_deal deal
        SET status = 'cancelled', cancel_cause = decided.cause, ended_at = decided.deadline
        FROM ({decided}) decided
        WHERE deal.id = decided.deal_id AND deal.status = 'in_progress'
        RETURNING gen_random_uuid() AS verdict_id, deal.id, deal.seller_id, deal.service_id, deal.price,
                  decided.room_id, decided.request_id, decided.deadline, decided.cause, decided.line, decided.at_fault
    ), verdicts AS (
        INSERT INTO marketplace_verdict
          (id, deal_id, cancel_request_id, seller_id, cause, at_fault, effective_at, recorded_at, woken_by,
           reversed_because)
        SELECT verdict_id, id, request_id, seller_id, cause, at_fault, deadline, %(now)s, %(woken_by)s, ''
        FROM cancelled
    ), system_lines AS (
        INSERT INTO marketplace_message (id, room_id, kind, line, body, posted_at)
        SELECT gen_random_uuid(), room_id, 'system', line, '', %(now)s
        FROM cancelled
    ), reviews AS (
        INSERT INTO marketplace_review
          (id, deal_id, seller_id, service_id, verdict_id, rating, comment, dated_at, recorded_at)
        SELECT gen_random_uuid(), id, seller_id, service_id, verdict_id, %(rating)s, '', deadline, %(now)s
        FROM cancelled
        WHERE at_fault = 'seller'
    ), events AS (
        INSERT INTO marketplace_event (kind, room_id, seller_id, data, occurred_at, recorded_at)
        SELECT 'deal_cancelled', room_id, seller_id,
               jsonb_build_object(
                 'verdict', verdict_id, 'request', request_id, 'cause', cause,
                 'at_fault', at_fault, 'woken_by', %(woken_by)s::text, 'refund_yen', price),
               deadline, %(now)s
        FROM cancelled
    )
    SELECT verdict_id, seller_id, at_fault = 'seller', room_id FROM cancelled
"""

END_REQUESTS_WITH_DEALS = """
    WITH ended AS (
        UPDATE marketplace_cancelrequest request
        SET status = 'ended_with_deal', ended_at = deal.ended_at
        FROM marketplace_talkroom room
        JOIN marketplace_deal deal ON deal.id = room.deal_id
        WHERE room.id = ANY(%(rooms)s::uuid[]) AND request.room_id = room.id AND request.status = 'awaiting_reply'
        RETURNING request.id, request.room_id, request.ended_at
    )
    INSERT INTO marketplace_event (kind, room_id, data, occurred_at, recorded_at)
    SELECT 'request_ended_with_deal', room_id, jsonb_build_object('request', id), ended_at, %(now)s
    FROM ended
"""

PAUSE_SERVICES = """
    INSERT INTO marketplace_penaltypause (id, verdict_id, service_id, paused_at)
    SELECT gen_random_uuid(), verdict.id, service.id, %(now)s
    FROM marketplace_verdict verdict
    JOIN marketplace_service service ON service.seller_id = verdict.seller_id AND service.own_status = 'accepting'
    WHERE verdict.id = ANY(%(verdicts)s::uuid[])
"""


@dataclass(frozen=True)
class Written:
    """A verdict that was just written."""

    id: UUID
    seller: UUID
    seller_at_fault: bool
    room: UUID


def end_requests(requests: list[UUID], now: datetime) -> list[UUID]:
    """Move those that are still open and overdue at `now`, unless another deadline came first; returns which."""
    sql = END_REQUESTS.format(decided_before=DEAL_DECIDED_BEFORE_REPLY)
    return [row[0] for row in _rows(sql, requests=array(requests), now=now)]


def write_verdicts(requests: list[UUID], *, woken_by: WokenBy, rating: int, now: datetime) -> list[Written]:
    """Cancel the deals of these requests as of the deadline, with everything that hangs on a deal.

    One verdict a request: at fault is its respondent. A line for both in the room; the automatic
    review 「★☆☆☆☆」 where the seller is at fault, dated at the deadline; the fact, with the refund
    that is due. A deal that is not in progress is left out.
    """
    return _write(OF_REQUESTS, requests, woken_by, rating, now)


def write_verdicts_without_request(
    deals: list[UUID], *, woken_by: WokenBy, rating: int, now: datetime
) -> list[Written]:
    """Do the same for deals past their first-contact limit; a request that is open ends with its deal."""
    decided = OF_DEALS.format(decided_before=REPLY_DECIDED_BEFORE_FIRST_CONTACT)
    written = _write(decided, deals, woken_by, rating, now)
    if written:
        _count(END_REQUESTS_WITH_DEALS, rooms=array(verdict.room for verdict in written), now=now)
    return written


def _write(decided: str, rows: list[UUID], woken_by: WokenBy, rating: int, now: datetime) -> list[Written]:
    values = {"rows": array(rows), "woken_by": woken_by.value, "rating": rating, "now": now}
    return [Written(*row) for row in _rows(WRITE_VERDICTS.format(decided=decided), **values)]


def pause_services(verdicts: list[UUID], now: datetime) -> None:
    """「全サービスが受付休止中」: a row for every accepting service, even if another verdict pauses it already."""
    _count(PAUSE_SERVICES, verdicts=array(verdicts), now=now)


def _rows(sql: str, **values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _count(sql: str, **values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)
