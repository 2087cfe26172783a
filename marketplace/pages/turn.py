"""The head of a talk room: what it waits for, whose turn it is, and until when.

The room gives a state and the reader's side; `WORDS` gives the words for both.
"""

from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any, Final, Literal, NamedTuple

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from marketplace import formats
from marketplace.characters import isolated
from marketplace.pages import times, words
from marketplace.pages.asking import Asking, Way
from marketplace.pages.room import Room
from marketplace.vocabulary import DeadlineKind, Party


class Side(Enum):
    YOURS = "the reader is awaited"
    THEIRS = "the other party is awaited"
    STAFF = "the reader is neither"


HELD: Final = "held"
"""The cancel request is held by staff (R10): no deadline runs."""

State = DeadlineKind | Way | Literal["held"]
"""The kind of deadline that runs; else that the request is held; else how near a cancel request is."""


class Act(NamedTuple):
    id: str
    page: str
    words: Any


class Words(NamedTuple):
    """What stands there. `{name}` is the other party, `{who}` the party that is awaited."""

    headline: Any
    text: Any = ""
    act: Act | None = None
    tone: str = ""


JUDGE = Act("judge-from-turn", "approve", _("Check the delivery"))
ASK = Act("ask-from-turn", "ask", _("Ask to cancel"))

FIRST_WORD = _("{name} is waiting for your first message")
"""The headline for a reader who is awaited and has never written, unless a request is called for."""
YOUR_TURN = _("Your turn: {name} is waiting for a reply")
THEIR_TURN = _("Waiting for {name}")
NEXT = _("The next message is expected from the {who}")
FIRST_CONTACT = Words(
    _("Waiting for the seller's first message"),
    _("If none comes by the deadline, the deal is cancelled automatically and the money goes back."),
)
APPROVED_BY_ITSELF = _("Without either by the deadline, it is approved automatically.")
DELIVERED = Words(_("Delivered: waiting for the buyer's approval"), APPROVED_BY_ITSELF)
IS_HELD = _("The cancel request is held by our staff")
STOPPED = Words(IS_HELD, _("Its clock is stopped."))
FROM_THEN_ON = _("A cancel request becomes possible at {at} (in {left})")
NOT_YET = _("No cancel request is possible yet: {remedy}")

WORDS: dict[tuple[State, Side], Words] = {
    (DeadlineKind.REPLY, Side.YOURS): Words(
        _("Reply now: {name} asked to cancel"),
        _("Any message from you revokes the request. Otherwise the deal is cancelled automatically."),
        tone="bad",
    ),
    (DeadlineKind.REPLY, Side.THEIRS): Words(
        _("Your cancel request waits for a reply"),
        _("If {name} replies in time, it is revoked. Otherwise the deal is cancelled automatically."),
    ),
    (DeadlineKind.REPLY, Side.STAFF): Words(_("A cancel request is waiting for a reply from the {who}")),
    (DeadlineKind.FIRST_CONTACT, Side.YOURS): Words(
        _("Write your first message to {name}"),
        _("Without one by the deadline, the deal is cancelled automatically."),
        tone="bad",
    ),
    (DeadlineKind.FIRST_CONTACT, Side.THEIRS): FIRST_CONTACT,
    (DeadlineKind.FIRST_CONTACT, Side.STAFF): FIRST_CONTACT,
    (DeadlineKind.APPROVAL, Side.YOURS): Words(
        _("Look at the delivery: approve it or send it back"), APPROVED_BY_ITSELF, JUDGE
    ),
    (DeadlineKind.APPROVAL, Side.THEIRS): DELIVERED,
    (DeadlineKind.APPROVAL, Side.STAFF): DELIVERED,
    (HELD, Side.YOURS): Words(IS_HELD, _("Its clock is stopped. A message from you revokes it.")),
    (HELD, Side.THEIRS): STOPPED,
    (HELD, Side.STAFF): STOPPED,
    (Way.CALLED_FOR, Side.YOURS): Words(
        _("Write now: {name} can ask to cancel at any time"), _("One line from you is enough to prevent it.")
    ),
    (Way.CALLED_FOR, Side.THEIRS): Words(THEIR_TURN, _("You can place a cancel request now."), ASK),
    (Way.CALLED_FOR, Side.STAFF): Words(NEXT, _("A cancel request is possible now.")),
    (Way.EARLY, Side.YOURS): Words(YOUR_TURN, _("There is time: one line from you is enough.")),
    (Way.EARLY, Side.THEIRS): Words(THEIR_TURN, _("Give them a little time to read your message.")),
    (Way.EARLY, Side.STAFF): Words(NEXT, _("A cancel request is possible now.")),
    (Way.LATER, Side.YOURS): Words(YOUR_TURN, _("{name} can ask to cancel from {at} (in {left})")),
    (Way.LATER, Side.THEIRS): Words(THEIR_TURN, FROM_THEN_ON),
    (Way.LATER, Side.STAFF): Words(NEXT, FROM_THEN_ON),
    (Way.BLOCKED, Side.YOURS): Words(YOUR_TURN),
    (Way.BLOCKED, Side.THEIRS): Words(THEIR_TURN, NOT_YET),
    (Way.BLOCKED, Side.STAFF): Words(NEXT, NOT_YET),
}


