"""A seller's figures, and what follows from them (R11)."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from marketplace.policy import SEARCH_RANK_PLACES, Policy, RankLine
from marketplace.vocabulary import Rank


def window_start(policy: Policy, now: datetime, zone: tzinfo) -> datetime:
    """Return the start of "3 calendar months before now", in the marketplace's time zone, inclusive.

    The same time of day on the same day of the month; where the month is too short, its last day.
    """
    local = now.astimezone(zone)
    year, month, last_day = _month_away(local, -policy.figures_window_months)
    return local.replace(year=year, month=month, day=min(local.day, last_day))


def counts_until(policy: Policy, at: datetime, zone: tzinfo) -> datetime:
    """Return the last moment, inclusive, whose window includes `at`.

    The same time of day on the same day of the month; where the month is too short, the end of its last day.
    """
    local = at.astimezone(zone)
    year, month, last_day = _month_away(local, policy.figures_window_months)
    if local.day <= last_day:
        return local.replace(year=year, month=month)
    return datetime.combine(date(year, month, last_day), time.max, zone)


def _month_away(local: datetime, months: int) -> tuple[int, int, int]:
    """Return the year, the number and the last day of the month that is so many months after `local`."""
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    return year, month + 1, monthrange(year, month + 1)[1]


@dataclass(frozen=True, kw_only=True)
class Figures:
    """A seller's deals and reviews in the window, counted from rows."""

    completed: int = 0
    revenue_yen: int = 0
    cancelled_at_fault: int = 0
    rating_sum: int = 0
    rating_count: int = 0

    @property
    def ended(self) -> int:
        """Deals that count for the completion rate."""
        return self.completed + self.cancelled_at_fault

    @cached_property
    def delivery_completion_rate(self) -> Fraction | None:
        """納品完了率: completed / (completed + cancelled at the seller's fault), None without data."""
        return Fraction(self.completed, self.ended) if self.ended else None

    @cached_property
    def rating(self) -> Fraction | None:
        """Average over the visible reviews in the window, None without one."""
        return Fraction(self.rating_sum, self.rating_count) if self.rating_count else None


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """One figure that a rank asks for, and what the seller has. No figure fails a line."""

    figure: str
    """`sales`, `revenue_yen`, `delivery_completion_rate` or `rating`."""
    has: int | Fraction | None
    least: int | Fraction

    @property
    def met(self) -> bool:
        return self.has is not None and self.has >= self.least

    @property
    def missing(self) -> int | Fraction:
        return 0 if self.met else self.least - (self.has or 0)


def requirements(line: RankLine, figures: Figures) -> list[Requirement]:
    """Return what this rank asks, beside the figures: the page shows which line is missing."""
    asked = (
        ("sales", figures.completed, line.sales),
        ("revenue_yen", figures.revenue_yen, line.revenue_yen),
        ("delivery_completion_rate", figures.delivery_completion_rate, line.completion_rate),
        ("rating", figures.rating, line.rating),
    )
    return [Requirement(figure=name, has=has, least=least) for name, has, least in asked if least is not None]


def rank(policy: Policy, figures: Figures) -> Rank:
    """Return the highest rank whose line the figures meet: the first of which `requirements` finds nothing missing.

    Reckoned in whole numbers, since a recount asks it of hundreds of sellers.
    """
    return next(line.rank for line in policy.rank_lines if _is_met(line, figures))


def _is_met(line: RankLine, figures: Figures) -> bool:
    return (
        (line.sales is None or figures.completed >= line.sales)
        and (line.revenue_yen is None or figures.revenue_yen >= line.revenue_yen)
        and (line.completion_rate is None or _reaches(figures.completed, figures.ended, line.completion_rate))
        and (line.rating is None or _reaches(figures.rating_sum, figures.rating_count, line.rating))
    )


def _reaches(part: int, whole: int, least: Fraction) -> bool:
    """Whether part / whole is at least this much; no figure (a whole of 0) fails a line."""
    return whole > 0 and part * least.denominator >= whole * least.numerator


@dataclass(frozen=True, kw_only=True)
class SearchPoints:
    """What a search rank is made of, in points."""

    for_rank: int
    for_rating: Fraction
    below_the_line: int
    """Zero or less."""

    @property
    def total(self) -> Decimal:
        points = self.for_rank + self.for_rating + self.below_the_line
        return (Decimal(points.numerator) / Decimal(points.denominator)).quantize(SEARCH_RANK_PLACES)


def search_points(policy: Policy, figures: Figures) -> SearchPoints:
    """Return the parts of the search rank (R11)."""
    rating = figures.rating if figures.rating is not None else policy.rating_when_none
    return SearchPoints(
        for_rank=policy.search_points_per_level * rank(policy, figures).level,
        for_rating=policy.search_points_per_star * rating,
        below_the_line=-policy.search_penalty if is_below_the_line(policy, figures) else 0,
    )


def search_rank(policy: Policy, figures: Figures) -> Decimal:
    """検索結果での表示順位: points, to a hundredth; more is further up.

    The total of `search_points`, reckoned in whole numbers.
    """
    stars, ratings = figures.rating_sum, figures.rating_count
    if not ratings:
        stars, ratings = policy.rating_when_none.as_integer_ratio()
    points = policy.search_points_per_level * rank(policy, figures).level
    if is_below_the_line(policy, figures):
        points -= policy.search_penalty
    hundredths = _divided(100 * (points * ratings + policy.search_points_per_star * stars), ratings)
    return hundredths * SEARCH_RANK_PLACES


def _divided(part: int, whole: int) -> int:
    """Return the nearest whole number; of two, the even one, as `Decimal` rounds."""
    quotient, rest = divmod(part, whole)
    return quotient + (2 * rest > whole or (2 * rest == whole and quotient % 2))


def is_below_the_line(policy: Policy, figures: Figures) -> bool:
    """「一定ライン」: completion under 80 % with at least 5 ended deals."""
    ended, line = figures.ended, policy.penalty_below_rate
    return ended >= max(1, policy.penalty_from_ended_deals) and not _reaches(figures.completed, ended, line)
