"""The help page as pure functions: facts and `now` in, an answer out.

No clock, no database, no framework. The same answer feeds the button (eligibility), the API's
error and the action, so they cannot disagree.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from marketplace import errors
from marketplace.policy import SEARCH_RANK_PLACES, Policy, RankLine
from marketplace.vocabulary import DeadlineKind, DealStatus, MilestoneState, NotAccepting, Party, Rank, ServiceStatus


@dataclass(frozen=True, kw_only=True)
class Talk:
    """What the rules need to know of a talk room and its deal. Times are aware."""

    deal_status: DealStatus
    opened_at: datetime
    silence_before_request: timedelta
    """As written into the deal at purchase (R12)."""
    owed_before_request: timedelta = timedelta(0)
    """Likewise: how long the respondent must also have owed a word."""
    buyer_last_contact_at: datetime | None = None
    seller_last_contact_at: datetime | None = None
    last_sender: Party | None = None
    first_unanswered_at: datetime | None = None
    """The last sender's first contact after the other party's last one."""
    deal_ended_at: datetime | None = None
    open_request_placed_at: datetime | None = None
    recent_requests: dict[Party, tuple[datetime, ...]] = field(default_factory=dict)
    """When each party placed its latest requests in this room, withdrawn ones too, newest first."""

    def last_contact(self, party: Party) -> datetime | None:
        """Return the last contact of the party, None for one that never wrote."""
        return {Party.BUYER: self.buyer_last_contact_at, Party.SELLER: self.seller_last_contact_at}[party]

    def silent_since(self, party: Party) -> datetime:
        """Return the party's last contact; one that never wrote is silent since the room opened (R6)."""
        return self.last_contact(party) or self.opened_at

    @property
    def owes_the_next_word(self) -> Party | None:
        """The counterpart of the last sender; where nobody wrote, the seller. None once the deal has ended."""
        return owes_the_next_word(self.deal_status, self.last_sender)

    @property
    def owed_since(self) -> datetime | None:
        """Since when that word is owed: "since the first message of the counterpart that is unanswered" (R1).

        None where nobody owes one.
        """
        owing = self.owes_the_next_word
        if owing is None:
            return None
        return owed_since(
            opened_at=self.opened_at,
            first_unanswered_at=self.first_unanswered_at,
            waiting=self.last_contact(owing.counterpart),
            owing=self.last_contact(owing),
        )

    @property
    def word_overdue_at(self) -> datetime | None:
        """From when (inclusive) the one who owes has kept the other waiting; None where nobody owes a word.

        R1: "nobody is scolded or invited by" the page's rule alone. Reminders, the colours of to-dos and the
        button go by this; whether a request may be placed is `conditions`.
        """
        since = self.owed_since
        return since + longest_wait(self.silence_before_request, self.owed_before_request) if since else None

    def is_word_overdue(self, now: datetime) -> bool:
        """Whether that moment has come."""
        return self.word_overdue_at is not None and now >= self.word_overdue_at

    @property
    def last_contact_at(self) -> datetime | None:
        """The last contact of either party, None when nobody has written."""
        return self.silent_since(self.last_sender) if self.last_sender else None


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One thing that must hold before a request can be placed."""

    refusal: type[errors.Refusal]
    met: bool
    since: datetime | None
    """When the fact that decides came to be."""
    met_from: datetime | None = None
    """From when waiting alone meets it; None when waiting does not help."""


def conditions(policy: Policy, talk: Talk, requester: Party, now: datetime) -> Iterator[Condition]:
    """R1 and R8, in the order in which a refusal names them.

    「トークルームで出品者からの最終連絡から4日以上経過し、かつトークルームの最終メッセージ送信者が
    購入者である」場合のみ — and 「同様に」 for the other side (R2).
    """
    yield Condition(
        refusal=errors.DealNotInProgress,
        met=talk.deal_status == DealStatus.IN_PROGRESS,
        since=talk.deal_ended_at,
    )
    yield Condition(
        refusal=errors.RequestAlreadyOpen,
        met=talk.open_request_placed_at is None,
        since=talk.open_request_placed_at,
    )
    yield Condition(
        refusal=errors.LastMessageNotYours,
        met=talk.last_sender == requester,
        since=talk.last_contact_at,
    )
    silent_since = talk.silent_since(requester.counterpart)
    silent_enough_at = silent_since + talk.silence_before_request
    yield Condition(
        refusal=errors.RespondentContactedRecently,
        met=now >= silent_enough_at,
        since=silent_since,
        met_from=silent_enough_at,
    )
    if talk.owed_before_request:
        yield _owed_long_enough(talk, requester, now)
    yield _fewer_than_allowed(policy, talk, requester, now)


def _owed_long_enough(talk: Talk, requester: Party, now: datetime) -> Condition:
    """`POLICY_OWED_BEFORE_REQUEST`: what a marketplace asks for beyond the page."""
    since = talk.owed_since if talk.owes_the_next_word is requester.counterpart else None
    enough_at = since + talk.owed_before_request if since else None
    return Condition(
        refusal=errors.NotOwedLongEnough,
        met=enough_at is not None and now >= enough_at,
        since=since,
        met_from=enough_at,
    )


def _fewer_than_allowed(policy: Policy, talk: Talk, requester: Party, now: datetime) -> Condition:
    placed = sorted(talk.recent_requests.get(requester, ()), reverse=True)
    counting = placed[policy.requests_per_party - 1 : policy.requests_per_party]
    free_at = counting[0] + policy.requests_counted_over if counting else None
    return Condition(
        refusal=errors.TooManyRequestsToday,
        met=free_at is None or now >= free_at,
        since=placed[0] if placed else None,
        met_from=free_at,
    )


def refusal(policy: Policy, talk: Talk, requester: Party, now: datetime) -> type[errors.Refusal] | None:
    """Return the first unmet condition of R1 and R8, None when the request may be placed."""
    return next((each.refusal for each in conditions(policy, talk, requester, now) if not each.met), None)


def eligible_at(policy: Policy, talk: Talk, requester: Party, now: datetime) -> datetime | None:
    """From when the request can be placed if nobody does anything; None when waiting cannot bring it."""
    waits = []
    for condition in conditions(policy, talk, requester, now):
        if not condition.met and condition.met_from is None:
            return None
        if condition.met_from is not None:
            waits.append(condition.met_from)
    return max(waits)


def owes_the_next_word(deal_status: DealStatus, last_sender: Party | None) -> Party | None:
    """Return whose word is awaited: the counterpart of the last sender; where nobody wrote, the seller's.

    「トークルームの最終メッセージ送信者」 waits, and the other one owes. None once the deal has ended.
    """
    if deal_status not in {DealStatus.IN_PROGRESS, DealStatus.DELIVERED}:
        return None
    return last_sender.counterpart if last_sender else Party.SELLER


def owed_since(
    *, opened_at: datetime, first_unanswered_at: datetime | None, waiting: datetime | None, owing: datetime | None
) -> datetime:
    """Return since when a word is owed. `waiting` and `owing` are the last contacts of the two parties.

    "Since the first message of the counterpart that is unanswered" (R1); where nobody wrote, since the room
    opened. Never before the last contact of the party who owes it.
    """
    since = first_unanswered_at or waiting or opened_at
    return max(since, owing or since)


def longest_wait(silence_before_request: timedelta, owed_before_request: timedelta) -> timedelta:
    """Return how long a word may be owed before the one who waits is told that they can ask to cancel.

    As long as R1 asks of a silence, and no shorter than the marketplace asks of a word that is owed.
    """
    return max(silence_before_request, owed_before_request)


def reply_deadline(placed_at: datetime, reply_window: timedelta) -> datetime:
    """「24時間以内」: until when, inclusive, a reply revokes a request placed at `placed_at` (R3)."""
    return placed_at + reply_window


def approval_deadline(delivered_at: datetime, approval_window: timedelta) -> datetime:
    """Until when, inclusive, a delivery can be approved or sent back; after it, it is approved (R13: 72 h)."""
    return delivered_at + approval_window


def first_contact_deadline(purchased_at: datetime, first_contact_window: timedelta | None) -> datetime | None:
    """Until when, inclusive, the seller's first contact keeps the deal; None where there is no limit (R13)."""
    return purchased_at + first_contact_window if first_contact_window is not None else None


