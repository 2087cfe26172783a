"""R11: figures are of the last 3 calendar months in TIME_ZONE, and are recounted where something fell out."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace import rules, tasks
from marketplace.actions import deadlines, standing
from marketplace.models import Event, Review, Seller, Service, User
from marketplace.policy import Policy
from marketplace.reads.people import buyer_record
from marketplace.reads.standing import recount
from marketplace.rules import Figures
from marketplace.vocabulary import EventKind, Party, WokenBy
from tests.conftest import Clock
from tests.support import factories
from tests.support.factories import MICROSECOND, completed_deal, days, overdue_room
from tests.support.tables import every_row

pytestmark = pytest.mark.django_db

ENDED_AT = datetime(2026, 1, 31, 3, 0, tzinfo=UTC)
"""Noon of 31 January in Tokyo. April has 30 days: its last noon goes back to 30 January, 1 May's to 1 February."""
LAST_MOMENT = datetime(2026, 4, 30, 14, 59, 59, 999999, tzinfo=UTC)
"""The end of 30 April in Tokyo, three months before which it is the end of 30 January."""


def counted(seller: Seller) -> None:
    standing.recompute(seller_ids=[seller.pk])
    seller.refresh_from_db()


def test_what_ended_exactly_three_months_ago_still_counts_and_a_microsecond_later_no_more(
    frozen: Clock, seller: Seller
) -> None:
    ended_at = datetime(2026, 2, 10, 3, 0, tzinfo=UTC)
    completed_deal(of=seller, ended_at=ended_at, rating=4)
    counted(seller)
    assert seller.oldest_counted_at == ended_at
    frozen.at = datetime(2026, 5, 10, 3, 0, tzinfo=UTC)
    before = every_row()
    assert standing.recompute_where_the_window_moved() == 0
    assert every_row() == before

    frozen.advance(MICROSECOND)
    assert standing.recompute_where_the_window_moved() == 1
    seller.refresh_from_db()
    assert seller.figures == Figures()
    assert Seller.objects.filter(pk=seller.pk, oldest_counted_at=None).exists()
    assert (seller.search_rank, seller.figures_at) == (Decimal(350), frozen.at)
    assert set(Service.objects.filter(seller=seller).values_list("search_rank", flat=True)) == {Decimal(350)}
    event = Event.objects.filter(kind=EventKind.STANDING_CHANGED, seller=seller).latest("id")
    assert (event.data["completed"], event.data["rating_count"]) == ([1, 0], [1, 0])
    assert standing.recompute_where_the_window_moved() == 0


def test_the_months_are_those_of_the_marketplaces_time_zone(frozen: Clock, seller: Seller) -> None:
    completed_deal(of=seller, ended_at=ENDED_AT)
    frozen.at = ENDED_AT
    counted(seller)
    frozen.at = LAST_MOMENT
    assert standing.recompute_where_the_window_moved() == 0
    frozen.advance(MICROSECOND)
    assert standing.recompute_where_the_window_moved() == 1
    seller.refresh_from_db()
    assert seller.completed == 0


def test_each_kind_of_date_is_counted_from_its_own_and_the_oldest_is_kept(frozen: Clock, seller: Seller) -> None:
    old = completed_deal(of=seller, ended_at=frozen.at - days(50))
    Review.objects.create(
        deal=old,
        seller=seller,
        service=old.service,
        rating=5,
        dated_at=frozen.at - days(20),
        recorded_at=frozen.at,
    )
    overdue_room(of=seller, by=days(1))
    deadlines.settle_overdue(woken_by=WokenBy.SWEEP)
    seller.refresh_from_db()
    assert (seller.completed, seller.cancelled_at_fault, seller.rating_count) == (1, 1, 2)
    assert seller.oldest_counted_at == frozen.at - days(50)

    base = frozen.at
    for at_fault, oldest in ((1, base - days(20)), (1, base - days(1)), (0, None)):
        frozen.at = three_months_after(seller.oldest_counted_at) + MICROSECOND
        standing.recompute_where_the_window_moved()
        seller.refresh_from_db()
        assert (seller.oldest_counted_at, seller.cancelled_at_fault) == (oldest, at_fault)
        assert seller.figures_at == frozen.at