class Face(NamedTuple):
    caption: Any
    clock: SafeString | str
    below: SafeString | str = ""


@dataclass(frozen=True)
class Turn:
    """The head of a room whose deal runs. Of an ended one, only the tone."""

    room: Room

    @cached_property
    def waits(self) -> Asking:
        """The way to a request of the party that waits."""
        waits = self.room.awaited
        assert waits is not None  # noqa: S101 - in a running deal, one of the parties owes the next word
        return waits

    @property
    def state(self) -> State:
        if self.room.running is not None:
            return self.room.running.kind
        return HELD if self.room.open_request is not None else self.waits.way

    @property
    def awaited(self) -> Party:
        if self.room.running is not None:
            return self.room.running.of
        request = self.room.open_request
        return Party(request.respondent) if request is not None else self.waits.requester.counterpart

    @property
    def side(self) -> Side:
        if self.room.you is None:
            return Side.STAFF
        return Side.YOURS if self.awaited is self.room.you else Side.THEIRS

    @property
    def words(self) -> Words:
        found = WORDS[self.state, self.side]
        is_first = found.headline is YOUR_TURN and not self.waits.has_heard
        return found._replace(headline=FIRST_WORD) if is_first else found

    @property
    def headline(self) -> SafeString:
        return self._filled(self.words.headline)

    @property
    def text(self) -> SafeString:
        return self._filled(self.words.text)

    def _filled(self, text: Any) -> SafeString:
        facts = {"name": isolated(self.room.counterpart.username), "who": words.word(self.awaited)}
        if isinstance(self.state, Way):
            at, missing = self.waits.possible_from, self.waits.first_missing
            facts["remedy"] = missing.remedy if missing else ""
            if at is not None:
                facts |= {"at": times.deadline(at), "left": times.remaining(at, self.room.visit.now)}
        return format_html(str(text), **facts) if text else SafeString()

    @property
    def tone(self) -> str:
        """How loud it is: `bad` where a deadline runs against the reader or decided against them."""
        if not self.room.is_running:
            return "bad" if self.room.is_your_fault else ""  # nobody's fault once it is reversed
        return self.words.tone or ("warn" if self.room.keeps_them_waiting else "")

    @property
    def face(self) -> Face:
        """The clock: what remains, or for how long a word has been owed."""
        now, running, request = self.room.visit.now, self.room.running, self.room.open_request
        if running is not None:
            return Face(_("left"), times.remaining(running.at, now), times.deadline(running.at))
        if request is not None and request.remaining_when_held is not None:
            return Face(_("left when it resumes"), formats.span(request.remaining_when_held))
        since = _("last contact {at}") if self.waits.has_heard else _("purchase {at}")
        below = format_html(str(since), at=times.moment(self.waits.silent_since, now))
        assert self.waits.owed_since is not None  # noqa: S101 - this is the party that waits
        return Face(_("waiting for a word for"), times.elapsed(self.waits.owed_since, now), below)

    @property
    def meter(self) -> SafeString:
        """How much of that time has gone by."""
        now, running = self.room.visit.now, self.room.running
        if running is not None:
            return times.meter(running.since, running.at, now)
        if self.room.open_request is not None or self.waits.owed_since is None or self.waits.word_overdue_at is None:
            return SafeString()
        return times.meter(self.waits.owed_since, self.waits.word_overdue_at, now)

    @property
    def address(self) -> str:
        act = self.words.act
        return reverse(f"pages:{act.page}", kwargs={"room_id": self.room.visit.room.pk}) if act else ""
