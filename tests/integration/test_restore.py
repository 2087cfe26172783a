"""What the README says to do after restoring an older state of the database."""

import re
from pathlib import Path

import pytest
from django.db import connection

from marketplace import alarms
from marketplace.actions import deadlines, invariants, talk
from marketplace.models import CancelRequest, Deal, Verdict
from marketplace.vocabulary import DeadlineKind, DealStatus, WokenBy
from tests.conftest import Clock
from tests.factories import hours, overdue_room, room

README = Path(__file__).parents[2] / "README.md"

pytestmark = pytest.mark.django_db


def test_every_running_deadline_gets_the_time_that_was_lost(frozen: Clock) -> None:
    asked, delivered, new = overdue_room(by=hours(1)), room(), room()
    Deal.objects.filter(pk=delivered.deal_id).update(
        status=DealStatus.DELIVERED, approval_deadline=frozen.at - hours(1)
    )
    Deal.objects.filter(pk=new.deal_id).update(first_contact_deadline=frozen.at - hours(1))
    [statements] = re.findall(r"```sql\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)

    with connection.cursor() as cursor:
        cursor.execute(statements)

    assert deadlines.settle_overdue(woken_by=WokenBy.SWEEP).ended == 0
    request = CancelRequest.objects.get(room=asked)
    assert request.reply_deadline == frozen.at + hours(5)
    old = alarms.WakeUp(DeadlineKind.REPLY, request.pk, 1)
    assert deadlines.wake_up(old, rings=0).taken == 0, "a wake-up from before does nothing"
    talk.post_message(room_id=asked.pk, author=asked.seller, body="Once more")
    frozen.advance(hours(6))
    deadlines.settle_overdue(woken_by=WokenBy.SWEEP)
    assert not Verdict.objects.filter(deal=asked.deal_id).exists()
    assert {
        answer.invariant.name for answer in invariants.check() if "overdue" in answer.invariant.name and answer.number
    } == set()
