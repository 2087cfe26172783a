"""Quiet hours and the digest's hour, in a person's own time zone."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifications import quiet

TOKYO, BERLIN = ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Berlin")
MICROSECOND = timedelta(microseconds=1)


def at(hour: int, minute: int = 0, day: int = 2) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=TOKYO)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (at(22) - MICROSECOND, None),
        (at(22), at(7, day=3)),
        (at(0, day=3), at(7, day=3)),
        (at(7, day=3) - MICROSECOND, at(7, day=3)),
        (at(7, day=3), None),
    ],
)
def test_from_22_to_7_goes_over_midnight(now: datetime, until: datetime | None) -> None:
    assert quiet.ends(time(22), time(7), TOKYO, now.astimezone(UTC)) == until


@pytest.mark.parametrize(("now", "until"), [(at(12), at(13)), (at(13), None), (at(12) - MICROSECOND, None)])
def test_within_one_day(now: datetime, until: datetime | None) -> None:
    assert quiet.ends(time(12), time(13), TOKYO, now.astimezone(UTC)) == until


def test_without_hours_or_with_equal_ends_nothing_is_quiet() -> None:
    assert quiet.ends(None, None, TOKYO, at(3)) is None
    assert quiet.ends(time(3), time(3), TOKYO, at(3)) is None


def test_they_are_the_hours_of_the_person_not_of_the_server() -> None:
    now = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)  # 23:00 in Tokyo, 15:00 in Berlin
    assert quiet.ends(time(22), time(7), TOKYO, now) == at(7, day=3)
    assert quiet.ends(time(22), time(7), BERLIN, now) is None


def test_the_next_digest_is_today_or_tomorrow() -> None:
    assert quiet.next_time(time(8), TOKYO, at(8) - MICROSECOND) == at(8)
    assert quiet.next_time(time(8), TOKYO, at(8)) == at(8, day=3)


def test_the_night_in_which_the_clocks_change_has_its_digest_too() -> None:
    """02:30 does not exist in Berlin on 29 March 2026: the clocks show it an hour later."""
    before = datetime(2026, 3, 28, 12, tzinfo=BERLIN)
    following = quiet.next_time(time(2, 30), BERLIN, before)
    assert following.astimezone(UTC) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


NEW_YORK = ZoneInfo("America/New_York")


def utc(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (utc(11, 1, 5, 10), utc(11, 1, 5, 30)),  # 01:10 for the first time: the first 01:30
        (utc(11, 1, 5, 30), None),
        (utc(11, 1, 6, 10), utc(11, 1, 6, 30)),  # 01:10 for the second time: the second 01:30
        (utc(11, 1, 6, 30), None),
        (utc(11, 1, 3, 0), utc(11, 1, 5, 30)),
    ],
)
def test_where_the_clocks_show_the_end_twice_the_coming_one_counts(now: datetime, until: datetime | None) -> None:
    assert quiet.ends(time(22), time(1, 30), NEW_YORK, now) == until


def test_where_the_clocks_skip_the_end_the_hours_end_as_they_do() -> None:
    assert quiet.ends(time(22), time(2, 30), NEW_YORK, utc(3, 8, 6, 59)) == utc(3, 8, 7)
    assert quiet.ends(time(22), time(2, 30), NEW_YORK, utc(3, 8, 7)) is None


def test_a_digest_whose_time_comes_twice_is_told_once_a_day() -> None:
    first = quiet.next_time(time(1, 30), NEW_YORK, utc(10, 31, 12))
    assert first == utc(11, 1, 5, 30)
    assert quiet.next_time(time(1, 30), NEW_YORK, first) == utc(11, 2, 6, 30)


ZONES = [
    *("America/New_York", "Europe/London", "Australia/Lord_Howe", "Pacific/Apia", "America/Sao_Paulo"),
    *("Asia/Beirut", "Africa/Casablanca", "Asia/Tokyo", "Asia/Kathmandu", "Pacific/Chatham", "America/St_Johns"),
]


@settings(max_examples=300, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    now=st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - its own
    begins=st.times(),
    ends=st.times(),
)
def test_whatever_the_zone_the_end_lies_ahead_and_is_near(zone: str, now: datetime, begins: time, ends: time) -> None:
    until = quiet.ends(begins, ends, ZoneInfo(zone), now)
    if until is not None:
        assert now < until <= now + timedelta(hours=51), "a zone can skip a day"
    following = quiet.next_time(ends, ZoneInfo(zone), now)
    assert now < following <= now + timedelta(hours=51)
