"""The floor: what somebody who knows PostgreSQL writes by hand for this one job. No Celery, no Django, two processes.

Two statements a batch: one for everything that hangs on the deal, one for the sellers. The rank and
the search rank are spelled once more in SQL, which Renraku does not do: its rules stand in one place.
"""

import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from os import getpid

from tests.benchmarks.costs import Meter
from tests.benchmarks.databases import Connection, connect, settle_down
from tests.benchmarks.measured import Drained, Measured, measure
from tests.benchmarks.rows import SPREAD, place_requests

BATCH = 500
PROCESSES = 2
LEAD = timedelta(seconds=8)
"""For tidying up, and for the start of the processes."""
JUST_BEFORE = timedelta(seconds=0.2)
NOTHING_DUE = 0.001

CANCEL = """
    WITH due AS MATERIALIZED (
        SELECT request.id, request.room_id, request.reply_deadline, request.requester, room.deal_id
        FROM marketplace_cancelrequest request
        JOIN marketplace_talkroom room ON room.id = request.room_id
        WHERE request.status = 'awaiting_reply' AND request.reply_deadline < %(now)s
          AND (request.settle_after IS NULL OR request.settle_after <= %(now)s)
        ORDER BY request.reply_deadline
        LIMIT %(limit)s
        FOR NO KEY UPDATE OF room SKIP LOCKED
    ), ended AS (
        UPDATE marketplace_cancelrequest request
        SET status = 'auto_cancelled', ended_at = request.reply_deadline
        FROM due
        WHERE request.id = due.id AND request.status = 'awaiting_reply'
    ), cancelled AS (
        UPDATE marketplace_deal deal
        SET status = 'cancelled', cancel_cause = 'no_contact', ended_at = due.reply_deadline
        FROM due
        WHERE deal.id = due.deal_id AND deal.status = 'in_progress'
        RETURNING gen_random_uuid() AS verdict, due.id AS request, due.room_id, due.reply_deadline,
                  CASE due.requester WHEN 'buyer' THEN 'seller' ELSE 'buyer' END AS at_fault,
                  deal.id AS deal, deal.seller_id, deal.service_id, deal.price
    ), verdicts AS (
        INSERT INTO marketplace_verdict
          (id, deal_id, cancel_request_id, seller_id, cause, at_fault, effective_at, recorded_at, woken_by,
           reversed_because)
        SELECT verdict, deal, request, seller_id, 'no_contact', at_fault, reply_deadline, %(now)s, 'sweep', ''
        FROM cancelled
    ), lines AS (
        INSERT INTO marketplace_message (id, room_id, kind, line, body, posted_at)
        SELECT gen_random_uuid(), room_id, 'system', 'cancelled', '', %(now)s FROM cancelled
    ), reviews AS (
        INSERT INTO marketplace_review
          (id, deal_id, seller_id, service_id, verdict_id, rating, comment, dated_at, recorded_at)
        SELECT gen_random_uuid(), deal, seller_id, service_id, verdict, 1, '', reply_deadline, %(now)s
        FROM cancelled WHERE at_fault = 'seller'
    ), pauses AS (
        INSERT INTO marketplace_penaltypause (id, verdict_id, service_id, paused_at)
        SELECT gen_random_uuid(), cancelled.verdict, service.id, %(now)s
        FROM cancelled
        JOIN marketplace_service service ON service.seller_id = cancelled.seller_id AND service.own_status = 'accepting'
        WHERE cancelled.at_fault = 'seller'
    ), events AS (
        INSERT INTO marketplace_event (kind, room_id, seller_id, data, occurred_at, recorded_at)
        SELECT 'deal_cancelled', room_id, seller_id,
               jsonb_build_object('verdict', verdict, 'request', request, 'cause', 'no_contact',
                                  'at_fault', at_fault, 'woken_by', 'sweep', 'refund_yen', price),
               reply_deadline, %(now)s
        FROM cancelled
    )
    SELECT count(*), array_agg(DISTINCT seller_id) FILTER (WHERE at_fault = 'seller') FROM cancelled
"""

