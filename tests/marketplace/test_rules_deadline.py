"""R3: 「24時間以内」, inclusive."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from marketplace import rules
from marketplace.policy import Policy

PLACED_AT = datetime(2026, 3, 2, 3, 0, 0, 123456, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def test_the_reply_deadline_is_24_hours_after_the_request() -> None:
    assert rules.reply_deadline(PLACED_AT, Policy().reply_window) == datetime(2026, 3, 3, 3, 0, 0, 123456, tzinfo=UTC)


def test_24_hours_are_24_hours_also_when_a_clock_changes() -> None:
    """The night to 29 March 2026 is an hour short in Europe; the times are UTC, so nothing moves."""
    placed_at = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)
    assert rules.reply_deadline(placed_at, Policy().reply_window) - placed_at == timedelta(hours=24)


def test_at_the_deadline_itself_a_reply_is_in_time() -> None:
    deadline = rules.reply_deadline(PLACED_AT, Policy().reply_window)
    assert not rules.is_overdue(deadline, deadline - MICROSECOND)
    assert not rules.is_overdue(deadline, deadline)
    assert rules.is_overdue(deadline, deadline + MICROSECOND)


def test_a_request_without_a_deadline_is_never_overdue() -> None:
    assert not rules.is_overdue(None, PLACED_AT)


@given(
    st.timedeltas(min_value=MICROSECOND, max_value=timedelta(days=366)),
    st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400)),
)
def test_a_request_is_overdue_exactly_when_more_than_its_window_has_passed(
    window: timedelta, passed: timedelta
) -> None:
    deadline = rules.reply_deadline(PLACED_AT, window)
    assert rules.is_overdue(deadline, PLACED_AT + passed) == (passed > window)
