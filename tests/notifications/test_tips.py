"""The four tips of the help page, derived from facts: each at its boundary, and not a microsecond before."""

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from marketplace.vocabulary import DealStatus, Party
from notifications import tips
from notifications.cadence import Cadence, MilestoneFacts, RoomFacts
from notifications.tips import DealFacts, Mark, Promise, Reached, Slip, Version
from notifications.vocabulary import Channel
from tests.support.factories import MICROSECOND, days, hours

OPENED = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
TOKYO = ZoneInfo("Asia/Tokyo")
FIGURES = Cadence()
DAY = date(2026, 3, 20)
OVER = datetime(2026, 3, 21, tzinfo=TOKYO)
"""When the day of the milestone is over in the marketplace's time zone."""
ON_THE_DAY = OVER - MICROSECOND


def room(**known: object) -> RoomFacts:
    """A running deal in which the seller answered at once and shared nothing yet."""
    standing: dict[str, object] = {
        "room": uuid.UUID(int=1),
        "zone": TOKYO,
        "deal_status": DealStatus.IN_PROGRESS,
        "opened_at": OPENED,
        "silence_before_request": days(4),
        "reply_window": hours(24),
        "approval_window": hours(72),
        "last_contact": {Party.SELLER: OPENED},
        "last_sender": Party.SELLER,
    }
    return RoomFacts(**(standing | known))  # type: ignore[arg-type] # each test names its own


def promise(**known: object) -> Promise:
    standing: dict[str, object] = {"milestone": "初稿", "due_on": DAY, "since": OPENED}
    return Promise(**(standing | known))  # type: ignore[arg-type] # the same


def slip(now: datetime, *promises: Promise, reported_at: tuple[datetime, ...] = (), **known: object) -> Slip:
    deal = DealFacts(room=room(**known), promises=promises or (promise(),), reported_at=reported_at)
    return tips.worst_slip(deal, now, FIGURES).slip


# スケジュールを共有する


def test_a_schedule_is_missed_from_the_moment_at_which_it_is_reminded_of() -> None:
    asked = OPENED + FIGURES.no_schedule_after
    assert tips.schedule(room(), asked - MICROSECOND, FIGURES) is Mark.OPEN
    assert tips.schedule(room(), asked, FIGURES) is Mark.MISSED
    assert tips.schedule(room(schedule_shared=True), asked + days(30), FIGURES) is Mark.GOOD
    assert tips.schedule(room(deal_status=DealStatus.DELIVERED), asked, FIGURES) is Mark.NOT_ASKED


# 進捗をこまめに伝える


def long_deal(**known: object) -> DealFacts:
    """A deal that is planned for thirty days."""
    planned = MilestoneFacts(id=uuid.UUID(int=2), due_on=(OPENED + days(30)).date(), done=False)
    return DealFacts(room=room(milestones=(planned,), schedule_shared=True, **known))


def test_progress_is_missed_after_seven_days_without_a_word_on_it_in_a_long_deal() -> None:
    told = OPENED + days(2)
    deal, late = long_deal(last_progress_at=told), told + FIGURES.progress_every
    in_time = tips.progress(deal, late - MICROSECOND, FIGURES)
    assert (in_time.mark, in_time.told_at, in_time.next_at) == (Mark.GOOD, told, late)
    assert tips.progress(deal, late, FIGURES).mark is Mark.MISSED


def test_progress_is_not_asked_for_in_a_short_deal_nor_before_its_first_week_is_over() -> None:
    planned = MilestoneFacts(id=uuid.UUID(int=2), due_on=(OPENED + days(10)).date(), done=False)
    short = DealFacts(room=room(milestones=(planned,)))
    never = tips.progress(short, OPENED + days(9), FIGURES)
    assert (never.mark, never.next_at) == (Mark.NOT_ASKED, None)
    assert tips.progress(long_deal(), OPENED + days(7) - MICROSECOND, FIGURES).mark is Mark.NOT_ASKED
    assert tips.progress(long_deal(), OPENED + days(7), FIGURES).mark is Mark.MISSED


def test_a_slip_without_a_word_is_missed_and_one_told_late_is_late_however_often_progress_is_told() -> None:
    deal = replace(long_deal(last_progress_at=OVER - days(2)), promises=(promise(since=OVER - days(1)),))
    untold = tips.progress(deal, OVER, FIGURES)
    assert (untold.mark, untold.slip, untold.milestone) == (Mark.MISSED, Slip.UNTOLD, "初稿")
    spoken = replace(deal, room=replace(deal.room, last_contact={Party.SELLER: OVER}))
    assert tips.progress(spoken, OVER, FIGURES).mark is Mark.LATE
    on_the_day = tips.progress(deal, ON_THE_DAY, FIGURES)
    assert (on_the_day.mark, on_the_day.slip) == (Mark.GOOD, Slip.NONE)


# 遅れそうなら先に伝える


def test_a_date_slips_when_its_day_is_over_in_the_marketplace_s_time_zone() -> None:
    assert slip(ON_THE_DAY) is Slip.NONE
    assert slip(OVER) is Slip.UNTOLD


def test_a_milestone_done_on_its_day_has_not_slipped_and_one_done_later_was_told_late() -> None:
    assert slip(OVER + days(9), promise(done_at=ON_THE_DAY)) is Slip.NONE
    assert slip(OVER + days(9), promise(done_at=OVER)) is Slip.TOLD_LATE


