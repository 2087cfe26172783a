"""A deal as a line of a list: its parties, its state, the next word, the next deadline."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.conf import settings

from marketplace import rules
from marketplace.http.serializers.talk import MessageShown
from marketplace.models import CancelRequest, Deal, Message, TalkRoom, User
from marketplace.pages import times
from marketplace.reads import facts
from marketplace.reads.deadlines import running_in
from marketplace.rules import Talk
from marketplace.vocabulary import AtFault, DeadlineKind, DealStatus, Party, RequestStatus


@dataclass(frozen=True)
class DealLine:
    """One deal of the reader, read `with_what_is_shown`. Lists settle nothing: they are at most one sweep old."""

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
        """The last message."""
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
        shown = MessageShown(self.last, context={"person": self.person}).data
        return " ".join(str(shown["body"]).split())

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
    def owes_the_next_word(self) -> Party | None:
        return rules.owes_the_next_word(self.talk.deal_status, self.talk.last_sender)

    @property
    def is_yours(self) -> bool:
        """Whether the deal waits for the reader's word or approval."""
        return self.owes_the_next_word == self.you or self.is_against_you or self.awaits_your_approval

    @property
    def awaits_your_approval(self) -> bool:
        """Whether a delivery waits for the reader."""
        return self.deal.status == DealStatus.DELIVERED and self.you is Party.BUYER

    @cached_property
    def due(self) -> tuple[DeadlineKind, datetime] | None:
        """The next deadline and its kind; the moment itself is in time."""
        return rules.first_deadline(running_in(self.deal, self.open_request))

    @property
    def is_past_due(self) -> bool:
        """Whether a deadline has passed that is not settled yet."""
        return self.due is not None and rules.is_overdue(self.due[1], self.now)

    @cached_property
    def request_possible_from(self) -> datetime | None:
        """The moment from which the waiting party could ask to cancel; None if waiting is not enough."""
        owing = self.owes_the_next_word
        return rules.eligible_at(settings.POLICY, self.talk, owing.counterpart, self.now) if owing else None

    @property
    def is_request_possible(self) -> bool:
        return self.request_possible_from is not None and self.now >= self.request_possible_from

    @property
    def is_request_called_for(self) -> bool:
        """Whether the list mentions it: it is possible, and the word has been owed for long enough (R1)."""
        return self.is_request_possible and self.talk.is_word_overdue(self.now)

    @property
    def ended_by_your_silence(self) -> bool:
        verdict = getattr(self.deal, "verdict", None)
        return verdict is not None and verdict.at_fault == AtFault(str(self.you))

    @property
    def may_review(self) -> bool:
        bought = self.you is Party.BUYER and self.deal.status == DealStatus.COMPLETED
        return bought and not hasattr(self.deal, "review")


def lines_of(rooms: Collection[TalkRoom], person: User, now: datetime) -> list[DealLine]:
    """Return a line for each room, read `with_last_line`. One statement."""
    known = facts.talks(rooms, now, settings.POLICY.requests_counted_over)
    return [DealLine(room, person, now, known[room.pk]) for room in rooms]
