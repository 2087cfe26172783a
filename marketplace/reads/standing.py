"""Counts a seller's figures from rows (R11). The verdict and every preview of it share this recount."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from marketplace.arrays import array
from marketplace.rules import Figures

RECOUNT = """
    SELECT seller.id,
           deals.completed, deals.revenue, verdicts.at_fault, reviews.total, reviews.number,
           least(deals.oldest, verdicts.oldest, reviews.oldest)
    FROM unnest(%(sellers)s::uuid[]) AS seller(id)
    CROSS JOIN LATERAL (
        SELECT count(*) AS completed, coalesce(sum(deal.price), 0)::bigint AS revenue, min(deal.ended_at) AS oldest
        FROM marketplace_deal deal
        WHERE deal.seller_id = seller.id AND deal.status = 'completed'
          AND deal.ended_at BETWEEN %(start)s AND %(now)s
    ) deals
    CROSS JOIN LATERAL (
        SELECT count(*) AS at_fault, min(verdict.effective_at) AS oldest
        FROM marketplace_verdict verdict
        WHERE verdict.seller_id = seller.id AND verdict.at_fault = 'seller'
          AND verdict.effective_at BETWEEN %(start)s AND %(now)s
          AND verdict.id <> ALL(%(without)s::uuid[])
    ) verdicts
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(review.rating), 0) AS total, count(*) AS number, min(review.dated_at) AS oldest
        FROM marketplace_review review
        WHERE review.seller_id = seller.id AND review.hidden_at IS NULL
          AND review.dated_at BETWEEN %(start)s AND %(now)s
          AND (review.verdict_id IS NULL OR review.verdict_id <> ALL(%(without)s::uuid[]))
    ) reviews
"""


class Recounted(NamedTuple):
    """A seller's figures, and the oldest date that they count."""

    figures: Figures
    oldest_counted_at: datetime | None


def recount(
    sellers: Collection[UUID], start: datetime, now: datetime, *, without: Collection[UUID] = ()
) -> dict[UUID, Recounted]:
    """Count the figures of these sellers over the window from `start` to `now`, both inclusive.

    `without` leaves verdicts out, with their reviews: what the figures would be if these were reversed.
    """
    with connection.cursor() as cursor:
        cursor.execute(RECOUNT, {"sellers": array(sellers), "without": array(without), "start": start, "now": now})
        return {
            seller: Recounted(
                Figures(
                    completed=completed,
                    revenue_yen=revenue,
                    cancelled_at_fault=at_fault,
                    rating_sum=total,
                    rating_count=number,
                ),
                oldest,
            )
            for seller, completed, revenue, at_fault, total, number, oldest in cursor.fetchall()
        }
