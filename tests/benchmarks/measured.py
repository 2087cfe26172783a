"""What one run of one contender was, and whether it did what it should."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any

from marketplace import rules
from marketplace.rules import Figures
from tests.benchmarks.costs import Costs
from tests.benchmarks.databases import Connection, connect, one
from tests.benchmarks.rows import POLICY

# Verdicts from before the window are there too; figures leave them out.
THIS_RUN = """
    CREATE TEMPORARY VIEW verdict_of_this_run AS
    SELECT * FROM marketplace_verdict WHERE effective_at > clock_timestamp() - interval '1 day'
"""
LATENESS = """
    SELECT percentile_disc(ARRAY[0.5, 0.99, 1]) WITHIN GROUP (ORDER BY extract(epoch FROM recorded_at - effective_at))
    FROM verdict_of_this_run
"""

# What must be nothing, each by its own count of the rows: none of it shares a line with what is measured.
WRONG = {
    "verdicts that came early": "SELECT count(*) FROM verdict_of_this_run WHERE recorded_at <= effective_at",
    "requests not cancelled at their deadline": """
        SELECT count(*) FROM marketplace_cancelrequest
        WHERE status <> 'auto_cancelled' OR ended_at <> reply_deadline""",
    "deals not cancelled at the deadline": """
        SELECT count(*) FROM marketplace_cancelrequest request
        JOIN marketplace_talkroom room ON room.id = request.room_id JOIN marketplace_deal deal ON deal.id = room.deal_id
        WHERE deal.status <> 'cancelled' OR deal.ended_at <> request.reply_deadline""",
    "verdicts without the automatic review": """
        SELECT count(*) FROM verdict_of_this_run verdict
        LEFT JOIN marketplace_review review ON review.verdict_id = verdict.id AND review.rating = 1
         AND review.dated_at = verdict.effective_at AND review.deal_id = verdict.deal_id
        WHERE review.id IS NULL""",
    "verdicts without the line in the room": """
        SELECT count(*) FROM verdict_of_this_run verdict
        JOIN marketplace_talkroom room ON room.deal_id = verdict.deal_id
        LEFT JOIN marketplace_message message ON message.room_id = room.id AND message.line = 'cancelled'
        WHERE message.id IS NULL""",
    "accepting services without their pause": """
        SELECT count(*) FROM verdict_of_this_run verdict JOIN marketplace_service service
          ON service.seller_id = verdict.seller_id AND service.own_status = 'accepting'
        LEFT JOIN marketplace_penaltypause pause ON pause.verdict_id = verdict.id AND pause.service_id = service.id
        WHERE pause.id IS NULL""",
    "verdicts without their event": """
        SELECT count(*) FROM verdict_of_this_run verdict
        JOIN marketplace_talkroom room ON room.deal_id = verdict.deal_id
        LEFT JOIN marketplace_event event ON event.room_id = room.id AND event.kind = 'deal_cancelled'
         AND event.data->>'verdict' = verdict.id::text
        WHERE event.id IS NULL""",
    "sellers at fault without the event of their standing": """
        SELECT count(DISTINCT verdict.seller_id) FROM verdict_of_this_run verdict
        LEFT JOIN marketplace_event event ON event.seller_id = verdict.seller_id AND event.kind = 'standing_changed'
        WHERE event.id IS NULL""",
    "sellers whose figures tell another oldest date": """
        SELECT count(*) FROM marketplace_seller seller WHERE oldest_counted_at IS DISTINCT FROM least(
          (SELECT min(ended_at) FROM marketplace_deal WHERE seller_id = seller.id AND status = 'completed'),
          (SELECT min(effective_at) FROM verdict_of_this_run WHERE seller_id = seller.id),
          (SELECT min(dated_at) FROM marketplace_review
           WHERE seller_id = seller.id AND hidden_at IS NULL AND dated_at > clock_timestamp() - interval '90 days'))""",
}

STANDINGS = """
    SELECT seller.completed, seller.revenue_yen, seller.cancelled_at_fault, seller.rating_sum, seller.rating_count,
           seller.rank, seller.search_rank,
           coalesce(deals.number, 0), coalesce(deals.revenue, 0), coalesce(verdicts.number, 0),
           coalesce(reviews.stars, 0), coalesce(reviews.number, 0)
    FROM marketplace_seller seller
    LEFT JOIN (SELECT seller_id, count(*) AS number, sum(price) AS revenue FROM marketplace_deal
               WHERE status = 'completed' GROUP BY seller_id) deals ON deals.seller_id = seller.id
    LEFT JOIN (SELECT seller_id, count(*) AS number FROM verdict_of_this_run GROUP BY seller_id) verdicts
           ON verdicts.seller_id = seller.id
    LEFT JOIN (SELECT seller_id, count(*) AS number, sum(rating) AS stars FROM marketplace_review
               WHERE dated_at > clock_timestamp() - interval '90 days' GROUP BY seller_id)
           reviews ON reviews.seller_id = seller.id
"""
FIGURES = ("completed", "revenue_yen", "cancelled_at_fault", "rating_sum", "rating_count")
STANDING = len(FIGURES) + 2


@dataclass(frozen=True)
class Drained:
    """When a drain began and ended, how long its transactions took, in seconds, and what it cost until its end."""

    first_deadline: datetime
    ended_at: datetime
    transactions: list[float]
    costs: Costs


@dataclass(frozen=True)
class Measured:
    """One run. Times in seconds; the rate counts until the last commit could be seen."""

    number: int
    rate: float
    lateness_p50: float
    lateness_p99: float
    lateness_max: float
    transaction_p50: float
    costs: Costs
    wake_ups_gone_after: float | None = None
    """Until the last wake-up that had nothing to do was gone, from the last verdict on."""
    heard_after: float | None = None
    """Until the last event was heard, from the last verdict on."""
    notes: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def measure(url: str, number: int, drained: Drained, notes: Sequence[str] = (), **after: float) -> Measured:
    """Read the verdicts of a run, and check every consequence."""
    with connect(url) as connection:
        connection.execute(THIS_RUN)
        p50, p99, worst = one(connection, LATENESS) or (0, 0, 0)
        return Measured(
            number=number,
            rate=number / (drained.ended_at - drained.first_deadline).total_seconds(),
            lateness_p50=float(p50),
            lateness_p99=float(p99),
            lateness_max=float(worst),
            transaction_p50=median(drained.transactions) if drained.transactions else 0.0,
            costs=drained.costs,
            notes=list(notes),
            **after,
            wrong=_wrong(connection, number),
        )


def _wrong(connection: Connection, number: int) -> list[str]:
    """Say what is not as it should be."""
    verdicts = one(connection, "SELECT count(*) FROM verdict_of_this_run")
    wrong = [] if verdicts == number else [f"{verdicts} verdicts instead of {number}"]
    found = {what: one(connection, statement) for what, statement in WRONG.items()}
    wrong += [f"{count} {what}" for what, count in found.items() if count]
    disagreeing = sum(not _agrees(row) for row in connection.execute(STANDINGS))
    return wrong + ([f"{disagreeing} sellers whose figures are not a recount's"] if disagreeing else [])


def _agrees(row: tuple[Any, ...]) -> bool:
    """Compare what stands in a seller's row with what its rows add up to."""
    counted = tuple(int(value) for value in row[STANDING:])
    figures = Figures(**dict(zip(FIGURES, counted, strict=True)))
    return row[:STANDING] == (*counted, rules.rank(POLICY, figures).value, rules.search_rank(POLICY, figures))
