"""Deals: delivered, sent back, approved in time or by the window; reviewed once; the first contact."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from marketplace.models import Deal, Event, Message, Review
from tests.races.invariants.grouping import contact_of_each_party, grouped

Turns = list[tuple[str, datetime]]
"""Deliveries and send-backs of a room, in order."""
APPROVALS = {"approved": "buyer", "approved_by_window": "window"}


def wrong() -> Iterator[str]:
    """Say what is not as R13 and the life of a deal want it."""
    said = contact_of_each_party()
    turns = grouped(
        (room, (kind, at))
        for room, kind, at in Message.objects.filter(kind__in=["delivery", "send_back"])
        .order_by("posted_at")
        .values_list("room", "kind", "posted_at")
    )
    for deal in Deal.objects.filter(talk_room__isnull=False).select_related("talk_room"):
        who = f"deal {deal.pk} ({deal.status})"
        room = deal.talk_room.pk
        checks = (_turns(deal, turns[room]), _first_contact(deal, said[room, "seller"]))
        yield from (f"{who}: {what}" for check in checks for what in check)
    yield from _approvals()
    yield from _reviews()


def _turns(deal: Deal, turns: Turns) -> Iterator[str]:
    kinds = [kind for kind, _ in turns]
    if any(kind != ("delivery", "send_back")[number % 2] for number, kind in enumerate(kinds)):
        yield f"delivered and sent back in the order {kinds}"
    if deal.generation != 1 + len(turns):
        yield f"of generation {deal.generation} after {kinds}"
    delivered = kinds[-1:] == ["delivery"]
    if delivered != (deal.status in {"delivered", "completed"}):
        yield f"after {kinds}"
    deadline = turns[-1][1] + deal.approval_window if delivered else None
    if deal.approval_deadline != deadline:
        yield f"to be approved until {deal.approval_deadline}, not until {deadline}"


def _first_contact(deal: Deal, said: list[datetime]) -> Iterator[str]:
    limit = deal.purchased_at + deal.first_contact_window if deal.first_contact_window else None
    if deal.first_contact_deadline != (None if said else limit):
        yield f"first contact due {deal.first_contact_deadline}, limit {limit}, the seller wrote at {said}"
    if limit and said and said[0] > limit:
        yield f"the seller's first contact came at {said[0]}, after the limit {limit}"


def _approvals() -> Iterator[str]:
    lines = grouped(
        (deal, (APPROVALS[line], at))
        for deal, line, at in Message.objects.filter(line__in=APPROVALS).values_list("room__deal", "line", "posted_at")
    )
    told = grouped(
        (deal, (data["approved_by"], data.get("woken_by"), occurred_at, recorded_at))
        for deal, data, occurred_at, recorded_at in Event.objects.filter(kind="deal_completed").values_list(
            "room__deal", "data", "occurred_at", "recorded_at"
        )
    )
    completed = Deal.objects.filter(talk_room__isnull=False, status="completed")
    for deal in completed:
        shown, events = lines.pop(deal.pk, []), told.pop(deal.pk, [])
        yield from (f"deal {deal.pk}: {what}" for what in _approval(deal, shown, events))
    yield from (f"deal {deal}: approved in words only" for deal in {*lines, *told})


def _approval(deal: Deal, shown: list[tuple[str, datetime]], told: Sequence[tuple[object, ...]]) -> Iterator[str]:
    assert deal.ended_at
    assert deal.approval_deadline
    if len(shown) != 1 or len(told) != 1:
        yield f"approval shown {shown} and told {told}"
        return
    by, written_at = shown[0]
    woken_by = told[0][1]
    if by != deal.approved_by or told[0] != (by, woken_by, deal.ended_at, written_at):
        yield f"approved by {deal.approved_by} at {deal.ended_at}, shown {shown} and told {told}"
    in_time = by == "buyer" and woken_by is None and written_at == deal.ended_at <= deal.approval_deadline
    by_window = by == "window" and woken_by is not None and written_at > deal.ended_at == deal.approval_deadline
    if not (in_time or by_window):
        yield f"approved by {by}, woken by {woken_by}, at {written_at}, as of {deal.ended_at}"


def _reviews() -> Iterator[str]:
    """A buyer reviews a completed deal, once, after its end; it is told once."""
    told = Counter(Event.objects.filter(kind="review_written").values_list("data__review", "occurred_at"))
    for review in Review.objects.filter(verdict=None, deal__talk_room__isnull=False).select_related("deal"):
        ended_at = review.deal.ended_at
        if review.deal.status != "completed" or ended_at is None or review.dated_at < ended_at:
            yield f"review {review.pk}: of a deal {review.deal.status} at {ended_at}"
        if told[str(review.pk), review.dated_at] != 1:
            yield f"review {review.pk}: not told once"
