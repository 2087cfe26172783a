"""Gathers from rows what a rule asks."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from marketplace.rules import Talk
from marketplace.vocabulary import DealStatus, Party, RequestStatus


def talk(room: Any, deal: Any, now: datetime, counted_over: timedelta) -> Talk:
    """Gather the facts of a room for R1 and R8. One statement: the room's requests that still matter."""
    requests = [
        (Party(requester), status, placed_at)
        for requester, status, placed_at in room.cancel_requests.filter(
            Q(placed_at__gt=now - counted_over) | Q(status=RequestStatus.AWAITING_REPLY)
        )
        .order_by("-placed_at")
        .values_list("requester", "status", "placed_at")
    ]
    still_open = [placed_at for _, status, placed_at in requests if status == RequestStatus.AWAITING_REPLY]
    return Talk(
        deal_status=DealStatus(deal.status),
        deal_ended_at=deal.ended_at,
        opened_at=room.opened_at,
        silence_before_request=deal.silence_before_request,
        buyer_last_contact_at=room.buyer_last_contact_at,
        seller_last_contact_at=room.seller_last_contact_at,
        last_sender=Party(room.last_sender) if room.last_sender else None,
        open_request_placed_at=still_open[0] if still_open else None,
        recent_requests={
            party: tuple(at for who, _, at in requests if who == party and at > now - counted_over) for party in Party
        },
    )
