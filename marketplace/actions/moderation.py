"""Staff take services down and hide reviews, each with a reason and an event.

A service that is taken down accepts nothing: its own state becomes paused (a draft stays a draft). Its owner
can read and change it, but neither publish nor resume it until staff put it back.
"""

from uuid import UUID

from django.db import transaction

from marketplace import clock, errors, events, locks
from marketplace.actions import standing
from marketplace.actions.steering import check_permission, check_reason
from marketplace.models import Review, Service, User
from marketplace.vocabulary import EventKind, ServiceStatus

MAY_TAKE_DOWN = "marketplace.take_down_service"
MAY_HIDE_REVIEW = "marketplace.hide_review"


@transaction.atomic
def take_down(*, service_id: UUID, staff: User, reason: str) -> Service:
    """Take a service down. Running deals go on.

    Raises `NotFound`, `ServiceTakenDown` when it is already, `ReasonNeeded`, `NotYoursToDo`.
    """
    service = _lock(service_id, staff, reason)
    if service.taken_down_at is not None:
        raise errors.ServiceTakenDown
    service.taken_down_at = clock.now()
    if service.own_status == ServiceStatus.ACCEPTING:
        service.own_status = ServiceStatus.PAUSED
    service.save(update_fields=["taken_down_at", "own_status"])
    _tell(EventKind.SERVICE_TAKEN_DOWN, service, staff, reason)
    return service


@transaction.atomic
def put_back(*, service_id: UUID, staff: User, reason: str) -> Service:
    """Let its owner publish or resume it again. Raises `ServiceNotTakenDown`, and what `take_down` raises."""
    service = _lock(service_id, staff, reason)
    if service.taken_down_at is None:
        raise errors.ServiceNotTakenDown
    service.taken_down_at = None
    service.save(update_fields=["taken_down_at"])
    _tell(EventKind.SERVICE_PUT_BACK, service, staff, reason)
    return service


@transaction.atomic
def hide_review(*, review_id: UUID, staff: User, reason: str) -> Review:
    """Hide a review: nobody sees it, and the seller's figures no longer count it.

    Raises `NotFound`, `ReviewAlreadyHidden`, `ReviewOfAVerdict` (reverse that one), `ReasonNeeded`, `NotYoursToDo`.
    """
    check_permission(staff, MAY_HIDE_REVIEW)
    check_reason(reason)
    review = errors.found(Review.objects.select_related("deal__talk_room").filter(pk=review_id).first())
    if review.verdict_id is not None:
        raise errors.ReviewOfAVerdict
    seller = locks.seller(review.seller_id)
    now = clock.now()
    if not Review.objects.filter(pk=review_id, hidden_at=None).update(hidden_at=now):
        raise errors.ReviewAlreadyHidden
    events.record(
        EventKind.REVIEW_HIDDEN,
        at=now,
        room=review.deal.talk_room,
        seller=seller,
        actor=staff,
        reason=reason,
        review=str(review_id),
        rating=review.rating,
    )
    standing.recompute_locked(sellers=[seller.pk], now=now)
    review.hidden_at = now
    return review


def _lock(service_id: UUID, staff: User, reason: str) -> Service:
    """Lock the service's seller, then read the service."""
    check_permission(staff, MAY_TAKE_DOWN)
    check_reason(reason)
    locks.seller(errors.found(Service.objects.filter(pk=service_id).first()).seller_id)
    return Service.objects.select_related("seller").get(pk=service_id)


def _tell(kind: EventKind, service: Service, staff: User, reason: str) -> None:
    events.record(
        kind,
        at=clock.now(),
        seller=service.seller,
        actor=staff,
        reason=reason,
        service=str(service.pk),
        title=service.title,
    )
