"""The help page's four tips as a checklist: what a seller's running deals show of each. Pure functions of facts.

「スケジュールを共有する」「進捗をこまめに伝える（遅れそうなら先に伝える）」「通知設定を確認・テストする」
「やることリストをため込まない」. A tip is never ticked by hand: its mark follows from what was done in the
rooms, by the figures by which reminders are sent (`cadence`), so that the checklist and a reminder agree.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import IntEnum, StrEnum

from marketplace.vocabulary import DealStatus, Party
from notifications import cadence
from notifications.cadence import Cadence, RoomFacts
from notifications.vocabulary import Channel, Ladder


class Tip(StrEnum):
    """The four tips of the help page, in its order."""

    SCHEDULE = "schedule"  # スケジュールを共有する
    PROGRESS = "progress"  # 進捗をこまめに伝える（遅れそうなら先に伝える）
    NOTICES = "notices"  # 通知設定を確認・テストする
    WAITING = "waiting"  # やることリストをため込まない


class Mark(IntEnum):
    """How a tip is followed. The greater, the more it asks of the seller: the greatest speaks for all deals."""

    NOT_ASKED = 0  # nothing to do for it here
    GOOD = 1
    LATE = 2  # done, but too late; nothing is left to do for it
    OPEN = 3  # to be done, and there is time
    MISSED = 4  # to be done, and its time has gone by


class Slip(IntEnum):
    """What became of the dates of a schedule. The greater, the worse."""

    NONE = 0
    ANNOUNCED = 1
    TOLD_LATE = 2
    UNTOLD = 3


@dataclass(frozen=True, kw_only=True)
class Promise:
    """A date at which a milestone stood: from when, and until when it was moved or taken away (None: it stands)."""

    milestone: str
    due_on: date
    since: datetime
    until: datetime | None = None
    done_at: datetime | None = None
    postponed: bool = False
    """What replaced it is a later date."""


@dataclass(frozen=True, kw_only=True)
class Version:
    """What a milestone said from `since` on."""

    milestone: str
    due_on: date
    since: datetime
    done_at: datetime | None


def promises(versions: Sequence[Version], removed_at: datetime | None) -> Iterator[Promise]:
    """Return the dates that one milestone has had, from all that it has said, oldest first.

    Another title, or a mark as done, is the same date still.
    """
    begun: Version | None = None
    for version, following in zip(versions, [*versions[1:], None], strict=True):
        begun = begun or version
        if following is not None and following.due_on == version.due_on:
            continue
        yield Promise(
            milestone=version.milestone,
            due_on=version.due_on,
            since=begun.since,
            until=following.since if following is not None else removed_at,
            done_at=version.done_at,
            postponed=following is not None and following.due_on > version.due_on,
        )
        begun = None


@dataclass(frozen=True, kw_only=True)
class DealFacts:
    """What the tips ask of one running deal."""

    room: RoomFacts
    promises: tuple[Promise, ...] = ()
    reported_at: tuple[datetime, ...] = ()
    """When the seller reported progress or delivered."""
    waiting: int = 0
    """To-dos of the seller's in this room."""
    overdue: int = 0
    """Those of them whose time has gone by."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How progress is told in one deal."""

    mark: Mark
    slip: Slip
    milestone: str = ""
    """Whose date slipped, the worst one."""
    told_at: datetime | None = None
    """When progress was last told of: a report, a schedule change or a delivery."""
    next_at: datetime | None = None
    """When the next word on progress is expected; None when none is."""


def schedule(facts: RoomFacts, now: datetime, figures: Cadence) -> Mark:
    """「スケジュールを共有する」: whether milestones are shared; asked for until the delivery.

    From `no_schedule_after` on (inclusive) it is missed: then the reminder is sent and the to-do appears.
    """
    if facts.schedule_shared:
        return Mark.GOOD
    if facts.deal_status != DealStatus.IN_PROGRESS:
        return Mark.NOT_ASKED
    return Mark.MISSED if now >= facts.opened_at + figures.no_schedule_after else Mark.OPEN


