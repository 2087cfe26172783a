"""「あらかじめ納品までのスケジュールを相手に共有」: shared, changed with history, done, overdue."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from marketplace import errors
from marketplace.actions import schedule
from marketplace.actions.schedule import Line
from marketplace.models import Deal, Event, Message, Milestone, MilestoneChange, TalkRoom, User
from marketplace.reads.schedule import shared_in
from marketplace.vocabulary import EventKind, MessageKind
from tests.conftest import Clock
from tests.support.factories import MICROSECOND, delivered_room, hours, open_request, overdue_room, room
from tests.support.tables import every_row

pytestmark = pytest.mark.django_db

DRAFT = Line(title="初稿", due_on=date(2026, 3, 10))
DELIVERY = Line(title="納品日", due_on=date(2026, 3, 20))


@pytest.fixture
def talk_room(frozen: Clock) -> TalkRoom:
    return room(now=frozen.at)


def share(in_room: TalkRoom, *lines: Line) -> list[Milestone]:
    return schedule.share(room_id=in_room.pk, seller=in_room.seller, lines=lines)


def as_it_is(milestone: Milestone, **other: object) -> Line:
    says = {"title": milestone.title, "due_on": milestone.due_on, "done": milestone.done_at is not None}
    return Line(id=milestone.pk, **{**says, **other})  # type: ignore[arg-type]


def test_a_schedule_is_shared_in_the_order_of_its_dates_and_is_the_sellers_contact(
    frozen: Clock, talk_room: TalkRoom
) -> None:
    shared = share(talk_room, DELIVERY, DRAFT)
    assert [(each.title, each.due_on, each.done_at, each.shared_at) for each in shared] == [
        ("初稿", date(2026, 3, 10), None, frozen.at),
        ("納品日", date(2026, 3, 20), None, frozen.at),
    ]
    talk_room.refresh_from_db()
    assert (talk_room.seller_last_contact_at, talk_room.last_sender) == (frozen.at, "seller")
    line = talk_room.messages.get(kind=MessageKind.SCHEDULE_CHANGE)
    assert (line.sender, line.posted_at) == ("seller", frozen.at)
    assert Event.objects.get(kind=EventKind.SCHEDULE_CHANGED).data["added"] == 2


def test_what_a_milestone_said_before_is_kept(frozen: Clock, talk_room: TalkRoom) -> None:
    first, last = share(talk_room, DRAFT, DELIVERY)
    shared_at = frozen.at
    frozen.advance(hours(1))
    share(talk_room, as_it_is(first, due_on=date(2026, 3, 12)), as_it_is(last))
    frozen.advance(hours(1))
    share(talk_room, as_it_is(first, due_on=date(2026, 3, 12), title="初稿 (ラフ)", done=True), as_it_is(last))

    now, untouched = shared_in(talk_room.pk)
    assert (now.pk, now.title, now.due_on, now.done_at) == (first.pk, "初稿 (ラフ)", date(2026, 3, 12), frozen.at)
    assert [(was.title, was.due_on, was.done_at, was.changed_at) for was in now.changes.all()] == [
        ("初稿", date(2026, 3, 10), None, shared_at + hours(1)),
        ("初稿", date(2026, 3, 12), None, shared_at + hours(2)),
    ]
    assert not untouched.changes.all()
    events = Event.objects.filter(kind=EventKind.SCHEDULE_CHANGED).order_by("id")
    assert [event.data["changed"] for event in events] == [[], [str(first.pk)], [str(first.pk)]]


def test_done_keeps_the_time_at_which_it_was_marked_until_it_is_undone(frozen: Clock, talk_room: TalkRoom) -> None:
    (draft,) = share(talk_room, DRAFT)
    share(talk_room, as_it_is(draft, done=True))
    marked_at = frozen.at
    frozen.advance(hours(1))
    share(talk_room, as_it_is(draft, done=True, title="第1稿"))
    draft.refresh_from_db()
    assert draft.done_at == marked_at
    share(talk_room, as_it_is(draft, done=False))
    draft.refresh_from_db()
    assert draft.done_at is None


def test_a_milestone_that_is_left_out_is_removed_and_kept_in_the_history(frozen: Clock, talk_room: TalkRoom) -> None:
    first, last = share(talk_room, DRAFT, DELIVERY)
    frozen.advance(hours(1))
    assert share(talk_room, as_it_is(last)) == [last]
    first.refresh_from_db()
    assert first.removed_at == frozen.at
    assert MilestoneChange.objects.get(milestone=first).changed_at == frozen.at
    assert Event.objects.filter(kind=EventKind.SCHEDULE_CHANGED).latest("id").data["removed"] == [str(first.pk)]
    with pytest.raises(errors.UnknownMilestone):
        share(talk_room, as_it_is(first), as_it_is(last))
    assert shared_in(talk_room.pk) == [last]


def test_a_schedule_that_changes_nothing_posts_nothing_and_moves_no_clock(frozen: Clock, talk_room: TalkRoom) -> None:
    """By their ids, in another order, or sent once more as if they were new."""
    first, last = share(talk_room, DRAFT, DELIVERY)
    request = open_request(talk_room, deadline=frozen.at + hours(24))
    frozen.advance(hours(1))
    before = every_row()
    share(talk_room, as_it_is(first), as_it_is(last))
    share(talk_room, as_it_is(last), as_it_is(first))
    share(talk_room, DRAFT, DELIVERY)
    assert every_row() == before
    request.refresh_from_db()
    assert request.status == "awaiting_reply"


def test_an_empty_schedule_over_none_is_no_contact(talk_room: TalkRoom) -> None:
    before = every_row()
    assert share(talk_room) == []
    assert every_row() == before


def test_two_lines_that_say_the_same_are_two_milestones(talk_room: TalkRoom) -> None:
    share(talk_room, DRAFT)
    assert len(share(talk_room, DRAFT, DRAFT)) == 2
    assert Message.objects.filter(kind=MessageKind.SCHEDULE_CHANGE).count() == 2


def test_a_schedule_change_in_the_24th_hour_is_the_reply(frozen: Clock, talk_room: TalkRoom) -> None:
    request = open_request(talk_room, deadline=frozen.at)
    share(talk_room, DRAFT)
    request.refresh_from_db()
    assert (request.status, request.ended_at) == ("revoked_by_reply", frozen.at)


def test_a_schedule_change_a_microsecond_later_is_refused_and_kept_as_a_near_miss(frozen: Clock) -> None:
    talk_room = overdue_room(by=MICROSECOND)
    with pytest.raises(errors.ReplyDeadlinePassed):
        share(talk_room, DRAFT)
    assert Deal.objects.get(pk=talk_room.deal_id).status == "cancelled"
    assert not Milestone.objects.exists()
    near_miss = Event.objects.get(kind=EventKind.REPLY_REFUSED_LATE)
    assert (near_miss.data["message_kind"], near_miss.data["body"]) == ("schedule_change", "2026-03-10 初稿")


@pytest.mark.parametrize("lines", [[], [Line(id=uuid4(), title="?", due_on=date(2026, 3, 1))]])
def test_what_would_have_been_no_reply_is_no_near_miss_either(frozen: Clock, lines: list[Line]) -> None:
    talk_room = overdue_room(by=MICROSECOND)
    with pytest.raises(errors.ReplyDeadlinePassed):
        share(talk_room, *lines)
    assert not Event.objects.filter(kind=EventKind.REPLY_REFUSED_LATE).exists()


def test_ids_that_are_not_of_this_schedule_or_named_twice_change_nothing(talk_room: TalkRoom) -> None:
    (own,) = share(talk_room, DRAFT)
    (foreign,) = share(room(), DELIVERY)
    before = every_row()
    for wrong in (
        [Line(id=uuid4(), title="?", due_on=date(2026, 3, 1))],
        [as_it_is(own), as_it_is(foreign)],
        [as_it_is(own), as_it_is(own, title="Twice")],
        [DELIVERY, as_it_is(foreign)],
    ):
        with pytest.raises(errors.UnknownMilestone):
            share(talk_room, *wrong)
    assert every_row() == before


def test_only_the_seller_of_the_room_writes_its_schedule(talk_room: TalkRoom, staff: User, stranger: User) -> None:
    before = every_row()
    for who, refusal in (
        (talk_room.buyer, errors.NotYoursToDo),
        (staff, errors.NotYoursToDo),
        (stranger, errors.NotFound),
    ):
        with pytest.raises(refusal):
            schedule.share(room_id=talk_room.pk, seller=who, lines=[DRAFT])
    with pytest.raises(errors.NotFound):
        schedule.share(room_id=UUID(int=0), seller=talk_room.seller, lines=[DRAFT])
    assert every_row() == before


def test_a_schedule_is_changed_while_delivered_and_no_more_when_the_deal_has_ended(frozen: Clock) -> None:
    talk_room = delivered_room(deadline=frozen.at)
    (draft,) = share(talk_room, DRAFT)
    frozen.advance(timedelta(microseconds=1))
    with pytest.raises(errors.RoomClosed):
        share(talk_room, as_it_is(draft, done=True))
    draft.refresh_from_db()
    assert draft.done_at is None
    assert Deal.objects.get(pk=talk_room.deal_id).approved_by == "window"


def test_what_the_caller_checks_is_asked_before_anything_is_written(talk_room: TalkRoom) -> None:
    def somebody_was_faster() -> None:
        raise errors.Stale

    before = every_row()
    with pytest.raises(errors.Stale):
        schedule.share(room_id=talk_room.pk, seller=talk_room.seller, lines=[DRAFT], check=somebody_was_faster)
    assert every_row() == before
