"""What a service offers: who buys or changes it has seen exactly this."""

from typing import Any
from uuid import UUID

from marketplace.actions.writing import Check
from marketplace.http import etags
from marketplace.models import Service

TERMS = ("title", "description", "price")


def terms(service: Service) -> dict[str, Any]:
    """Return what its owner says of it."""
    return {name: getattr(service, name) for name in TERMS}


def tag(service: Service) -> str:
    """Name what is offered, for the form that acts on it."""
    return etags.tag(terms(service))


def still(service_id: UUID, seen: str) -> Check:
    """Return the check that the same is still offered. It raises `Stale`."""
    return etags.still_one_of({seen}, lambda: terms(Service.objects.get(pk=service_id)))
