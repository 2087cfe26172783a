"""R13: several kinds of deadline on one mechanism; "whichever deadline comes first decides"."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace import rules
from marketplace.policy import Policy
from marketplace.vocabulary import DeadlineKind

NOW = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
REPLY, FIRST_CONTACT, APPROVAL = DeadlineKind

TOKYO = ZoneInfo("Asia/Tokyo")
NEW_YORK = ZoneInfo("America/New_York")


def test_the_approval_deadline_is_72_hours_after_the_delivery() -> None:
    assert rules.approval_deadline(NOW, Policy().approval_window) == datetime(2026, 3, 5, 3, 0, tzinfo=UTC)


def test_there_is_no_first_contact_deadline_unless_the_policy_has_one() -> None:
    assert Policy().first_contact_window is None
    assert rules.first_contact_deadline(NOW, None) is None
    assert rules.first_contact_deadline(NOW, timedelta(hours=48)) == NOW + timedelta(hours=48)


@pytest.mark.parametrize("kind", list(DeadlineKind))
def test_a_deadline_decides_from_a_microsecond_after_it_on(kind: DeadlineKind) -> None:
    assert rules.deciding({kind: NOW}, NOW - MICROSECOND) is None
    assert rules.deciding({kind: NOW}, NOW) is None
    assert rules.deciding({kind: NOW}, NOW + MICROSECOND) is kind


def test_the_deadline_that_comes_first_is_told_before_it_decides() -> None:
    later = NOW + MICROSECOND
    assert rules.first_deadline({REPLY: later, FIRST_CONTACT: NOW, APPROVAL: None}) == (FIRST_CONTACT, NOW)
    assert rules.first_deadline(dict.fromkeys((APPROVAL, FIRST_CONTACT, REPLY), NOW)) == (REPLY, NOW)
    assert rules.first_deadline(dict.fromkeys(DeadlineKind)) is None


def test_where_no_deadline_runs_none_decides() -> None:
    assert rules.deciding({}, NOW) is None
    assert rules.deciding(dict.fromkeys(DeadlineKind), NOW) is None


@pytest.mark.parametrize("order", list(permutations(DeadlineKind)))
def test_of_those_that_have_passed_the_earliest_decides(order: tuple[DeadlineKind, ...]) -> None:
    deadlines = {kind: NOW + n * MICROSECOND for n, kind in enumerate(order)}
    for moment in (1, 2, 3, 1_000_000):
        assert rules.deciding(deadlines, NOW + moment * MICROSECOND) is order[0]
    assert rules.deciding(deadlines | {order[0]: None}, NOW + timedelta(days=1)) is order[1]


@pytest.mark.parametrize("order", list(permutations(DeadlineKind)))
def test_at_the_very_same_moment_the_request_decides_then_the_first_contact(order: tuple[DeadlineKind, ...]) -> None:
    later = NOW + MICROSECOND
    assert rules.deciding(dict.fromkeys(order, NOW), later) is REPLY
    assert rules.deciding({kind: NOW for kind in order if kind is not REPLY}, later) is FIRST_CONTACT
    assert rules.deciding({APPROVAL: NOW}, later) is APPROVAL


moments = st.none() | st.integers(-3, 3).map(lambda n: NOW + n * MICROSECOND)


@given(st.fixed_dictionaries(dict.fromkeys(DeadlineKind, moments)), st.integers(0, 10))
def test_when_nobody_looked_in_time_the_answer_stays_the_same(
    deadlines: dict[DeadlineKind, datetime | None], later: int
) -> None:
    """What has decided once has decided, however late somebody looks."""
    decided = rules.deciding(deadlines, NOW)
    if decided is not None:
        assert rules.deciding(deadlines, NOW + timedelta(hours=later)) is decided
        assert rules.is_overdue(deadlines[decided], NOW)
    else:
        assert not any(rules.is_overdue(at, NOW) for at in deadlines.values())


# Milestones: dates are approximate (頃), and of TIME_ZONE


@pytest.mark.parametrize(
    ("now", "overdue"),
    [
        (datetime(2026, 3, 9, 15, 0, tzinfo=UTC), False),  # 10 March, 0:00 in Tokyo: the day itself
        (datetime(2026, 3, 10, 14, 59, 59, 999999, tzinfo=UTC), False),  # its last microsecond
        (datetime(2026, 3, 10, 15, 0, tzinfo=UTC), True),  # midnight: 11 March in Tokyo
    ],
)
def test_a_milestone_is_overdue_from_the_midnight_after_its_day_in_the_marketplaces_zone(
    now: datetime,
    overdue: bool,  # noqa: FBT001
) -> None:
    assert rules.is_milestone_overdue(date(2026, 3, 10), None, now, TOKYO) is overdue
    assert rules.is_milestone_overdue(date(2026, 3, 10), None, now.astimezone(NEW_YORK), TOKYO) is overdue


def test_the_midnight_is_that_of_the_zone_also_where_clocks_change() -> None:
    """8 March 2026 has 23 hours in New York."""
    midnight = datetime(2026, 3, 9, 4, 0, tzinfo=UTC)
    assert not rules.is_milestone_overdue(date(2026, 3, 8), None, midnight - MICROSECOND, NEW_YORK)
    assert rules.is_milestone_overdue(date(2026, 3, 8), None, midnight, NEW_YORK)


def test_what_is_done_is_never_overdue() -> None:
    assert not rules.is_milestone_overdue(date(2020, 1, 1), NOW, NOW, TOKYO)