def first_deadline(deadlines: Mapping[DeadlineKind, datetime | None]) -> tuple[DeadlineKind, datetime] | None:
    """Return the deadline of a room that decides, and until when it can be met (inclusive); None when none runs.

    R13: "Whichever deadline comes first decides." At the very same moment the request does, then
    the first contact: the order of `DeadlineKind`.
    """
    order = list(DeadlineKind)
    running = [(at, order.index(kind)) for kind, at in deadlines.items() if at is not None]
    at, place = min(running, default=(None, 0))
    return (order[place], at) if at is not None else None


def deciding(deadlines: Mapping[DeadlineKind, datetime | None], now: datetime) -> DeadlineKind | None:
    """Return the deadline of a room that has decided at `now`, None when none has passed."""
    first = first_deadline(deadlines)
    return first[0] if first is not None and is_overdue(first[1], now) else None


def is_overdue(deadline: datetime | None, now: datetime) -> bool:
    """Whether the deadline has passed; at the deadline itself it has not (R3: inclusive)."""
    return deadline is not None and now > deadline


def is_milestone_overdue(due_on: date, done_at: datetime | None, now: datetime, zone: tzinfo) -> bool:
    """Whether a milestone's day has gone by, in the marketplace's time zone, and it is not done.

    Dates are approximate (頃): the day itself still counts.
    """
    return done_at is None and due_on < now.astimezone(zone).date()


