"""What a talk room's page knows: one visit, and the rules' answers about it. Nothing here decides."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.conf import settings

from marketplace import formats, rules
from marketplace.models import CancelRequest, User, Verdict
from marketplace.pages import words
from marketplace.pages.asking import Asking
from marketplace.reads import preview
from marketplace.reads.deadlines import DEADLINES, row_of, running_in
from marketplace.reads.people import BuyerRecord
from marketplace.reads.preview import Preview
from marketplace.rules import Talk
from marketplace.visits import Visit
from marketplace.vocabulary import AtFault, DeadlineKind, DealStatus, Party, RequestStatus


@dataclass(frozen=True, kw_only=True)
class Running:
    """The first deadline of a room: it decides (R13)."""

    kind: DeadlineKind
    at: datetime
    since: datetime
    of: Party
    """The party whose word or act is awaited."""


@dataclass(frozen=True)
class Room:
    """A visited room, as this person sees it. What templates do not read is not queried."""

    visit: Visit
    person: User

    @property
    def you(self) -> Party | None:
        """The reader's side; None for staff."""
        return self.visit.room.party_of(self.person)

    @property
    def counterpart(self) -> User:
        """The other party; to staff, the seller."""
        return self.named(self.you.counterpart if self.you else Party.SELLER)

    def named(self, party: Party) -> User:
        person: User = self.visit.room.buyer if party is Party.BUYER else self.visit.deal.seller.user
        return person

    @cached_property
    def talk(self) -> Talk:
        return self.visit.facts()

    @property
    def is_running(self) -> bool:
        return self.visit.deal.status in {DealStatus.IN_PROGRESS, DealStatus.DELIVERED}

    @property
    def is_open(self) -> bool:
        return self.you is not None and self.is_running

    @property
    def is_in_progress(self) -> bool:
        return self.visit.deal.status == DealStatus.IN_PROGRESS

    @property
    def owes_the_next_word(self) -> Party | None:
        """The party whose word is awaited; None once the deal has ended."""
        return self.talk.owes_the_next_word

    @property
    def is_your_turn(self) -> bool:
        return self.you is not None and self.owes_the_next_word is self.you

    @property
    def keeps_them_waiting(self) -> bool:
        """Whether the reader has owed a word for so long that the page warns (R1)."""
        return self.is_your_turn and self.talk.is_word_overdue(self.visit.now)

    @cached_property
    def yours(self) -> Asking | None:
        """The reader's own way to a cancel request; None for staff."""
        return self.asking(self.you) if self.you else None

    @cached_property
    def theirs(self) -> Asking | None:
        """The other party's way to one against the reader; None for staff."""
        return self.asking(self.you.counterpart) if self.you else None

    @property
    def both(self) -> list[Asking]:
        return [self.asking(party) for party in Party]

    @property
    def awaited(self) -> Asking | None:
        """The way to a request of the party that does not owe the next word."""
        owing = self.owes_the_next_word
        return self.asking(owing.counterpart) if owing else None

    def asking(self, requester: Party) -> Asking:
        return Asking(self.talk, requester, self.visit.now)

    @property
    def open_request(self) -> CancelRequest | None:
        latest = self.visit.latest_request
        return latest if latest and latest.status == RequestStatus.AWAITING_REPLY else None

    @property
    def ended_request(self) -> CancelRequest | None:
        """The latest request, if it ended without a verdict."""
        latest = self.visit.latest_request
        told = self.verdict is not None or latest is None or latest.status == RequestStatus.AWAITING_REPLY
        return None if told else latest

    @property
    def is_against_you(self) -> bool:
        return self.open_request is not None and self.open_request.respondent == self.you

    @property
    def is_yours(self) -> bool:
        return self.open_request is not None and self.open_request.requester == self.you

    @cached_property
    def running(self) -> Running | None:
        """The deadline that decides next; None if none runs."""
        deal, request = self.visit.deal, self.open_request
        first = rules.first_deadline(running_in(deal, request))
        if first is None:
            return None
        kind, at = first
        silent = DEADLINES[kind].silent
        of = silent(row_of(kind, deal, request)) if silent else Party.BUYER  # who approves, or sends back
        return Running(kind=kind, at=at, since=self._began(kind, at), of=of)

    def _began(self, kind: DeadlineKind, at: datetime) -> datetime:
        deal, request = self.visit.deal, self.open_request
        if kind is DeadlineKind.REPLY and request is not None:
            placed: datetime = request.placed_at
            return placed
        bought: datetime = deal.purchased_at
        return bought if kind is DeadlineKind.FIRST_CONTACT else at - deal.approval_window

    @cached_property
    def at_risk(self) -> Preview | None:
        """What the reader's silence would do; None if it can do nothing."""
        until = self._silence_could_end_it_at()
        if until is None or self.you is None:
            return None
        return preview.of_silence(self.visit.deal, self.you, until, self.visit.now)

    @property
    def is_certain(self) -> bool:
        """Whether that happens at a deadline that runs already."""
        running = self.running
        return running is not None and running.kind is not DeadlineKind.APPROVAL and running.of == self.you

    def _silence_could_end_it_at(self) -> datetime | None:
        """Return the earliest moment at which the reader's silence could end the deal."""
        now, request = self.visit.now, self.open_request
        if self.is_certain and self.running is not None:
            return self.running.at
        if request is not None and self.is_against_you and request.remaining_when_held is not None:
            held_until: datetime = now + request.remaining_when_held
            return held_until
        possible = self.theirs.possible_from if self.theirs and self.is_in_progress else None
        return rules.reply_deadline(max(possible, now), self.visit.deal.reply_window) if possible else None

    def if_asked_now(self) -> Preview:
        """Preview a request placed now that gets no reply."""
        assert self.you is not None  # noqa: S101 - staff cannot ask, and the page refused them
        now, deal = self.visit.now, self.visit.deal
        deadline = rules.reply_deadline(now, deal.reply_window)
        return preview.of_silence(deal, self.you.counterpart, deadline, now)

    @property
    def verdict(self) -> Verdict | None:
        verdict: Verdict | None = getattr(self.visit.deal, "verdict", None)
        return verdict

    @property
    def verdict_name(self) -> str:
        return words.verdict_name(self.verdict.at_fault) if self.verdict else ""

    @property
    def is_your_fault(self) -> bool:
        return self.verdict is not None and self.verdict.at_fault == self.you

    @property
    def awaits_your_return(self) -> bool:
        """Whether the reader's services wait for an acknowledgement of this verdict (R9)."""
        verdict = self.verdict
        return (
            verdict is not None
            and verdict.pk is not None
            and verdict.at_fault == AtFault.SELLER
            and self.you is Party.SELLER
            and verdict.acknowledged_at is None
        )

    @property
    def buyer_record(self) -> BuyerRecord | None:
        """The buyer's record (R5), for the seller and staff. One statement."""
        return None if self.you is Party.BUYER else self.visit.buyer_record()

    @property
    def requests_allowed(self) -> int:
        """Requests that one party may place in a room within `requests_counted_over` (R8)."""
        return settings.POLICY.requests_per_party

    @property
    def requests_counted_over(self) -> str:
        return formats.duration(settings.POLICY.requests_counted_over)

    @property
    def closed_at(self) -> str:
        ended: datetime | None = self.visit.deal.ended_at
        return formats.deadline(ended) if ended else ""

    @property
    def zone(self) -> str:
        """The marketplace's time zone: that of the schedule's dates."""
        return settings.TIME_ZONE
