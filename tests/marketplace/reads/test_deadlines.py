"""Which deadline of a room decides: in SQL as by the rule, to the microsecond."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from marketplace import clock, locks, rules
from marketplace.models import Deal, TalkRoom
from marketplace.reads.deadlines import DEADLINES, row_of, running_in
from marketplace.vocabulary import DeadlineKind
from tests.conftest import Clock
from tests.support.factories import MICROSECOND, days, delivered_room, hours, open_request, room, untouched_room

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("apart", [-MICROSECOND, timedelta(0), MICROSECOND])
@pytest.mark.parametrize("other", [DeadlineKind.FIRST_CONTACT, DeadlineKind.APPROVAL])
def test_of_two_that_have_passed_the_first_decides_and_at_the_same_moment_the_request(
    other: DeadlineKind, apart: timedelta
) -> None:
    now = clock.now()
    due_at = now - days(1)
    made: TalkRoom = (
        untouched_room(limit=due_at) if other is DeadlineKind.FIRST_CONTACT else delivered_room(deadline=due_at)
    )
    request = open_request(made, deadline=due_at + apart)
    deal = Deal.objects.get(pk=made.deal_id)
    first = rules.deciding(running_in(deal, request), now)
    assert first is (other if apart > timedelta(0) else DeadlineKind.REPLY)
    for kind, deadline in DEADLINES.items():
        row = row_of(kind, deal, request)
        expected = [row.pk] if row and kind is first else []
        assert locks.rooms_of_overdue_rows(deadline, now, 10) == expected


DUE: dict[DeadlineKind, Callable[[datetime], object]] = {
    DeadlineKind.REPLY: lambda at: open_request(room(silent_for=days(6), now=at), deadline=at),
    DeadlineKind.FIRST_CONTACT: lambda at: untouched_room(limit=at),
    DeadlineKind.APPROVAL: lambda at: delivered_room(deadline=at),
}


@pytest.mark.parametrize("kind", list(DeadlineKind))
def test_what_is_overdue_comes_longest_first_and_what_falls_due_comes_soonest_first(
    frozen: Clock, kind: DeadlineKind
) -> None:
    now, until = frozen.at, frozen.at + hours(1)
    overdue, due = [now - days(1), now - MICROSECOND], [now, until - MICROSECOND]
    for at in (due[1], overdue[1], until, overdue[0], due[0]):
        DUE[kind](at)
    deadline = DEADLINES[kind]
    assert [deadline.of(row) for row in deadline.overdue(now)] == overdue
    assert [deadline.of(row) for row in deadline.due_between(now, until)] == due
    assert deadline.running().count() == 5


@pytest.mark.parametrize("kind", list(DeadlineKind))
def test_the_deadline_of_a_row_in_another_state_does_not_run(frozen: Clock, kind: DeadlineKind) -> None:
    DUE[kind](frozen.at - hours(1))
    deadline = DEADLINES[kind]
    row = deadline.rows().get()
    assert deadline.of(row) == frozen.at - hours(1)
    row.status = "withdrawn" if kind is DeadlineKind.REPLY else "completed"
    assert deadline.of(row) is None