def milestone_states(
    milestones: Iterable[tuple[date, datetime | None]], now: datetime, zone: tzinfo
) -> list[MilestoneState]:
    """Say where each milestone stands: (due on, done at), in the order of their dates. At most one is next."""
    states: list[MilestoneState] = []
    for due_on, done_at in milestones:
        if done_at is not None:
            states.append(MilestoneState.DONE)
        elif is_milestone_overdue(due_on, done_at, now, zone):
            states.append(MilestoneState.OVERDUE)
        else:
            states.append(MilestoneState.AHEAD if MilestoneState.NEXT in states else MilestoneState.NEXT)
    return states


# R11: a seller's standing.


def window_start(policy: Policy, now: datetime, zone: tzinfo) -> datetime:
    """Return the start of "3 calendar months before now", in the marketplace's time zone, inclusive.

    The same time of day on the same day of the month; where the month is too short, its last day.
    """
    local = now.astimezone(zone)
    months = local.year * 12 + local.month - 1 - policy.figures_window_months
    year, month = divmod(months, 12)
    for day in range(local.day, local.day - 4, -1):
        try:
            return local.replace(year=year, month=month + 1, day=day)
        except ValueError:  # no such day in that month
            continue
    raise AssertionError


def counts_until(policy: Policy, at: datetime, zone: tzinfo) -> datetime:
    """Return the last moment, inclusive, of whose window `at` is part: what happened then counts until then.

    The same time of day on the same day of the month; where the month is too short, the end of its last day.
    """
    local = at.astimezone(zone)
    years, month = divmod(local.month - 1 + policy.figures_window_months, 12)
    try:
        return local.replace(year=local.year + years, month=month + 1)
    except ValueError:  # no such day in that month
        years, month = divmod(local.month + policy.figures_window_months, 12)
        after = local.replace(year=local.year + years, month=month + 1, day=1)
        return after.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """A seller's deals and reviews in the window, counted from rows."""

    completed: int = 0
    revenue_yen: int = 0
    cancelled_at_fault: int = 0
    rating_sum: int = 0
    rating_count: int = 0

    @property
    def ended(self) -> int:
        """Deals that count for the completion rate."""
        return self.completed + self.cancelled_at_fault

    @cached_property
    def delivery_completion_rate(self) -> Fraction | None:
        """納品完了率: completed / (completed + cancelled at the seller's fault), None without data."""
        return Fraction(self.completed, self.ended) if self.ended else None

    @cached_property
    def rating(self) -> Fraction | None:
        """Average over the visible reviews in the window, None without one."""
        return Fraction(self.rating_sum, self.rating_count) if self.rating_count else None


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """One figure that a rank asks for, and what the seller has. No figure fails a line."""

    figure: str
    """`sales`, `revenue_yen`, `delivery_completion_rate` or `rating`."""
    has: int | Fraction | None
    least: int | Fraction

    @property
    def met(self) -> bool:
        """Whether the figure reaches what is asked."""
        return self.has is not None and self.has >= self.least

    @property
    def missing(self) -> int | Fraction:
        """What it lacks; zero when it is met."""
        return 0 if self.met else self.least - (self.has or 0)