JUDGE = """
    WITH before AS MATERIALIZED (
        SELECT id, completed, cancelled_at_fault, rating_sum, rating_count, rank, search_rank
        FROM marketplace_seller WHERE id = ANY(%(sellers)s)
        ORDER BY id FOR NO KEY UPDATE
    ), counted AS (
        SELECT before.id, deals.completed, deals.revenue, verdicts.at_fault, reviews.total, reviews.number,
               least(deals.oldest, verdicts.oldest, reviews.oldest) AS oldest,
               CASE WHEN deals.completed + verdicts.at_fault > 0
                    THEN deals.completed::numeric / (deals.completed + verdicts.at_fault) END AS rate,
               CASE WHEN reviews.number > 0 THEN reviews.total::numeric / reviews.number END AS rating
        FROM before
        CROSS JOIN LATERAL (
            SELECT count(*) AS completed, coalesce(sum(deal.price), 0)::bigint AS revenue,
                   min(deal.ended_at) AS oldest
            FROM marketplace_deal deal
            WHERE deal.seller_id = before.id AND deal.status = 'completed'
              AND deal.ended_at BETWEEN %(start)s AND %(now)s) deals
        CROSS JOIN LATERAL (
            SELECT count(*) AS at_fault, min(verdict.effective_at) AS oldest FROM marketplace_verdict verdict
            WHERE verdict.seller_id = before.id AND verdict.at_fault = 'seller'
              AND verdict.effective_at BETWEEN %(start)s AND %(now)s) verdicts
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(review.rating), 0) AS total, count(*) AS number, min(review.dated_at) AS oldest
            FROM marketplace_review review
            WHERE review.seller_id = before.id AND review.hidden_at IS NULL
              AND review.dated_at BETWEEN %(start)s AND %(now)s) reviews
    ), ranked AS (
        SELECT counted.*,
               CASE WHEN revenue >= 100000 AND rate >= 0.9 AND rating >= 4.8 THEN 4
                    WHEN revenue >= 50000 AND rate >= 0.9 AND rating >= 4.8 THEN 3
                    WHEN completed >= 10 AND rate >= 0.8 THEN 2
                    WHEN completed >= 10 THEN 1 ELSE 0 END AS level
        FROM counted
    ), judged AS MATERIALIZED (
        SELECT ranked.*, (ARRAY['regular', 'bronze', 'silver', 'gold', 'platinum'])[level + 1] AS rank,
               round(1000 * level + 100 * coalesce(rating, 3.5)
                     - CASE WHEN completed + at_fault >= 5 AND rate < 0.8 THEN 3000 ELSE 0 END, 2) AS search_rank
        FROM ranked
    ), sellers AS (
        UPDATE marketplace_seller seller
        SET completed = judged.completed, revenue_yen = judged.revenue, cancelled_at_fault = judged.at_fault,
            rating_sum = judged.total, rating_count = judged.number, rank = judged.rank,
            search_rank = judged.search_rank, oldest_counted_at = judged.oldest, figures_at = %(now)s
        FROM judged WHERE seller.id = judged.id
    )
    INSERT INTO marketplace_event (kind, seller_id, data, occurred_at, recorded_at)
    SELECT 'standing_changed', judged.id,
           jsonb_build_object(
             'rank', jsonb_build_array(before.rank, judged.rank),
             'search_rank', jsonb_build_array(before.search_rank, judged.search_rank),
             'completed', jsonb_build_array(before.completed, judged.completed),
             'cancelled_at_fault', jsonb_build_array(before.cancelled_at_fault, judged.at_fault),
             'rating_sum', jsonb_build_array(before.rating_sum, judged.total),
             'rating_count', jsonb_build_array(before.rating_count, judged.number)),
           %(now)s, %(now)s
    FROM before JOIN judged ON judged.id = before.id
"""


def run(url: str, number: int) -> Measured:
    """Let `number` requests fall due within one second, and drain them as they do."""
    first_deadline = datetime.now(UTC) + LEAD + timedelta(seconds=number / 20_000)
    place_requests(url, number, first_deadline)
    settle_down(url)
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as processes:
        drains = [processes.submit(_drain, url, first_deadline) for _ in range(PROCESSES)]
        _sleep_until(first_deadline - JUST_BEFORE)
        meter = Meter(url, [getpid()])
        timings = [timing for drain in drains for timing in drain.result()]
        ended_at = datetime.now(UTC)
    return measure(url, number, Drained(first_deadline, ended_at, timings, meter.with_rows(meter.read())))


def _drain(url: str, first_deadline: datetime) -> list[float]:
    """Settle what falls due until nothing can. Returns how long each transaction took, in seconds."""
    timings: list[float] = []
    with connect(url, autocommit=False) as connection:
        assert datetime.now(UTC) < first_deadline - JUST_BEFORE, "the floor was not ready in time"
        _sleep_until(first_deadline)
        while True:
            is_last = datetime.now(UTC) > first_deadline + SPREAD
            began = time.perf_counter()
            if settle(connection, BATCH):
                timings.append(time.perf_counter() - began)
            elif is_last:
                return timings
            else:
                time.sleep(NOTHING_DUE)


def _sleep_until(moment: datetime) -> None:
    time.sleep(max(0.0, (moment - datetime.now(UTC)).total_seconds()))


def settle(connection: Connection, batch: int) -> int:
    """Settle one batch in one transaction. Returns how many."""
    with connection.transaction():
        now = datetime.now(UTC)
        values = {"now": now, "limit": batch}
        count, sellers = connection.execute(CANCEL, values).fetchone() or (0, None)
        if sellers:
            start = now - timedelta(days=90)
            connection.execute(JUDGE, {"now": now, "start": start, "sellers": sellers})
    return int(count)
