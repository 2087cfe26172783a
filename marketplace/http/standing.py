"""「なぜこのランクなのか」: what a seller's rank and place in the search rest on, and which line is missing."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from marketplace import formats, rules, window
from marketplace.http.wording import BELOW_THE_LINE, NONE_YET, REQUIREMENTS, not_below_the_line, sales
from marketplace.models import Seller
from marketplace.policy import RankLine
from marketplace.reads.weight import verdicts_weighing_on
from marketplace.rules import Figures, Requirement
from marketplace.vocabulary import Rank

VERDICTS_SHOWN = 100


def of(seller: Seller) -> dict[str, Any]:
    """Return what the standing of a seller (read `with_paused`) rests on, as it was last counted."""
    counted_at = seller.figures_at or seller.created_at  # one who was never counted has nothing to count
    start = window.start(counted_at)
    rank = Rank(seller.rank)
    return {
        "counted_at": counted_at,
        "window": {"from": start, "to": counted_at, "time_zone": settings.TIME_ZONE},
        "figures": seller.figures,
        "rank": rank,
        "next_rank": next((each for each in Rank if each.level == rank.level + 1), None),
        "ranks": [_line(line, seller.figures) for line in reversed(settings.POLICY.rank_lines)],
        "search_rank": seller.search_rank,
        "search_points": rules.search_points(settings.POLICY, seller.figures),
        "line": _certain_line(seller.figures),
        "paused": seller.paused,
        "verdicts": verdicts_weighing_on(seller, start, VERDICTS_SHOWN),
    }


def _line(line: RankLine, figures: Figures) -> dict[str, Any]:
    requirements = [_asked(each) for each in rules.requirements(line, figures)]
    return {
        "rank": line.rank,
        "met": all(each["met"] for each in requirements),
        "requirements": requirements,
    }


def _asked(requirement: Requirement) -> dict[str, Any]:
    has = _written(requirement.has, requirement)
    return {
        "figure": requirement.figure,
        "has": requirement.has,
        "least": requirement.least,
        "met": requirement.met,
        "missing": requirement.missing,
        "message": _in_words(requirement, has),
    }


def _in_words(requirement: Requirement, has: str) -> str:
    least = requirement.least
    if requirement.figure == "sales":
        return sales(int(least), has)
    return str(REQUIREMENTS[requirement.figure]).format(least=_written(least, requirement), has=has)


def _written(value: int | Fraction | None, requirement: Requirement) -> str:
    """Write a figure without its unit, which the sentence has."""
    if value is None:
        return str(NONE_YET)
    if isinstance(value, int):
        return formats.number(value)
    return formats.figure(value, requirement.figure)


def _certain_line(figures: Figures) -> dict[str, Any]:
    policy = settings.POLICY
    below = rules.is_below_the_line(policy, figures)
    deals, rate = policy.penalty_from_ended_deals, formats.rate(policy.penalty_below_rate)
    points = formats.number(policy.search_penalty)
    message = BELOW_THE_LINE.format(rate=rate, points=points) if below else not_below_the_line(deals, rate, points)
    return {
        "below": below,
        "least_rate": policy.penalty_below_rate,
        "from_ended_deals": policy.penalty_from_ended_deals,
        "ended_deals": figures.ended,
        "message": message,
    }


def changes(data: Mapping[str, Any]) -> list[str]:
    """Return the figures that changed, before → after, of a `standing_changed` event."""
    before, after = (_figures(data, side) for side in (0, 1))
    compared = (
        (_("completion"), formats.rate(before.delivery_completion_rate), formats.rate(after.delivery_completion_rate)),
        (_("rating"), formats.rating(before.rating), formats.rating(after.rating)),
        (_("completed deals"), str(before.completed), str(after.completed)),
        (_("cancelled at fault"), str(before.cancelled_at_fault), str(after.cancelled_at_fault)),
        (_("rank"), *(Rank(each).label for each in data["rank"])),
        (_("search rank"), *(formats.points(each) for each in data["search_rank"])),
    )
    return [f"{name} {was} → {now}" for name, was, now in compared if was != now]


def _figures(data: Mapping[str, Any], side: int) -> Figures:
    names = ("completed", "cancelled_at_fault", "rating_sum", "rating_count")
    return Figures(**{name: int(data[name][side]) for name in names if name in data})
