"""Which reminder is due: each at its boundary, and not a microsecond before."""

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from marketplace.vocabulary import DealStatus, Party
from notifications import cadence
from notifications.cadence import Cadence, MilestoneFacts, RequestFacts, RoomFacts, Run, Step
from notifications.vocabulary import Ladder
from tests.support.factories import MICROSECOND, days, hours

OPENED = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
TOKYO = ZoneInfo("Asia/Tokyo")
STANDARD = Cadence()


def facts(**known: object) -> RoomFacts:
    """A running deal in which both have written at once, the buyer last, and a schedule was shared."""
    standing: dict[str, object] = {
        "room": uuid.UUID(int=1),
        "zone": TOKYO,
        "deal_status": DealStatus.IN_PROGRESS,
        "opened_at": OPENED,
        "silence_before_request": days(4),
        "reply_window": hours(24),
        "approval_window": hours(72),
        "last_contact": {Party.SELLER: OPENED, Party.BUYER: OPENED},
        "last_sender": Party.BUYER,
        "schedule_shared": True,
    }
    return RoomFacts(**(standing | known))  # type: ignore[arg-type] # each test names its own


def the(ladder: Ladder, known: RoomFacts) -> Run:
    [run] = [run for run in cadence.runs(known, STANDARD) if run.ladder is ladder]
    return run


def ladders(known: RoomFacts) -> set[Ladder]:
    return {run.ladder for run in cadence.runs(known, STANDARD)}


def assert_steps(run: Run, *moments: datetime) -> None:
    """Each step is due at its moment and not a microsecond before, and the ladder looks again just then."""
    for number, moment in enumerate(moments, start=1):
        assert run.next_at(moment - MICROSECOND, number - 1) == moment
        before = run.due(moment - MICROSECOND, number - 1)
        assert before is None
        step = run.due(moment, number - 1)
        assert step is not None
        assert step.number == number
        assert run.due(moment, number) is None
    assert run.next_at(moments[-1], len(moments)) is None


def test_silence_is_spoken_of_at_a_half_three_quarters_and_the_whole() -> None:
    run = the(Ladder.SILENCE, facts())
    assert run.told is Party.SELLER
    assert_steps(run, OPENED + days(2), OPENED + days(3), OPENED + days(4))


def test_a_buyer_who_owes_the_next_word_is_reminded_just_so() -> None:
    assert the(Ladder.SILENCE, facts(last_sender=Party.SELLER)).told is Party.BUYER


def test_nobody_is_reminded_in_a_room_without_any_contact_but_of_the_first_answer() -> None:
    assert ladders(facts(last_contact={}, last_sender=None)) == {Ladder.UNANSWERED, Ladder.PROGRESS}


def test_reminders_go_by_the_first_message_that_is_unanswered_and_not_by_the_page_s_clock() -> None:
    wrote = OPENED + hours(1)
    run = the(Ladder.SILENCE, facts(last_contact={Party.BUYER: wrote + days(1)}, first_unanswered_at=wrote))
    assert_steps(run, wrote + days(2), wrote + days(3), wrote + days(4))


def test_a_party_who_waited_out_a_silence_and_is_answered_is_not_reminded_in_the_same_second() -> None:
    answered = OPENED + days(9)
    known = facts(last_contact={Party.SELLER: OPENED, Party.BUYER: answered}, first_unanswered_at=answered)
    assert_steps(the(Ladder.SILENCE, known), answered + days(2), answered + days(3), answered + days(4))


def test_nobody_is_told_that_a_request_is_possible_before_the_marketplace_s_own_condition_is_met() -> None:
    run = the(Ladder.SILENCE, facts(owed_before_request=days(6)))
    assert_steps(run, OPENED + days(3), OPENED + days(4.5), OPENED + days(6))


def test_two_who_are_silent_since_one_moment_are_reminded_each_for_themselves() -> None:
    of_seller, of_buyer = (the(Ladder.SILENCE, facts(last_sender=party)) for party in (Party.BUYER, Party.SELLER))
    assert of_seller.steps == of_buyer.steps
    assert of_seller.generation != of_buyer.generation


def test_another_last_contact_is_another_occasion() -> None:
    one, other = (
        the(Ladder.SILENCE, facts(last_contact={Party.SELLER: at, Party.BUYER: OPENED}))
        for at in (OPENED, OPENED + MICROSECOND)
    )
    assert other.generation == one.generation + 2


