"""What there is on the help page, in plain Python: rooms, requests, verdicts, sellers (see `page`)."""

import calendar
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import takewhile

A_DAY = timedelta(hours=24)
TOKYO = timedelta(hours=9)
MICROSECOND = timedelta(microseconds=1)


def other(party: str) -> str:
    return "seller" if party == "buyer" else "buyer"


@dataclass(eq=False)
class Request:
    requester: str
    placed_at: datetime
    deadline: datetime | None
    status: str = "awaiting_reply"
    ended_at: datetime | None = None
    held_at: datetime | None = None
    remaining: timedelta | None = None
    generation: int = 1

    def end(self, status: str, at: datetime) -> None:
        self.status, self.ended_at = status, at


@dataclass(eq=False)
class Verdict:
    cause: str
    at_fault: str
    effective_at: datetime
    recorded_at: datetime
    woken_by: str
    acknowledged_at: datetime | None = None
    reversed_at: datetime | None = None


@dataclass(eq=False)
class Review:
    stars: int
    dated_at: datetime
    verdict: Verdict | None = None
    hidden_at: datetime | None = None


@dataclass(eq=False)
class Pause:
    verdict: Verdict
    lifted: bool = False


@dataclass(eq=False)
class Service:
    own_status: str
    pauses: list[Pause] = field(default_factory=list)


@dataclass(eq=False)
class Seller:
    person: str
    services: list[Service]
    completed: list[tuple[datetime, int]] = field(default_factory=list)
    """When each deal ended well, and its price."""
    reviews: list[Review] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    """Those that were the seller's fault when they were written."""
    figures: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)
    """Completed, yen, cancelled at fault, stars, reviews: as of the last recount."""
    oldest: datetime | None = None
    """The oldest date that the figures count."""
    counted_at: datetime | None = None

    @property
    def must_acknowledge(self) -> bool:
        return any(each.acknowledged_at is None and each.reversed_at is None for each in self.verdicts)

    def accepts(self, service: Service) -> bool:
        """R9: its own state is accepting, no unlifted pause covers it, and no open verdict waits."""
        held = any(not pause.lifted for pause in service.pauses)
        return service.own_status == "accepting" and not held and not self.must_acknowledge

    def recount(self, now: datetime) -> bool:
        """R11: over the 3 calendar months before now, in Tokyo. Returns whether a figure changed."""
        since, before = three_months_before(now), self.figures
        sales = [(at, price) for at, price in self.completed if since <= at <= now]
        seen = [each for each in self.reviews if each.hidden_at is None and since <= each.dated_at <= now]
        faults = [each for each in self.verdicts if each.reversed_at is None and since <= each.effective_at <= now]
        yen, stars = sum(price for _, price in sales), sum(each.stars for each in seen)
        self.figures = (len(sales), yen, len(faults), stars, len(seen))
        dates = [at for at, _ in sales] + [each.dated_at for each in seen] + [each.effective_at for each in faults]
        self.oldest, self.counted_at = min(dates, default=None), now
        return self.figures != before

    @property
    def rank(self) -> str:
        completed, yen, at_fault, stars, reviews = self.figures
        ended = completed + at_fault
        nine_tenths = ended > 0 and 10 * completed >= 9 * ended
        well_rated = reviews > 0 and 10 * stars >= 48 * reviews
        if yen >= 100_000 and nine_tenths and well_rated:
            return "platinum"
        if yen >= 50_000 and nine_tenths and well_rated:
            return "gold"
        if completed >= 10 and 10 * completed >= 8 * ended:
            return "silver"
        return "bronze" if completed >= 10 else "regular"

    @property
    def search_rank(self) -> Decimal:
        completed, _, at_fault, stars, reviews = self.figures
        level = ["regular", "bronze", "silver", "gold", "platinum"].index(self.rank)
        rating = Decimal(stars) / reviews if reviews else Decimal("3.5")
        ended = completed + at_fault
        below = ended >= 5 and 10 * completed < 8 * ended
        points = 1000 * level + 100 * rating - (3000 if below else 0)
        return points.quantize(Decimal("0.01"), ROUND_HALF_EVEN)


@dataclass(eq=False)
class Line:
    """What stands in a talk room: a party's words, or the system's."""

    sender: str | None
    what: str
    at: datetime
    hidden: bool = False


