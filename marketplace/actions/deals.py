"""Buying: a deal with its talk room."""

from uuid import UUID

from django.conf import settings
from django.db import transaction

from marketplace import clock, errors, events, locks, rules
from marketplace.actions import talk
from marketplace.actions.writing import Check, no_check
from marketplace.models import Deal, Seller, Service, TalkRoom, User
from marketplace.vocabulary import EventKind


@transaction.atomic
def buy(*, service_id: UUID, buyer: User, message: str = "", check: Check = no_check) -> Deal:
    """Buy a service. The durations in force are written into the deal (R12).

    Raises `NotFound` for what does not exist and for another's draft, `OwnService`,
    `ServiceNotAccepting`, `TooManyRunningDeals` (R8), and whatever `check` raises. The seller's row is
    locked first, so that a purchase and a pause agree: one committed before the pause stands (R7).
    """
    own = Seller.objects.filter(user=buyer).first()
    candidate = errors.found(Service.objects.visible_to(own.pk if own else None).filter(pk=service_id).first())
    if own is not None and candidate.seller_id == own.pk:
        raise errors.OwnService
    seller = locks.seller(candidate.seller_id)
    service = Service.objects.accepting().filter(pk=service_id).first()
    if service is None:
        raise errors.ServiceNotAccepting
    if has_most(buyer, seller.pk):
        raise errors.TooManyRunningDeals
    check()
    return _open(service, seller, buyer, message)


def has_most(buyer: User, seller_id: UUID) -> bool:
    """Whether the limit of running deals between the two is reached (R8).

    It decides under the seller's lock only, at which purchases wait for each other.
    """
    running = Deal.objects.filter(buyer=buyer, seller=seller_id, ended_at=None).count()
    return running >= settings.MOST_RUNNING_DEALS_WITH_ONE_SELLER


def _open(service: Service, seller: Seller, buyer: User, message: str) -> Deal:
    now, policy = clock.now(), settings.POLICY
    deal = Deal.objects.create(
        service=service,
        seller=seller,
        buyer=buyer,
        price=service.price,
        purchased_at=now,
        silence_before_request=policy.silence_before_request,
        owed_before_request=policy.owed_before_request,
        reply_window=policy.reply_window,
        approval_window=policy.approval_window,
        first_contact_window=policy.first_contact_window,
        first_contact_deadline=rules.first_contact_deadline(now, policy.first_contact_window),
    )
    room = TalkRoom.objects.create(deal=deal, buyer=buyer, seller_id=seller.user_id, opened_at=now)
    talk.open_room(room=room, first_words=message)
    events.record(EventKind.DEAL_PURCHASED, at=now, room=room, seller=seller, actor=buyer, price=service.price)
    return deal
