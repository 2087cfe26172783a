"""Sellers."""

from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from marketplace.models import Seller, Verdict


def with_paused(sellers: QuerySet[Seller]) -> QuerySet[Any]:
    """Add `paused` to sellers: whether a verdict is not acknowledged yet, so that no service accepts."""
    unacknowledged = Verdict.objects.unacknowledged().filter(seller=OuterRef("pk"))
    return sellers.annotate(paused=Exists(unacknowledged))  # type: ignore[no-redef]  # declared for its readers


def own_seller_id(person: Any) -> UUID | None:
    """Return the seller that this person is, None for nobody and for who never sold."""
    if not person.is_authenticated:
        return None
    return Seller.objects.filter(user=person).values_list("pk", flat=True).first()
