"""The four tips on the start page: how each is followed, and the link to follow it."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from marketplace.pages.deals import DealLine
from notifications.checklist import Checklist, DealTips
from notifications.tips import Mark, Slip, Tip

TITLES = {
    Tip.SCHEDULE: _("Share a schedule"),
    Tip.PROGRESS: _("Report progress often, and delays before they happen"),
    Tip.NOTICES: _("Check and test your notices"),
    Tip.WAITING: _("Keep your to-do list short"),
}
LINKS = {
    Tip.SCHEDULE: _("Share it"),
    Tip.PROGRESS: _("Report progress"),
    Tip.NOTICES: _("Test now"),
    Tip.WAITING: _("See all"),
}
NOTICES = {
    Mark.GOOD: _("A test notice arrived."),
    Mark.OPEN: _("Not tested yet."),
    Mark.MISSED: _("Notices are not reaching you at present."),
}
WAITING = {
    Mark.GOOD: _("Nothing is waiting."),
    Mark.OPEN: ngettext_lazy("{number} unhandled.", "{number} unhandled.", "number"),
    Mark.MISSED: ngettext_lazy(
        "{number} unhandled, some of them overdue.", "{number} unhandled, some of them overdue.", "number"
    ),
}
NO_SALES = _("You have no running sales.")
IN_ALL = {
    Tip.SCHEDULE: ngettext_lazy("Done in all of {all} running sale.", "Done in all of {all} running sales.", "all"),
    Tip.PROGRESS: ngettext_lazy(
        "On track in all of {all} running sale.", "On track in all of {all} running sales.", "all"
    ),
}
IN_SOME = {
    Tip.SCHEDULE: ngettext_lazy(
        "Done in {done} of {all} running sale.", "Done in {done} of {all} running sales.", "all"
    ),
    Tip.PROGRESS: ngettext_lazy(
        "On track in {done} of {all} running sale.", "On track in {done} of {all} running sales.", "all"
    ),
}
SLIPS = {
    Slip.UNTOLD: ngettext_lazy(
        "Overdue, and the buyer not told: {number}.", "Overdue, and the buyer not told: {number}.", "number"
    ),
    Slip.TOLD_LATE: ngettext_lazy(
        "Delay announced too late: {number}.", "Delay announced too late: {number}.", "number"
    ),
    Slip.ANNOUNCED: ngettext_lazy("Delay announced in time: {number}.", "Delay announced in time: {number}.", "number"),
}
"""What became of the dates of a schedule, and in how many deals."""


@dataclass(frozen=True)
class TipShown:
    tip: Tip
    checklist: Checklist
    unhandled: int
    """To-dos of the reader."""

    @property
    def title(self) -> str:
        return str(TITLES[self.tip])

    @property
    def link(self) -> str:
        """What the link to `address` is called."""
        return str(LINKS[self.tip])

    @property
    def facts(self) -> list[str]:
        if self.tip is Tip.NOTICES:
            return [str(NOTICES[self.mark])]
        if self.tip is Tip.WAITING:
            return [WAITING[self.mark].format(number=self.unhandled)]
        if not self.deals:
            return [str(NO_SALES)]
        words = IN_ALL if self.followed == self.deals else IN_SOME
        slips = SLIPS if self.tip is Tip.PROGRESS else {}
        return [
            words[self.tip].format(done=self.followed, all=self.deals),
            *(said.format(number=number) for slip, said in slips.items() if (number := self.slipped(slip))),
        ]

    @property
    def mark(self) -> Mark:
        return self.checklist.mark(self.tip)

    @property
    def is_to_be_done(self) -> bool:
        return self.mark >= Mark.OPEN

    @property
    def deals(self) -> int:
        return len(self.checklist.deals)

    @property
    def followed(self) -> int:
        return self.checklist.followed(self.tip)

    def slipped(self, slip: Slip) -> int:
        return sum(deal.progress.slip is slip for deal in self.checklist.deals)

    @property
    def address(self) -> str:
        """The link to follow it: in the deal that needs it most."""
        if self.tip is Tip.NOTICES:
            return reverse("pages:channels")
        if self.tip is Tip.WAITING or not self.checklist.deals:
            return reverse("pages:todos")
        worst = max(self.checklist.deals, key=lambda deal: deal.marks(self.checklist.notices)[self.tip])
        page = "schedule" if self.tip is Tip.SCHEDULE else "talk-room"
        return reverse(f"pages:{page}", kwargs={"room_id": worst.room.pk})


@dataclass(frozen=True)
class DealFollowing:
    """One running deal of the seller, and how it follows the four tips."""

    line: DealLine
    tips: DealTips
    notices: Mark

    @property
    def is_fine(self) -> bool:
        return max(self.tips.schedule, self.tips.progress.mark, self.tips.waiting) < Mark.OPEN


def shown(checklist: Checklist, unhandled: int) -> list[TipShown]:
    """Return the four tips in the order of the help page."""
    return [TipShown(tip, checklist, unhandled) for tip in Tip]


def by_deal(checklist: Checklist, lines: list[DealLine]) -> Iterator[DealFollowing]:
    """Return each running deal with how it follows the tips, the most urgent first."""
    known = {line.room.pk: line for line in lines}
    for deal in checklist.deals:
        yield DealFollowing(known[deal.room.pk], deal, checklist.notices)
