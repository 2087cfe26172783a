"""Which deadline of a room decides: in SQL as by the rule, to the microsecond."""

from datetime import timedelta

import pytest

from marketplace import clock, locks, rules
from marketplace.models import Deal, TalkRoom
from marketplace.reads.deadlines import DEADLINES, row_of, running_in
from marketplace.vocabulary import DeadlineKind
from tests.support.factories import MICROSECOND, days, delivered_room, open_request, untouched_room

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