def three_months_after(at: datetime | None) -> datetime:
    """Return the last moment whose window begins at `at`; these dates are of no month's end."""
    assert at is not None
    there = at.astimezone(ZoneInfo(settings.TIME_ZONE))
    later = there.replace(year=there.year + (there.month + 2) // 12, month=(there.month + 2) % 12 + 1)
    assert rules.window_start(Policy(), later, ZoneInfo(settings.TIME_ZONE)) == at
    return later.astimezone(UTC)


def test_a_lost_rank_comes_back_when_the_silence_falls_out(frozen: Clock, seller: Seller) -> None:
    for n in range(10):
        completed_deal(of=seller, ended_at=frozen.at - days(n), rating=5)
    overdue_room(of=seller, by=days(60))
    deadlines.settle_overdue(woken_by=WokenBy.SWEEP)
    seller.refresh_from_db()
    assert seller.rank == "silver"
    frozen.advance(days(40))
    standing.recompute_where_the_window_moved()
    seller.refresh_from_db()
    assert (seller.rank, seller.cancelled_at_fault, seller.search_rank) == ("gold", 0, Decimal(3500))


def test_a_hidden_review_and_a_reversed_verdict_do_not_keep_a_window_open(frozen: Clock, seller: Seller) -> None:
    old = completed_deal(of=seller, ended_at=frozen.at - days(80), rating=5)
    Review.objects.filter(deal=old).update(hidden_at=frozen.at, dated_at=frozen.at - days(85))
    counted(seller)
    assert (seller.rating_count, seller.oldest_counted_at) == (0, old.ended_at)


def test_the_look_equals_a_recount_of_everybody_and_touches_only_whom_it_must(frozen: Clock) -> None:
    """More sellers than one transaction takes."""
    old, new = [factories.seller() for _ in range(3)], [factories.seller() for _ in range(2)]
    for n, seller in enumerate([*old, *new]):
        completed_deal(of=seller, ended_at=frozen.at - days(80 if seller in old else 1), rating=n + 1)
        completed_deal(of=seller, ended_at=frozen.at)
        counted(seller)
    began = frozen.at
    frozen.advance(days(20))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(standing, "SELLERS_AT_ONCE", 2)
        tasks.move_windows()
    every = {seller.pk: seller for seller in Seller.objects.all()}
    start = rules.window_start(Policy(), frozen.at, ZoneInfo(settings.TIME_ZONE))
    for pk, (figures, oldest) in recount(list(every), start, frozen.at).items():
        assert (every[pk].figures, every[pk].oldest_counted_at) == (figures, oldest)
        assert every[pk].search_rank == rules.search_rank(Policy(), figures)
    assert {pk for pk, seller in every.items() if seller.figures_at == frozen.at} == {seller.pk for seller in old}
    assert {seller.figures_at for seller in every.values()} == {began, frozen.at}


def test_a_buyers_record_is_of_the_same_window(frozen: Clock, seller: Seller, buyer: User) -> None:
    completed_deal(of=seller, buyer=buyer, ended_at=frozen.at - days(10))
    overdue_room(of=seller, buyer=buyer, silent=Party.BUYER)
    deadlines.settle_overdue(woken_by=WokenBy.SWEEP)

    def record() -> dict[str, Any]:
        start = rules.window_start(Policy(), frozen.at, ZoneInfo(settings.TIME_ZONE))
        return dict(buyer_record(buyer, start, frozen.at))

    assert record() == {"completed": 1, "cancelled_for_silence": 1}
    frozen.advance(days(85))
    assert record() == {"completed": 0, "cancelled_for_silence": 1}
    frozen.advance(days(10))
    assert record() == {"completed": 0, "cancelled_for_silence": 0}


MANY = """
    INSERT INTO marketplace_user (id, username, password, is_superuser, first_name, last_name, email, is_staff,
                                  is_active, date_joined, language, time_zone)
    SELECT gen_random_uuid(), 'many-' || n, '', FALSE, '', '', '', FALSE, TRUE, %(now)s, '', ''
    FROM generate_series(1, %(number)s) n;
    INSERT INTO marketplace_seller (id, user_id, created_at, completed, revenue_yen, cancelled_at_fault, rating_sum,
                                    rating_count, rank, search_rank, figures_at, oldest_counted_at)
    SELECT gen_random_uuid(), id, %(now)s, 1, 1, 0, 0, 0, 'regular', 350, %(now)s,
           %(now)s::timestamptz - random() * interval '80 days'
    FROM marketplace_user WHERE username LIKE 'many-%%';
"""


def test_of_ten_thousand_sellers_a_look_at_nothing_reads_none_of_their_rows(frozen: Clock) -> None:
    with connection.cursor() as cursor:
        cursor.execute(MANY, {"now": frozen.at, "number": 10_000})
        cursor.execute("ANALYZE marketplace_seller")
    with CaptureQueriesContext(connection) as seen:
        assert standing.recompute_where_the_window_moved() == 0
    (statement,) = (each["sql"] for each in seen.captured_queries)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}")
        told = cursor.fetchone()[0]
    plan = (told if isinstance(told, list) else json.loads(told))[0]["Plan"]
    assert json.dumps(plan).count('"Seq Scan"') == 0
    assert "marketplace_seller_oldest_counted_at" in json.dumps(plan)
    assert plan["Actual Rows"] == 0
