"""Makes an event's notices to each person, by the catalogue."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from marketplace.models import Event
from marketplace.vocabulary import DealStatus, EventKind, MessageKind, Party
from notifications import stories
from notifications.actions.notices import Notice
from notifications.catalog import CATALOG, Announcement, Recipient
from notifications.stories import Story, facts_of_silence
from notifications.vocabulary import Kind


@dataclass(frozen=True, kw_only=True)
class Background:
    """Rows that a batch of events refers to, read in a fixed number of statements."""

    stories: Mapping[UUID, Story]
    requesters: Mapping[UUID, Party]
    aftermaths: Mapping[UUID, dict[str, Any]]
    """By verdict: what it did to its seller."""


def read_background(events: Sequence[Event]) -> Background:
    """Read the rows that these events refer to."""
    cancelled = [event for event in events if event.kind == EventKind.DEAL_CANCELLED]
    return Background(
        stories=stories.read_stories(event.room_id for event in events if event.room_id),
        requesters=stories.read_requesters(event.data["request"] for event in events if event.data.get("request")),
        aftermaths=stories.read_aftermaths(cancelled) if cancelled else {},
    )


@dataclass(frozen=True, kw_only=True)
class PartyEvent:
    """An event, and the party that gets a notice of it."""

    event: Event
    story: Story
    party: Party
    background: Background
    now: datetime

    @property
    def data(self) -> dict[str, Any]:
        data: dict[str, Any] = self.event.data
        return data


def notices_for_event(event: Event, background: Background, now: datetime) -> Iterator[Notice]:
    """Yield a notice for each recipient of this event."""
    story = background.stories.get(event.room_id) if event.room_id else None
    for announcement in CATALOG[EventKind(event.kind)]:
        if story is None or _is_pointless(announcement, event, story):
            continue
        gather, request = FACTS.get(announcement.kind), event.data.get("request")
        for party in _parties(announcement.to, event, background):
            party_event = PartyEvent(event=event, story=story, party=party, background=background, now=now)
            yield Notice(
                occasion=f"event:{event.pk}",
                person=story.person(party),
                kind=announcement.kind,
                words=announcement.phrase,
                facts=story.speaks_to(party) | (gather(party_event) if gather else {}),
                room=story.room.pk,
                request=UUID(request) if request else None,
                event=event,
            )


def _is_pointless(announcement: Announcement, event: Event, story: Story) -> bool:
    """Whether another announcement covers the event, or the message is automatic."""
    if event.data.get("message_kind") == MessageKind.AUTOMATIC:
        return True
    if event.kind == EventKind.REQUEST_ENDED_WITH_DEAL and story.deal.status == DealStatus.CANCELLED:
        return True
    return announcement.approved_by not in (None, event.data.get("approved_by"))


def _parties(to: Recipient, event: Event, background: Background) -> list[Party]:
    match to:
        case Recipient.BOTH:
            return [Party.BUYER, Party.SELLER]
        case Recipient.BUYER | Recipient.SELLER:
            return [Party(to.value)]
        case Recipient.COUNTERPART:
            return [Party(event.data["party"]).counterpart]
        case Recipient.AT_FAULT:
            return [Party(event.data["at_fault"])]
        case Recipient.NOT_AT_FAULT:
            return [Party(event.data["at_fault"]).counterpart]
    requester = background.requesters[UUID(event.data["request"])]
    return [requester if to is Recipient.REQUESTER else requester.counterpart]


def _purchase_facts(party_event: PartyEvent) -> dict[str, Any]:
    deadline = party_event.story.deal.first_contact_deadline
    preview = facts_of_silence(party_event.story, Party.SELLER, deadline, party_event.now) if deadline else None
    return {"price": party_event.story.deal.price, "preview": preview}


def _request_facts(party_event: PartyEvent) -> dict[str, Any]:
    deadline = party_event.data["reply_deadline"]
    preview = facts_of_silence(party_event.story, party_event.party, datetime.fromisoformat(deadline), party_event.now)
    return {"deadline": deadline, "preview": preview}


def _steering_facts(party_event: PartyEvent) -> dict[str, Any]:
    if "reason" not in party_event.data:
        return {}
    deadline = party_event.data["reply_deadline"]
    return {"reason": party_event.data["reason"], "deadline": deadline, "new_deadline": deadline}


def _verdict_facts(party_event: PartyEvent) -> dict[str, Any]:
    refund = party_event.data["refund_yen"]
    aftermath = party_event.background.aftermaths.get(UUID(party_event.data["verdict"]), {})
    followed = aftermath | {"refund_yen": refund}
    return {
        "effective_at": party_event.event.occurred_at.isoformat(),
        "at_fault": party_event.data["at_fault"],
        "refund": refund,
        "followed": followed,
    }


FACTS: dict[Kind, Callable[[PartyEvent], dict[str, Any]]] = {
    Kind.PURCHASE: _purchase_facts,
    Kind.REQUEST_PLACED: _request_facts,
    Kind.REQUEST_CHANGED: _steering_facts,
    Kind.DELIVERED: lambda party_event: {"deadline": party_event.data["approval_deadline"]},
    Kind.CANCELLED: _verdict_facts,
    Kind.REVERSED: lambda party_event: {"reason": party_event.data["reason"]},
    Kind.REVIEW: lambda party_event: {"rating": party_event.data["rating"]},
}
"""The facts of each kind of notice, besides the parties and the service."""
