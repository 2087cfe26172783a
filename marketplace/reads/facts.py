"""Reads the facts that the rules need."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from marketplace.models import CancelRequest, Deal, TalkRoom
from marketplace.rules import Talk
from marketplace.vocabulary import DealStatus, Party, RequestStatus


def talk(
    room: TalkRoom,
    deal: Deal,
    now: datetime,
    counted_over: timedelta,
    requests: Collection[CancelRequest] | None = None,
) -> Talk:
    """Read the facts of a room for R1 and R8.

    One statement, unless the caller has read its `requests_that_matter` already.
    """
    if requests is None:
        requests = requests_that_matter([room.pk], now - counted_over)[room.pk]
    return _gathered(room, deal, requests, now - counted_over)


def talks(rooms: Collection[TalkRoom], now: datetime, counted_over: timedelta) -> dict[UUID, Talk]:
    """Read the same for the rooms of a list, each read with its deal. One statement for all."""
    since = now - counted_over
    requests = requests_that_matter([room.pk for room in rooms], since)
    return {room.pk: _gathered(room, room.deal, requests[room.pk], since) for room in rooms}


def requests_that_matter(rooms: Collection[UUID], since: datetime) -> dict[UUID, list[CancelRequest]]:
    """Return the requests that are open, or were placed after `since`, newest first, by room."""
    requests = CancelRequest.objects.filter(room__in=rooms)
    matter = requests.filter(Q(placed_at__gt=since) | Q(status=RequestStatus.AWAITING_REPLY))
    found: dict[UUID, list[CancelRequest]] = defaultdict(list)
    for request in matter.order_by("-placed_at"):
        found[request.room_id].append(request)
    return found


def _gathered(room: TalkRoom, deal: Deal, requests: Collection[CancelRequest], since: datetime) -> Talk:
    still_open = [each.placed_at for each in requests if each.status == RequestStatus.AWAITING_REPLY]
    return Talk(
        deal_status=DealStatus(deal.status),
        deal_ended_at=deal.ended_at,
        opened_at=room.opened_at,
        silence_before_request=deal.silence_before_request,
        owed_before_request=deal.owed_before_request,
        buyer_last_contact_at=room.buyer_last_contact_at,
        seller_last_contact_at=room.seller_last_contact_at,
        last_sender=Party(room.last_sender) if room.last_sender else None,
        first_unanswered_at=room.first_unanswered_at,
        open_request_placed_at=still_open[0] if still_open else None,
        recent_requests={
            party: tuple(each.placed_at for each in requests if each.requester == party and each.placed_at > since)
            for party in Party
        },
    )
