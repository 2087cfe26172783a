"""A seller's standing with and without some verdicts, by the recount and the rules that the verdict uses."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q

from marketplace import rules, window
from marketplace.models import PenaltyPause, Seller, Verdict
from marketplace.reads.standing import recount
from marketplace.rules import Figures
from marketplace.vocabulary import AtFault, Rank


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Figures, and what follows from them."""

    figures: Figures

    @property
    def rank(self) -> Rank:
        return rules.rank(settings.POLICY, self.figures)

    @property
    def search_rank(self) -> Decimal:
        return rules.search_rank(settings.POLICY, self.figures)


@dataclass(frozen=True, kw_only=True)
class Weight:
    without: Standing
    standing: Standing


def of_verdicts(seller: UUID, verdicts: Collection[UUID], now: datetime) -> Weight:
    """Compare a seller's standing with and without these verdicts, in the window that ends now. Two statements."""
    start = window.start(now)
    before = recount([seller], start, now, without=verdicts)[seller].figures
    after = recount([seller], start, now)[seller].figures
    return Weight(without=Standing(figures=before), standing=Standing(figures=after))


def verdicts_weighing_on(seller: Seller, start: datetime, at_most: int) -> list[Verdict]:
    """Return the verdicts that a seller's standing rests on, newest first, each with its `paused_services`.

    Those at the seller's fault that count from `start` on, await acknowledgement or still pause a service; and
    those of that time that were reversed, so that people see that they no longer count.
    """
    pauses = PenaltyPause.objects.filter(verdict=OuterRef("pk"), lifted_at=None)
    still = Q(acknowledged_at=None) | Q(effective_at__gte=start) | Exists(pauses)
    ended = {"deal__seller": seller, "deal__ended_at__gte": start}  # the index of the figures
    found: list[Verdict] = []
    for verdicts in (
        Verdict.objects.filter(still, seller=seller, at_fault=AtFault.SELLER),
        Verdict.objects.filter(at_fault=AtFault.NOBODY, review__isnull=False, **ended),
    ):
        services = ArraySubquery(pauses.order_by("service").values("service"))
        named = verdicts.annotate(paused_services=services)  # type: ignore[no-redef]  # declared for its readers
        found += named.order_by("-effective_at", "-id")[:at_most]
    return sorted(found, key=lambda verdict: (verdict.effective_at, verdict.pk), reverse=True)[:at_most]
