"""The plain way: one Celery ETA task and one ORM transaction for each deal, as a competent Django developer writes it.

It locks the request, looks whether it is still open, saves the same rows with the same contents,
and recounts the figures through aggregates. It is given what helps it: connections that stay open
between tasks, `update_fields`, row locks that do not clash with foreign keys, one `bulk_create`
for several rows of a kind. Its worker has as many processes as Renraku's two workers together.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")  # first: Celery's CLI imports this module

import time
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

import celery
import redis
from django.conf import settings
from django.db import transaction
from django.db.models import Count, Min, Sum
from django.utils import timezone

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from marketplace.models import Seller, Service, TalkRoom, Verdict

QUEUE = "plain"
TASK = "plain.cancel"
TIMINGS = "plain.timings"
CONCURRENCY = 4
TOO_EARLY = 0.05

app = celery.Celery("plain", broker=settings.REDIS_URL, set_as_current=False)
app.conf.update(
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": 3600},
    enable_utc=True,
    task_default_queue=QUEUE,
    task_ignore_result=True,
    timezone="UTC",
    worker_hijack_root_logger=False,
)
app.conf["CELERY_DB_REUSE_MAX"] = 1000  # the default closes the connection around every task
timings = redis.Redis.from_url(settings.REDIS_URL)


@app.task(name=TASK, bind=True)  # type: ignore[untyped-decorator]
def cancel(self: "celery.Task", request_id: str) -> None:
    """Cancel the deal if nobody has replied."""
    began = time.perf_counter()
    with transaction.atomic():
        early = not _cancel(UUID(request_id))
    timings.rpush(TIMINGS, time.perf_counter() - began)
    if early:
        raise self.retry(countdown=TOO_EARLY)


def _cancel(request_id: UUID) -> bool:
    """Return False when the deadline has not passed."""
    from marketplace.models import CancelRequest, Message, Service, TalkRoom, Verdict  # noqa: PLC0415 - after set-up

    rooms = TalkRoom.objects.select_for_update(no_key=True, of=("self",)).select_related("deal")
    room = rooms.get(cancel_requests=request_id)
    request = CancelRequest.objects.get(pk=request_id)
    now = timezone.now()
    if request.status != "awaiting_reply":
        return True
    if request.reply_deadline is None or now <= request.reply_deadline:
        return False
    request.status, request.ended_at = "auto_cancelled", request.reply_deadline
    request.save(update_fields=["status", "ended_at"])
    deal = room.deal
    deal.status, deal.cancel_cause, deal.ended_at = "cancelled", "no_contact", request.reply_deadline
    deal.save(update_fields=["status", "cancel_cause", "ended_at"])
    verdict = Verdict.objects.create(
        deal=deal,
        cancel_request=request,
        seller_id=deal.seller_id,
        cause="no_contact",
        at_fault="seller" if request.requester == "buyer" else "buyer",
        effective_at=request.reply_deadline,
        recorded_at=now,
        woken_by="eta",
    )
    Message.objects.create(room=room, kind="system", line="cancelled", posted_at=now)
    if verdict.at_fault == "seller":
        _punish(verdict, Service.objects.filter(seller=deal.seller_id, own_status="accepting"), now)
    _tell(verdict, room, deal.price, now)
    return True


def _punish(verdict: "Verdict", accepting: "QuerySet[Service]", now: datetime) -> None:
    from marketplace.models import PenaltyPause, Review, Seller  # noqa: PLC0415

    Review.objects.create(
        deal=verdict.deal,
        seller_id=verdict.seller_id,
        service_id=verdict.deal.service_id,
        verdict=verdict,
        rating=settings.POLICY.automatic_rating,
        dated_at=verdict.effective_at,
        recorded_at=now,
    )
    seller = Seller.objects.select_for_update(no_key=True).get(pk=verdict.seller_id)
    PenaltyPause.objects.bulk_create(
        PenaltyPause(verdict=verdict, service=service, paused_at=now) for service in accepting
    )
    _recount(seller, now)


def _recount(seller: "Seller", now: datetime) -> None:
    from marketplace import rules  # noqa: PLC0415
    from marketplace.models import Event  # noqa: PLC0415

    window = (rules.window_start(settings.POLICY, now, ZoneInfo(settings.TIME_ZONE)), now)
    before = _standing(seller)
    deals = seller.deals.filter(status="completed", ended_at__range=window).aggregate(
        n=Count("pk"), yen=Sum("price"), oldest=Min("ended_at")
    )
    reviews = seller.reviews.filter(hidden_at=None, dated_at__range=window).aggregate(
        n=Count("pk"), stars=Sum("rating"), oldest=Min("dated_at")
    )
    verdicts = seller.verdicts.filter(at_fault="seller", effective_at__range=window).aggregate(
        n=Count("pk"), oldest=Min("effective_at")
    )
    seller.completed, seller.revenue_yen = deals["n"], deals["yen"] or 0
    seller.rating_count, seller.rating_sum = reviews["n"], reviews["stars"] or 0
    seller.cancelled_at_fault = verdicts["n"]
    oldest = (deals["oldest"], reviews["oldest"], verdicts["oldest"])
    seller.oldest_counted_at = min(filter(None, oldest), default=None)
    seller.rank = rules.rank(settings.POLICY, seller.figures).value
    seller.search_rank = rules.search_rank(settings.POLICY, seller.figures)
    seller.figures_at = now
    seller.save()
    after = _standing(seller)
    changes = {name: [before[name], after[name]] for name in before}
    Event.objects.create(kind="standing_changed", seller=seller, data=changes, occurred_at=now, recorded_at=now)


def _standing(seller: "Seller") -> dict[str, object]:
    names = ("rank", "completed", "cancelled_at_fault", "rating_sum", "rating_count")
    return {"search_rank": float(seller.search_rank), **{name: getattr(seller, name) for name in names}}


def _tell(verdict: "Verdict", room: "TalkRoom", price: int, now: datetime) -> None:
    from marketplace.models import Event  # noqa: PLC0415

    Event.objects.create(
        kind="deal_cancelled",
        room=room,
        seller_id=verdict.seller_id,
        data={
            "verdict": str(verdict.pk),
            "request": str(verdict.cancel_request_id),
            "cause": verdict.cause,
            "at_fault": verdict.at_fault,
            "woken_by": verdict.woken_by,
            "refund_yen": price,
        },
        occurred_at=verdict.effective_at,
        recorded_at=now,
    )
