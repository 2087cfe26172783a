"""Sellers: pauses and acceptance, purchases against both."""

from collections.abc import Iterator
from datetime import datetime

from marketplace.models import Deal, PenaltyPause, Service, Verdict
from tests.races.invariants.grouping import grouped
from tests.races.invariants.verdicts import silent


def wrong() -> Iterator[str]:
    """Say what is not as R9 wants it."""
    yield from _pauses()
    yield from _accepting()
    yield from _purchases()


def _pauses() -> Iterator[str]:
    for pause in PenaltyPause.objects.select_related("verdict__cancel_request", "service"):
        who, verdict = f"pause {pause.pk}", pause.verdict
        if pause.paused_at < verdict.recorded_at:
            yield f"{who}: older than its verdict"
        if silent(verdict) != "seller" or verdict.seller_id != pause.service.seller_id:
            yield f"{who}: not for this seller's fault"
        acknowledged = _between(pause.paused_at, verdict.acknowledged_at, pause.lifted_at)
        reversed_then = verdict.reversed_at is not None and pause.lifted_at == verdict.reversed_at
        if pause.lifted_at and not (acknowledged or reversed_then):
            yield f"{who}: lifted at {pause.lifted_at}, acknowledged {verdict.acknowledged_at}, not by a reversal"


def _accepting() -> Iterator[str]:
    held = set(PenaltyPause.objects.filter(lifted_at=None).values_list("service", flat=True))
    unacknowledged = set(
        Verdict.objects.filter(at_fault="seller", acknowledged_at=None).values_list("seller", flat=True)
    )
    accepting = {
        service.pk
        for service in Service.objects.filter(own_status="accepting")
        if service.pk not in held and service.seller_id not in unacknowledged
    }
    shown = set(Service.objects.accepting().values_list("pk", flat=True))
    yield from (f"service {service}: accepting or not?" for service in accepting ^ shown)


def _purchases() -> Iterator[str]:
    """Nothing was bought while a pause held the service, nor while a verdict that had paused was unanswered."""
    pauses = PenaltyPause.objects.select_related("verdict")
    of_service = grouped((pause.service_id, (pause.paused_at, pause.lifted_at)) for pause in pauses)
    of_seller = grouped((pause.verdict.seller_id, (pause.paused_at, _answered_at(pause.verdict))) for pause in pauses)
    for deal in Deal.objects.all():
        for since, until in (*of_service[deal.service_id], *of_seller[deal.seller_id]):
            if since <= deal.purchased_at and not (until and until <= deal.purchased_at):
                yield f"deal {deal.pk}: bought at {deal.purchased_at}, paused from {since} to {until}"


def _answered_at(verdict: Verdict) -> datetime | None:
    return min(filter(None, (verdict.acknowledged_at, verdict.reversed_at)), default=None)


def _between(first: datetime, middle: datetime | None, last: datetime | None) -> bool:
    return middle is not None and last is not None and first <= middle <= last
