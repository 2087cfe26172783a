"""What a seller does with services, and the return after a verdict (R9).

Whatever touches a service locks its seller's row first and decides only after that.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from marketplace import clock, errors, events, locks, rules, search
from marketplace.actions import standing
from marketplace.actions.steering import MAY_RESUME, check_permission, check_reason
from marketplace.actions.writing import Check, no_check
from marketplace.models import PenaltyPause, Seller, Service, User, Verdict
from marketplace.rules import Figures
from marketplace.vocabulary import EventKind, ServiceStatus


@transaction.atomic
def create(*, owner: User, title: str, description: str, price: int) -> Service:
    """Create a draft. The first one makes its owner a seller. Price in yen."""
    seller = _seller_for(owner)
    now = clock.now()
    service: Service = Service.objects.create(
        seller=seller,
        title=title,
        description=description,
        price=price,
        search_rank=seller.search_rank,
        created_at=now,
        **_found_by(title),
    )
    events.record(EventKind.SERVICE_CREATED, at=now, seller=seller, actor=owner, service=str(service.pk))
    return _as_others_see(service)


@transaction.atomic
def change(*, service_id: UUID, owner: User, check: Check = no_check, **changes: Any) -> Service:
    """Change title, description or price. Deals keep the price that they were bought at.

    Raises what `_lock` raises, and whatever `check` raises.
    """
    service, now = _lock(service_id, owner)
    check()
    told = sorted(changes)
    if "title" in changes:
        changes |= _found_by(changes["title"])
    for name, value in changes.items():
        setattr(service, name, value)
    if changes:
        service.save(update_fields=list(changes))
        _tell(EventKind.SERVICE_CHANGED, service, owner, now, changed=told)
    return _as_others_see(service)


@transaction.atomic
def publish(*, service_id: UUID, owner: User) -> Service:
    """Publish a draft: its own state becomes accepting. Raises `AlreadyPublished`, `ServiceTakenDown`."""
    service, now = _lock(service_id, owner)
    if service.own_status != ServiceStatus.DRAFT:
        raise errors.AlreadyPublished
    if service.taken_down_at is not None:
        raise errors.ServiceTakenDown
    return _move(service, ServiceStatus.ACCEPTING, EventKind.SERVICE_PUBLISHED, owner, now)


@transaction.atomic
def pause(*, service_id: UUID, owner: User) -> Service:
    """Pause a service (受付休止中) by its owner's wish. Raises `ServiceIsDraft`."""
    service, now = _lock(service_id, owner)
    if service.own_status == ServiceStatus.DRAFT:
        raise errors.ServiceIsDraft
    return _move(service, ServiceStatus.PAUSED, EventKind.SERVICE_PAUSED, owner, now)


@transaction.atomic
def resume(*, service_id: UUID, owner: User) -> Service:
    """Accept again: the own state becomes accepting, and this service's penalty pauses are lifted.

    Raises `SellerPaused` before every verdict is acknowledged, `ServiceIsDraft`, `ServiceTakenDown`.
    """
    service, now = _lock(service_id, owner)
    if service.own_status == ServiceStatus.DRAFT:
        raise errors.ServiceIsDraft
    if service.taken_down_at is not None:
        raise errors.ServiceTakenDown
    if Verdict.objects.unacknowledged().filter(seller=service.seller_id).exists():
        raise errors.SellerPaused
    PenaltyPause.objects.filter(service=service, lifted_at=None).update(lifted_at=now)
    return _move(service, ServiceStatus.ACCEPTING, EventKind.SERVICE_RESUMED, owner, now)


@transaction.atomic
def acknowledge(
    *, owner: User, services: Collection[UUID] | None = None, seen: Collection[UUID] | None = None
) -> Seller:
    """Acknowledge every open verdict, and lift the pauses of the services named (default: all).

    `seen` are the verdicts that the owner was shown; without it, whatever is open counts as seen.
    Raises `NotASeller`, `NotYourService` when one of the ids is not the seller's own, and `Stale`
    when a verdict is open that was not shown.
    """
    seller = Seller.objects.filter(user=owner).first()
    if seller is None:
        raise errors.NotASeller
    return _acknowledge(seller.pk, services, owner, seen)


@transaction.atomic
def acknowledge_for(*, seller_id: UUID, staff: User, reason: str) -> Seller:
    """Acknowledge on a seller's behalf, and resume all services (R10: staff's buttons, each with a reason).

    Raises `NotFound`, `NotYoursToDo` without the permission, `ReasonNeeded`.
    """
    check_permission(staff, MAY_RESUME)
    check_reason(reason)
    if not Seller.objects.filter(pk=seller_id).exists():
        raise errors.NotFound
    return _acknowledge(seller_id, None, staff, reason=reason)


def _acknowledge(
    seller_id: UUID,
    services: Collection[UUID] | None,
    actor: User,
    seen: Collection[UUID] | None = None,
    **why: Any,
) -> Seller:
    seller = locks.seller(seller_id)
    now = clock.now()
    named = _own(seller, services)
    waiting = Verdict.objects.unacknowledged().filter(seller=seller)
    if seen is not None and waiting.exclude(pk__in=seen).exists():
        raise errors.Stale
    acknowledged = waiting.update(acknowledged_at=now)
    if acknowledged:
        standing.write_search_ranks([seller_id])
    lifted = PenaltyPause.objects.filter(service__in=named, lifted_at=None).update(lifted_at=now)
    if acknowledged or lifted:
        events.record(
            EventKind.SELLER_RESUMED,
            at=now,
            seller=seller,
            actor=actor,
            verdicts=acknowledged,
            services=sorted(str(service) for service in named),
            **why,
        )
    return seller


def _own(seller: Seller, services: Collection[UUID] | None) -> set[UUID]:
    own = set(Service.objects.filter(seller=seller).values_list("pk", flat=True))
    if services is None:
        return own
    if not set(services) <= own:
        raise errors.NotYourService
    return set(services)


def _seller_for(owner: User) -> Seller:
    figures = Figures()
    seller, _ = Seller.objects.get_or_create(
        user=owner,
        defaults={
            "created_at": clock.now(),
            "rank": rules.rank(settings.POLICY, figures),
            "search_rank": rules.search_rank(settings.POLICY, figures),
        },
    )
    return locks.seller(seller.pk)


def _lock(service_id: UUID, owner: User) -> tuple[Service, datetime]:
    """Lock the owner's seller row, then read the service. Raises `NotFound`, `NotYoursToDo`."""
    seller = Seller.objects.filter(user=owner).first()
    candidate = Service.objects.visible_to(seller.pk if seller else None).filter(pk=service_id).first()
    if candidate is None:
        raise errors.NotFound
    if seller is None or candidate.seller_id != seller.pk:
        raise errors.NotYoursToDo
    locks.seller(seller.pk)
    return Service.objects.get(pk=service_id), clock.now()


def _found_by(title: str) -> dict[str, Any]:
    text = search.normalised(title)
    return {"search_text": text, "search_grams": search.grams(text)}


def _move(service: Service, to: ServiceStatus, kind: EventKind, owner: User, now: datetime) -> Service:
    service.own_status = to
    service.save(update_fields=["own_status"])
    _tell(kind, service, owner, now)
    return _as_others_see(service)


def _tell(kind: EventKind, service: Service, owner: User, now: datetime, **data: Any) -> None:
    events.record(kind, at=now, seller=service.seller, actor=owner, service=str(service.pk), **data)


def _as_others_see(service: Service) -> Service:
    shown: Service = Service.objects.with_status().select_related("seller").get(pk=service.pk)
    return shown
