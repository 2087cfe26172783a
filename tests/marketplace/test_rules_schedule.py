"""Where the milestones of a schedule stand."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from marketplace import rules
from marketplace.vocabulary import MilestoneState

TOKYO = ZoneInfo("Asia/Tokyo")
LATE_ON_THE_5TH = datetime(2026, 3, 5, 14, 59, tzinfo=UTC)
THE_6TH_BEGINS = datetime(2026, 3, 5, 15, 0, tzinfo=UTC)
DONE_AT = datetime(2026, 3, 1, tzinfo=UTC)
OVERDUE, NEXT, AHEAD, DONE = (
    MilestoneState.OVERDUE,
    MilestoneState.NEXT,
    MilestoneState.AHEAD,
    MilestoneState.DONE,
)


def day(number: int) -> date:
    return date(2026, 3, number)


def test_the_first_that_is_still_to_come_is_next_and_those_after_it_are_ahead() -> None:
    schedule = [(day(3), DONE_AT), (day(5), None), (day(8), None), (day(9), None)]
    assert rules.milestone_states(schedule, LATE_ON_THE_5TH, TOKYO) == [DONE, NEXT, AHEAD, AHEAD]


def test_one_whose_day_went_by_in_the_marketplaces_zone_is_overdue_and_the_one_after_it_is_next() -> None:
    schedule = [(day(3), DONE_AT), (day(5), None), (day(8), None), (day(9), None)]
    assert rules.milestone_states(schedule, THE_6TH_BEGINS, TOKYO) == [DONE, OVERDUE, NEXT, AHEAD]
    assert rules.milestone_states(schedule, THE_6TH_BEGINS, UTC) == [DONE, NEXT, AHEAD, AHEAD]


def test_what_was_done_is_done_whatever_its_date_and_nothing_needs_to_be_next() -> None:
    assert rules.milestone_states([(day(1), DONE_AT), (day(30), DONE_AT)], THE_6TH_BEGINS, TOKYO) == [DONE, DONE]
    assert rules.milestone_states([(day(1), None), (day(2), None)], THE_6TH_BEGINS, TOKYO) == [OVERDUE, OVERDUE]
    assert rules.milestone_states([], THE_6TH_BEGINS, TOKYO) == []
