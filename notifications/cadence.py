"""Which reminder is due, and when the next one is: pure functions of a room's facts and `now`.

Steps are fractions of the deal's own durations (product.md, "Reminders"), so that a marketplace with
other durations reminds in proportion. A ladder that has become pointless has no steps. After an
outage a person gets the newest step that is due, not all of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from fractions import Fraction
from uuid import UUID

from marketplace import rules
from marketplace.vocabulary import DealStatus, Party
from notifications.vocabulary import Ladder

SILENCE_STEPS = (Fraction(1, 2), Fraction(3, 4), Fraction(1))
REQUEST_STEPS = (Fraction(1, 2), Fraction(7, 8), Fraction(23, 24))
"""Step 0 is the notice of the request itself."""
FIRST_CONTACT_STEPS = (Fraction(1, 2), Fraction(7, 8))
APPROVAL_STEPS = (Fraction(1, 2), Fraction(5, 6))
LEAST_LEFT = Fraction(1, 20)
"""A step that can be told only when less of its window is left than this says nothing that helps."""
LEAST_TIME = timedelta(minutes=10)
"""A last step that is planned for less than that (the 24th hour) is told while there is still something to do."""
PROGRESS_STEPS_AHEAD = 52
"""A year of weekly reminders, after which nobody reads them."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Cadence:
    """The absolute steps, which are settings."""

    unanswered_after: tuple[timedelta, ...] = (timedelta(hours=12), timedelta(hours=24))
    no_schedule_after: timedelta = timedelta(hours=24)
    progress_every: timedelta = timedelta(days=7)
    long_deal: timedelta = timedelta(days=14)
    """A deal longer than this is asked for progress."""
    milestones_at: time = time(9, 0)
    """The time of day, in the marketplace's time zone, at which milestones are spoken of."""


@dataclass(frozen=True, kw_only=True)
class MilestoneFacts:
    id: UUID
    due_on: date
    done: bool


@dataclass(frozen=True, kw_only=True)
class RequestFacts:
    """An open cancel request. `reply_deadline` is None while it is held."""

    id: UUID
    generation: int
    requester: Party
    reply_deadline: datetime | None


@dataclass(frozen=True, kw_only=True)
class RoomFacts:
    """What the ladders of a room depend on."""

    room: UUID
    zone: tzinfo
    """The marketplace's time zone: milestones are dates of it."""
    deal_status: DealStatus
    opened_at: datetime
    silence_before_request: timedelta
    owed_before_request: timedelta = timedelta(0)
    reply_window: timedelta
    approval_window: timedelta
    first_contact_window: timedelta | None = None
    first_contact_deadline: datetime | None = None
    approval_deadline: datetime | None = None
    last_contact: dict[Party, datetime] = field(default_factory=dict)
    """By party; who never wrote is not in it."""
    last_sender: Party | None = None
    first_unanswered_at: datetime | None = None
    """The last sender's first contact after the other party's last one."""
    request: RequestFacts | None = None
    milestones: tuple[MilestoneFacts, ...] = ()
    schedule_shared: bool = False
    last_progress_at: datetime | None = None
    """When the seller last reported progress or changed the schedule."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A moment at which to remind. `number` rises along its ladder."""

    number: int
    at: datetime
    until: datetime | None = None
    """From then on (inclusive) it would say what is no longer true."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One ladder as it runs for one object: `subject` and `generation` name the occasion."""

    ladder: Ladder
    subject: UUID
    generation: int
    steps: tuple[Step, ...]
    told: Party
    """Whom the steps concern."""
    deadline: datetime | None = None
    """What they lead up to, inclusive. After it they say nothing that is still true."""

    def due(self, now: datetime, told_up_to: int) -> Step | None:
        """Return the newest step that is due at `now` and was not told, None when none is."""
        due = [step for step in self._ahead(now, told_up_to) if step.at <= now]
        return due[-1] if due else None

    def next_at(self, now: datetime, told_up_to: int) -> datetime | None:
        """Return when its next untold step is, or was; None when nothing more will come of it."""
        return min((step.at for step in self._ahead(now, told_up_to)), default=None)

    def _ahead(self, now: datetime, told_up_to: int) -> list[Step]:
        if self.deadline is not None and now > self.deadline:
            return []
        ahead = (step for step in self.steps if step.number > told_up_to)
        return [step for step in ahead if step.until is None or now < step.until]


