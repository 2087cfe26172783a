"""Hears the marketplace's events: tells who is to be told, and moves the ladders of the room."""

import logging
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from marketplace import clock, events
from marketplace.models import CancelRequest, Event, Verdict
from marketplace.vocabulary import DealStatus, EventKind, MessageKind, Party
from notifications.actions import ladders
from notifications.actions.telling import Notice, tell
from notifications.catalog import CATALOG, Line, To
from notifications.querysets import Story, foreseen, stories
from notifications.vocabulary import Kind

logger = logging.getLogger(__name__)

AT_ONCE = 200
"""How many events one transaction hears at most."""
ROUNDS = 50
"""How many transactions one task makes at most; the next one goes on."""


def hear() -> int:
    """Hear what nobody has heard yet, oldest first. Returns how many events."""
    total = 0
    for _ in range(ROUNDS):
        number = _hear_some()
        total += number
        if number < AT_ONCE:
            break
    return total


def _hear_some() -> int:
    """Hear a batch. An event that fails alone stays unheard, is told at each round, and stops nobody."""
    try:
        return _hear_together(AT_ONCE)
    except Exception:
        logger.exception("a batch of events failed: each is heard alone")
    return _hear_each()


def _hear_each() -> int:
    with transaction.atomic():
        waiting = [event.pk for event in events.unheard(AT_ONCE)]
    return sum(_hear_alone(pk) for pk in waiting)


def _hear_alone(pk: int) -> int:
    try:
        return _hear_together(1, pk)
    except Exception:
        logger.exception("event %s could not be told", pk)
        return 0


@transaction.atomic
def _hear_together(limit: int, only: int | None = None) -> int:
    heard = events.unheard(limit, only)
    if not heard:
        return 0
    now = clock.now()
    told_of = stories(event.room_id for event in heard if event.room_id)
    tell([notice for event in heard for notice in notices(event, told_of, now)], now)
    ladders.walk(told_of, now)
    events.heard([event.pk for event in heard], now)
    return len(heard)


def notices(event: Event, told_of: Mapping[UUID, Story], now: datetime) -> Iterator[Notice]:
    """Say whom this event tells what, by the catalogue."""
    story = told_of.get(event.room_id) if event.room_id else None
    for line in CATALOG[EventKind(event.kind)]:
        if story is None or _is_pointless(line, event, story):
            continue
        for party in _parties(line.to, event):
            yield Notice(
                occasion=f"event:{event.pk}",
                person=story.person(party),
                kind=line.kind,
                words=line.words,
                facts=_facts(line, event, story, party, now),
                room=story.room.pk,
                request=_request_of(event),
                event=event,
            )


def _is_pointless(line: Line, event: Event, story: Story) -> bool:
    """Whether another line tells it better, or nobody said anything."""
    if event.data.get("message_kind") == MessageKind.AUTOMATIC:
        return True
    if event.kind == EventKind.REQUEST_ENDED_WITH_DEAL and story.deal.status == DealStatus.CANCELLED:
        return True
    return line.approved_by not in (None, event.data.get("approved_by"))


def _parties(to: To, event: Event) -> list[Party]:
    match to:
        case To.BOTH:
            return [Party.BUYER, Party.SELLER]
        case To.BUYER | To.SELLER:
            return [Party(to.value)]
        case To.COUNTERPART:
            return [Party(event.data["party"]).counterpart]
        case To.AT_FAULT:
            return [Party(event.data["at_fault"])]
        case To.NOT_AT_FAULT:
            return [Party(event.data["at_fault"]).counterpart]
    requester = Party(CancelRequest.objects.only("requester").get(pk=event.data["request"]).requester)
    return [requester if to is To.REQUESTER else requester.counterpart]


def _facts(line: Line, event: Event, story: Story, party: Party, now: datetime) -> dict[str, Any]:
    """Gather what the words of this line speak of."""
    facts = story.speaks_to(party) | {"occurred_at": event.occurred_at.isoformat()}
    data = event.data
    match line.kind:
        case Kind.PURCHASE:
            facts |= {"price": story.deal.price, "preview": _first_contact(story, now)}
        case Kind.REQUEST_PLACED:
            deadline = datetime.fromisoformat(data["reply_deadline"])
            facts |= {"deadline": data["reply_deadline"], "preview": foreseen(story, party, deadline, now)}
        case Kind.REQUEST_CHANGED if "reason" in data:
            facts |= {
                "reason": data["reason"],
                "deadline": data["reply_deadline"],
                "new_deadline": data["reply_deadline"],
            }
        case Kind.DELIVERED:
            facts |= {"deadline": data["approval_deadline"]}
        case Kind.CANCELLED:
            facts |= {"effective_at": event.occurred_at.isoformat(), "refund": data["refund_yen"]}
            facts |= {"preview": _what_followed(data, event)}
        case Kind.REVERSED:
            deadline_now = data["reply_deadline"]
            facts |= {"reason": data["reason"], "deadline": deadline_now, "new_deadline": deadline_now}
        case Kind.REVIEW:
            facts |= {"rating": data["rating"]}
    return facts


def _first_contact(story: Story, now: datetime) -> dict[str, Any] | None:
    deadline = story.deal.first_contact_deadline
    return foreseen(story, Party.SELLER, deadline, now) if deadline else None


def _what_followed(data: Mapping[str, Any], event: Event) -> dict[str, Any]:
    """Say what the verdict did: from its own rows, and the standing that it changed."""
    if data["at_fault"] != Party.SELLER:
        return {"refund_yen": data["refund_yen"]}
    verdict = Verdict.objects.get(pk=data["verdict"])
    facts: dict[str, Any] = {
        "services_paused": verdict.penalty_pauses.count(),
        "stars": verdict.review.rating,
        "refund_yen": data["refund_yen"],
    }
    changed = Event.objects.filter(
        kind=EventKind.STANDING_CHANGED, seller=verdict.seller_id, pk__gt=event.pk, occurred_at__gte=verdict.recorded_at
    )
    standing = changed.order_by("pk").first()
    if standing:
        facts |= {"rank": standing.data["rank"], "completion": [_rate(standing.data, place) for place in (0, 1)]}
    return facts


def _rate(data: Mapping[str, Any], place: int) -> float | None:
    completed, at_fault = data["completed"][place], data["cancelled_at_fault"][place]
    return completed / (completed + at_fault) if completed + at_fault else None


def _request_of(event: Event) -> UUID | None:
    request = event.data.get("request")
    return UUID(request) if request else None
