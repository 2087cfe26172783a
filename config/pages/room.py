"""What a talk room's page knows: one visit, and the rules' own answers about it. Nothing here decides."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings

from marketplace import rules
from marketplace.api import eligibility
from marketplace.api.visits import Visit
from marketplace.models import CancelRequest, User
from marketplace.querysets import preview
from marketplace.querysets.preview import Preview
from marketplace.rules import Talk
from marketplace.vocabulary import DealStatus, Language, Party, RequestStatus


@dataclass(frozen=True)
class Room:
    """A visited room, as this person sees it. Templates read from it."""

    visit: Visit
    person: User
    language: Language

    @property
    def you(self) -> Party | None:
        """Which side the reader is on; None for staff, who only look."""
        return self.visit.room.party_of(self.person)

    @property
    def counterpart(self) -> User:
        """The other party; to staff, the seller."""
        seller: User = self.visit.room.seller
        return self.visit.room.buyer if self.you is Party.SELLER else seller

    @cached_property
    def talk(self) -> Talk:
        """The facts that the rules ask."""
        return self.visit.facts()

    @property
    def is_open(self) -> bool:
        """Whether a party can write here."""
        return self.you is not None and self.visit.deal.status in {DealStatus.IN_PROGRESS, DealStatus.DELIVERED}

    @property
    def is_in_progress(self) -> bool:
        """Whether the deal is in progress."""
        return self.visit.deal.status == DealStatus.IN_PROGRESS

    @property
    def owes_the_next_word(self) -> Party | None:
        """Whose word is awaited: the counterpart of the last sender; a new room awaits the seller's."""
        if self.you is None:
            return None
        return rules.owes_the_next_word(self.talk.deal_status, self.talk.last_sender)

    @cached_property
    def eligibility(self) -> dict[str, Any] | None:
        """Whether the reader may place a request, from when, and why not yet."""
        return eligibility.of(self.talk, self.you, self.visit.now, self.language) if self.you else None

    @cached_property
    def against_you(self) -> dict[str, Any] | None:
        """Whether the other party may place one against the reader, and from when."""
        return eligibility.outlook(self.talk, self.you.counterpart, self.visit.now) if self.you else None

    @property
    def open_request(self) -> CancelRequest | None:
        """The request that awaits a reply."""
        latest = self.visit.latest_request
        return latest if latest and latest.status == RequestStatus.AWAITING_REPLY else None

    @property
    def is_against_you(self) -> bool:
        """Whether the open request awaits the reader's reply."""
        return self.open_request is not None and self.open_request.respondent == self.you

    @cached_property
    def foreseen(self) -> Preview | None:
        """What happens if the respondent of the open request says nothing until its deadline."""
        request = self.open_request
        if request is None or request.reply_deadline is None:
            return None
        return preview.of_silence(self.visit.deal, request.respondent, request.reply_deadline, self.visit.now)

    def if_asked_now(self) -> Preview:
        """Foresee what happens if the reader asks now and the other party says nothing."""
        assert self.you is not None  # noqa: S101 - staff cannot ask, and the page refused them
        now, deal = self.visit.now, self.visit.deal
        deadline = rules.reply_deadline(now, deal.reply_window)
        return preview.of_silence(deal, self.you.counterpart, deadline, now)

    @property
    def zone(self) -> str:
        """The marketplace's time zone, which dates of the schedule are of."""
        return settings.TIME_ZONE
