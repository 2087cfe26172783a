"""Quiet hours and the digest's hour, in a person's own time zone."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

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
