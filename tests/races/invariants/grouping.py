"""Rows by what they belong to."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from marketplace.models import Message
from marketplace.vocabulary import CONTACT

K = TypeVar("K")
V = TypeVar("V")

CONTACT_ON_THE_PAGE = {"text", "progress_report", "schedule_change", "delivery", "send_back"}
"""R6, spelled here once more: the product's own set must be this."""


def grouped(pairs: Iterable[tuple[K, V]]) -> dict[K, list[V]]:
    """Return for each first what came second, in order; nothing for what is not there."""
    groups: dict[K, list[V]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return groups


def contact_of_each_party() -> dict[tuple[object, str | None], list[datetime]]:
    """Return when each party of each room was in contact, from what stands in the rooms."""
    assert set(CONTACT) == CONTACT_ON_THE_PAGE
    lines = Message.objects.filter(kind__in=CONTACT_ON_THE_PAGE).order_by("posted_at")
    return grouped(((room, sender), at) for room, sender, at in lines.values_list("room", "sender", "posted_at"))


def times_of(kind: str) -> dict[object, list[datetime]]:
    """Return when something of this kind was posted, by room."""
    return grouped(Message.objects.filter(kind=kind).order_by("posted_at").values_list("room", "posted_at"))