@dataclass(eq=False)
class Milestone:
    title: str
    due_on: date
    done_at: datetime | None
    shared_at: datetime
    removed_at: datetime | None = None
    before: list[tuple[str, date, datetime | None, datetime]] = field(default_factory=list)
    """What it said earlier, and until when."""

    def keep_what_it_said(self, now: datetime) -> None:
        self.before.append((self.title, self.due_on, self.done_at, now))


@dataclass
class Wanted:
    """A line of the schedule as the seller wants it; a new one is of no milestone."""

    title: str
    due_on: date
    done: bool = False
    of: Milestone | None = None

    @property
    def says_something_new(self) -> bool:
        if self.of is None:
            return True
        return (self.title, self.due_on, self.done) != (self.of.title, self.of.due_on, self.of.done_at is not None)


@dataclass
class Terms:
    """The durations that the policy has when a deal is bought (R12)."""

    silence: timedelta = timedelta(days=4)
    reply: timedelta = timedelta(hours=24)
    approval: timedelta = timedelta(hours=72)
    first_contact: timedelta | None = None
    owed: timedelta = timedelta(0)


@dataclass(eq=False)
class Room:
    buyer: str
    seller: Seller
    opened_at: datetime
    terms: Terms
    status: str = "in_progress"
    cause: str | None = None
    ended_at: datetime | None = None
    generation: int = 1
    first_contact_deadline: datetime | None = None
    approval_deadline: datetime | None = None
    approved_by: str | None = None
    reviewed: bool = False
    contact: dict[str, datetime] = field(default_factory=dict)
    last_sender: str | None = None
    requests: list[Request] = field(default_factory=list)
    verdict: Verdict | None = None
    lines: list[Line] = field(default_factory=list)
    schedule: list[Milestone] = field(default_factory=list)

    @property
    def has_ended(self) -> bool:
        return self.status in ("completed", "cancelled")

    @property
    def shared(self) -> list[Milestone]:
        return [each for each in self.schedule if each.removed_at is None]

    @property
    def open_request(self) -> Request | None:
        return next((request for request in self.requests if request.status == "awaiting_reply"), None)

    def silent_since(self, party: str) -> datetime:
        return self.contact.get(party, self.opened_at)

    def first_unanswered(self) -> datetime | None:
        """R1: when the last sender first wrote after the other party's last contact."""
        contacts = [line for line in reversed(self.lines) if line.sender and line.what != "automatic"]
        unanswered = list(takewhile(lambda line: line.sender == self.last_sender, contacts))
        return unanswered[-1].at if unanswered else None

    def running(self) -> list[tuple[datetime, int, str]]:
        """Every deadline that runs, soonest first; at the same moment the request's, then the first contact's."""
        request = self.open_request
        found = [
            (request.deadline if request else None, 0, "reply"),
            (self.first_contact_deadline if self.status == "in_progress" else None, 1, "first_contact"),
            (self.approval_deadline if self.status == "delivered" else None, 2, "approval"),
        ]
        return sorted((at, order, kind) for at, order, kind in found if at is not None)

    def decided_by(self, now: datetime) -> str | None:
        """R13: "Whichever deadline comes first decides"; at the deadline itself none has (inclusive)."""
        return next((kind for at, _, kind in self.running() if now > at), None)

    def refusal(self, party: str, now: datetime) -> str | None:
        """R1 and R8, in the order of the page."""
        if self.status != "in_progress":
            return "deal_not_in_progress"
        if self.open_request:
            return "request_already_open"
        if self.last_sender != party:
            return "last_message_not_yours"
        return self._too_soon(party, now)

    def _too_soon(self, party: str, now: datetime) -> str | None:
        if now - self.silent_since(other(party)) < self.terms.silence:
            return "respondent_contacted_recently"
        if now - (self.first_unanswered() or now) < self.terms.owed:
            return "not_owed_long_enough"
        placed = [request for request in self.requests if request.requester == party]
        if len([request for request in placed if now - request.placed_at < A_DAY]) >= 3:
            return "too_many_requests_today"
        return None


def three_months_before(now: datetime) -> datetime:
    """Go back three months on a calendar in Tokyo, whose clocks never change."""
    return _months_from(now, -3)


def three_months_after(at: datetime) -> datetime:
    """Return the last moment whose three months hold `at` (but for the ends of short months)."""
    return _months_from(at, 3)


def _months_from(moment: datetime, months: int) -> datetime:
    there = moment + TOKYO
    year, month = divmod(there.year * 12 + there.month - 1 + months, 12)
    day = min(there.day, calendar.monthrange(year, month + 1)[1])
    return there.replace(year=year, month=month + 1, day=day) - TOKYO
