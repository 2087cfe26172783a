"""Deals by who may see them."""

from django.db.models import Q, QuerySet

from marketplace.models import Deal, User


def listed_for(deals: QuerySet[Deal], person: User) -> QuerySet[Deal]:
    """Keep this person's deals on either side (staff see all), newest first, with what a list shows.

    A deal and its room begin together, so that the index of the rooms gives the order.
    """
    own = Q(talk_room__buyer=person) | Q(talk_room__seller=person)
    seen = deals.filter(talk_room__isnull=False) if person.is_staff else deals.filter(own)
    return with_what_is_shown(seen).order_by("-talk_room__opened_at", "-talk_room__id")


def with_what_is_shown(deals: QuerySet[Deal]) -> QuerySet[Deal]:
    """Read along what a deal shows, in the same statement."""
    return deals.select_related("service", "seller__user", "buyer", "verdict", "review", "talk_room")
