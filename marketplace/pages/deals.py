"""A deal as a line of a list: its parties, whose word it waits for, what follows, how it ended.

The line gives a state; `TAGS`, `NEXT` and `CANCELLED` give the words.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final, Literal, NamedTuple

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace import rules
from marketplace.http.serializers.talk import MessageShown
from marketplace.models import CancelRequest, Deal, Message, TalkRoom, User
from marketplace.pages import times
from marketplace.pages.asking import Asking, Way
from marketplace.pages.turn import HELD
from marketplace.reads import facts
from marketplace.reads.deadlines import running_in
from marketplace.rules import Talk
from marketplace.vocabulary import AtFault, DeadlineKind, DealStatus, Party, RequestStatus


class Tag(NamedTuple):
    words: Any
    tone: str = ""


TAGS = {
    "is_past_due": Tag(_("its deadline has passed"), "warn"),
    "is_against_you": Tag(_("reply to the cancel request"), "bad"),
    "open_request": Tag(_("your cancel request is running")),
    "awaits_your_approval": Tag(_("waiting for your approval"), "warn"),
    "is_your_turn": Tag(_("waiting for your reply"), "warn"),
    "is_delivered": Tag(_("waiting for their approval")),
    "is_running": Tag(_("waiting for their reply")),
}
"""By what holds of the line: the first counts."""

PASSED: Final = "passed"
"""A deadline has passed that is not settled yet."""


class Next(NamedTuple):
    """What follows. Where the party that waits reads something else, `waiting` has it."""

    words: Any
    waiting: Any = ""


NEXT: dict[DeadlineKind | Way | Literal["held", "passed"], Next] = {
    PASSED: Next(_("The outcome will show in a moment.")),
    DeadlineKind.REPLY: Next(_("Reply by {at} · {left} left")),
    DeadlineKind.APPROVAL: Next(_("Approved automatically after {at} · {left} left")),
    DeadlineKind.FIRST_CONTACT: Next(_("The seller's first message by {at} · {left} left")),
    HELD: Next(_("Our staff are looking at the request; its clock is stopped.")),
    Way.CALLED_FOR: Next(_("The other party can ask for cancellation now."), _("You can ask for cancellation")),
    Way.EARLY: Next(_("A reply is awaited since {since}.")),
    Way.LATER: Next(
        _("Unless you reply by {at}, the other party can ask for cancellation."),
        _("If they stay silent, you can ask for cancellation from {at}."),
    ),
    Way.BLOCKED: Next(""),
}

CANCELLED = {
    (AtFault.SELLER, False): pgettext_lazy("seller", "cancelled: no reply from them"),
    (AtFault.SELLER, True): pgettext_lazy("seller", "cancelled: no reply from you"),
    (AtFault.BUYER, False): pgettext_lazy("buyer", "cancelled: no reply from them"),
    (AtFault.BUYER, True): pgettext_lazy("buyer", "cancelled: no reply from you"),
}
"""By whose silence it was, and whether that is the reader."""
REVERSED = _("cancelled for silence; reversed by our staff")


@dataclass(frozen=True)
class DealLine:
    """One deal of the reader, read by `reads.shown`. Lists settle nothing: they are at most one sweep old."""

    room: TalkRoom
    person: User
    now: datetime
    talk: Talk
    """The facts that the rules ask."""

    @property
    def deal(self) -> Deal:
        deal: Deal = self.room.deal
        return deal

    @property
    def you(self) -> Party | None:
        return self.room.party_of(self.person)

    @property
    def counterpart(self) -> User:
        buyer: User = self.room.buyer
        seller: User = self.deal.seller.user
        return buyer if self.you is Party.SELLER else seller

    @cached_property
    def last(self) -> Message | None:
        columns = self.room.last_line
        if columns is None:
            return None
        moments = {name: columns[name] and times.as_moment(columns[name]) for name in ("posted_at", "hidden_at")}
        return Message(**{**columns, **moments})

    @property
    def last_words(self) -> str:
        """The text of the last message, as the room shows it to the reader, on one line."""
        if self.last is None:
            return ""
        shown = MessageShown(context={"person": self.person}).get_body(self.last)  # `data` builds all its fields anew
        return " ".join(shown.split())

    @property
    def is_last_yours(self) -> bool:
        return self.last is not None and self.last.sender == self.you

    @property
    def is_running(self) -> bool:
        return self.deal.ended_at is None

    @property
    def open_request(self) -> CancelRequest | None:
        latest = self.room.latest_requests
        return latest[0] if latest and latest[0].status == RequestStatus.AWAITING_REPLY else None

    @property
    def is_against_you(self) -> bool:
        return self.open_request is not None and self.open_request.respondent == self.you

    @property
    def is_your_turn(self) -> bool:
        return self.talk.owes_the_next_word is self.you

    @property
    def is_delivered(self) -> bool:
        return self.deal.status == DealStatus.DELIVERED

    @property
    def is_yours(self) -> bool:
        """Whether the deal waits for the reader's word or approval."""
        return self.is_your_turn or self.is_against_you or self.awaits_your_approval

    @property
    def awaits_your_approval(self) -> bool:
        return self.is_delivered and self.you is Party.BUYER

    @cached_property
    def due(self) -> tuple[DeadlineKind, datetime] | None:
        """The next deadline and its kind; the moment itself is in time."""
        return rules.first_deadline(running_in(self.deal, self.open_request))

    @property
    def is_past_due(self) -> bool:
        """Whether a deadline has passed that is not settled yet."""
        return self.due is not None and rules.is_overdue(self.due[1], self.now)

    @property
    def tag(self) -> Tag:
        return next(tag for holds, tag in TAGS.items() if getattr(self, holds))

    @cached_property
    def asking(self) -> Asking | None:
        """The way to a cancel request of the party that waits for a word; None once the deal has ended."""
        owing = self.talk.owes_the_next_word
        return Asking(self.talk, owing.counterpart, self.now) if owing else None

    @property
    def request_possible_from(self) -> datetime | None:
        """The moment from which the waiting party could ask to cancel; None if waiting is not enough."""
        return self.asking.possible_from if self.asking else None

    @property
    def state(self) -> DeadlineKind | Way | Literal["held", "passed"]:
        """What decides next."""
        if self.due is not None:
            return PASSED if self.is_past_due else self.due[0]
        if self.open_request is not None:
            return HELD
        return self.asking.way if self.asking else Way.BLOCKED

    @property
    def what_follows(self) -> SafeString:
        """What follows, and until when."""
        found, at = NEXT[self.state], self.due[1] if self.due else self.request_possible_from
        return format_html(
            str(found.words if self.is_your_turn else found.waiting or found.words),
            at=times.deadline(at) if at else "",
            left=times.remaining(at, self.now) if at else "",
            since=times.moment(self.talk.owed_since, self.now) if self.talk.owed_since else "",
        )

    @property
    def may_ask(self) -> bool:
        """Whether the page leads the reader to a cancel request: it is possible, and called for (R1)."""
        return self.state is Way.CALLED_FOR and not self.is_your_turn

    @property
    def how_cancelled(self) -> str:
        """Whose silence ended it; empty for a deal that was not cancelled."""
        verdict = getattr(self.deal, "verdict", None)
        if verdict is None:
            return ""
        if verdict.reversed_at is not None:
            return str(REVERSED)
        return str(CANCELLED[AtFault(verdict.at_fault), verdict.at_fault == self.you])

    @property
    def may_review(self) -> bool:
        bought = self.you is Party.BUYER and self.deal.status == DealStatus.COMPLETED
        return bought and not hasattr(self.deal, "review")


def lines_of(rooms: Collection[TalkRoom], person: User, now: datetime) -> list[DealLine]:
    """Return a line for each room, read `with_last_line`. One statement."""
    known = facts.talks(rooms, now)
    return [DealLine(room, person, now, known[room.pk]) for room in rooms]
