"""R11: deals that ended within 3 calendar months before now, in the marketplace's time zone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace import rules
from marketplace.policy import Policy

TOKYO = ZoneInfo("Asia/Tokyo")
BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")


def start(now: datetime, zone: ZoneInfo = TOKYO) -> datetime:
    return rules.window_start(Policy(), now.astimezone(UTC), zone)


@pytest.mark.parametrize(
    ("now", "begins"),
    [
        ((2026, 5, 15), (2026, 2, 15)),
        ((2026, 5, 31), (2026, 2, 28)),  # no 31 February: its last day
        ((2026, 5, 30), (2026, 2, 28)),
        ((2026, 5, 29), (2026, 2, 28)),
        ((2026, 5, 28), (2026, 2, 28)),
        ((2024, 5, 31), (2024, 2, 29)),  # a leap year
        ((2024, 5, 28), (2024, 2, 28)),
        ((2000, 5, 31), (2000, 2, 29)),  # a leap century
        ((2100, 5, 31), (2100, 2, 28)),  # a century that is not
        ((2026, 7, 31), (2026, 4, 30)),
        ((2026, 12, 31), (2026, 9, 30)),
        ((2026, 8, 31), (2026, 5, 31)),
        ((2026, 1, 31), (2025, 10, 31)),  # across the new year
        ((2026, 3, 31), (2025, 12, 31)),
        ((2024, 2, 29), (2023, 11, 29)),
    ],
)
def test_three_calendar_months_before(now: tuple[int, int, int], begins: tuple[int, int, int]) -> None:
    time_of_day = (13, 14, 15, 161718)
    assert start(datetime(*now, *time_of_day, tzinfo=TOKYO)) == datetime(*begins, *time_of_day, tzinfo=TOKYO)


def test_the_day_is_tokyo_s_and_not_that_of_utc() -> None:
    """31 May, 00:30 in Tokyo is still 30 May in UTC; both shorten, but to another instant."""
    now = datetime(2026, 5, 30, 15, 30, tzinfo=UTC)
    assert start(now) == datetime(2026, 2, 28, 0, 30, tzinfo=TOKYO) == datetime(2026, 2, 27, 15, 30, tzinfo=UTC)
    assert start(now, ZoneInfo("UTC")) == datetime(2026, 2, 28, 15, 30, tzinfo=UTC)


def test_the_first_microsecond_of_a_month_in_tokyo() -> None:
    first = datetime(2026, 6, 1, tzinfo=TOKYO)
    assert start(first) == datetime(2026, 3, 1, tzinfo=TOKYO)
    assert start(first - timedelta(microseconds=1)) == datetime(2026, 2, 28, 23, 59, 59, 999999, tzinfo=TOKYO)


def test_where_clocks_change_the_time_of_day_stays_and_the_offset_moves() -> None:
    summer = datetime(2026, 5, 10, 9, 0, tzinfo=BERLIN)
    assert start(summer, BERLIN).astimezone(UTC) == datetime(2026, 2, 10, 8, 0, tzinfo=UTC)
    assert summer.astimezone(UTC) == datetime(2026, 5, 10, 7, 0, tzinfo=UTC)
    assert start(datetime(2026, 12, 1, 12, 0, tzinfo=NEW_YORK), NEW_YORK).astimezone(UTC) == datetime(
        2026, 9, 1, 16, 0, tzinfo=UTC
    )


def test_an_hour_that_the_clock_change_left_out_is_no_obstacle() -> None:
    """29 March 2026, 02:30 does not exist in Berlin; three months later it does."""
    begins = start(datetime(2026, 6, 29, 2, 30, tzinfo=BERLIN), BERLIN)
    assert begins.astimezone(UTC) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_the_number_of_months_is_policy() -> None:
    policy = replace(Policy(), figures_window_months=12)
    now = datetime(2024, 2, 29, 12, tzinfo=TOKYO)
    assert rules.window_start(policy, now, TOKYO) == datetime(2023, 2, 28, 12, tzinfo=TOKYO)


@given(
    st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2110, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from([TOKYO, BERLIN, NEW_YORK, ZoneInfo("Australia/Lord_Howe")]),
)
def test_a_window_is_89_to_92_days_give_or_take_a_clock_change(now: datetime, zone: ZoneInfo) -> None:
    length = now - start(now, zone).astimezone(UTC)
    assert timedelta(days=88, hours=22) <= length <= timedelta(days=92, hours=2)


@given(
    st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2110, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=40)),
)
def test_on_the_same_day_a_later_now_never_has_an_earlier_window(now: datetime, later: timedelta) -> None:
    """The last days of a month share one start, so only whole days may tie or fall back, by the time of day."""
    before, after = start(now), start(now + later)
    assert after.date() >= before.date()
    assert after >= before or later < timedelta(days=4)


# Until when something counts


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ((2026, 2, 15, 13), (2026, 5, 15, 13)),
        ((2026, 2, 28, 13), (2026, 5, 28, 13)),
        ((2025, 12, 31, 13), (2026, 3, 31, 13)),  # across the new year
        ((2026, 9, 5, 13), (2026, 12, 5, 13)),
        ((2026, 10, 5, 13), (2027, 1, 5, 13)),
    ],
)
def test_what_happened_counts_for_three_calendar_months(
    at: tuple[int, int, int, int], until: tuple[int, int, int, int]
) -> None:
    happened = datetime(*at, tzinfo=TOKYO).astimezone(UTC)
    assert rules.counts_until(Policy(), happened, TOKYO) == datetime(*until, tzinfo=TOKYO)


@pytest.mark.parametrize(
    ("at", "first_without"),
    [((2025, 11, 30), (2026, 3, 1)), ((2026, 1, 31), (2026, 5, 1)), ((2023, 11, 30), (2024, 3, 1))],
)
def test_where_the_month_is_too_short_it_counts_to_the_end_of_its_last_day(
    at: tuple[int, int, int], first_without: tuple[int, int, int]
) -> None:
    last = datetime(*first_without, tzinfo=TOKYO) - timedelta(microseconds=1)
    assert rules.counts_until(Policy(), datetime(*at, 13, tzinfo=TOKYO), TOKYO) == last


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)), st.integers(min_value=1, max_value=30))  # noqa: DTZ001
def test_it_is_in_the_window_until_then_and_not_a_microsecond_longer(at: datetime, months: int) -> None:
    policy, happened = replace(Policy(), figures_window_months=months), at.replace(tzinfo=TOKYO)
    last = rules.counts_until(policy, happened, TOKYO)
    assert rules.window_start(policy, last, TOKYO) <= happened
    assert rules.window_start(policy, last + timedelta(microseconds=1), TOKYO) > happened
