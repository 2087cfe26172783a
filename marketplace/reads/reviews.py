"""評価, as everybody sees them."""

from typing import Any

from marketplace.models import Review


def newest(at_most: int, **of: Any) -> list[Review]:
    """Return the newest visible reviews of a `seller` or a `service`, automatic ones among them."""
    reviews = Review.objects.filter(hidden_at=None, **of)
    return list(reviews.select_related("service").order_by("-dated_at", "-id")[:at_most])
