"""Cancel requests: where each one's deadline stands, and how it ended."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from marketplace.models import CancelRequest, Event, Message, Verdict
from tests.races.invariants.grouping import contact_of_each_party, grouped, times_of

STEERING = ("request_held", "request_released", "request_extended")
TOLD_BY = {
    "revoked_by_reply": "request_revoked",
    "withdrawn": "request_withdrawn",
    "ended_with_deal": "request_ended_with_deal",
}


@dataclass(frozen=True)
class Around:
    """What else is known about a request."""

    verdicts: int
    replies: list[datetime]
    """The respondent's contacts since it was placed."""
    deliveries: list[datetime]


def wrong() -> Iterator[str]:
    """Say what is not as R3, R8 and R10 want it."""
    verdicts = Counter(Verdict.objects.values_list("cancel_request", flat=True))
    said, deliveries = contact_of_each_party(), times_of("delivery")
    steered = grouped(
        (event.data["request"], event) for event in Event.objects.filter(kind__in=STEERING).order_by("id")
    )
    for request in CancelRequest.objects.select_related("room__deal"):
        who = f"request {request.pk} ({request.status})"
        replies = [at for at in said[request.room_id, request.respondent] if at >= request.placed_at]
        around = Around(verdicts[request.pk], replies, deliveries[request.room_id])
        yield from (f"{who}: {what}" for what in _clock(request, steered[str(request.pk)]))
        yield from (f"{who}: {what}" for what in ENDS[request.status](request, around))
    yield from _told_once()
    yield from _lines_of_steering()


def _clock(request: CancelRequest, moves: Iterable[Event]) -> Iterator[str]:
    """Tell the story of its deadline again, from the events, and compare."""
    deadline: datetime | None = request.placed_at + request.room.deal.reply_window
    remaining = timedelta(0)
    generation = 1
    for event in moves:
        generation += 1
        if deadline and event.occurred_at > deadline:
            yield f"{event.kind} at {event.occurred_at}, after its deadline {deadline}"
        if request.ended_at and event.occurred_at > request.ended_at:
            yield f"{event.kind} at {event.occurred_at}, after its end {request.ended_at}"
        by = timedelta(seconds=event.data.get("by_seconds", 0))
        if event.kind == "request_held" and deadline:
            remaining = deadline - event.occurred_at
            deadline = None
        elif event.kind == "request_released" and not deadline:
            deadline, remaining = event.occurred_at + remaining, timedelta(0)
        elif event.kind == "request_extended":
            deadline, remaining = (deadline + by, remaining) if deadline else (None, remaining + by)
        else:
            yield f"{event.kind} at {event.occurred_at}, while its deadline was {deadline}"
    told = (deadline, None if deadline else remaining, generation)
    stands = (request.reply_deadline, request.remaining_when_held, request.generation)
    if told != stands:
        yield f"deadline, what remains and generation are {stands}, by its events {told}"


def _awaiting_reply(request: CancelRequest, around: Around) -> Iterator[str]:
    if around.verdicts or around.replies or request.room.deal.status != "in_progress":
        yield f"open, with {around}, and the deal is {request.room.deal.status}"


def _revoked(request: CancelRequest, around: Around) -> Iterator[str]:
    if around.replies[:1] != [request.ended_at]:
        yield f"ended at {request.ended_at}, but the replies were at {around.replies}"
    yield from _in_time_without_verdict(request, around)


def _withdrawn(request: CancelRequest, around: Around) -> Iterator[str]:
    yield from _no_reply_before(request, around)
    yield from _in_time_without_verdict(request, around)


def _cancelled(request: CancelRequest, around: Around) -> Iterator[str]:
    if around.verdicts != 1:
        yield f"{around.verdicts} verdicts"
    if request.ended_at is None or request.ended_at != request.reply_deadline:
        yield f"ended at {request.ended_at}, not at its deadline {request.reply_deadline}"
    if around.replies:
        yield f"the respondent was in contact at {around.replies}"


def _ended_with_deal(request: CancelRequest, around: Around) -> Iterator[str]:
    deal = request.room.deal
    by_delivery = request.requester == "seller" and request.ended_at in around.deliveries
    by_first_contact = deal.cancel_cause == "no_first_contact" and request.ended_at == deal.ended_at
    if by_delivery == by_first_contact:
        yield f"ended at {request.ended_at}; deliveries at {around.deliveries}, deal {deal.status} at {deal.ended_at}"
    if by_first_contact and request.reply_deadline and deal.ended_at and request.reply_deadline <= deal.ended_at:
        yield f"its own deadline {request.reply_deadline} came first"
    yield from _no_reply_before(request, around)
    yield from _in_time_without_verdict(request, around)


def _in_time_without_verdict(request: CancelRequest, around: Around) -> Iterator[str]:
    if around.verdicts:
        yield "has a verdict"
    if request.ended_at and request.reply_deadline and request.ended_at > request.reply_deadline:
        yield f"ended at {request.ended_at}, after its deadline {request.reply_deadline}"


def _no_reply_before(request: CancelRequest, around: Around) -> Iterator[str]:
    if any(request.ended_at and at <= request.ended_at for at in around.replies):
        yield f"ended at {request.ended_at} although there were replies at {around.replies}"


ENDS = {
    "awaiting_reply": _awaiting_reply,
    "revoked_by_reply": _revoked,
    "withdrawn": _withdrawn,
    "auto_cancelled": _cancelled,
    "ended_with_deal": _ended_with_deal,
}


def _told_once() -> Iterator[str]:
    """Each end of a request was told once, by an event of its own time, and by no other kind of end."""
    told = Counter(Event.objects.filter(kind__in=TOLD_BY.values()).values_list("kind", "data__request", "occurred_at"))
    for request in CancelRequest.objects.filter(status__in=TOLD_BY):
        ended_at = request.ended_at
        if ended_at is None or told.pop((TOLD_BY[request.status], str(request.pk), ended_at), 0) != 1:
            yield f"request {request.pk} ({request.status}): not told once"
    yield from (f"told, but it is not so: {event}" for event in told)


def _lines_of_steering() -> Iterator[str]:
    """Both sides read in the room what staff did."""
    lines = Counter(Message.objects.filter(line__in=STEERING).values_list("room", "line", "posted_at"))
    told = Counter(Event.objects.filter(kind__in=STEERING).values_list("room", "kind", "occurred_at"))
    yield from (f"steering told and shown disagree: {each}" for each in (lines - told) + (told - lines))
