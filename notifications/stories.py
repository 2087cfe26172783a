"""Reads the facts of notices and reminders, for one room or five hundred, in a fixed number of statements."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.db.models import Count, Max, QuerySet

from marketplace.models import CancelRequest, Deal, Event, Message, Milestone, TalkRoom, User, Verdict
from marketplace.reads import preview
from marketplace.rules import Figures
from marketplace.vocabulary import DealStatus, MessageKind, Party
from notifications.cadence import MilestoneFacts, RequestFacts, RoomFacts
from notifications.models import Notification


@dataclass(frozen=True, kw_only=True)
class Story:
    room: TalkRoom
    request: CancelRequest | None
    """The open one."""
    milestones: tuple[Milestone, ...]
    last_progress_at: datetime | None

    @property
    def deal(self) -> Deal:
        deal: Deal = self.room.deal
        return deal

    def person(self, party: Party) -> User:
        person: User = self.room.buyer if party is Party.BUYER else self.room.seller
        return person

    def speaks_to(self, party: Party) -> dict[str, Any]:
        """Return the facts of every notice to this party."""
        return {"counterpart": self.person(party.counterpart).username, "service": self.deal.service.title}

    def facts(self) -> RoomFacts:
        room, deal, request = self.room, self.deal, self.request
        contacts = {Party.BUYER: room.buyer_last_contact_at, Party.SELLER: room.seller_last_contact_at}
        return RoomFacts(
            room=room.pk,
            zone=ZoneInfo(settings.TIME_ZONE),
            deal_status=DealStatus(deal.status),
            opened_at=room.opened_at,
            silence_before_request=deal.silence_before_request,
            owed_before_request=deal.owed_before_request,
            reply_window=deal.reply_window,
            approval_window=deal.approval_window,
            first_contact_window=deal.first_contact_window,
            first_contact_deadline=deal.first_contact_deadline,
            approval_deadline=deal.approval_deadline,
            last_contact={party: at for party, at in contacts.items() if at is not None},
            last_sender=Party(room.last_sender) if room.last_sender else None,
            first_unanswered_at=room.first_unanswered_at,
            request=_request(request) if request else None,
            milestones=tuple(
                MilestoneFacts(id=each.pk, due_on=each.due_on, done=each.done_at is not None)
                for each in self.milestones
            ),
            schedule_shared=bool(self.milestones),
            last_progress_at=self.last_progress_at,
        )


def _request(request: CancelRequest) -> RequestFacts:
    return RequestFacts(
        id=request.pk,
        generation=request.generation,
        requester=Party(request.requester),
        reply_deadline=request.reply_deadline,
    )


def read_stories(rooms: Iterable[UUID]) -> dict[UUID, Story]:
    """Read these rooms: four statements, however many."""
    ids = set(rooms)
    found = TalkRoom.objects.select_related("deal__service", "deal__seller", "buyer", "seller").in_bulk(ids)
    requests = {request.room_id: request for request in CancelRequest.objects.open().filter(room__in=ids)}
    milestones: dict[UUID, list[Milestone]] = defaultdict(list)
    for milestone in Milestone.objects.filter(room__in=ids, removed_at=None).order_by("due_on", "shared_at", "id"):
        milestones[milestone.room_id].append(milestone)
    progress = dict(
        Message.objects.filter(
            room__in=ids,
            sender=Party.SELLER,
            kind__in=[MessageKind.PROGRESS_REPORT, MessageKind.SCHEDULE_CHANGE, MessageKind.DELIVERY],
        )
        .values_list("room")
        .annotate(latest=Max("posted_at"))
        .order_by()
    )
    return {
        pk: Story(
            room=room,
            request=requests.get(pk),
            milestones=tuple(milestones[pk]),
            last_progress_at=progress.get(pk),
        )
        for pk, room in found.items()
    }


def read_requesters(requests: Iterable[str]) -> dict[UUID, Party]:
    """Return who placed each of these requests."""
    found = CancelRequest.objects.filter(pk__in=set(requests)).values_list("pk", "requester")
    return {pk: Party(requester) for pk, requester in found}


def proof_of_notice(request: CancelRequest, room: TalkRoom) -> "QuerySet[Notification]":
    """Return the notices of a request that its respondent was sent, oldest first."""
    respondent = room.seller_id if request.respondent is Party.SELLER else room.buyer_id
    told = Notification.objects.filter(request=request, person=respondent)
    return told.order_by("made_at", "channel", "id")


STANDING_AFTER = """
    SELECT (cancelled.data ->> 'verdict')::uuid, standing.data
    FROM marketplace_event cancelled
    JOIN LATERAL (
        SELECT changed.data
        FROM marketplace_event changed
        WHERE changed.seller_id = cancelled.seller_id AND changed.id > cancelled.id
          AND changed.kind = 'standing_changed'
        ORDER BY changed.id
        LIMIT 1
    ) standing ON TRUE
    WHERE cancelled.id = ANY(%s)
"""


def read_aftermaths(cancelled: Sequence[Event]) -> dict[UUID, dict[str, Any]]:
    """Return by verdict the consequences for its seller, as its own transaction wrote them. Two statements."""
    ids = [event.data["verdict"] for event in cancelled]
    found: QuerySet[Any] = Verdict.objects.filter(pk__in=ids, review__isnull=False).select_related("review")
    with connection.cursor() as cursor:
        cursor.execute(STANDING_AFTER, [[event.pk for event in cancelled]])
        standings = {verdict: json.loads(data) for verdict, data in cursor.fetchall()}
    return {
        verdict.pk: {"services_paused": verdict.services_paused, "stars": verdict.review.rating}
        | _change(standings.get(verdict.pk))
        for verdict in found.annotate(services_paused=Count("penalty_pauses"))
    }


def _change(standing: dict[str, Any] | None) -> dict[str, Any]:
    if standing is None:
        return {}
    return {"rank": standing["rank"], "completion": [_rate_of(standing, place) for place in (0, 1)]}


def _rate_of(data: dict[str, Any], place: int) -> float | None:
    completed, at_fault = data["completed"][place], data["cancelled_at_fault"][place]
    return completed / (completed + at_fault) if completed + at_fault else None


def facts_of_silence(story: Story, at_fault: Party, deadline: datetime, now: datetime) -> dict[str, Any]:
    """Return what would follow if nothing is said until the deadline, as facts of a notice."""
    return facts_of(preview.of_silence(story.deal, at_fault, deadline, now))


def facts_of(seen: preview.Preview) -> dict[str, Any]:
    """Return a preview as facts of a notice, for JSON."""
    facts: dict[str, Any] = {
        "deadline": seen.deadline.isoformat(),
        "at_fault": seen.at_fault.value,
        "refund_yen": seen.refund_yen,
    }
    if seen.at_fault is Party.BUYER:
        return facts | {"buyer_cancellations": [seen.cancellations_before, seen.cancellations_before + 1]}
    return facts | {
        "services_paused": seen.services_paused,
        "stars": seen.stars,
        "completion": [_rate(seen.before), _rate(seen.after)],
        "rank": [seen.rank_before, seen.rank_after],
    }


def _rate(figures: Figures | None) -> float | None:
    rate = figures.delivery_completion_rate if figures else None
    return float(rate) if rate is not None else None