def requirements(line: RankLine, figures: Figures) -> list[Requirement]:
    """Return what this rank asks of the figures: the answer to "which line is missing?"."""
    asked = (
        ("sales", figures.completed, line.sales),
        ("revenue_yen", figures.revenue_yen, line.revenue_yen),
        ("delivery_completion_rate", figures.delivery_completion_rate, line.completion_rate),
        ("rating", figures.rating, line.rating),
    )
    return [Requirement(figure=name, has=has, least=least) for name, has, least in asked if least is not None]


def rank(policy: Policy, figures: Figures) -> Rank:
    """Return the highest rank whose line the figures meet."""
    return next(line.rank for line in policy.rank_lines if all(each.met for each in requirements(line, figures)))


@dataclass(frozen=True, kw_only=True)
class SearchPoints:
    """What a search rank is made of, in points."""

    for_rank: int
    for_rating: Fraction
    below_the_line: int
    """Zero or less."""

    @property
    def total(self) -> Decimal:
        """The search rank, to a hundredth."""
        points = self.for_rank + self.for_rating + self.below_the_line
        return (Decimal(points.numerator) / Decimal(points.denominator)).quantize(SEARCH_RANK_PLACES)


def search_points(policy: Policy, figures: Figures) -> SearchPoints:
    """Return the parts of the search rank (R11)."""
    rating = figures.rating if figures.rating is not None else policy.rating_when_none
    return SearchPoints(
        for_rank=policy.search_points_per_level * rank(policy, figures).level,
        for_rating=policy.search_points_per_star * rating,
        below_the_line=-policy.search_penalty if is_below_the_line(policy, figures) else 0,
    )


def search_rank(policy: Policy, figures: Figures) -> Decimal:
    """検索結果での表示順位: points, to a hundredth; more is further up."""
    return search_points(policy, figures).total


def is_below_the_line(policy: Policy, figures: Figures) -> bool:
    """「一定ライン」: completion under 80 % with at least 5 ended deals."""
    rate = figures.delivery_completion_rate
    return rate is not None and figures.ended >= policy.penalty_from_ended_deals and rate < policy.penalty_below_rate


# R9: which services accept.


def not_accepting(
    own_status: ServiceStatus, *, paused_by_penalty: bool, awaits_acknowledgement: bool
) -> tuple[NotAccepting, ...]:
    """Say why a service takes no purchases, nothing when it does.

    R9: it accepts "when its own state is accepting, no unlifted row covers it, and its seller has no
    unacknowledged, unreversed verdict against it".
    """
    reasons = {
        NotAccepting.DRAFT: own_status is ServiceStatus.DRAFT,
        NotAccepting.OWN_PAUSE: own_status is ServiceStatus.PAUSED,
        NotAccepting.NOT_ACKNOWLEDGED: awaits_acknowledgement,
        NotAccepting.PENALTY_PAUSE: paused_by_penalty,
    }
    return tuple(reason for reason, holds in reasons.items() if holds)