def test_a_request_is_spoken_of_at_a_half_seven_eighths_and_an_hour_before_its_end() -> None:
    deadline = OPENED + days(6)
    request = RequestFacts(id=uuid.UUID(int=2), generation=1, requester=Party.BUYER, reply_deadline=deadline)
    run = the(Ladder.REQUEST, facts(request=request))
    assert run.told is Party.SELLER
    assert_steps(run, deadline - hours(12), deadline - hours(3), deadline - hours(1))
    assert run.due(deadline - timedelta(minutes=30) - MICROSECOND, 2) is not None
    assert run.due(deadline - timedelta(minutes=30), 2) is None, "too little is left to act"


@pytest.mark.parametrize(
    "window", [timedelta(seconds=40), timedelta(minutes=10), hours(1), hours(3), hours(24), days(3)]
)
def test_no_step_that_comes_late_is_told_with_less_than_a_twentieth_of_the_window_left(window: timedelta) -> None:
    """The step of the 24th hour, which is planned for less, is told during the first half of that only."""
    deadline = OPENED + days(6)
    request = RequestFacts(id=uuid.UUID(int=2), generation=1, requester=Party.BUYER, reply_deadline=deadline)
    for run in cadence.runs(facts(request=request, reply_window=window), STANDARD):
        if run.deadline is None:
            continue
        for share in range(1, 200):
            left = window * share / 200
            step = run.due(deadline - left, 0)
            if share < 10:
                assert step is None or (step.number == 3 and left * 48 >= window >= hours(4))
            assert left * 48 >= window or step is None


def test_a_step_that_comes_late_is_told_until_a_twentieth_of_the_window_is_left() -> None:
    deadline = OPENED + days(6)
    request = RequestFacts(id=uuid.UUID(int=2), generation=1, requester=Party.BUYER, reply_deadline=deadline)
    run = the(Ladder.REQUEST, facts(request=request))
    a_twentieth = timedelta(minutes=72)
    late = run.due(deadline - a_twentieth - MICROSECOND, 1)
    assert late is not None
    assert late.number == 2
    assert run.due(deadline - a_twentieth, 1) is None


@pytest.mark.parametrize(("window", "told"), [(hours(4), True), (hours(4) - timedelta(seconds=24), False)])
def test_the_last_step_is_told_if_ten_minutes_are_left_and_else_nobody_waits_for_it(
    window: timedelta, *, told: bool
) -> None:
    deadline = OPENED + days(6)
    request = RequestFacts(id=uuid.UUID(int=2), generation=1, requester=Party.BUYER, reply_deadline=deadline)
    run = the(Ladder.REQUEST, facts(request=request, reply_window=window))
    last = deadline - window / 24
    assert run.next_at(last - MICROSECOND, 2) == (last if told else None)
    assert (run.due(last, 2) is not None) == told


def test_a_step_at_the_deadline_itself_is_in_time_and_a_microsecond_later_it_is_not() -> None:
    step = Step(number=1, at=OPENED)
    run = Run(
        ladder=Ladder.REQUEST,
        subject=uuid.UUID(int=2),
        generation=1,
        steps=(step,),
        told=Party.SELLER,
        deadline=OPENED,
    )
    assert (run.due(OPENED, 0), run.next_at(OPENED, 0)) == (step, OPENED)
    assert (run.due(OPENED + MICROSECOND, 0), run.next_at(OPENED + MICROSECOND, 0)) == (None, None)


def test_a_held_request_reminds_of_nothing_and_an_open_one_ends_the_reminders_of_silence() -> None:
    held = RequestFacts(id=uuid.UUID(int=2), generation=2, requester=Party.BUYER, reply_deadline=None)
    assert not {Ladder.REQUEST, Ladder.SILENCE} & ladders(facts(request=held))
    running = replace(held, reply_deadline=OPENED + days(6))
    assert Ladder.SILENCE not in ladders(facts(request=running))


def test_after_an_outage_a_person_gets_the_newest_step_only() -> None:
    run = the(Ladder.SILENCE, facts())
    step = run.due(OPENED + days(11), 0)
    assert step is not None
    assert step.number == 3
    assert run.next_at(OPENED + days(11), 3) is None


def test_a_purchase_without_an_answer_is_spoken_of_after_12_and_24_hours() -> None:
    run = the(Ladder.UNANSWERED, facts(last_contact={Party.BUYER: OPENED}))
    assert_steps(run, OPENED + hours(12), OPENED + hours(24))
    assert Ladder.UNANSWERED not in ladders(facts())


