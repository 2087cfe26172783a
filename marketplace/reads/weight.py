"""What verdicts weigh: a seller's standing, and what it would be without them, by the same recount and rules."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.conf import settings

from marketplace import rules, window
from marketplace.reads.standing import recount
from marketplace.rules import Figures
from marketplace.vocabulary import Rank


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Figures, and what follows from them."""

    figures: Figures

    @property
    def rank(self) -> Rank:
        """The rank that they give."""
        return rules.rank(settings.POLICY, self.figures)

    @property
    def search_rank(self) -> Decimal:
        """The search rank that they give, in points."""
        return rules.search_rank(settings.POLICY, self.figures)


@dataclass(frozen=True, kw_only=True)
class Weight:
    """A seller's standing without some verdicts, and with them."""

    without: Standing
    standing: Standing


def of_verdicts(seller: UUID, verdicts: Collection[UUID], now: datetime) -> Weight:
    """Weigh these verdicts against a seller, over the window that ends now. Two statements."""
    start = window.start(now)
    before = recount([seller], start, now, without=verdicts)[seller].figures
    after = recount([seller], start, now)[seller].figures
    return Weight(without=Standing(figures=before), standing=Standing(figures=after))
