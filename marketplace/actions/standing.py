"""A seller's figures, rank and search rank: recomputed from rows after each change, never incremented."""

import functools
import time
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection

from marketplace import clock, failing, locks, rules, window
from marketplace.arrays import array
from marketplace.failing import Done, Work
from marketplace.models import Seller
from marketplace.reads.standing import Recounted, recount
from marketplace.vocabulary import Matter

# What does not change is not told. The event is heard as soon as it is written, since it tells nobody
# (`notifications.catalog`), and a verdict writes one.
WRITE_SELLERS = """
    WITH written AS (
        UPDATE marketplace_seller seller
        SET completed = figures.completed, revenue_yen = figures.revenue_yen,
            cancelled_at_fault = figures.cancelled_at_fault,
            rating_sum = figures.rating_sum, rating_count = figures.rating_count,
            rank = figures.rank, search_rank = figures.search_rank,
            oldest_counted_at = figures.oldest_counted_at, figures_at = %(now)s
        FROM unnest(%(sellers)s::uuid[], %(completed)s::int[], %(revenue_yen)s::bigint[],
                    %(cancelled_at_fault)s::int[], %(rating_sum)s::int[], %(rating_count)s::int[], %(ranks)s::text[],
                    %(search_ranks)s::numeric[], %(oldest)s::timestamptz[])
          AS figures (id, completed, revenue_yen, cancelled_at_fault, rating_sum, rating_count, rank, search_rank,
                      oldest_counted_at)
        JOIN marketplace_seller before ON before.id = figures.id
        WHERE seller.id = figures.id
        RETURNING before AS was, seller AS becomes
    )
    INSERT INTO marketplace_event (kind, seller_id, data, occurred_at, recorded_at, heard_at)
    SELECT 'standing_changed', (was).id,
           jsonb_build_object(
             'rank', jsonb_build_array((was).rank, (becomes).rank),
             'search_rank', jsonb_build_array((was).search_rank, (becomes).search_rank),
             'completed', jsonb_build_array((was).completed, (becomes).completed),
             'cancelled_at_fault', jsonb_build_array((was).cancelled_at_fault, (becomes).cancelled_at_fault),
             'rating_sum', jsonb_build_array((was).rating_sum, (becomes).rating_sum),
             'rating_count', jsonb_build_array((was).rating_count, (becomes).rating_count)),
           %(now)s, %(now)s, %(now)s
    FROM written
    WHERE ((was).completed, (was).revenue_yen, (was).cancelled_at_fault, (was).rating_sum, (was).rating_count)
       <> ((becomes).completed, (becomes).revenue_yen, (becomes).cancelled_at_fault, (becomes).rating_sum,
           (becomes).rating_count)
"""

WRITE_SERVICES = """
    UPDATE marketplace_service service
    SET search_rank = seller.search_rank
    FROM marketplace_seller seller
    WHERE seller.id = ANY(%s::uuid[]) AND service.seller_id = seller.id AND service.search_rank <> seller.search_rank
      AND NOT EXISTS (
          SELECT FROM marketplace_verdict open
          WHERE open.seller_id = seller.id AND open.at_fault = 'seller' AND open.acknowledged_at IS NULL)
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


def recompute_locked(*, sellers: Collection[UUID], now: datetime, are_listed: bool = True) -> None:
    """Recount sellers whose locks were taken before `now`, and write their figures, ranks and events.

    `are_listed` is False after a verdict against them: no list shows their services, so their ranks are not copied.
    """
    recounted = recount(sellers, window.start(now), now)
    with connection.cursor() as cursor:
        cursor.execute(WRITE_SELLERS, {"now": now, **_columns(recounted)})
    if are_listed:
        write_search_ranks(sellers)


def write_search_ranks(sellers: Collection[UUID]) -> None:
    """Order the services of these sellers by search rank, but where an open verdict keeps them out of every list.

    Call it under the sellers' locks, after whatever opened the lists to them again.
    """
    with connection.cursor() as cursor:
        cursor.execute(WRITE_SERVICES, [array(sellers)])


def _columns(recounted: dict[UUID, Recounted]) -> dict[str, str]:
    policy, figures = settings.POLICY, [each.figures for each in recounted.values()]
    return {
        "sellers": array(recounted),
        "completed": array(each.completed for each in figures),
        "revenue_yen": array(each.revenue_yen for each in figures),
        "cancelled_at_fault": array(each.cancelled_at_fault for each in figures),
        "rating_sum": array(each.rating_sum for each in figures),
        "rating_count": array(each.rating_count for each in figures),
        "ranks": array(rules.rank(policy, each) for each in figures),
        "search_ranks": array(rules.search_rank(policy, each) for each in figures),
        "oldest": array(each.oldest_counted_at for each in recounted.values()),
    }
