"""What must hold of the whole database after any race. Each check names what it found wrong."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from marketplace import clock, rules
from marketplace.models import (
    CancelRequest,
    Deal,
    Event,
    Message,
    PenaltyPause,
    Review,
    Seller,
    Service,
    TalkRoom,
    Verdict,
)
from marketplace.rules import Figures

K = TypeVar("K")
V = TypeVar("V")

CONTACT = ["text", "progress_report"]


def assert_all_is_well() -> None:
    """Look at every row: each end once and true to its stamps, figures equal to a recount, no deadlock."""
    wrong = list(chain(_requests(), _verdicts(), _contacts(), _figures(), _pauses(), _purchases(), _events()))
    assert not wrong, "\n".join(wrong)
    assert deadlocks() == 0


def deadlocks() -> int:
    """How many deadlocks PostgreSQL has ended in this database. Connections that were closed have reported."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        number: int = cursor.fetchone()[0]
    return number


def _requests() -> Iterator[str]:
    verdicts = Counter(Verdict.objects.values_list("cancel_request", flat=True))
    said = _contact_of_each_party()
    for request in CancelRequest.objects.select_related("room__deal"):
        who = f"request {request.pk} ({request.status})"
        deadline = request.reply_deadline
        if deadline is None or deadline - request.placed_at != request.room.deal.reply_window:
            yield f"{who}: its deadline is not its deal's window after it was placed"
            continue
        replies = [at for at in said[request.room_id, request.respondent] if at >= request.placed_at]
        known = _cancelled_request if request.status == "auto_cancelled" else _other_request
        yield from (f"{who}: {what}" for what in known(request, verdicts[request.pk], replies))
    open_ones = Counter(CancelRequest.objects.open().values_list("room", flat=True))
    yield from (f"room {room}: {number} open requests" for room, number in open_ones.items() if number > 1)


def _cancelled_request(request: CancelRequest, verdicts: int, replies: list[datetime]) -> Iterator[str]:
    if verdicts != 1:
        yield f"{verdicts} verdicts"
    if request.ended_at != request.reply_deadline:
        yield f"ended at {request.ended_at}, not at its deadline {request.reply_deadline}"
    if replies:
        yield f"the respondent was in contact at {replies}"


def _other_request(request: CancelRequest, verdicts: int, replies: list[datetime]) -> Iterator[str]:
    if verdicts:
        yield "has a verdict"
    if request.ended_at and request.reply_deadline and request.ended_at > request.reply_deadline:
        yield f"ended at {request.ended_at}, after its deadline {request.reply_deadline}"
    first_reply = min(replies, default=None)
    if request.status == "revoked_by_reply" and first_reply != request.ended_at:
        yield f"ended at {request.ended_at}, but the reply was posted at {first_reply}"
    if request.status == "awaiting_reply" and (first_reply or request.room.deal.status != "in_progress"):
        yield f"open, but the deal is {request.room.deal.status} and there was a reply at {first_reply}"


def _verdicts() -> Iterator[str]:
    reviews = {review.verdict_id: review for review in Review.objects.exclude(verdict=None)}
    last_words = _latest(Message.objects.exclude(sender=None).values_list("room__deal", "posted_at"))
    lines = Counter(Message.objects.filter(line="cancelled").values_list("room__deal", flat=True))
    told = Counter(Event.objects.filter(kind="deal_cancelled").values_list("room__deal", "occurred_at", "recorded_at"))
    yield from _one_verdict_a_cancelled_deal()
    for verdict in Verdict.objects.select_related("deal", "cancel_request"):
        who = f"verdict {verdict.pk}"
        deadline = verdict.cancel_request.reply_deadline
        if not verdict.effective_at == verdict.deal.ended_at == deadline:
            yield f"{who}: effective {verdict.effective_at}, deal ended {verdict.deal.ended_at}, deadline {deadline}"
        if verdict.recorded_at <= verdict.effective_at:
            yield f"{who}: recorded before its deadline had passed"
        if last_words.get(verdict.deal_id, verdict.effective_at) > verdict.effective_at:
            yield f"{who}: a party wrote after the deadline"
        if verdict.acknowledged_at and verdict.acknowledged_at <= verdict.recorded_at:
            yield f"{who}: acknowledged before it was written"
        if verdict.at_fault != verdict.cancel_request.respondent:
            yield f"{who}: at fault is {verdict.at_fault}"
        if (lines[verdict.deal_id], told[verdict.deal_id, verdict.effective_at, verdict.recorded_at]) != (1, 1):
            yield f"{who}: not told exactly once"
        review = reviews.get(verdict.pk)
        if verdict.at_fault == "buyer" and review:
            yield f"{who}: a silent buyer cost the seller a review"
        if verdict.at_fault == "seller" and (
            review is None or (review.rating, review.dated_at) != (1, verdict.effective_at)
        ):
            yield f"{who}: no automatic ★1 of the deadline"


