"""The head of a talk room whose deal has ended: how, and since when."""

from dataclasses import dataclass
from enum import Enum

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.characters import isolated
from marketplace.pages import times, words
from marketplace.pages.room import Room
from marketplace.vocabulary import DealStatus


class Outcome(Enum):
    """How a deal ended, as its reader sees it."""

    REVERSED = "cancelled for silence, and reversed"
    YOUR_SILENCE = "the reader did not reply"
    THEIR_SILENCE = "the other party did not reply"
    SILENCE = "a party did not reply, and staff read it"
    COMPLETED = "completed"
    CANCELLED = "cancelled without a verdict"


HEADLINES = {
    Outcome.REVERSED: gettext_lazy("The deal is cancelled; nobody is at fault"),
    Outcome.YOUR_SILENCE: gettext_lazy("The deal was cancelled: you did not reply in time"),
    Outcome.THEIR_SILENCE: gettext_lazy("The deal was cancelled: {name} did not reply"),
    Outcome.SILENCE: gettext_lazy("The deal was cancelled; at fault: {who}"),
    Outcome.COMPLETED: gettext_lazy("The deal is completed"),
    Outcome.CANCELLED: gettext_lazy("The deal was cancelled"),
}
"""`{name}` is the other party, `{who}` the party at fault."""


@dataclass(frozen=True)
class Ended:
    room: Room

    @property
    def outcome(self) -> Outcome:
        room, verdict = self.room, self.room.verdict
        if verdict is None:
            return Outcome.COMPLETED if room.visit.deal.status == DealStatus.COMPLETED else Outcome.CANCELLED
        if verdict.reversed_at is not None:
            return Outcome.REVERSED
        if room.you is None:
            return Outcome.SILENCE
        return Outcome.YOUR_SILENCE if room.is_your_fault else Outcome.THEIR_SILENCE

    @property
    def headline(self) -> SafeString:
        verdict = self.room.verdict
        return format_html(
            str(HEADLINES[self.outcome]),
            name=isolated(self.room.counterpart.username),
            who=words.word(verdict.at_fault if verdict else None),
        )

    @property
    def since(self) -> SafeString:
        """The moment of the end: of a verdict, its deadline."""
        verdict = self.room.verdict
        if verdict is not None:
            return format_html(_("As of {at}"), at=times.deadline(verdict.effective_at))
        ended_at = self.room.visit.deal.ended_at
        return times.moment(ended_at, self.room.visit.now) if ended_at else SafeString()
