"""From an event to what each person is told, by the catalogue."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from marketplace.models import Event
from marketplace.vocabulary import DealStatus, EventKind, MessageKind, Party
from notifications import querysets
from notifications.actions.telling import Notice
from notifications.catalog import CATALOG, Line, To
from notifications.querysets import Story, foreseen
from notifications.vocabulary import Kind


@dataclass(frozen=True, kw_only=True)
class Known:
    """What a batch of events speaks of, read in a fixed number of statements."""

    stories: Mapping[UUID, Story]
    requesters: Mapping[UUID, Party]
    aftermaths: Mapping[UUID, dict[str, Any]]
    """By verdict: what it did to its seller."""


def what_is_known(events: Sequence[Event]) -> Known:
    """Read what these events speak of."""
    cancelled = [event for event in events if event.kind == EventKind.DEAL_CANCELLED]
    return Known(
        stories=querysets.stories(event.room_id for event in events if event.room_id),
        requesters=querysets.requesters(event.data["request"] for event in events if event.data.get("request")),
        aftermaths=querysets.aftermaths(cancelled) if cancelled else {},
    )


@dataclass(frozen=True, kw_only=True)
class Telling:
    """An event as it is told to one party."""

    event: Event
    story: Story
    party: Party
    known: Known
    now: datetime

    @property
    def data(self) -> dict[str, Any]:
        """What the event recorded."""
        data: dict[str, Any] = self.event.data
        return data


def notices(event: Event, known: Known, now: datetime) -> Iterator[Notice]:
    """Say whom this event tells what."""
    story = known.stories.get(event.room_id) if event.room_id else None
    for line in CATALOG[EventKind(event.kind)]:
        if story is None or _is_pointless(line, event, story):
            continue
        for party in _parties(line.to, event, known):
            telling = Telling(event=event, story=story, party=party, known=known, now=now)
            yield Notice(
                occasion=f"event:{event.pk}",
                person=story.person(party),
                kind=line.kind,
                words=line.words,
                facts=story.speaks_to(party) | FACTS.get(line.kind, _nothing_more)(telling),
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


def _parties(to: To, event: Event, known: Known) -> list[Party]:
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
    requester = known.requesters[UUID(event.data["request"])]
    return [requester if to is To.REQUESTER else requester.counterpart]


def _nothing_more(_telling: Telling) -> dict[str, Any]:
    return {}


def _of_purchase(telling: Telling) -> dict[str, Any]:
    deadline = telling.story.deal.first_contact_deadline
    preview = foreseen(telling.story, Party.SELLER, deadline, telling.now) if deadline else None
    return {"price": telling.story.deal.price, "preview": preview}


def _of_request(telling: Telling) -> dict[str, Any]:
    deadline = telling.data["reply_deadline"]
    preview = foreseen(telling.story, telling.party, datetime.fromisoformat(deadline), telling.now)
    return {"deadline": deadline, "preview": preview}


def _of_steering(telling: Telling) -> dict[str, Any]:
    if "reason" not in telling.data:
        return {}
    deadline = telling.data["reply_deadline"]
    return {"reason": telling.data["reason"], "deadline": deadline, "new_deadline": deadline}


def _of_verdict(telling: Telling) -> dict[str, Any]:
    refund = telling.data["refund_yen"]
    aftermath = telling.known.aftermaths.get(UUID(telling.data["verdict"]), {})
    followed = aftermath | {"refund_yen": refund}
    return {
        "effective_at": telling.event.occurred_at.isoformat(),
        "at_fault": telling.data["at_fault"],
        "refund": refund,
        "followed": followed,
    }


FACTS: dict[Kind, Callable[[Telling], dict[str, Any]]] = {
    Kind.PURCHASE: _of_purchase,
    Kind.REQUEST_PLACED: _of_request,
    Kind.REQUEST_CHANGED: _of_steering,
    Kind.DELIVERED: lambda telling: {"deadline": telling.data["approval_deadline"]},
    Kind.CANCELLED: _of_verdict,
    Kind.REVERSED: lambda telling: {"reason": telling.data["reason"]},
    Kind.REVIEW: lambda telling: {"rating": telling.data["rating"]},
}
"""What the words of each kind speak of, besides the parties and the service."""


def _request_of(event: Event) -> UUID | None:
    request = event.data.get("request")
    return UUID(request) if request else None