@pytest.mark.parametrize(("moved_at", "expected"), [(ON_THE_DAY, Slip.ANNOUNCED), (OVER, Slip.TOLD_LATE)])
def test_a_date_moved_to_a_later_one_before_its_day_is_over_is_announced(moved_at: datetime, expected: Slip) -> None:
    first = promise(until=moved_at, postponed=True)
    assert slip(moved_at, first, promise(since=moved_at, due_on=DAY + timedelta(days=5))) is expected


def test_a_date_moved_to_an_earlier_one_or_taken_away_in_time_is_no_slip() -> None:
    assert slip(OVER, promise(until=ON_THE_DAY)) is Slip.NONE
    assert slip(OVER, promise(until=OVER)) is Slip.TOLD_LATE


def test_a_report_announces_a_slip_when_it_is_at_most_one_interval_before_the_end_of_the_day() -> None:
    earliest = OVER - FIGURES.progress_every
    for reported_at in (earliest, ON_THE_DAY):
        assert slip(OVER, reported_at=(reported_at,)) is Slip.ANNOUNCED
    assert slip(OVER, reported_at=(earliest - MICROSECOND, OVER)) is Slip.UNTOLD


def test_a_report_written_before_the_date_was_promised_announces_nothing() -> None:
    promised = OVER - days(3)
    assert slip(OVER, promise(since=promised), reported_at=(promised - MICROSECOND,)) is Slip.UNTOLD
    assert slip(OVER, promise(since=promised), reported_at=(promised,)) is Slip.ANNOUNCED


def test_a_plain_message_before_the_day_is_over_announces_nothing_and_after_it_is_a_late_word() -> None:
    assert slip(OVER, last_contact={Party.SELLER: ON_THE_DAY}) is Slip.UNTOLD
    assert slip(OVER, last_contact={Party.SELLER: OVER}) is Slip.TOLD_LATE
    assert slip(OVER, last_contact={Party.BUYER: OVER}) is Slip.UNTOLD


def test_what_is_delivered_slips_no_more_and_what_had_slipped_before_has_slipped() -> None:
    def delivered(at: datetime) -> Slip:
        deadline = at + hours(72)
        return slip(OVER + days(2), deal_status=DealStatus.DELIVERED, approval_deadline=deadline)

    assert delivered(ON_THE_DAY) is Slip.NONE
    assert delivered(OVER) is Slip.UNTOLD


def test_the_worst_date_speaks_for_the_schedule() -> None:
    kept, told = promise(done_at=OPENED), promise(until=ON_THE_DAY, postponed=True)
    assert slip(OVER, kept, told) is Slip.ANNOUNCED
    assert slip(OVER, told, promise(), kept) is Slip.UNTOLD
    assert tips.worst_slip(DealFacts(room=room()), OVER, FIGURES).slip is Slip.NONE


def test_another_title_is_the_same_date_still_and_another_date_is_another_promise() -> None:
    renamed, moved, done = (OPENED + days(number) for number in (1, 2, 3))
    later = DAY + timedelta(days=4)
    said = [
        Version(milestone="初稿", due_on=DAY, since=OPENED, done_at=None),
        Version(milestone="初稿 A", due_on=DAY, since=renamed, done_at=None),
        Version(milestone="初稿 A", due_on=later, since=moved, done_at=None),
        Version(milestone="初稿 A", due_on=later, since=done, done_at=done),
    ]
    assert list(tips.promises(said, None)) == [
        promise(milestone="初稿 A", until=moved, postponed=True),
        promise(milestone="初稿 A", due_on=later, since=moved, done_at=done),
    ]
    [removed] = tips.promises(said[:1], renamed)
    assert (removed.until, removed.postponed) == (renamed, False)


# 通知設定を確認・テストする


def reached(channel: Channel = Channel.EMAIL, **known: object) -> Reached:
    standing: dict[str, object] = {"channel": channel, "tested_at": OPENED, "leads_there": True, "broken": False}
    return Reached(**(standing | known))  # type: ignore[arg-type] # the same


def test_notices_are_tested_when_one_channel_that_leaves_the_site_was_confirmed_and_still_holds() -> None:
    good, never = reached(), reached(tested_at=None)
    assert tips.notices([good], unreachable=False) is Mark.GOOD
    assert tips.notices([reached(Channel.PUSH), reached(broken=True)], unreachable=False) is Mark.GOOD
    assert tips.notices([], unreachable=False) is Mark.OPEN
    assert tips.notices([never, reached(Channel.INAPP)], unreachable=False) is Mark.OPEN
    assert tips.notices([reached(broken=True), never], unreachable=False) is Mark.MISSED
    assert tips.notices([reached(leads_there=False)], unreachable=False) is Mark.MISSED
    assert tips.notices([good], unreachable=True) is Mark.MISSED


# やることリストをため込まない


def test_what_waits_is_open_and_missed_once_the_time_of_something_has_gone_by() -> None:
    assert [tips.waiting(0, 0), tips.waiting(2, 0), tips.waiting(2, 1)] == [Mark.GOOD, Mark.OPEN, Mark.MISSED]


def test_what_asks_most_speaks_for_all_deals() -> None:
    assert tips.overall([]) is Mark.NOT_ASKED
    assert tips.overall([Mark.GOOD, Mark.NOT_ASKED]) is Mark.GOOD
    assert tips.overall([Mark.GOOD, Mark.MISSED, Mark.OPEN, Mark.LATE]) is Mark.MISSED