def runs(facts: RoomFacts, cadence: Cadence) -> Iterator[Run]:
    """Return every ladder that runs in this room now."""
    if facts.deal_status == DealStatus.DELIVERED:
        yield from _approval(facts)
    if facts.deal_status != DealStatus.IN_PROGRESS:
        return
    if facts.request is not None:
        yield from _request(facts, facts.request)
    else:
        yield from _silence(facts)
    yield from _first_answer(facts, cadence)
    yield from _schedule(facts, cadence)
    yield from _progress(facts, cadence)


def owed_since(facts: RoomFacts, owing: Party) -> datetime:
    """Return since when this party, the counterpart of the last sender, owes a word."""
    return rules.owed_since(
        opened_at=facts.opened_at,
        first_unanswered_at=facts.first_unanswered_at,
        waiting=facts.last_contact.get(owing.counterpart),
        owing=facts.last_contact.get(owing),
    )


def _silence(facts: RoomFacts) -> Iterator[Run]:
    """R1: reminders go by how long a word has been owed, and not by the page's clock.

    A party who waited out a silence and is answered owes a word from then on. Where both sides may have begun
    to owe at one moment, each has a generation.
    """
    if facts.last_sender is None:
        return
    owing = facts.last_sender.counterpart
    since = owed_since(facts, owing)
    wait = rules.longest_wait(facts.silence_before_request, facts.owed_before_request)
    generation = 2 * _stamp(since) + (owing is Party.SELLER)
    steps = _fractions(SILENCE_STEPS, since, wait)
    yield Run(ladder=Ladder.SILENCE, subject=facts.room, generation=generation, steps=steps, told=owing)


def _request(facts: RoomFacts, request: RequestFacts) -> Iterator[Run]:
    if request.reply_deadline is None:
        return
    steps = _fractions(REQUEST_STEPS, request.reply_deadline - facts.reply_window, facts.reply_window)
    yield Run(
        ladder=Ladder.REQUEST,
        subject=request.id,
        generation=request.generation,
        steps=steps,
        told=request.requester.counterpart,
        deadline=request.reply_deadline,
    )


def _first_answer(facts: RoomFacts, cadence: Cadence) -> Iterator[Run]:
    """Remind of a purchase that the seller has not answered; with the first-contact limit, the deadline counts."""
    if Party.SELLER in facts.last_contact:
        return
    if facts.first_contact_deadline is not None and facts.first_contact_window is not None:
        start = facts.first_contact_deadline - facts.first_contact_window
        yield Run(
            ladder=Ladder.FIRST_CONTACT,
            subject=facts.room,
            generation=1,
            steps=_fractions(FIRST_CONTACT_STEPS, start, facts.first_contact_window),
            told=Party.SELLER,
            deadline=facts.first_contact_deadline,
        )
        return
    steps = tuple(
        Step(number=number, at=facts.opened_at + after)
        for number, after in enumerate(cadence.unanswered_after, start=1)
    )
    yield Run(ladder=Ladder.UNANSWERED, subject=facts.room, generation=1, steps=steps, told=Party.SELLER)


def _schedule(facts: RoomFacts, cadence: Cadence) -> Iterator[Run]:
    if not facts.schedule_shared:
        steps = (Step(number=1, at=facts.opened_at + cadence.no_schedule_after),)
        yield Run(ladder=Ladder.NO_SCHEDULE, subject=facts.room, generation=1, steps=steps, told=Party.SELLER)
    for milestone in facts.milestones:
        if not milestone.done:
            yield _milestone(facts, milestone, cadence)


