"""Who is who. What a person may see is each queryset's `visible_to`, what a person may do is the actions' matter."""

from typing import Any
from uuid import UUID

from marketplace.models import Seller


def own_seller_id(person: Any) -> UUID | None:
    """Return the seller that this person is, None for nobody and for who never sold."""
    if not person.is_authenticated:
        return None
    return Seller.objects.filter(user=person).values_list("pk", flat=True).first()
