"""Whether a party may ask to cancel, from when, and what is missing: the rules' answers in words."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cached_property

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from marketplace import errors, formats, rules
from marketplace.rules import Condition, Talk
from marketplace.vocabulary import DealStatus, Party

Refusals = type[errors.Refusal]


@dataclass(frozen=True, kw_only=True)
class Told:
    """A condition of R1 or R8 in words, for the requester."""

    code: str
    met: bool
    what: str
    """What must hold."""
    since: datetime | None
    since_what: str
    """What happened then."""
    met_from: datetime | None
    """From when waiting alone meets what is not met."""
    remedy: str
    """What would meet it, where waiting does not."""


class Way(Enum):
    CALLED_FOR = "possible, and the page offers it"
    EARLY = "possible, and the word has not been owed for long"
    LATER = "time alone is missing"
    BLOCKED = "more than time is missing"


@dataclass(frozen=True)
class Asking:
    """Whether a party may place a request at `now`. Every answer is the rules' own."""

    talk: Talk
    requester: Party
    now: datetime

    @cached_property
    def conditions(self) -> list[Condition]:
        """R1 and R8, in the order of refusals."""
        return list(rules.conditions(settings.POLICY, self.talk, self.requester, self.now))

    @property
    def is_possible(self) -> bool:
        return all(condition.met for condition in self.conditions)

    @property
    def possible_from(self) -> datetime | None:
        """The moment at which it becomes possible by waiting alone; None if other conditions are missing."""
        return rules.eligible_at(settings.POLICY, self.talk, self.requester, self.now)

    @property
    def silent_since(self) -> datetime:
        return self.talk.silent_since(self.requester.counterpart)

    @property
    def has_heard(self) -> bool:
        """Whether the other party ever wrote. If not, the clock starts when the room opened (R6)."""
        return self.talk.last_contact(self.requester.counterpart) is not None

    @property
    def owed_since(self) -> datetime | None:
        """Start of the other party's debt of a word; None if they owe none."""
        return self.talk.owed_since if self.talk.owes_the_next_word is self.requester.counterpart else None

    @property
    def word_overdue_at(self) -> datetime | None:
        """The moment from which the page offers a request because of that word."""
        return self.talk.word_overdue_at if self.owed_since else None

    @property
    def is_called_for(self) -> bool:
        """Whether the page offers a request: it is possible, and the word has been owed for long enough (R1)."""
        return self.is_possible and self.talk.is_word_overdue(self.now)

    @property
    def is_only_waiting(self) -> bool:
        """Whether only time is missing."""
        return not self.is_possible and self.possible_from is not None

    @property
    def way(self) -> Way:
        if self.is_possible:
            return Way.CALLED_FOR if self.is_called_for else Way.EARLY
        return Way.LATER if self.is_only_waiting else Way.BLOCKED

    @property
    def told(self) -> list[Told]:
        """Every condition in words. If no deal is in progress, that one alone: meeting the others would not help."""
        known = self.conditions
        stands = [each for each in known if each.refusal is errors.DealNotInProgress and not each.met]
        return [self._told(condition) for condition in stands or known]

    @property
    def first_missing(self) -> Told | None:
        """The condition that a refusal would name."""
        return next((each for each in self.told if not each.met), None)

    def _told(self, condition: Condition) -> Told:
        kind = condition.refusal
        return Told(
            code=kind.code,
            met=condition.met,
            what=WHAT_MUST_HOLD[kind](self.talk),
            since=condition.since,
            since_what=SINCE[kind](self),
            met_from=None if condition.met else condition.met_from,
            remedy="" if condition.met or condition.met_from else REMEDIES[kind](self),
        )


def _limit(_talk: Talk) -> str:
    number, over = settings.POLICY.requests_per_party, formats.duration(settings.POLICY.requests_counted_over)
    return _("You placed fewer than {number} requests here in the last {over}").format(number=number, over=over)


def _silence(talk: Talk) -> str:
    length = formats.duration(talk.silence_before_request)
    return _("The other party has been silent for {length} or longer").format(length=length)


def _owed(talk: Talk) -> str:
    length = formats.duration(talk.owed_before_request)
    return _("Your first unanswered message is {length} old or older").format(length=length)


WHAT_MUST_HOLD: dict[Refusals, Callable[[Talk], str]] = {
    errors.DealNotInProgress: lambda _talk: _("The deal is in progress"),
    errors.RequestAlreadyOpen: lambda _talk: _("No cancel request is open"),
    errors.LastMessageNotYours: lambda _talk: _("The last message in the room is yours"),
    errors.RespondentContactedRecently: _silence,
    errors.NotOwedLongEnough: _owed,
    errors.TooManyRequestsToday: _limit,
}


def _contact_or_opening(asking: Asking) -> str:
    """Name the start of the clock: a party that never wrote is silent since the room opened (R6)."""
    return _("their last contact") if asking.has_heard else _("purchase, no word since")


SINCE: dict[Refusals, Callable[[Asking], str]] = {
    errors.DealNotInProgress: lambda _asking: pgettext("what the party waits since", "ended"),
    errors.RequestAlreadyOpen: lambda _asking: pgettext("what the party waits since", "placed"),
    errors.LastMessageNotYours: lambda _asking: _("last message"),
    errors.RespondentContactedRecently: _contact_or_opening,
    errors.NotOwedLongEnough: lambda _asking: _("your first unanswered message"),
    errors.TooManyRequestsToday: lambda _asking: _("your latest request"),
}


REMEDIES: dict[Refusals, Callable[[Asking], str]] = {
    errors.DealNotInProgress: lambda asking: (
        _("The work was delivered. If the buyer sends it back, the deal is in progress again.")
        if asking.talk.deal_status == DealStatus.DELIVERED
        else _("The deal has ended.")
    ),
    errors.RequestAlreadyOpen: lambda _asking: _("It ends with a reply, when it is withdrawn, or at its deadline."),
    errors.LastMessageNotYours: lambda _asking: _("Send a message: it is then the other party's turn."),
    errors.NotOwedLongEnough: lambda _asking: _("Send a message and wait for a reply."),
}
"""Remedies for conditions that waiting does not meet."""
