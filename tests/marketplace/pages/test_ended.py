"""The head of a room whose deal has ended: each outcome has its headline, and its moment."""

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from marketplace.pages.ended import HEADLINES, Ended, Outcome
from marketplace.vocabulary import AtFault, DealStatus, Party

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
SILENT, REVERSED = AtFault.SELLER, AtFault.NOBODY
EXPECTED: dict[Outcome, tuple[DealStatus, AtFault | None, Party | None, str]] = {
    Outcome.REVERSED: (
        DealStatus.CANCELLED,
        REVERSED,
        Party.SELLER,
        "The deal is cancelled; nobody is at fault",
    ),
    Outcome.YOUR_SILENCE: (
        DealStatus.CANCELLED,
        SILENT,
        Party.SELLER,
        "The deal was cancelled: you did not reply in time",
    ),
    Outcome.THEIR_SILENCE: (
        DealStatus.CANCELLED,
        SILENT,
        Party.BUYER,
        "The deal was cancelled: Ken did not reply",
    ),
    Outcome.SILENCE: (DealStatus.CANCELLED, SILENT, None, "The deal was cancelled; at fault: seller"),
    Outcome.COMPLETED: (DealStatus.COMPLETED, None, Party.BUYER, "The deal is completed"),
    Outcome.CANCELLED: (DealStatus.CANCELLED, None, Party.BUYER, "The deal was cancelled"),
}


def ended(status: DealStatus, at_fault: AtFault | None, you: Party | None, name: str = "Ken") -> Ended:
    """Make a deal that a deadline of an hour ago decided, or that ended two hours ago."""
    verdict = at_fault and SimpleNamespace(
        at_fault=at_fault, reversed_at=NOW if at_fault is REVERSED else None, effective_at=NOW - timedelta(hours=1)
    )
    room = SimpleNamespace(
        verdict=verdict,
        you=you,
        is_your_fault=at_fault is SILENT and you is Party.SELLER,
        counterpart=SimpleNamespace(username=name),
        visit=SimpleNamespace(now=NOW, deal=SimpleNamespace(status=status, ended_at=NOW - timedelta(hours=2))),
    )
    return Ended(room)  # type: ignore[arg-type]  # what it reads of a room


def plain(html: object) -> str:
    """Return the text without its elements, and without the marks around names."""
    return re.sub("<[^>]+>|[\u2068\u2069]", "", str(html))


def test_every_outcome_has_its_headline() -> None:
    assert set(HEADLINES) == set(Outcome) == set(EXPECTED)


@pytest.mark.parametrize(("outcome", "row"), EXPECTED.items(), ids=str)
def test_an_outcome_gives_headline_and_moment(
    outcome: Outcome, row: tuple[DealStatus, AtFault | None, Party | None, str]
) -> None:
    status, at_fault, you, headline = row
    shown = ended(status, at_fault, you)
    assert shown.outcome is outcome
    assert plain(shown.headline) == headline
    assert plain(shown.since) == ("As of Tue 24 Nov 11:00 (JST)" if at_fault else "today 10:00")


def test_a_reversed_verdict_is_nobody_s_fault_for_staff_too() -> None:
    assert ended(DealStatus.CANCELLED, REVERSED, None).outcome is Outcome.REVERSED


def test_what_people_are_called_is_escaped() -> None:
    shown = ended(DealStatus.CANCELLED, SILENT, Party.BUYER, name="<b>Ken</b>")
    assert "&lt;b&gt;Ken&lt;/b&gt; did not reply" in plain(shown.headline)
