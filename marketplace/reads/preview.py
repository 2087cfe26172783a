"""What a silence would do, by the recount and the rules that the verdict uses: nothing here is a guess."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings

from marketplace import rules, window
from marketplace.models import Deal, Service
from marketplace.reads.people import buyer_record
from marketplace.reads.standing import recount
from marketplace.rules import Figures
from marketplace.vocabulary import Party, Rank, ServiceStatus


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What happens at `deadline` if nothing is said until then."""

    deadline: datetime
    at_fault: Party
    refund_yen: int
    services_paused: int = 0
    stars: int | None = None
    before: Figures | None = None
    after: Figures | None = None
    rank_before: Rank | None = None
    rank_after: Rank | None = None
    cancellations_before: int = 0
    """A buyer's: cancelled for silence in the window."""


def of_silence(deal: Deal, at_fault: Party, deadline: datetime, now: datetime) -> Preview:
    """Foresee the verdict on this deal (R5)."""
    if at_fault is Party.BUYER:
        record = buyer_record(deal.buyer, window.start(now), now)
        return Preview(
            deadline=deadline,
            at_fault=at_fault,
            refund_yen=deal.price,
            cancellations_before=record["cancelled_for_silence"],
        )
    policy, seller = settings.POLICY, deal.seller_id
    before = recount([seller], window.start(now), now)[seller].figures
    then = recount([seller], window.start(deadline), deadline)[seller].figures
    after = replace(
        then,
        cancelled_at_fault=then.cancelled_at_fault + 1,
        rating_sum=then.rating_sum + policy.automatic_rating,
        rating_count=then.rating_count + 1,
    )
    return Preview(
        deadline=deadline,
        at_fault=at_fault,
        refund_yen=deal.price,
        services_paused=Service.objects.filter(seller=seller, own_status=ServiceStatus.ACCEPTING).count(),
        stars=policy.automatic_rating,
        before=before,
        after=after,
        rank_before=rules.rank(policy, before),
        rank_after=rules.rank(policy, after),
    )