def test_with_a_first_contact_limit_the_limit_counts() -> None:
    limit = {"first_contact_window": hours(48), "first_contact_deadline": OPENED + hours(48)}
    known = facts(last_contact={Party.BUYER: OPENED}, **limit)
    assert Ladder.UNANSWERED not in ladders(known)
    run = the(Ladder.FIRST_CONTACT, known)
    assert_steps(run, OPENED + hours(24), OPENED + hours(42))
    assert run.due(OPENED + hours(48) + MICROSECOND, 0) is None


def test_where_the_limit_runs_no_more_the_first_answer_is_asked_for_as_without_one() -> None:
    known = facts(last_contact={}, last_sender=None, first_contact_window=hours(48), first_contact_deadline=None)
    assert ladders(known) == {Ladder.UNANSWERED, Ladder.PROGRESS}


def test_a_room_of_which_no_more_is_known_than_its_purchase_waits_for_the_seller() -> None:
    bought = RoomFacts(
        room=uuid.UUID(int=1),
        zone=TOKYO,
        deal_status=DealStatus.IN_PROGRESS,
        opened_at=OPENED,
        silence_before_request=days(4),
        reply_window=hours(24),
        approval_window=hours(72),
    )
    assert ladders(bought) == {Ladder.UNANSWERED, Ladder.NO_SCHEDULE, Ladder.PROGRESS}


def test_a_schedule_is_asked_for_24_hours_after_the_purchase() -> None:
    assert_steps(the(Ladder.NO_SCHEDULE, facts(schedule_shared=False)), OPENED + hours(24))
    assert Ladder.NO_SCHEDULE not in ladders(facts())


MILESTONE = MilestoneFacts(id=uuid.UUID(int=3), due_on=date(2026, 3, 10), done=False)


def test_a_milestone_is_spoken_of_at_nine_in_tokyo_the_day_before_and_the_day_after() -> None:
    run = the(Ladder.MILESTONE, facts(milestones=(MILESTONE,)))
    eve, after = datetime(2026, 3, 9, 9, tzinfo=TOKYO), datetime(2026, 3, 11, 9, tzinfo=TOKYO)
    assert_steps(run, eve, after)
    assert run.subject == MILESTONE.id


def test_tomorrow_is_not_announced_on_the_day_itself() -> None:
    run = the(Ladder.MILESTONE, facts(milestones=(MILESTONE,)))
    assert run.due(datetime(2026, 3, 9, 23, 59, 59, 999_999, tzinfo=TOKYO), 0) is not None
    assert run.due(datetime(2026, 3, 10, tzinfo=TOKYO), 0) is None


def test_a_milestone_is_not_overdue_without_a_word_once_the_seller_has_written_or_done_it() -> None:
    spoke = {Party.SELLER: datetime(2026, 3, 11, 0, 0, tzinfo=TOKYO), Party.BUYER: OPENED}
    run = the(Ladder.MILESTONE, facts(milestones=(MILESTONE,), last_contact=spoke))
    assert [step.number for step in run.steps] == [1]
    assert Ladder.MILESTONE not in ladders(facts(milestones=(replace(MILESTONE, done=True),)))


def test_a_word_on_the_day_itself_was_before_it_was_overdue() -> None:
    spoke = {Party.SELLER: datetime(2026, 3, 11, tzinfo=TOKYO) - MICROSECOND, Party.BUYER: OPENED}
    run = the(Ladder.MILESTONE, facts(milestones=(MILESTONE,), last_contact=spoke))
    assert [step.number for step in run.steps] == [1, 2]


def planned(days_after: int) -> RoomFacts:
    """A delivery date this many days after the purchase, in Tokyo's calendar."""
    due_on = OPENED.astimezone(TOKYO).date() + timedelta(days=days_after)
    return facts(milestones=(replace(MILESTONE, due_on=due_on),))


def test_a_deal_of_more_than_14_days_is_asked_for_progress_each_week() -> None:
    run = the(Ladder.PROGRESS, planned(16))
    assert run.due(OPENED + days(7) - MICROSECOND, 0) is None
    assert [run.due(OPENED + days(7 * week), week - 1) for week in (1, 2)] == list(run.steps[:2])


def test_a_shorter_deal_is_not() -> None:
    assert Ladder.PROGRESS not in ladders(planned(14))


