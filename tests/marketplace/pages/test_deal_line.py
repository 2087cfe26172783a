"""A deal of a list: what it waits for, what follows, and how it was cancelled, for either side."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from marketplace.pages.asking import Way
from marketplace.pages.deals import CANCELLED, NEXT, PASSED, TAGS, DealLine
from marketplace.pages.turn import HELD
from marketplace.rules import Talk
from marketplace.vocabulary import AtFault, DeadlineKind, DealStatus, Party, RequestStatus

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BUYER, SELLER = Party.BUYER, Party.SELLER
AT = "Tue 24 Nov 15:00 (JST)"


def line(
    you: Party | None,
    *,
    status: DealStatus = DealStatus.IN_PROGRESS,
    last_sender: Party | None = BUYER,
    owed_for: timedelta = DAY,
    request: SimpleNamespace | None = None,
    **deal: Any,
) -> DealLine:
    """Make a deal in which the seller last wrote five days ago, and the buyer then."""
    known = {"first_contact_deadline": None, "approval_deadline": None, "ended_at": None, **deal}
    room = SimpleNamespace(
        pk=uuid4(),
        deal=SimpleNamespace(status=status, **known),
        party_of=lambda _person: you,
        latest_requests=[request] if request else [],
    )
    talk = Talk(
        deal_status=status,
        opened_at=NOW - 9 * DAY,
        silence_before_request=4 * DAY,
        buyer_last_contact_at=NOW - owed_for,
        seller_last_contact_at=NOW - 5 * DAY,
        last_sender=last_sender,
        open_request_placed_at=NOW - HOUR if request else None,
    )
    return DealLine(room, SimpleNamespace(), NOW, talk)  # type: ignore[arg-type]  # what it reads of a room


def against_seller(deadline: datetime | None = NOW + 3 * HOUR) -> SimpleNamespace:
    return SimpleNamespace(status=RequestStatus.AWAITING_REPLY, respondent=SELLER, reply_deadline=deadline)


def plain(html: object) -> str:
    return re.sub("<[^>]+>", "", str(html))


def test_every_tag_has_a_row() -> None:
    assert [holds for holds, *_ in WAITING] == list(TAGS)


WAITING: list[tuple[str, dict[str, Any], Party, str, str]] = [
    ("is_past_due", {"request": against_seller(NOW - HOUR)}, SELLER, "its deadline has passed", "warn"),
    ("is_against_you", {"request": against_seller()}, SELLER, "reply to the cancel request", "bad"),
    ("open_request", {"request": against_seller()}, BUYER, "your cancel request is running", ""),
    ("awaits_your_approval", {"status": DealStatus.DELIVERED}, BUYER, "waiting for your approval", "warn"),
    ("is_your_turn", {}, SELLER, "waiting for your reply", "warn"),
    (
        "is_delivered",
        {"status": DealStatus.DELIVERED, "last_sender": SELLER},
        SELLER,
        "waiting for their approval",
        "",
    ),
    ("is_running", {}, BUYER, "waiting for their reply", ""),
]


@pytest.mark.parametrize(("holds", "facts", "you", "words", "tone"), WAITING)
def test_the_first_that_holds_gives_the_tag(
    holds: str, facts: dict[str, Any], you: Party, words: str, tone: str
) -> None:
    shown = line(you, **facts)
    assert next(name for name in TAGS if getattr(shown, name)) == holds
    assert (str(shown.tag.words), shown.tag.tone) == (words, tone)


FOLLOWING: dict[Any, tuple[dict[str, Any], str, str]] = {
    PASSED: (
        {"request": against_seller(NOW - HOUR)},
        "The outcome will show in a moment.",
        "The outcome will show in a moment.",
    ),
    DeadlineKind.REPLY: (
        {"request": against_seller()},
        f"Reply by {AT} · 3 h left",
        f"Reply by {AT} · 3 h left",
    ),
    DeadlineKind.APPROVAL: (
        {"status": DealStatus.DELIVERED, "approval_deadline": NOW + 3 * HOUR},
        f"Approved automatically after {AT} · 3 h left",
        f"Approved automatically after {AT} · 3 h left",
    ),
    DeadlineKind.FIRST_CONTACT: (
        {"first_contact_deadline": NOW + 3 * HOUR},
        f"The seller's first message by {AT} · 3 h left",
        f"The seller's first message by {AT} · 3 h left",
    ),
    HELD: (
        {"request": against_seller(None)},
        "Our staff are looking at the request; its clock is stopped.",
        "Our staff are looking at the request; its clock is stopped.",
    ),
    Way.CALLED_FOR: (
        {"owed_for": 4 * DAY},
        "The other party can ask for cancellation now.",
        "You can ask for cancellation",
    ),
    Way.EARLY: (
        {},
        "A reply is awaited since yesterday 12:00.",
        "A reply is awaited since yesterday 12:00.",
    ),
    Way.LATER: (
        {"last_sender": SELLER},
        "If they stay silent, you can ask for cancellation from Fri 27 Nov 12:00 (JST).",
        "Unless you reply by Fri 27 Nov 12:00 (JST), the other party can ask for cancellation.",
    ),
    Way.BLOCKED: ({"last_sender": None}, "", ""),
}


def test_every_state_says_what_follows() -> None:
    assert set(FOLLOWING) == set(NEXT)


@pytest.mark.parametrize(("state", "row"), FOLLOWING.items(), ids=str)
def test_a_state_says_to_either_side_what_follows(state: Any, row: tuple[dict[str, Any], str, str]) -> None:
    facts, to_the_seller, to_the_buyer = row
    for you, words in ((SELLER, to_the_seller), (BUYER, to_the_buyer)):
        shown = line(you, **facts)
        assert shown.state == state
        assert plain(shown.what_follows) == words
        assert shown.may_ask == (words == "You can ask for cancellation")


def test_the_moment_of_a_deadline_is_in_time() -> None:
    assert line(SELLER, request=against_seller(NOW)).state is DeadlineKind.REPLY


@pytest.mark.parametrize("at_fault", [AtFault.SELLER, AtFault.BUYER])
@pytest.mark.parametrize("is_you", [True, False])
def test_a_cancelled_deal_says_whose_silence_it_was(at_fault: AtFault, *, is_you: bool) -> None:
    silent = Party(at_fault.value)
    verdict = SimpleNamespace(at_fault=at_fault.value, reversed_at=None)
    shown = line(silent if is_you else silent.counterpart, status=DealStatus.CANCELLED, verdict=verdict)
    assert shown.how_cancelled == f"cancelled: no reply from {'you' if is_you else 'them'}"
    assert shown.how_cancelled == str(CANCELLED[at_fault, is_you])
    verdict.at_fault, verdict.reversed_at = AtFault.NOBODY.value, NOW
    assert shown.how_cancelled == "cancelled for silence; reversed by our staff"


def test_a_completed_deal_was_not_cancelled() -> None:
    assert line(BUYER, status=DealStatus.COMPLETED).how_cancelled == ""


def test_once_it_has_ended_nobody_s_word_is_awaited() -> None:
    shown = line(SELLER, status=DealStatus.COMPLETED, ended_at=NOW)
    assert not shown.is_your_turn
    assert shown.request_possible_from is None
    assert replace(shown, talk=replace(shown.talk, deal_status=DealStatus.IN_PROGRESS)).is_your_turn
