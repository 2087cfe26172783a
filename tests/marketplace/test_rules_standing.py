"""R11: completion rate, rating, seller rank (出品者ランク) and search rank (検索結果での表示順位)."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from marketplace import rules
from marketplace.policy import Policy, RankLine
from marketplace.rules import Figures
from marketplace.vocabulary import NotAccepting, Rank, ServiceStatus

POLICY = Policy()


def rated(stars: str, number: int) -> dict[str, int]:
    """Make this many reviews that average to `stars`."""
    total = Fraction(stars) * number
    assert total.denominator == 1
    return {"rating_sum": int(total), "rating_count": number}


# 納品完了率


def test_the_completion_rate_is_completed_of_completed_and_cancelled_at_fault() -> None:
    assert Figures(completed=9, cancelled_at_fault=1).delivery_completion_rate == Fraction(9, 10)
    assert Figures(cancelled_at_fault=1).delivery_completion_rate == 0
    assert Figures(completed=1).delivery_completion_rate == 1


def test_without_data_there_is_neither_rate_nor_rating() -> None:
    assert Figures().delivery_completion_rate is None
    assert Figures().rating is None


def test_a_seller_without_deals_and_reviews_begins_at_zero() -> None:
    nothing = Figures()
    assert (nothing.completed, nothing.cancelled_at_fault, nothing.revenue_yen) == (0, 0, 0)
    assert (nothing.rating_sum, nothing.rating_count) == (0, 0)


def test_the_rating_is_the_average_automatic_ones_included() -> None:
    assert Figures(rating_sum=5 + 5 + 1, rating_count=3).rating == Fraction(11, 3)


# 出品者ランク: each line at, below and above each of its figures


@pytest.mark.parametrize(
    ("figures", "rank"),
    [
        (Figures(), Rank.REGULAR),
        (Figures(cancelled_at_fault=50, **rated("1", 50)), Rank.REGULAR),
        # bronze: 10 sales
        (Figures(completed=9, cancelled_at_fault=90), Rank.REGULAR),
        (Figures(completed=10, cancelled_at_fault=90), Rank.BRONZE),
        (Figures(completed=11, cancelled_at_fault=90), Rank.BRONZE),
        # silver: 10 sales and 80 %
        (Figures(completed=9), Rank.REGULAR),
        (Figures(completed=10), Rank.SILVER),
        (Figures(completed=799, cancelled_at_fault=201), Rank.BRONZE),
        (Figures(completed=800, cancelled_at_fault=200), Rank.SILVER),
        (Figures(completed=801, cancelled_at_fault=199), Rank.SILVER),
        # gold: ¥50,000, 90 % and 4.8; the number of sales is not asked
        (Figures(completed=1, revenue_yen=49_999, **rated("4.8", 5)), Rank.REGULAR),
        (Figures(completed=1, revenue_yen=50_000, **rated("4.8", 5)), Rank.GOLD),
        (Figures(completed=1, revenue_yen=50_001, **rated("4.8", 5)), Rank.GOLD),
        (Figures(completed=899, cancelled_at_fault=101, revenue_yen=50_000, **rated("4.8", 5)), Rank.SILVER),
        (Figures(completed=900, cancelled_at_fault=100, revenue_yen=50_000, **rated("4.8", 5)), Rank.GOLD),
        (Figures(completed=901, cancelled_at_fault=99, revenue_yen=50_000, **rated("4.8", 5)), Rank.GOLD),
        (Figures(completed=1, revenue_yen=50_000, **rated("4.79", 100)), Rank.REGULAR),
        (Figures(completed=1, revenue_yen=50_000, **rated("4.81", 100)), Rank.GOLD),
        (Figures(completed=10, revenue_yen=50_000, **rated("4.79", 100)), Rank.SILVER),
        # platinum: ¥100,000, 90 % and 4.8
        (Figures(completed=1, revenue_yen=99_999, **rated("4.8", 5)), Rank.GOLD),
        (Figures(completed=1, revenue_yen=100_000, **rated("4.8", 5)), Rank.PLATINUM),
        (Figures(completed=1, revenue_yen=100_001, **rated("4.8", 5)), Rank.PLATINUM),
        (Figures(completed=899, cancelled_at_fault=101, revenue_yen=100_000, **rated("4.8", 5)), Rank.SILVER),
        (Figures(completed=900, cancelled_at_fault=100, revenue_yen=100_000, **rated("4.8", 5)), Rank.PLATINUM),
        (Figures(completed=1, revenue_yen=100_000, **rated("4.79", 100)), Rank.REGULAR),
        (Figures(completed=1, revenue_yen=100_000, **rated("4.81", 100)), Rank.PLATINUM),
        # no figure fails a line
        (Figures(completed=1, revenue_yen=100_000), Rank.REGULAR),
        (Figures(revenue_yen=100_000, **rated("5", 1)), Rank.REGULAR),
    ],
)
def test_the_rank_is_the_highest_line_that_the_figures_meet(figures: Figures, rank: Rank) -> None:
    assert rules.rank(POLICY, figures) is rank


# 検索結果での表示順位


@pytest.mark.parametrize(
    ("figures", "points"),
    [
        (Figures(), "350"),  # 3.5 if none
        (Figures(completed=1, **rated("5", 1)), "500"),
        (Figures(completed=1, **rated("1", 1)), "100"),
        (Figures(completed=3, rating_sum=14, rating_count=3), "466.67"),
        (Figures(completed=3, rating_sum=13, rating_count=3), "433.33"),
        (Figures(completed=10, cancelled_at_fault=90), "-1650"),  # bronze, 3.5, below the line
        (Figures(completed=10), "2350"),
        (Figures(completed=1, revenue_yen=50_000, **rated("4.8", 5)), "3480"),
        (Figures(completed=1, revenue_yen=100_000, **rated("5", 5)), "4500"),
    ],
)
def test_search_rank_is_1000_a_level_and_100_a_star(figures: Figures, points: str) -> None:
    assert rules.search_rank(POLICY, figures) == Decimal(points)


@pytest.mark.parametrize(
    ("figures", "points"),
    [
        (Figures(completed=4, cancelled_at_fault=1), 350),  # 5 ended, exactly 80 %
        (Figures(completed=3, cancelled_at_fault=2), 350 - 3000),  # 5 ended, 60 %
        (Figures(completed=0, cancelled_at_fault=5), 350 - 3000),
        (Figures(completed=3, cancelled_at_fault=1), 350),  # 4 ended, 75 %: too few to judge
        (Figures(completed=0, cancelled_at_fault=4), 350),
        (Figures(completed=800, cancelled_at_fault=200), 2350),
        (Figures(completed=799, cancelled_at_fault=201), 1350 - 3000),
    ],
)
def test_the_line_is_a_completion_under_80_percent_with_at_least_5_ended_deals(figures: Figures, points: int) -> None:
    assert rules.search_rank(POLICY, figures) == points


some_figures = st.builds(
    Figures,
    completed=st.integers(0, 30),
    revenue_yen=st.integers(0, 200_000),
    cancelled_at_fault=st.integers(0, 10),
    rating_sum=st.integers(0, 10).map(lambda extra: 40 + extra),
    rating_count=st.sampled_from([0, 10]),
)


@given(some_figures)
def test_one_more_silence_never_lifts_a_seller(before: Figures) -> None:
    after = Figures(
        completed=before.completed,
        revenue_yen=before.revenue_yen,
        cancelled_at_fault=before.cancelled_at_fault + 1,
        rating_sum=before.rating_sum + 1 if before.rating_count else 1,
        rating_count=before.rating_count + 1,
    )
    assert rules.rank(POLICY, after).level <= rules.rank(POLICY, before).level
    assert rules.search_rank(POLICY, after) <= rules.search_rank(POLICY, before)


@given(some_figures)
def test_search_rank_fits_its_column(figures: Figures) -> None:
    points = rules.search_rank(POLICY, figures)
    assert points == points.quantize(Decimal("0.01"))
    assert Decimal(-3000) <= points <= Decimal(4500)


# "Why is my rank this?"


def line(rank: Rank) -> RankLine:
    return next(each for each in POLICY.rank_lines if each.rank is rank)


def test_a_rank_asks_for_what_its_line_names_and_no_more() -> None:
    asked = {each.rank: [need.figure for need in rules.requirements(each, Figures())] for each in POLICY.rank_lines}
    assert asked == {
        Rank.PLATINUM: ["revenue_yen", "delivery_completion_rate", "rating"],
        Rank.GOLD: ["revenue_yen", "delivery_completion_rate", "rating"],
        Rank.SILVER: ["sales", "delivery_completion_rate"],
        Rank.BRONZE: ["sales"],
        Rank.REGULAR: [],
    }


def test_the_line_that_is_missing_is_named_with_what_the_seller_has() -> None:
    figures = Figures(completed=9, cancelled_at_fault=1, revenue_yen=50_000, **rated("4.79", 100))
    needs = {need.figure: need for need in rules.requirements(line(Rank.GOLD), figures)}
    assert [figure for figure, need in needs.items() if not need.met] == ["rating"]
    assert (needs["rating"].has, needs["rating"].least) == (Fraction(479, 100), Fraction(48, 10))
    assert (needs["delivery_completion_rate"].has, needs["revenue_yen"].has) == (Fraction(9, 10), 50_000)


def test_no_figure_fails_a_line() -> None:
    needs = rules.requirements(line(Rank.PLATINUM), Figures(revenue_yen=100_000))
    assert [(need.has, need.met) for need in needs] == [(100_000, True), (None, False), (None, False)]


@pytest.mark.parametrize(
    ("figures", "parts"),
    [
        (Figures(), (0, Fraction(350), 0)),
        (Figures(completed=10, **rated("4", 1)), (2000, Fraction(400), 0)),
        (Figures(completed=10, cancelled_at_fault=90), (1000, Fraction(350), -3000)),
        (Figures(completed=1, rating_sum=10, rating_count=3), (0, Fraction(1000, 3), 0)),
    ],
)
def test_search_points_say_what_a_search_rank_is_made_of(figures: Figures, parts: tuple[object, ...]) -> None:
    points = rules.search_points(POLICY, figures)
    assert (points.for_rank, points.for_rating, points.below_the_line) == parts
    assert points.total == rules.search_rank(POLICY, figures)


@given(some_figures)
def test_the_rank_is_the_first_line_of_which_nothing_is_missing(figures: Figures) -> None:
    reached = [each.rank for each in POLICY.rank_lines if all(need.met for need in rules.requirements(each, figures))]
    assert rules.rank(POLICY, figures) is reached[0]


any_figures = st.builds(
    Figures,
    completed=st.integers(0, 2000),
    revenue_yen=st.integers(0, 200_000),
    cancelled_at_fault=st.integers(0, 500),
    rating_sum=st.integers(0, 5000),
    rating_count=st.integers(0, 1000),
)
ODD = Policy(rating_when_none=Fraction(10, 3), penalty_below_rate=Fraction(2, 3), penalty_from_ended_deals=0)


@given(st.sampled_from([POLICY, ODD]), any_figures)
@example(POLICY, Figures(rating_sum=1, rating_count=20_000))  # 0.005 points: a tie, rounded to the even 0.00
@example(POLICY, Figures(rating_sum=3, rating_count=20_000))  # and 0.015 to 0.02
@example(POLICY, Figures(cancelled_at_fault=5, rating_sum=3, rating_count=20_000))  # below zero too
def test_whole_numbers_give_what_fractions_give(policy: Policy, figures: Figures) -> None:
    rate = figures.delivery_completion_rate
    is_below = (
        rate is not None and figures.ended >= policy.penalty_from_ended_deals and rate < policy.penalty_below_rate
    )
    assert rules.is_below_the_line(policy, figures) == is_below
    assert rules.search_rank(policy, figures) == rules.search_points(policy, figures).total
    assert str(rules.search_rank(policy, figures)) == str(rules.search_points(policy, figures).total)
    reached = [each.rank for each in policy.rank_lines if all(need.met for need in rules.requirements(each, figures))]
    assert rules.rank(policy, figures) is reached[0]


# What a line lacks


def test_what_is_missing_is_the_rest_and_nothing_once_it_is_met() -> None:
    silver = next(line for line in POLICY.rank_lines if line.rank is Rank.SILVER)
    lacking = {each.figure: each.missing for each in rules.requirements(silver, Figures(completed=7))}
    assert lacking == {"sales": 3, "delivery_completion_rate": 0}
    without_figures = {each.figure: each.missing for each in rules.requirements(silver, Figures())}
    assert without_figures == {"sales": 10, "delivery_completion_rate": Fraction(80, 100)}
    more_than_asked = Figures(completed=12, cancelled_at_fault=4)
    assert {each.missing for each in rules.requirements(silver, more_than_asked)} == {0, Fraction(5, 100)}


# R9: which services accept


@pytest.mark.parametrize(
    ("own_status", "paused_by_penalty", "awaits_acknowledgement", "why"),
    [
        (ServiceStatus.ACCEPTING, False, False, ()),
        (ServiceStatus.DRAFT, False, False, (NotAccepting.DRAFT,)),
        (ServiceStatus.PAUSED, False, False, (NotAccepting.OWN_PAUSE,)),
        (ServiceStatus.ACCEPTING, True, False, (NotAccepting.PENALTY_PAUSE,)),
        (ServiceStatus.ACCEPTING, False, True, (NotAccepting.NOT_ACKNOWLEDGED,)),
        (
            ServiceStatus.PAUSED,
            True,
            True,
            (NotAccepting.OWN_PAUSE, NotAccepting.NOT_ACKNOWLEDGED, NotAccepting.PENALTY_PAUSE),
        ),
    ],
)
def test_every_reason_why_a_service_takes_no_purchases_is_named(
    *,
    own_status: ServiceStatus,
    paused_by_penalty: bool,
    awaits_acknowledgement: bool,
    why: tuple[NotAccepting, ...],
) -> None:
    found = rules.not_accepting(
        own_status, paused_by_penalty=paused_by_penalty, awaits_acknowledgement=awaits_acknowledgement
    )
    assert found == why