@pytest.mark.parametrize("order", [1, -1])
def test_of_several_milestones_the_last_one_says_how_long_the_deal_is(order: int) -> None:
    [last] = planned(16).milestones
    known = facts(milestones=(replace(last, due_on=last.due_on - days(12)), last)[::order])
    assert Ladder.PROGRESS in ladders(known)


def test_a_deal_of_exactly_14_days_is_not_longer_than_that() -> None:
    midnight = datetime(2026, 3, 2, tzinfo=TOKYO)
    milestones = planned(14).milestones
    assert Ladder.PROGRESS not in ladders(facts(opened_at=midnight, milestones=milestones))
    assert Ladder.PROGRESS in ladders(facts(opened_at=midnight - MICROSECOND, milestones=milestones))


def test_nobody_is_asked_for_progress_for_longer_than_a_year() -> None:
    assert len(the(Ladder.PROGRESS, planned(16)).steps) == 52


def test_without_a_plan_the_age_of_the_deal_counts() -> None:
    run = the(Ladder.PROGRESS, facts())
    assert run.steps[0].at == OPENED + days(21)


def test_a_report_begins_the_week_anew() -> None:
    run = the(Ladder.PROGRESS, replace(planned(30), last_progress_at=OPENED + days(6)))
    assert run.steps[0].at == OPENED + days(13)


def test_delivered_work_is_spoken_of_at_a_half_and_five_sixths_of_the_window() -> None:
    deadline = OPENED + hours(72)
    known = facts(deal_status=DealStatus.DELIVERED, approval_deadline=deadline)
    assert ladders(known) == {Ladder.APPROVAL}
    run = the(Ladder.APPROVAL, known)
    assert run.told is Party.BUYER
    assert_steps(run, OPENED + hours(36), OPENED + hours(60))


def test_delivered_work_without_a_deadline_reminds_of_nothing() -> None:
    assert ladders(facts(deal_status=DealStatus.DELIVERED, approval_deadline=None)) == set()


UNTOUCHED = facts(last_contact={}, last_sender=None, schedule_shared=False, milestones=(MILESTONE,))
LIMITED = replace(UNTOUCHED, first_contact_window=hours(48), first_contact_deadline=OPENED + hours(48))
DELIVERED = facts(deal_status=DealStatus.DELIVERED, approval_deadline=OPENED + hours(72))
IN_MICROSECONDS = 1_772_420_400_000_000
"""When the room opened, since 1970."""


@pytest.mark.parametrize(
    ("ladder", "known", "told", "occasion"),
    [
        (Ladder.SILENCE, facts(), Party.SELLER, 2 * IN_MICROSECONDS + 1),
        (Ladder.SILENCE, facts(last_sender=Party.SELLER), Party.BUYER, 2 * IN_MICROSECONDS),
        (Ladder.UNANSWERED, UNTOUCHED, Party.SELLER, 1),
        (Ladder.FIRST_CONTACT, LIMITED, Party.SELLER, 1),
        (Ladder.NO_SCHEDULE, UNTOUCHED, Party.SELLER, 1),
        (Ladder.MILESTONE, UNTOUCHED, Party.SELLER, 739_685),
        (Ladder.PROGRESS, facts(), Party.SELLER, IN_MICROSECONDS),
        (Ladder.APPROVAL, DELIVERED, Party.BUYER, IN_MICROSECONDS + 72 * 3_600_000_000),
    ],
)
def test_each_ladder_is_told_to_the_one_who_can_act_and_its_occasion_keeps_its_number(
    ladder: Ladder, known: RoomFacts, told: Party, occasion: int
) -> None:
    """The number is stored: another one after an upgrade would tell everybody once more."""
    run = the(ladder, known)
    assert (run.told, run.generation) == (told, occasion)


@pytest.mark.parametrize("status", [DealStatus.COMPLETED, DealStatus.CANCELLED])
def test_what_has_ended_reminds_of_nothing(status: DealStatus) -> None:
    assert ladders(facts(deal_status=status, last_contact={}, schedule_shared=False)) == set()


def test_the_fractions_are_of_the_deal_s_own_durations() -> None:
    run = the(Ladder.SILENCE, facts(silence_before_request=timedelta(seconds=8)))
    assert [step.at - OPENED for step in run.steps] == [
        timedelta(seconds=8) * float(each) for each in (Fraction(1, 2), Fraction(3, 4), Fraction(1))
    ]
