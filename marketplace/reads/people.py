"""What sellers see of a buyer."""

from datetime import datetime
from typing import TypedDict

from django.db.models import Count, Q

from marketplace.models import User
from marketplace.vocabulary import AtFault, DealStatus


class BuyerRecord(TypedDict):
    """A buyer's deals that ended in the window."""

    completed: int
    cancelled_for_silence: int


def buyer_record(buyer: User, start: datetime, now: datetime) -> BuyerRecord:
    """Count a buyer's deals that ended from `start` to `now`: completed, and cancelled for the buyer's silence."""
    counted = buyer.purchases.filter(ended_at__range=(start, now)).aggregate(
        completed=Count("pk", filter=Q(status=DealStatus.COMPLETED)),
        cancelled_for_silence=Count("pk", filter=Q(verdict__at_fault=AtFault.BUYER)),
    )
    return BuyerRecord(completed=counted["completed"], cancelled_for_silence=counted["cancelled_for_silence"])
