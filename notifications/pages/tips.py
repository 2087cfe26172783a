"""The four tips as the start page shows them: how each is followed, and where to follow it."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse

from marketplace.pages.deals import DealLine
from notifications.checklist import Checklist, DealTips
from notifications.tips import Mark, Slip, Tip


@dataclass(frozen=True)
class TipShown:
    """One tip over all running deals."""

    tip: Tip
    checklist: Checklist

    @property
    def mark(self) -> Mark:
        """How it is followed."""
        return self.checklist.mark(self.tip)

    @property
    def is_to_be_done(self) -> bool:
        """Whether something is left to do for it."""
        return self.mark >= Mark.OPEN

    @property
    def deals(self) -> int:
        """How many deals run."""
        return len(self.checklist.deals)

    @property
    def followed(self) -> int:
        """In how many of them nothing is left to do for it."""
        return self.checklist.followed(self.tip)

    def slipped(self, slip: Slip) -> int:
        """Return in how many deals this became of a date."""
        return sum(deal.progress.slip is slip for deal in self.checklist.deals)

    @property
    def untold(self) -> int:
        """In how many deals a date went by without a word."""
        return self.slipped(Slip.UNTOLD)

    @property
    def told_late(self) -> int:
        """In how many deals a slip was told of only afterwards."""
        return self.slipped(Slip.TOLD_LATE)

    @property
    def announced(self) -> int:
        """In how many deals a slip was told of before it happened."""
        return self.slipped(Slip.ANNOUNCED)

    @property
    def address(self) -> str:
        """Return where to follow it: in the deal that asks most for it."""
        if self.tip is Tip.NOTICES:
            return reverse("pages:channels")
        if self.tip is Tip.WAITING or not self.checklist.deals:
            return reverse("pages:todos")
        worst = max(self.checklist.deals, key=lambda deal: deal.marks(self.checklist.notices)[self.tip])
        page = "schedule" if self.tip is Tip.SCHEDULE else "talk-room"
        return reverse(f"pages:{page}", kwargs={"room_id": worst.room.pk})


@dataclass(frozen=True)
class DealFollowing:
    """One running deal of the seller's, and how it follows the four tips."""

    line: DealLine
    tips: DealTips
    notices: Mark

    @property
    def is_fine(self) -> bool:
        """Whether this deal itself asks for nothing now."""
        return max(self.tips.schedule, self.tips.progress.mark, self.tips.waiting) < Mark.OPEN


def shown(checklist: Checklist) -> list[TipShown]:
    """Return the four tips in the order of the help page."""
    return [TipShown(tip, checklist) for tip in Tip]


def by_deal(checklist: Checklist, lines: list[DealLine]) -> Iterator[DealFollowing]:
    """Return each running deal with how it follows the tips, what asks most first."""
    known = {line.room.pk: line for line in lines}
    for deal in checklist.deals:
        yield DealFollowing(known[deal.room.pk], deal, checklist.notices)
