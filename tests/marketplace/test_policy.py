"""R12: policy is data. Each number stands once, and processes that differ in one can be told apart."""

from dataclasses import fields, replace
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest

from marketplace.policy import LONGEST_DURATION, RANK_LINES, Policy, PolicyError
from marketplace.vocabulary import Rank

MICROSECOND = timedelta(microseconds=1)
DURATIONS = ["silence_before_request", "reply_window"]

OTHER_NUMBERS: dict[str, Any] = {
    "silence_before_request": timedelta(days=4, microseconds=1),
    "owed_before_request": MICROSECOND,
    "reply_window": timedelta(hours=24, microseconds=1),
    "requests_per_party": 4,
    "requests_counted_over": timedelta(hours=25),
    "approval_window": timedelta(hours=73),
    "first_contact_window": timedelta(hours=48),
    "automatic_rating": 2,
    "figures_window_months": 4,
    "rank_lines": (*RANK_LINES[:-2], replace(RANK_LINES[-2], sales=11), RANK_LINES[-1]),
    "search_points_per_level": 1001,
    "search_points_per_star": 101,
    "rating_when_none": Fraction(36, 10),
    "search_penalty": 3001,
    "penalty_below_rate": Fraction(81, 100),
    "penalty_from_ended_deals": 6,
}


def a_policy(**numbers: Any) -> Policy:
    return replace(Policy(), **numbers)


def test_the_numbers_of_the_page() -> None:
    policy = Policy()
    assert policy.silence_before_request == timedelta(days=4)  # 「4日以上経過」
    assert policy.owed_before_request == timedelta(0)  # "PT0S: the page"
    assert policy.reply_window == timedelta(hours=24)  # 「24時間以内」
    assert policy.approval_window == timedelta(hours=72)
    assert policy.first_contact_window is None  # "off by default"
    assert policy.automatic_rating == 1  # 「★☆☆☆☆」
    assert policy.requests_per_party == 3
    assert policy.figures_window_months == 3


@pytest.mark.parametrize("name", DURATIONS)
@pytest.mark.parametrize("duration", [timedelta(0), -MICROSECOND, LONGEST_DURATION + MICROSECOND, timedelta(days=-4)])
def test_a_duration_that_no_marketplace_can_run_on_is_refused_by_name(name: str, duration: timedelta) -> None:
    with pytest.raises(PolicyError, match=f"^{name}: must be longer than zero and at most P366D$") as refused:
        a_policy(**{name: duration})
    assert refused.value.field == name


@pytest.mark.parametrize("duration", [-MICROSECOND, LONGEST_DURATION + MICROSECOND])
def test_how_long_a_word_must_be_owed_may_be_zero_but_not_less(duration: timedelta) -> None:
    with pytest.raises(PolicyError, match=r"^owed_before_request: must not be negative"):
        a_policy(owed_before_request=duration)


@pytest.mark.parametrize("name", DURATIONS)
@pytest.mark.parametrize("duration", [MICROSECOND, LONGEST_DURATION])
def test_the_shortest_and_the_longest_duration_are_taken(name: str, duration: timedelta) -> None:
    assert getattr(a_policy(**{name: duration}), name) == duration


def test_the_fingerprint_is_the_same_in_every_process_and_version() -> None:
    assert Policy().fingerprint == "3b9a5f8f7d80f615"


def test_the_fingerprint_is_of_the_values_and_not_of_their_classes() -> None:
    words: list[dict[str, Any]] = [{"rank": line.rank.value} for line in RANK_LINES]
    lines = tuple(replace(line, **word) for line, word in zip(RANK_LINES, words, strict=True))
    assert a_policy(rank_lines=lines).fingerprint == Policy().fingerprint


@pytest.mark.parametrize("name", [field.name for field in fields(Policy)])
def test_the_fingerprint_changes_with_each_number(name: str) -> None:
    assert a_policy(**{name: OTHER_NUMBERS[name]}).fingerprint != Policy().fingerprint


@pytest.mark.parametrize("line", range(len(RANK_LINES)))
@pytest.mark.parametrize("name", ["sales", "revenue_yen", "completion_rate", "rating"])
def test_the_fingerprint_changes_with_each_figure_of_each_rank(line: int, name: str) -> None:
    another: dict[str, Any] = {name: 7}
    changed = replace(RANK_LINES[line], **another)
    lines = (*RANK_LINES[:line], changed, *RANK_LINES[line + 1 :])
    assert a_policy(rank_lines=lines).fingerprint != Policy().fingerprint


def test_the_rank_lines_stand_highest_first_and_the_lowest_asks_nothing() -> None:
    assert [line.rank for line in RANK_LINES] == sorted(Rank, key=lambda rank: rank.level, reverse=True)
    lowest = RANK_LINES[-1]
    assert (lowest.sales, lowest.revenue_yen, lowest.completion_rate, lowest.rating) == (None, None, None, None)
