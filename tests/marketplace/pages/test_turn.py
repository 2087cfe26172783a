"""The head of a talk room: each state and side has its words, its tone and its button."""

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from marketplace.pages.asking import Way
from marketplace.pages.turn import HELD, WORDS, Side, State, Turn
from marketplace.vocabulary import DeadlineKind, Party

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
REPLY, FIRST_CONTACT, APPROVAL = DeadlineKind.REPLY, DeadlineKind.FIRST_CONTACT, DeadlineKind.APPROVAL
YOURS, THEIRS, STAFF = Side.YOURS, Side.THEIRS, Side.STAFF
SILENT = "the deal is cancelled automatically"
EXPECTED: dict[tuple[State, Side], tuple[str, str, str, str]] = {
    (REPLY, YOURS): ("Reply now: Ken asked to cancel", "Any message from you revokes", "bad", ""),
    (REPLY, THEIRS): ("Your cancel request waits for a reply", "If Ken replies in time, it is revoked", "", ""),
    (REPLY, STAFF): ("A cancel request is waiting for a reply from the seller", "", "", ""),
    (FIRST_CONTACT, YOURS): ("Write your first message to Ken", SILENT, "bad", ""),
    (FIRST_CONTACT, THEIRS): ("Waiting for the seller's first message", "the money goes back", "", ""),
    (FIRST_CONTACT, STAFF): ("Waiting for the seller's first message", "the money goes back", "", ""),
    (APPROVAL, YOURS): ("Look at the delivery", "it is approved automatically", "", "Check the delivery"),
    (APPROVAL, THEIRS): ("Delivered: waiting for the buyer's", "it is approved automatically", "", ""),
    (APPROVAL, STAFF): ("Delivered: waiting for the buyer's", "it is approved automatically", "", ""),
    (HELD, YOURS): ("held by our staff", "A message from you revokes it", "", ""),
    (HELD, THEIRS): ("held by our staff", "Its clock is stopped.", "", ""),
    (HELD, STAFF): ("held by our staff", "Its clock is stopped.", "", ""),
    (Way.CALLED_FOR, YOURS): ("Write now: Ken can ask to cancel at any time", "enough to prevent it", "", ""),
    (Way.CALLED_FOR, THEIRS): ("Waiting for Ken", "You can place a cancel request now.", "", "Ask to cancel"),
    (Way.CALLED_FOR, STAFF): ("expected from the seller", "A cancel request is possible now.", "", ""),
    (Way.EARLY, YOURS): ("Your turn: Ken is waiting for a reply", "There is time", "", ""),
    (Way.EARLY, THEIRS): ("Waiting for Ken", "Give them a little time", "", ""),
    (Way.EARLY, STAFF): ("expected from the seller", "A cancel request is possible now.", "", ""),
    (Way.LATER, YOURS): ("Your turn: Ken is waiting for a reply", "Ken can ask to cancel from", "", ""),
    (Way.LATER, THEIRS): ("Waiting for Ken", "becomes possible at", "", ""),
    (Way.LATER, STAFF): ("expected from the seller", "becomes possible at", "", ""),
    (Way.BLOCKED, YOURS): ("Your turn: Ken is waiting for a reply", "", "", ""),
    (Way.BLOCKED, THEIRS): ("Waiting for Ken", "No cancel request is possible yet: Write first.", "", ""),
    (Way.BLOCKED, STAFF): ("expected from the seller", "No cancel request is possible yet: Write first.", "", ""),
}


def turn(state: State, side: Side, **other: Any) -> Turn:
    """Make a room in this state, in which the seller is awaited; the reader is on this side."""
    you = {YOURS: Party.SELLER, THEIRS: Party.BUYER, STAFF: None}[side]
    later = NOW + timedelta(hours=3)
    deadline = SimpleNamespace(kind=state, at=later, since=NOW, of=Party.SELLER)
    waits = SimpleNamespace(
        way=state,
        requester=Party.BUYER,
        possible_from=later if state is Way.LATER else None,
        first_missing=SimpleNamespace(remedy="Write first."),
        silent_since=NOW - timedelta(days=2),
        owed_since=NOW - timedelta(days=1),
        word_overdue_at=later,
        has_heard=other.pop("has_heard", True),
    )
    room = SimpleNamespace(
        you=you,
        running=deadline if isinstance(state, DeadlineKind) else None,
        open_request=SimpleNamespace(respondent="seller", remaining_when_held=timedelta(hours=5))
        if state in {REPLY, HELD}
        else None,
        awaited=waits,
        visit=SimpleNamespace(now=NOW, room=SimpleNamespace(pk=uuid4())),
        **{
            "counterpart": SimpleNamespace(username="Ken"),
            "is_running": True,
            "is_your_fault": False,
            "keeps_them_waiting": False,
            **other,
        },
    )
    return Turn(room)  # type: ignore[arg-type]  # what it reads of a room


def plain(html: object) -> str:
    """Return the text without its elements."""
    return re.sub("<[^>]+>", "", str(html))


def test_every_state_and_side_has_its_words() -> None:
    assert set(WORDS) == set(EXPECTED)


@pytest.mark.parametrize(("row", "expected"), EXPECTED.items(), ids=str)
def test_a_state_and_a_side_give_words_tone_and_button(
    row: tuple[State, Side], expected: tuple[str, str, str, str]
) -> None:
    headline, text, tone, button = expected
    shown = turn(*row)
    assert (shown.state, shown.side) == row
    assert headline in plain(shown.headline)
    assert text in plain(shown.text)
    assert bool(text) == bool(shown.text)
    assert shown.tone == tone
    assert (str(shown.words.act.words) if shown.words.act else "") == button
    assert bool(shown.address) == bool(button)


@pytest.mark.parametrize("way", [Way.EARLY, Way.LATER, Way.BLOCKED])
def test_who_never_wrote_is_asked_for_the_first_message(way: Way) -> None:
    assert turn(way, YOURS, has_heard=False).headline == "Ken is waiting for your first message"


def test_a_word_owed_for_long_warns() -> None:
    assert turn(Way.CALLED_FOR, YOURS, keeps_them_waiting=True).tone == "warn"


@pytest.mark.parametrize(("at_fault", "tone"), [(True, "bad"), (False, "")])
def test_an_ended_deal_is_loud_for_the_party_at_fault(tone: str, *, at_fault: bool) -> None:
    assert turn(Way.EARLY, YOURS, is_running=False, is_your_fault=at_fault).tone == tone


@pytest.mark.parametrize(
    ("state", "caption", "clock", "below", "has_meter"),
    [
        (REPLY, "left", "3 h", "(JST)", True),
        (HELD, "left when it resumes", "5 h", "", False),
        (Way.EARLY, "waiting for a word for", "1 d", "last contact", True),
    ],
)
def test_the_clock_tells_what_remains_or_how_long_a_word_is_owed(
    state: State, caption: str, clock: str, below: str, *, has_meter: bool
) -> None:
    shown = turn(state, YOURS)
    assert (shown.face.caption, plain(shown.face.clock)) == (caption, clock)
    assert below in plain(shown.face.below)
    assert bool(shown.meter) == has_meter


def test_where_nobody_wrote_the_clock_began_with_the_purchase() -> None:
    assert plain(turn(Way.LATER, YOURS, has_heard=False).face.below).startswith("purchase ")


def test_what_people_are_called_is_escaped() -> None:
    shown = turn(REPLY, YOURS, counterpart=SimpleNamespace(username="<b>"))
    assert "&lt;b&gt;" in shown.headline
