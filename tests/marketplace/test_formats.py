"""How figures, sums, spans and moments are written, in each language and zone."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from marketplace import formats
from marketplace.policy import Policy

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)


@contextmanager
def reading(language: str, zone: str = "Asia/Tokyo") -> Iterator[None]:
    with translation.override(language), timezone.override(zone):
        yield


def in_both(write: Any, *facts: Any) -> tuple[str, str]:
    with reading("en"):
        english = write(*facts)
    with reading("ja"):
        return english, write(*facts)


@pytest.mark.parametrize(
    ("rate", "written"),
    [
        (Fraction(39, 49), "79.5%"),
        (39 / 49, "79.5%"),
        (Fraction(4, 5), "80%"),
        (0.8, "80%"),
        (0.29, "29%"),
        (Fraction(9999, 10_000), "99.9%"),
        (Fraction(1), "100%"),
        (Fraction(0), "0%"),
        (Fraction(1, 100_000), "0%"),
        (None, "–"),
    ],
)
def test_a_rate_is_written_to_a_tenth_of_a_percent_rounded_down(rate: Any, written: str) -> None:
    assert in_both(formats.rate, rate) == (written, written)


@pytest.mark.parametrize(
    ("rating", "written"),
    [
        (Fraction(48, 10), "4.80"),
        (Fraction(4799, 1000), "4.79"),
        (5, "5.00"),
        (4.8, "4.80"),
        (Decimal("3.5"), "3.50"),
        (None, "–"),
    ],
)
def test_a_rating_is_written_to_a_hundredth_rounded_down(rating: Any, written: str) -> None:
    assert in_both(formats.rating, rating) == (written, written)


@pytest.mark.parametrize("language", [code for code, _ in settings.LANGUAGES])
@given(st.data())
def test_what_is_below_a_line_never_reads_as_the_line(language: str, data: st.DataObject) -> None:
    policy = Policy()
    lines = {each.completion_rate for each in policy.rank_lines} | {policy.penalty_below_rate}
    line = data.draw(st.sampled_from(sorted(each for each in lines if each is not None)))
    rate = data.draw(st.fractions(min_value=0, max_value=1, max_denominator=10**9).filter(lambda each: each < line))
    least = data.draw(st.sampled_from([each.rating for each in policy.rank_lines if each.rating is not None]))
    rating = data.draw(st.fractions(min_value=1, max_value=5, max_denominator=10**9).filter(lambda each: each < least))
    with translation.override(language):
        for below in (rate, float(rate)):
            assert formats.rate(below) != formats.rate(line)
        for below in (rating, float(rating)):
            assert formats.rating(below) != formats.rating(least)
        assert not formats.shortfall(line - rate, "delivery_completion_rate").startswith("0 ")
        assert formats.shortfall(least - rating, "rating") != formats.shortfall(0, "rating")


@pytest.mark.parametrize("language", [code for code, _ in settings.LANGUAGES])
@given(counts=st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)))
def test_neither_does_what_a_seller_can_have(language: str, counts: tuple[int, int]) -> None:
    done, cancelled = counts
    line = Policy().penalty_below_rate
    with translation.override(language):
        for more in range(3):
            ended = max(done + cancelled + more, 1)
            rate = Fraction(done, ended)
            assert (formats.rate(rate) == formats.rate(line)) <= (rate >= line)
            assert (formats.rate(done / ended) == formats.rate(line)) <= (rate >= line)


def test_sums_and_counts_are_grouped_as_the_language_does() -> None:
    assert in_both(formats.number, 1_234_567) == ("1,234,567", "1,234,567")
    assert in_both(formats.yen, 12_500) == ("¥12,500", "12,500円")
    with translation.override("de"):
        assert formats.number(1_234_567) == "1.234.567"
        assert formats.rate(Fraction(39, 49)) == "79,5%"
        assert formats.rating(Fraction(4799, 1000)) == "4,79"


@pytest.mark.parametrize(
    ("points", "written"),
    [
        (3000, "3,000"),
        (-3000, "−3,000"),
        (Decimal("-2650.50"), "−2,650.5"),
        (Fraction(1000, 3), "333.33"),
        (0, "0"),
        (Fraction(-1, 1000), "0"),
    ],
)
def test_points_have_a_true_minus_sign(points: Any, written: str) -> None:
    assert in_both(formats.points, points) == (written, written)


@pytest.mark.parametrize(
    ("value", "name", "english", "japanese"),
    [
        (1, "sales", "1 deal", "1件"),
        (1200, "sales", "1,200 deals", "1,200件"),
        (12_500, "revenue_yen", "¥12,500", "12,500円"),
        (Fraction(39, 49), "delivery_completion_rate", "79.5%", "79.5%"),
        (Fraction(48, 10), "rating", "4.80", "4.80"),
        (None, "rating", "–", "–"),
    ],
)
def test_a_figure_is_written_by_its_name(value: Any, name: str, english: str, japanese: str) -> None:
    assert in_both(formats.figure, value, name) == (english, japanese)


@pytest.mark.parametrize(
    ("value", "name", "english", "japanese"),
    [
        (1, "sales", "1 deal", "1件"),
        (Fraction(4, 5) - Fraction(39, 49), "delivery_completion_rate", "0.5 percentage points", "0.5ポイント"),
        (Fraction(1, 100), "delivery_completion_rate", "1 percentage point", "1ポイント"),
        (Fraction(1, 10_000), "rating", "0.01", "0.01"),
        (100, "revenue_yen", "¥100", "100円"),
    ],
)
def test_what_is_lacking_is_rounded_up(value: Any, name: str, english: str, japanese: str) -> None:
    assert in_both(formats.shortfall, value, name) == (english, japanese)


def test_stars_are_drawn() -> None:
    assert formats.stars(1) == "★☆☆☆☆"
    assert formats.stars(5) == "★★★★★"


@pytest.mark.parametrize(
    ("length", "english", "japanese"),
    [
        (timedelta(days=1, hours=3, minutes=20), "1 d 3 h", "1日3時間"),
        (timedelta(hours=5, minutes=20, seconds=9), "5 h 20 min", "5時間20分"),
        (timedelta(days=3, seconds=4), "3 d 4 s", "3日4秒"),
        (timedelta(seconds=40, milliseconds=999), "40 s", "40秒"),
        (timedelta(days=2), "2 d", "2日"),
        (timedelta(0), "0 s", "0秒"),
        (timedelta(seconds=-1), "0 s", "0秒"),
    ],
)
def test_a_span_is_written_in_its_two_largest_units(length: timedelta, english: str, japanese: str) -> None:
    assert in_both(formats.span, length) == (english, japanese)


@pytest.mark.parametrize(
    ("length", "english", "japanese"),
    [
        (timedelta(hours=5, minutes=12, seconds=33, milliseconds=900), "05:12:33", "05:12:33"),
        (timedelta(hours=72), "72:00:00", "72:00:00"),
        (timedelta(days=4, hours=5), "4 d 05:00:00", "4日 05:00:00"),
        (-timedelta(hours=1), "01:00:00", "01:00:00"),
    ],
)
def test_operators_read_spans_to_the_second(length: timedelta, english: str, japanese: str) -> None:
    assert in_both(formats.exact_span, length) == (english, japanese)


@pytest.mark.parametrize(
    ("length", "english", "japanese"),
    [
        (timedelta(hours=1), "1 hour", "1時間"),
        (timedelta(hours=24), "24 hours", "24時間"),
        (timedelta(hours=72), "72 hours", "72時間"),
        (timedelta(days=4), "4 days", "4日"),
        (timedelta(hours=100), "100 hours", "100時間"),
        (timedelta(seconds=40), "40 s", "40秒"),
        (timedelta(hours=1, minutes=30), "1 h 30 min", "1時間30分"),
    ],
)
def test_up_to_72_hours_a_duration_of_the_rules_is_written_in_hours_and_four_days_as_days(
    length: timedelta, english: str, japanese: str
) -> None:
    assert in_both(formats.duration, length) == (english, japanese)


@pytest.mark.parametrize(
    ("length", "english", "japanese"),
    [
        (timedelta(milliseconds=412), "0.412 s", "0.412秒"),
        (timedelta(0), "0.000 s", "0.000秒"),
        (timedelta(seconds=60), "00:01:00", "00:01:00"),
        (timedelta(days=5, seconds=1), "5 d 00:00:01", "5日 00:00:01"),
    ],
)
def test_lateness_is_written_to_the_millisecond_under_a_minute(length: timedelta, english: str, japanese: str) -> None:
    assert in_both(formats.lateness, length) == (english, japanese)


@pytest.mark.parametrize(
    ("hours", "english", "japanese"),
    [
        (3, "today 15:00", "今日 15:00"),
        (11.99, "today 23:59", "今日 23:59"),
        (12, "tomorrow 00:00", "明日 00:00"),
        (-12.5, "yesterday 23:30", "昨日 23:30"),
        (48, "Thu 26 Nov 12:00", "11月26日(木) 12:00"),
        (24 * 60, "Sat 23 Jan 2027 12:00", "2027年1月23日(土) 12:00"),
    ],
)
def test_a_moment_is_written_as_people_say_it(hours: float, english: str, japanese: str) -> None:
    assert in_both(formats.moment, NOW + timedelta(hours=hours), NOW) == (english, japanese)


def test_today_is_the_reader_s() -> None:
    with reading("en", "America/New_York"):
        assert formats.moment(NOW, NOW) == "today 22:00"
        assert formats.moment(NOW + timedelta(hours=2), NOW) == "tomorrow 00:00"


def test_exact_moments_and_deadlines_name_the_reader_s_zone() -> None:
    assert in_both(formats.exact_moment, NOW) == ("2026-11-24 12:00:00 JST",) * 2
    assert formats.exact_moment(None) == "–"
    assert in_both(formats.deadline, NOW) == ("Tue 24 Nov 12:00 (JST)", "11月24日(火) 12:00 (JST)")
    with reading("en", "Europe/Berlin"):
        assert formats.deadline(NOW) == "Tue 24 Nov 04:00 (CET)"
        assert formats.exact_moment(NOW) == "2026-11-24 04:00:00 CET"
        assert formats.clock_time(NOW) == "04:00"


def test_a_deadline_ahead_says_what_remains_and_one_behind_does_not() -> None:
    at = NOW + timedelta(hours=3)
    ahead = ("Tue 24 Nov 15:00 (JST) (3 h left)", "11月24日(火) 15:00 (JST)（あと3時間）")
    assert in_both(formats.deadline_ahead, at, NOW) == ahead
    behind = ("Tue 24 Nov 15:00 (JST)", "11月24日(火) 15:00 (JST)")
    assert in_both(formats.deadline_ahead, at, at + timedelta(microseconds=1)) == behind


def test_days_name_another_year() -> None:
    assert in_both(formats.day, date(2026, 9, 6), TODAY) == ("Sun 6 Sep", "9月6日(日)")
    assert in_both(formats.day, date(2027, 9, 6), TODAY) == ("Mon 6 Sep 2027", "2027年9月6日(月)")
    assert in_both(formats.day, date(2027, 9, 6)) == ("Mon 6 Sep", "9月6日(月)")
    assert in_both(formats.around, date(2026, 9, 6), TODAY) == ("around Sun 6 Sep", "9月6日(日)頃")
