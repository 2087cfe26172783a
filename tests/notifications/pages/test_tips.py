"""How the start page puts the four tips into words: a sentence for each state."""

from types import SimpleNamespace

import pytest

from notifications.pages.tips import TipShown
from notifications.tips import Mark, Slip, Tip


def shown(tip: Tip, mark: Mark = Mark.GOOD, *, followed: int = 0, slips: tuple[Slip, ...] = ()) -> TipShown:
    """Make a tip that is followed so, over one deal for each slip."""
    deals = [SimpleNamespace(progress=SimpleNamespace(slip=slip)) for slip in slips]
    known = SimpleNamespace(deals=deals, mark=lambda _tip: mark, followed=lambda _tip: followed)
    return TipShown(tip, known, unhandled=3)  # type: ignore[arg-type]  # what it reads of a checklist


@pytest.mark.parametrize(
    ("tip", "mark", "fact"),
    [
        (Tip.NOTICES, Mark.GOOD, "A test notice arrived."),
        (Tip.NOTICES, Mark.OPEN, "Not tested yet."),
        (Tip.NOTICES, Mark.MISSED, "Notices are not reaching you at present."),
        (Tip.WAITING, Mark.GOOD, "Nothing is waiting."),
        (Tip.WAITING, Mark.OPEN, "3 unhandled."),
        (Tip.WAITING, Mark.MISSED, "3 unhandled, some of them overdue."),
        (Tip.SCHEDULE, Mark.NOT_ASKED, "You have no running sales."),
        (Tip.PROGRESS, Mark.NOT_ASKED, "You have no running sales."),
    ],
)
def test_a_mark_has_its_words(tip: Tip, mark: Mark, fact: str) -> None:
    assert shown(tip, mark).facts == [fact]


@pytest.mark.parametrize(
    ("tip", "followed", "fact"),
    [
        (Tip.SCHEDULE, 2, "Done in all of 2 running sales."),
        (Tip.SCHEDULE, 1, "Done in 1 of 2 running sales."),
        (Tip.PROGRESS, 2, "On track in all of 2 running sales."),
        (Tip.PROGRESS, 1, "On track in 1 of 2 running sales."),
    ],
)
def test_the_deals_that_follow_a_tip_are_counted(tip: Tip, followed: int, fact: str) -> None:
    assert shown(tip, followed=followed, slips=(Slip.NONE, Slip.NONE)).facts == [fact]


@pytest.mark.parametrize(
    ("slip", "fact"),
    [
        (Slip.UNTOLD, "Overdue, and the buyer not told: 1."),
        (Slip.TOLD_LATE, "Delay announced too late: 1."),
        (Slip.ANNOUNCED, "Delay announced in time: 1."),
    ],
)
def test_a_slip_is_told_of_progress_alone(slip: Slip, fact: str) -> None:
    assert shown(Tip.PROGRESS, slips=(slip,)).facts == ["On track in 0 of 1 running sale.", fact]
    assert shown(Tip.SCHEDULE, slips=(slip,)).facts == ["Done in 0 of 1 running sale."]