def progress(deal: DealFacts, now: datetime, figures: Cadence) -> Progress:
    """「進捗をこまめに伝える（遅れそうなら先に伝える）」: told as often as the reminders ask, and slips told first."""
    facts = deal.room
    run = next((run for run in cadence.runs(facts, figures) if run.ladder is Ladder.PROGRESS), None)
    slipped = worst_slip(deal, now, figures)
    if slipped.slip is Slip.UNTOLD or (run is not None and run.due(now, told_up_to=0) is not None):
        mark = Mark.MISSED
    elif slipped.slip is Slip.TOLD_LATE:
        mark = Mark.LATE
    else:
        mark = Mark.GOOD if facts.last_progress_at or slipped.slip else Mark.NOT_ASKED
    return Progress(
        mark=mark,
        slip=slipped.slip,
        milestone=slipped.milestone,
        told_at=facts.last_progress_at,
        next_at=min((step.at for step in run.steps), default=None) if run is not None else None,
    )


@dataclass(frozen=True, order=True)
class Slipped:
    slip: Slip
    milestone: str = ""


def worst_slip(deal: DealFacts, now: datetime, figures: Cadence) -> Slipped:
    """Return the worst that became of any date in this deal's schedule, removed milestones included.

    What is delivered slips no more: a delivery awaiting approval is judged at the moment of the delivery.
    """
    facts = deal.room
    if facts.deal_status == DealStatus.DELIVERED and facts.approval_deadline is not None:
        now = facts.approval_deadline - facts.approval_window
    slips = [Slipped(_slip(each, deal, now, figures), each.milestone) for each in deal.promises]
    return max(slips, key=lambda each: each.slip, default=Slipped(Slip.NONE))


def _slip(promise: Promise, deal: DealFacts, now: datetime, figures: Cadence) -> Slip:
    """「遅れそうなら先に伝える」: whether a date slipped, and whether that was told before it did.

    A day of the schedule has gone by when it is over in the marketplace's time zone: dates are approximate
    (頃), and the day itself still counts. A milestone done by then has not slipped. Else

    - ANNOUNCED: before the day had gone by, the date was moved to a later one, or the seller reported
      progress or delivered. Such a report counts when it was written while this date stood, and at most one
      interval of reports (`progress_every`) before the end of the day: nobody can see a slip from further off,
      and what a report says is not read here. A plain message before the day announces nothing, since it may
      speak of anything; nor does a change of another date, which rather confirms this one.
    - TOLD_LATE: the day went by without that, and the seller has spoken since: any contact, as for the
      reminder "overdue without a word", or the date was moved or taken away, or the milestone marked done.
    - UNTOLD: it went by, and not a word since.
    """
    over = datetime.combine(promise.due_on + timedelta(days=1), time.min, deal.room.zone)
    if promise.done_at is not None and promise.done_at < over:
        return Slip.NONE
    if (promise.until or now) < over:
        return Slip.ANNOUNCED if promise.postponed else Slip.NONE
    if any(max(promise.since, over - figures.progress_every) <= at < over for at in deal.reported_at):
        return Slip.ANNOUNCED
    spoke_at = deal.room.last_contact.get(Party.SELLER)
    spoken_since = promise.since >= over or (spoke_at is not None and spoke_at >= over)
    changed_since = promise.until is not None or promise.done_at is not None
    return Slip.TOLD_LATE if spoken_since or changed_since else Slip.UNTOLD


@dataclass(frozen=True, kw_only=True)
class Reached:
    """What is known of a channel that leaves the site."""

    channel: Channel
    tested_at: datetime | None
    """When the person last confirmed that a test arrived."""
    leads_there: bool
    """Whether it still leads to where the test went: the same address; a browser that is still subscribed."""
    broken: bool
    """Whether the other end has refused for good since."""


def notices(known: Iterable[Reached], *, unreachable: bool) -> Mark:
    """「通知設定を確認・テストする」: whether a test notice by e-mail or push was confirmed, and that still holds.

    In-app notices prove nothing: they reach only who is here already. Missed when nothing reaches the
    person outside the site (`unreachable`, the to-do), or when what was tested has broken or gone since.
    """
    tested = [each for each in known if each.tested_at is not None and each.channel is not Channel.INAPP]
    if unreachable:
        return Mark.MISSED
    if any(each.leads_there and not each.broken for each in tested):
        return Mark.GOOD
    return Mark.MISSED if tested else Mark.OPEN


def waiting(number: int, overdue: int) -> Mark:
    """「やることリストをため込まない」: nothing waits; missed when the time of something has gone by."""
    if overdue:
        return Mark.MISSED
    return Mark.OPEN if number else Mark.GOOD


def overall(marks: Iterable[Mark]) -> Mark:
    """Return what speaks for all deals: what asks most of the seller; NOT_ASKED without any."""
    return max(marks, default=Mark.NOT_ASKED)