def _one_verdict_a_cancelled_deal() -> Iterator[str]:
    cancelled = set(Deal.objects.filter(status="cancelled").values_list("pk", flat=True))
    with_verdict = set(Verdict.objects.values_list("deal", flat=True))
    yield from (f"deal {deal}: cancelled and verdict disagree" for deal in cancelled ^ with_verdict)


def _contacts() -> Iterator[str]:
    said = _contact_of_each_party()
    for room in TalkRoom.objects.all():
        columns = {"buyer": room.buyer_last_contact_at, "seller": room.seller_last_contact_at}
        recounted = {party: max(said[room.pk, party], default=None) for party in columns}
        if columns != recounted:
            yield f"room {room.pk}: last contacts {columns}, in the messages {recounted}"
        latest = max((at, party) for party, at in recounted.items() if at)[1] if any(recounted.values()) else None
        if room.last_sender != latest:
            yield f"room {room.pk}: last sender {room.last_sender}, in the messages {latest}"


def _figures() -> Iterator[str]:
    now = clock.now()
    start = rules.window_start(settings.POLICY, now, ZoneInfo(settings.TIME_ZONE))
    window = (start, now)
    completed = _grouped(Deal.objects.filter(status="completed", ended_at__range=window).values_list("seller", "price"))
    at_fault = Counter(
        Verdict.objects.filter(at_fault="seller", effective_at__range=window).values_list("seller", flat=True)
    )
    ratings = _grouped(Review.objects.filter(hidden_at=None, dated_at__range=window).values_list("seller", "rating"))
    for seller in Seller.objects.all():
        recounted = Figures(
            completed=len(completed[seller.pk]),
            revenue_yen=sum(completed[seller.pk]),
            cancelled_at_fault=at_fault[seller.pk],
            rating_sum=sum(ratings[seller.pk]),
            rating_count=len(ratings[seller.pk]),
        )
        if seller.figures != recounted:
            yield f"seller {seller.pk}: figures {seller.figures}, recounted {recounted}"
        if seller.rank != rules.rank(settings.POLICY, recounted):
            yield f"seller {seller.pk}: rank {seller.rank}"
        if seller.search_rank != rules.search_rank(settings.POLICY, recounted):
            yield f"seller {seller.pk}: search rank {seller.search_rank}"
    for service in Service.objects.select_related("seller"):
        if service.search_rank != service.seller.search_rank:
            yield f"service {service.pk}: search rank {service.search_rank}, its seller's {service.seller.search_rank}"


def _pauses() -> Iterator[str]:
    for pause in PenaltyPause.objects.select_related("verdict", "service"):
        who = f"pause {pause.pk}"
        if pause.paused_at < pause.verdict.recorded_at:
            yield f"{who}: older than its verdict"
        if pause.verdict.at_fault != "seller" or pause.verdict.seller_id != pause.service.seller_id:
            yield f"{who}: not for this seller's fault"
        if pause.lifted_at and not _between(pause.paused_at, pause.verdict.acknowledged_at, pause.lifted_at):
            yield f"{who}: lifted at {pause.lifted_at}, acknowledged at {pause.verdict.acknowledged_at}"
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
    pauses: dict[object, list[PenaltyPause]] = _grouped(
        (pause.service_id, pause) for pause in PenaltyPause.objects.all()
    )
    for deal in Deal.objects.select_related("service"):
        for pause in pauses[deal.service_id]:
            if pause.paused_at <= deal.purchased_at and not (pause.lifted_at and pause.lifted_at <= deal.purchased_at):
                yield f"deal {deal.pk}: bought at {deal.purchased_at}, paused since {pause.paused_at}"


def _events() -> Iterator[str]:
    """Each end of a request was told once, by an event of its own time."""
    kinds = {"revoked_by_reply": "request_revoked", "withdrawn": "request_withdrawn"}
    told = Counter(Event.objects.values_list("kind", "data__request", "occurred_at"))
    for request in CancelRequest.objects.filter(status__in=kinds):
        number = told[kinds[request.status], str(request.pk), request.ended_at]
        if number != 1:
            yield f"request {request.pk} ({request.status}): told {number} times"


def _contact_of_each_party() -> dict[tuple[object, str | None], list[datetime]]:
    lines = Message.objects.filter(kind__in=CONTACT).values_list("room", "sender", "posted_at")
    return _grouped(((room, sender), at) for room, sender, at in lines)


def _grouped(pairs: Iterable[tuple[K, V]]) -> dict[K, list[V]]:
    groups: dict[K, list[V]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return groups


def _latest(pairs: Iterable[tuple[K, datetime]]) -> dict[K, datetime]:
    return {key: max(times) for key, times in _grouped(pairs).items()}


def _between(first: datetime, middle: datetime | None, last: datetime) -> bool:
    return middle is not None and first <= middle <= last
