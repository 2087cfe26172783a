"""What silence does in a room, and who can ask to cancel: the words of both, by state."""

from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from marketplace import formats
from marketplace.characters import isolated
from marketplace.pages import times, words
from marketplace.pages.asking import Asking, Way
from marketplace.pages.room import Room


class Risk(Enum):
    """How the reader's silence could end the deal."""

    CERTAIN = "a deadline runs against the reader"
    HELD = "a request against the reader is held"
    AT_ANY_TIME = "the other party can place a request"
    LATER = "the other party can place a request later"


IF_SILENT = {
    Risk.CERTAIN: _("If you do not write by {at}:"),
    Risk.HELD: _("If you do not write before the deadline, once the request runs again:"),
    Risk.AT_ANY_TIME: _("{name} can ask to cancel at any time. If you do not write within {window} after that:"),
    Risk.LATER: _("From {at}, {name} can ask to cancel. If you do not write within {window} after that:"),
}


class Yours(NamedTuple):
    tag: Any
    text: Any = ""
    tone: str = ""


YOURS = {
    Way.CALLED_FOR: Yours(_("✓ possible now"), tone="good"),
    Way.EARLY: Yours(
        _("✓ possible now"), _("But {name} has had your message for only {waited}: please give them time to reply.")
    ),
    Way.LATER: Yours(_("not yet"), _("possible from {at} (in {left})")),
    Way.BLOCKED: Yours(_("not possible"), _("Waiting is not enough: see what is missing below.")),
}
ENDED = Yours(_("not possible"))
"""Where no deal is in progress nothing is missing that the reader could bring."""

TO_STAFF = {
    Way.CALLED_FOR: _("possible now"),
    Way.EARLY: _("possible now"),
    Way.LATER: _("from {at}"),
    Way.BLOCKED: _("not by waiting"),
}
THE_LAST_WORD_IS_YOURS = _("{name} cannot ask to cancel: the last message is yours.")
NOBODY_HAS_WRITTEN = _("{name} cannot ask to cancel yet: nobody has written.")


@dataclass(frozen=True)
class Silence:
    room: Room

    @property
    def risk(self) -> Risk:
        """How the reader's silence could end the deal, where it could (`room.at_risk`)."""
        if self.room.is_certain:
            return Risk.CERTAIN
        if self.room.is_against_you:
            return Risk.HELD
        return Risk.AT_ANY_TIME if self.room.theirs and self.room.theirs.is_possible else Risk.LATER

    @property
    def if_silent(self) -> SafeString:
        """Name the condition above what would follow."""
        theirs, running = self.room.theirs, self.room.running
        at = running.at if running and self.room.is_certain else theirs.possible_from if theirs else None
        return format_html(
            str(IF_SILENT[self.risk]),
            name=self._name,
            at=times.deadline(at) if at else "",
            window=formats.duration(self.room.visit.deal.reply_window),
        )

    @property
    def yours(self) -> Yours:
        asking = self.room.yours
        assert asking is not None  # noqa: S101 - the template asks for a party only
        found = YOURS[asking.way] if asking.way is not Way.BLOCKED or self.room.is_in_progress else ENDED
        return found._replace(text=self._filled(found.text, asking)) if found.text else found

    @property
    def theirs(self) -> SafeString:
        """Why the other party cannot ask, where the reader's silence can do nothing."""
        last_is_yours = self.room.talk.last_sender == self.room.you
        return format_html(str(THE_LAST_WORD_IS_YOURS if last_is_yours else NOBODY_HAS_WRITTEN), name=self._name)

    @property
    def of_both(self) -> list[tuple[str, SafeString]]:
        both = self.room.both
        return [(words.word(each.requester), self._filled(TO_STAFF[each.way], each)) for each in both]

    def _filled(self, text: Any, asking: Asking) -> SafeString:
        now, at, since = self.room.visit.now, asking.possible_from, asking.owed_since
        return format_html(
            str(text),
            name=self._name,
            at=times.deadline(at) if at else "",
            left=times.remaining(at, now) if at else "",
            waited=times.elapsed(since, now) if since else "",
        )

    @property
    def _name(self) -> str:
        return isolated(self.room.counterpart.username)