def _milestone(facts: RoomFacts, milestone: MilestoneFacts, cadence: Cadence) -> Run:
    """Step 1 the day before ("if it will slip, say so now"), step 2 the day after, unless the seller spoke since."""
    day, tomorrow = timedelta(days=1), milestone.due_on + timedelta(days=1)
    eve = _at(milestone.due_on - day, cadence.milestones_at, facts.zone)
    begins, ends = (_at(date_of, time.min, facts.zone) for date_of in (milestone.due_on, tomorrow))
    steps = [Step(number=1, at=eve, until=begins)]
    if facts.last_contact.get(Party.SELLER, EPOCH) < ends:
        steps.append(Step(number=2, at=_at(tomorrow, cadence.milestones_at, facts.zone)))
    return Run(
        ladder=Ladder.MILESTONE,
        subject=milestone.id,
        generation=milestone.due_on.toordinal(),
        steps=tuple(steps),
        told=Party.SELLER,
    )


def _progress(facts: RoomFacts, cadence: Cadence) -> Iterator[Run]:
    """Every seven days without a word on progress, in a deal longer than fourteen days."""
    since = max(filter(None, (facts.last_progress_at, facts.opened_at)))
    long_from = facts.opened_at + cadence.long_deal
    planned = max((milestone.due_on for milestone in facts.milestones), default=None)
    first = 1
    if planned is None:
        first = max(first, (long_from - since) // cadence.progress_every + 1)
    elif _at(planned, time.min, facts.zone) <= long_from:
        return
    numbers = range(first, first + PROGRESS_STEPS_AHEAD)
    steps = tuple(Step(number=number, at=since + number * cadence.progress_every) for number in numbers)
    yield Run(ladder=Ladder.PROGRESS, subject=facts.room, generation=_stamp(since), steps=steps, told=Party.SELLER)


def _approval(facts: RoomFacts) -> Iterator[Run]:
    if facts.approval_deadline is None:
        return
    steps = _fractions(APPROVAL_STEPS, facts.approval_deadline - facts.approval_window, facts.approval_window)
    yield Run(
        ladder=Ladder.APPROVAL,
        subject=facts.room,
        generation=_stamp(facts.approval_deadline),
        steps=steps,
        told=Party.BUYER,
        deadline=facts.approval_deadline,
    )


def _fractions(fractions: tuple[Fraction, ...], start: datetime, duration: timedelta) -> tuple[Step, ...]:
    """Return the steps of a window, numbered by their fractions. The end itself (1) does not run out."""
    ends = start + duration
    steps = []
    for number, fraction in enumerate(fractions, start=1):
        at = start + _share(duration, fraction)
        until = _told_before(at, ends, duration)
        if until is None or at < until:
            steps.append(Step(number=number, at=at, until=until))
    return tuple(steps)


def _told_before(at: datetime, ends: datetime, duration: timedelta) -> datetime | None:
    """Return from when on too little of the window is left to say so; None for its end.

    A step planned for the last twentieth (23/24) is told during the first half of what is left, if that is long enough.
    """
    left = ends - at
    if not left:
        return None
    least = _share(duration, LEAST_LEFT)
    if left < least:
        return at + left / 2 if left >= LEAST_TIME else at
    return ends - least


def _share(duration: timedelta, fraction: Fraction) -> timedelta:
    share: timedelta = duration * fraction.numerator / fraction.denominator
    return share


def _at(day: date, clock: time, zone: tzinfo) -> datetime:
    """Return a local time as a moment of UTC: those of one zone compare by what its clocks show, which can go back."""
    return datetime.combine(day, clock, zone).astimezone(UTC)


def _stamp(moment: datetime) -> int:
    """Name a moment by its microseconds: another last contact is another occasion."""
    return (moment - EPOCH) // timedelta(microseconds=1)
