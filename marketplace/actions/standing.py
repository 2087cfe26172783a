"""A seller's figures, rank and search rank: recomputed from rows after each change, never incremented."""

import functools
import time
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection

from marketplace import clock, failing, locks, rules, window
from marketplace.failing import Done, Work
from marketplace.models import Seller
from marketplace.reads.standing import Recounted, recount
from marketplace.vocabulary import Matter

WRITE_SELLERS = """
    UPDATE marketplace_seller seller
    SET completed = figures.completed, revenue_yen = figures.revenue_yen,
        cancelled_at_fault = figures.cancelled_at_fault,
        rating_sum = figures.rating_sum, rating_count = figures.rating_count,
        rank = figures.rank, search_rank = figures.search_rank,
        oldest_counted_at = figures.oldest_counted_at, figures_at = %s
    FROM unnest(%s::uuid[], %s::int[], %s::bigint[], %s::int[], %s::int[], %s::int[], %s::text[], %s::numeric[],
                %s::timestamptz[])
      AS figures (id, completed, revenue_yen, cancelled_at_fault, rating_sum, rating_count, rank, search_rank,
                  oldest_counted_at)
    WHERE seller.id = figures.id
"""

WRITE_SERVICES = """
    UPDATE marketplace_service service
    SET search_rank = seller.search_rank
    FROM marketplace_seller seller
    WHERE seller.id = ANY(%s) AND service.seller_id = seller.id AND service.search_rank <> seller.search_rank
"""

WRITE_EVENTS = """
    INSERT INTO marketplace_event (kind, seller_id, data, occurred_at, recorded_at)
    SELECT 'standing_changed', seller.id,
           jsonb_build_object(
             'rank', jsonb_build_array(before.rank, seller.rank),
             'search_rank', jsonb_build_array(before.search_rank, seller.search_rank),
             'completed', jsonb_build_array(before.completed, seller.completed),
             'cancelled_at_fault', jsonb_build_array(before.cancelled_at_fault, seller.cancelled_at_fault),
             'rating_sum', jsonb_build_array(before.rating_sum, seller.rating_sum),
             'rating_count', jsonb_build_array(before.rating_count, seller.rating_count)),
           %(now)s, %(now)s
    FROM unnest(%(ids)s::uuid[], %(ranks)s::text[], %(search_ranks)s::numeric[], %(completed)s::int[],
                %(at_fault)s::int[], %(sums)s::int[], %(counts)s::int[])
      AS before (id, rank, search_rank, completed, cancelled_at_fault, rating_sum, rating_count)
    JOIN marketplace_seller seller ON seller.id = before.id
"""


SELLERS_AT_ONCE = 200
"""How many sellers one transaction of the daily look locks at most."""
RECOUNT_FOR = 45.0
"""Seconds that one look goes on; the next one continues."""


def recompute(*, seller_ids: Collection[UUID]) -> None:
    """Recount these sellers over the window before now and write figures, ranks and search order.

    Locks the sellers by key and reads the clock after that: one read before would leave out what
    another writer dated in between. Call it inside the transaction of the change, after the change.
    """
    if seller_ids:
        recompute_locked(sellers=locks.sellers(seller_ids), now=clock.now())


def recompute_where_the_window_moved() -> int:
    """Recount the sellers from whose window something fell since they were counted (R11). Returns how many.

    They come by the index of the oldest date that their figures count, so that a look at nothing
    costs nothing, however many sellers there are. One who cannot be recounted is put off, and stops nobody.
    """
    until = time.monotonic() + RECOUNT_FOR
    total = Done()
    while time.monotonic() < until and (sellers := _left_behind()):
        total += failing.attempt(RECOUNTING, functools.partial(list, sellers))
    return total.done


def _left_behind(keys: Collection[str] | None = None) -> list[UUID]:
    now = clock.now()
    late = Seller.objects.filter(~failing.waits(Matter.WINDOW, "pk", now), oldest_counted_at__lt=window.start(now))
    asked = late if keys is None else late.filter(pk__in=keys)
    return list(asked.order_by("oldest_counted_at").values_list("pk", flat=True)[:SELLERS_AT_ONCE])


def _recount(sellers: list[UUID]) -> None:
    recompute(seller_ids=sellers)
    failing.forgive(Matter.WINDOW, [str(seller) for seller in sellers])


RECOUNTING = Work(matter=Matter.WINDOW, lock=_left_behind, key=str, carry_out=_recount)


def recompute_locked(*, sellers: list[Seller], now: datetime) -> None:
    """Do the same for sellers whose locks were taken before `now`. What does not change is not told."""
    figures = recount([seller.pk for seller in sellers], window.start(now), now)
    changed = [seller for seller in sellers if seller.figures != figures[seller.pk].figures]
    with connection.cursor() as cursor:
        cursor.execute(WRITE_SELLERS, [now, *_columns(figures)])
        cursor.execute(WRITE_SERVICES, [list(figures)])
        if changed:
            cursor.execute(WRITE_EVENTS, {"now": now, **_before(changed)})


def _columns(figures: dict[UUID, Recounted]) -> list[list[object]]:
    policy = settings.POLICY
    rows = [
        (
            seller,
            each.completed,
            each.revenue_yen,
            each.cancelled_at_fault,
            each.rating_sum,
            each.rating_count,
            rules.rank(policy, each).value,
            rules.search_rank(policy, each),
            oldest_counted_at,
        )
        for seller, (each, oldest_counted_at) in figures.items()
    ]
    return [list(column) for column in zip(*rows, strict=True)]


def _before(sellers: list[Seller]) -> dict[str, list[object]]:
    return {
        "ids": [seller.pk for seller in sellers],
        "ranks": [seller.rank for seller in sellers],
        "search_ranks": [seller.search_rank for seller in sellers],
        "completed": [seller.completed for seller in sellers],
        "at_fault": [seller.cancelled_at_fault for seller in sellers],
        "sums": [seller.rating_sum for seller in sellers],
        "counts": [seller.rating_count for seller in sellers],
    }
