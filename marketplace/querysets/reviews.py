"""評価, as everybody sees them."""

from typing import Any

from django.apps import apps


def newest(at_most: int, **of: Any) -> list[Any]:
    """Return the newest visible reviews of a `seller` or a `service`, automatic ones among them."""
    reviews = apps.get_model("marketplace", "Review").objects.filter(hidden_at=None, **of)
    return list(reviews.select_related("service").order_by("-dated_at", "-id")[:at_most])
