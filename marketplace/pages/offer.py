"""The ETag of a service's offer: a buyer or editor has seen exactly this."""

from typing import Any
from uuid import UUID

from marketplace.actions.writing import Check
from marketplace.http import etags
from marketplace.models import Service

TERMS = ("title", "description", "price")


def terms(service: Service) -> dict[str, Any]:
    """Return the fields that its owner sets."""
    return {name: getattr(service, name) for name in TERMS}


def tag(service: Service) -> str:
    """Return the ETag, for the form."""
    return etags.tag(terms(service))


def still(service_id: UUID, seen: str) -> Check:
    """Return the check that the offer is unchanged. Raises `Stale`."""
    return etags.still_one_of({seen}, lambda: terms(Service.objects.get(pk=service_id)))
