"""Rooms and deals as they are shown, in statements whose plans stay short.

One statement with every join reads far more than it shows: past eight relations PostgreSQL joins whole tables
before it keeps a few rows, and each relation makes planning longer.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, prefetch_related_objects

from marketplace.models import Deal, TalkRoom, User
from marketplace.models.talk import TalkRoomQuerySet
from marketplace.vocabulary import DealStatus


def rooms_as_shown(rooms: TalkRoomQuerySet) -> list[TalkRoom]:
    """Read these rooms with the deal, its verdict and review, both parties and the latest request."""
    found = list(rooms.with_what_is_shown())
    _read_endings([room.deal for room in found])
    return found


def newest_rooms(rooms: TalkRoomQuerySet, at_most: int) -> list[TalkRoom]:
    """Read the newest of these rooms with their last lines, newest first: the keys by a short index, then the rows."""
    keys = list(rooms.newest_first().values_list("pk", flat=True)[:at_most])
    return rooms_as_shown(TalkRoom.objects.filter(pk__in=keys).with_last_line().newest_first())


def deals_as_shown(keys: Collection[UUID]) -> list[Deal]:
    """Read these deals with the service, the parties, the room, the verdict and the review, in no order."""
    shown = Deal.objects.filter(pk__in=keys).select_related("service", "seller__user", "buyer", "talk_room")
    found = list(shown)
    _read_endings(found)
    return found


def deal_as_shown(key: UUID) -> Deal:
    """Read this one."""
    [deal] = deals_as_shown([key])
    return deal


def deals_listed_for(person: User) -> tuple[QuerySet[Deal], ...]:
    """Return this person's deals on each side (to staff all), newest first.

    A deal and its room begin together, so that the index of the rooms gives the order.
    """
    own = [{"talk_room__buyer": person}, {"talk_room__seller": person}]
    sides = [{"talk_room__isnull": False}] if person.is_staff else own
    return tuple(Deal.objects.filter(**side).order_by("-talk_room__opened_at", "-talk_room__id") for side in sides)


def _read_endings(deals: Collection[Deal]) -> None:
    """Read verdicts and reviews, each only where there can be one: for deals that run it costs no statement."""
    ended = [deal for deal in deals if deal.ended_at is not None]
    of_deals = {"verdict": [deal for deal in ended if deal.status == DealStatus.CANCELLED], "review": ended}
    for name, some in of_deals.items():
        prefetch_related_objects(some, name)
        relation: Any = Deal._meta.get_field(name)  # noqa: SLF001 - Django's documented name
        for deal in set(deals).difference(some):
            relation.set_cached_value(deal, None)
