"""Searching by index alone: an id in full, or the beginning of a user name or e-mail address, as it is written."""

import re
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from marketplace.models import CancelRequest, Deal, Message, Seller, TalkRoom, User
from marketplace.names import compared_name

NUMBER = re.compile(r"#([0-9a-fA-F]{8})")
"""What pages show of a deal: `#1F9C2A47`, the beginning of its room's id."""
PEOPLE_AT_MOST = 100
"""How many people one search takes along."""
ROOMS_AT_MOST = 500
"""How many of their rooms, where a list has no people of its own."""


def identifier(term: str) -> UUID | None:
    """Parse an id; None for anything else."""
    try:
        return UUID(term.strip())
    except ValueError:
        return None


def by_id(rows: "QuerySet[Any]", term: str) -> "QuerySet[Any] | None":
    """Narrow to the row of this id; None if the term is no id of these rows."""
    key = identifier(term)
    return rows.filter(pk=key) if key is not None and rows.filter(pk=key).exists() else None


def people(term: str) -> list[UUID]:
    """Return the person or seller of this id, or the people whose name or address begins with the term."""
    key = identifier(term)
    if key is not None:
        seller = Seller.objects.filter(pk=key).values_list("user_id", flat=True)
        return [key, *seller]
    begins = Q()
    for written in {term.strip(), term.strip().lower()}:
        begins |= Q(username__startswith=written) | Q(email__startswith=written)
    begins_as = compared_name(term)
    if begins_as:
        begins |= Q(username_key__startswith=begins_as)
    return list(User.objects.filter(begins).order_by().values_list("pk", flat=True)[:PEOPLE_AT_MOST])


def sellers_among(who: list[UUID]) -> list[UUID]:
    """Return the sellers that these people are."""
    return list(Seller.objects.filter(user__in=who).values_list("pk", flat=True))


def rooms_named(key: UUID) -> list[UUID]:
    """Return the rooms that an id names: a room's own, its deal's, a request's, a verdict's, a message's."""
    ways: tuple[QuerySet[Any, Any], ...] = (
        TalkRoom.objects.filter(Q(pk=key) | Q(deal_id=key)).values_list("pk", flat=True),
        CancelRequest.objects.filter(pk=key).values_list("room_id", flat=True),
        TalkRoom.objects.filter(deal__verdict=key).values_list("pk", flat=True),
        Message.objects.filter(pk=key).values_list("room_id", flat=True),
    )
    return next((found for found in map(list, ways) if found), [])


def rooms(term: str) -> QuerySet[Any]:
    """Return the rooms of an id, of a deal's number, or of these people on either side."""
    number = NUMBER.fullmatch(term.strip())
    if number is not None:
        return TalkRoom.objects.filter(pk__range=[UUID(number[1] + digit * 24) for digit in "0f"])
    key = identifier(term)
    named = rooms_named(key) if key is not None else []
    if named:
        return TalkRoom.objects.filter(pk__in=named)
    who = people(term)
    return TalkRoom.objects.filter(Q(buyer__in=who) | Q(seller__in=who))


def room_keys(term: str, column: str = "pk") -> list[UUID]:
    """Return the newest of these rooms, or their deals, at most `ROOMS_AT_MOST`: a list, so that no join grows."""
    return list(rooms(term).order_by("-opened_at", "-id").values_list(column, flat=True)[:ROOMS_AT_MOST])


def deals(term: str) -> Q:
    """Return the condition for the deals that a search means."""
    key = identifier(term)
    named = rooms_named(key) if key is not None else []
    if named:
        return Q(pk__in=Deal.objects.filter(talk_room__in=named).values_list("pk", flat=True))
    who = people(term)
    return Q(buyer__in=who) | Q(seller__in=sellers_among(who))
