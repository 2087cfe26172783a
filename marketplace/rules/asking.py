"""Who owes the next word, and who may ask to cancel (R1, R6, R8)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from marketplace import errors
from marketplace.policy import Policy
from marketplace.vocabulary import DealStatus, Party


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
        return {Party.BUYER: self.buyer_last_contact_at, Party.SELLER: self.seller_last_contact_at}[party]

    def silent_since(self, party: Party) -> datetime:
        """Return the party's last contact; one that never wrote is silent since the room opened (R6)."""
        return self.last_contact(party) or self.opened_at

    @property
    def owes_the_next_word(self) -> Party | None:
        """The counterpart of the last sender; where nobody wrote, the seller. None once the deal has ended.

        「トークルームの最終メッセージ送信者」 waits, and the other party owes a word.
        """
        if self.deal_status not in {DealStatus.IN_PROGRESS, DealStatus.DELIVERED}:
            return None
        return self.last_sender.counterpart if self.last_sender else Party.SELLER

    @property
    def owed_since(self) -> datetime | None:
        """Since when that word is owed: "since the first message of the counterpart that is unanswered" (R1)."""
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
        """From when (inclusive) a word is overdue; None where nobody owes one.

        R1: "nobody is scolded or invited by" the page's rule alone. Reminders, the colours of to-dos and the
        button go by this; `conditions` decides whether a request may be placed.
        """
        since = self.owed_since
        return since + longest_wait(self.silence_before_request, self.owed_before_request) if since else None

    def is_word_overdue(self, now: datetime) -> bool:
        return self.word_overdue_at is not None and now >= self.word_overdue_at

    @property
    def last_contact_at(self) -> datetime | None:
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
