"""What the README says to do after restoring an older state of the database."""

import re
import shlex
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from config import health
from config.local.project import ROOT
from marketplace import alarms, clock
from marketplace.actions import deadlines, talk
from marketplace.models import CancelRequest, Deal, Event, Presence, TalkRoom, Verdict
from marketplace.operations import invariant_reports, presence
from marketplace.vocabulary import DeadlineKind, DealStatus, EventKind, WokenBy
from notifications.models import Notification
from notifications.vocabulary import Channel, State
from tests.conftest import Clock
from tests.support.factories import hours, open_request, overdue_room, room
from tests.support.notices import notice

README = ROOT / "README.md"

pytestmark = pytest.mark.django_db


def restored(*more: str) -> str:
    """Run the README's line."""
    [line] = re.findall(r"\$ python -m django (after_restore [^#\n]*)", README.read_text(encoding="utf-8"))
    out = StringIO()
    call_command(*shlex.split(line), *more, stdout=out)
    return out.getvalue()


def three_deadlines(frozen: Clock) -> TalkRoom:
    asked, delivered, new = overdue_room(by=hours(1)), room(), room()
    Deal.objects.filter(pk=delivered.deal_id).update(
        status=DealStatus.DELIVERED, approval_deadline=frozen.at - hours(1)
    )
    Deal.objects.filter(pk=new.deal_id).update(first_contact_deadline=frozen.at - hours(1))
    return asked


def test_every_running_deadline_gets_the_time_that_was_lost(frozen: Clock) -> None:
    asked = three_deadlines(frozen)

    told = restored()

    assert told.startswith("deadlines that got PT6H more: 1 of reply, 1 of first_contact, 1 of approval; ")
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
        answer.invariant.name
        for answer in invariant_reports.check()
        if "overdue" in answer.invariant.name and answer.number
    } == set()


def test_what_waited_to_be_sent_then_is_not_sent_again_and_the_inbox_is_complete(frozen: Clock) -> None:
    talk_room = room(silent_for=hours(1), now=frozen.at)
    waiting = notice(talk_room.buyer, channel=Channel.EMAIL)
    talk.post_message(room_id=talk_room.pk, author=talk_room.seller, body="Nobody has heard this yet.")

    assert restored().endswith("notices not sent any more: 1\n")

    waiting.refresh_from_db()
    assert (waiting.state, waiting.next_attempt_at) == (State.DROPPED, None)
    assert not Notification.objects.filter(state=State.WAITING).exists()
    assert Notification.objects.filter(person=talk_room.buyer, channel=Channel.INAPP, words="message").exists()
    event = Event.objects.get(kind=EventKind.RESTORED_FROM_BACKUP)
    assert (event.data["lost_seconds"], event.data["dropped"], event.data["deadlines"]["reply"]) == (21_600, 1, 0)


def test_staff_may_want_them_sent_all_the_same(frozen: Clock) -> None:
    notice(room().buyer, channel=Channel.EMAIL)
    restored("--keep-notices")
    assert Notification.objects.get(channel=Channel.EMAIL).state == State.WAITING


def test_it_is_done_once_and_while_nothing_runs(frozen: Clock) -> None:
    request = open_request(room(), deadline=frozen.at + hours(1))
    presence.say("rest", "here:1")
    with pytest.raises(CommandError, match="stop these first: rest here:1"):
        restored()
    Presence.objects.all().delete()
    restored()
    with pytest.raises(CommandError, match="done already"):
        restored()
    restored("--again")
    request.refresh_from_db()
    assert request.reply_deadline == frozen.at + hours(13)


@pytest.mark.parametrize("lost", ["6 hours", "PT0S", "-PT6H", "P400D", "P999999999999D", ""])
def test_a_time_that_is_none_is_refused_in_one_line(lost: str) -> None:
    with pytest.raises(CommandError, match=f"--lost: '{lost}' is no duration such as PT6H"):
        call_command("after_restore", f"--lost={lost}")


def test_processes_that_a_backup_brings_back_do_not_count_however_young_they_are(client: Client) -> None:
    """A restored dump makes the table anew; a server that starts anew has another start."""
    for role in health.ROLES:
        presence.say(role, "elsewhere:1")
    for kind in DeadlineKind:
        presence.say(presence.SWEEP, kind)
    assert client.get("/readyz").status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE restored (LIKE marketplace_presence INCLUDING ALL)")
        cursor.execute("INSERT INTO restored SELECT * FROM marketplace_presence")
        cursor.execute("ALTER TABLE marketplace_presence RENAME TO before")
        cursor.execute("ALTER TABLE restored RENAME TO marketplace_presence")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["processes"].endswith("(45 s): web, deadlines, rest, beat")

    for role in health.ROLES:
        presence.say(role, "elsewhere:1")
    for kind in DeadlineKind:
        presence.say(presence.SWEEP, kind)
    assert client.get("/readyz").status_code == 200
    Presence.objects.update(database="1.0/1")
    assert client.get("/readyz").status_code == 503
    assert clock.now() - Presence.objects.latest("seen_at").seen_at < timedelta(seconds=30)
