"""Reads the facts that the rules need."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from marketplace.models import CancelRequest, Deal, TalkRoom
from marketplace.rules import Talk
from marketplace.vocabulary import DealStatus, Party, RequestStatus


def talk(room: TalkRoom, deal: Deal, now: datetime, requests: Collection[CancelRequest] | None = None) -> Talk:
    """Read the facts of a room for R1 and R8.

    One statement, unless the caller has read the room's `requests_that_matter` already.
    """
    return _gathered(room, deal, now, requests_that_matter([room.pk], now)[room.pk] if requests is None else requests)


def talks(rooms: Collection[TalkRoom], now: datetime) -> dict[UUID, Talk]:
    """Read the same for the rooms of a list, each read with its deal. One statement for all."""
    requests = requests_that_matter([room.pk for room in rooms], now)
    return {room.pk: _gathered(room, room.deal, now, requests[room.pk]) for room in rooms}


def requests_that_matter(rooms: Collection[UUID], now: datetime) -> dict[UUID, list[CancelRequest]]:
    """Return the requests that are open, or that R8 counts at `now`, newest first, by room."""
    requests = CancelRequest.objects.filter(room__in=rooms)
    counted = Q(placed_at__gt=now - settings.POLICY.requests_counted_over)
    matter = requests.filter(counted | Q(status=RequestStatus.AWAITING_REPLY))
    found: dict[UUID, list[CancelRequest]] = defaultdict(list)
    for request in matter.order_by("-placed_at"):
        found[request.room_id].append(request)
    return found


def _gathered(room: TalkRoom, deal: Deal, now: datetime, requests: Collection[CancelRequest]) -> Talk:
    since = now - settings.POLICY.requests_counted_over
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
