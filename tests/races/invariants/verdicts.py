"""Verdicts: one a cancelled deal, of the deadline that came first, with everything that hangs on it."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from marketplace.models import Event, Message, PenaltyPause, Review, Verdict
from tests.races.invariants.grouping import contact_of_each_party, grouped

LINES = {"no_contact": "cancelled", "no_first_contact": "cancelled_without_first_contact"}


def wrong() -> Iterator[str]:
    """Say what is not as R4, R5, R7, R10 and R13 want it."""
    said = contact_of_each_party()
    pauses = grouped(PenaltyPause.objects.values_list("verdict", "lifted_at"))
    for verdict in Verdict.objects.select_related("deal__talk_room", "cancel_request"):
        room = verdict.deal.talk_room
        checks = (_effective(verdict), _fault(verdict), _reversal(verdict, pauses[verdict.pk]))
        yield from (f"verdict {verdict.pk}: {what}" for check in checks for what in check)
        if verdict.cause == "no_first_contact" and said[room.pk, "seller"]:
            yield f"verdict {verdict.pk}: the seller was in contact at {said[room.pk, 'seller']}"
    yield from _told_once()
    yield from _reviews()


def _effective(verdict: Verdict) -> Iterator[str]:
    deal, request = verdict.deal, verdict.cancel_request
    deadline = request.reply_deadline if request else deal.first_contact_deadline
    if not verdict.effective_at == deal.ended_at == deadline:
        yield f"effective {verdict.effective_at}, deal ended {deal.ended_at}, deadline {deadline}"
    if verdict.recorded_at <= verdict.effective_at:
        yield "recorded before its deadline had passed"
    if request and deal.first_contact_deadline and deal.first_contact_deadline < verdict.effective_at:
        yield f"the first contact was due before: {deal.first_contact_deadline}"
    if verdict.acknowledged_at and verdict.acknowledged_at <= verdict.recorded_at:
        yield "acknowledged before it was written"


def silent(verdict: Verdict) -> str:
    """Whose silence it was, whatever became of it since."""
    return verdict.cancel_request.respondent.value if verdict.cancel_request else "seller"


def _fault(verdict: Verdict) -> Iterator[str]:
    expected = "nobody" if verdict.reversed_at else silent(verdict)
    if verdict.at_fault != expected:
        yield f"at fault is {verdict.at_fault}, not {expected}"


def _reversal(verdict: Verdict, lifted: list[datetime | None]) -> Iterator[str]:
    if verdict.reversed_at is None:
        return
    if verdict.reversed_at <= verdict.recorded_at or not verdict.reversed_because:
        yield f"reversed at {verdict.reversed_at} because of {verdict.reversed_because!r}"
    if any(at is None or at > verdict.reversed_at for at in lifted):
        yield f"reversed at {verdict.reversed_at}, its pauses lifted at {lifted}"


def _told_once() -> Iterator[str]:
    lines = Counter(Message.objects.filter(line__in=LINES.values()).values_list("room__deal", "line", "posted_at"))
    told = grouped((event.data["verdict"], event) for event in Event.objects.filter(kind="deal_cancelled"))
    undone = grouped((event.data["verdict"], event) for event in Event.objects.filter(kind="verdict_reversed"))
    both_read = Counter(Message.objects.filter(line="verdict_reversed").values_list("room__deal", "posted_at"))
    for verdict in Verdict.objects.select_related("cancel_request"):
        shown = lines[verdict.deal_id, LINES[verdict.cause], verdict.recorded_at]
        events = [
            (event.occurred_at, event.recorded_at, event.data["cause"], event.data["at_fault"], event.data["woken_by"])
            for event in told[str(verdict.pk)]
        ]
        once = [(verdict.effective_at, verdict.recorded_at, verdict.cause, silent(verdict), verdict.woken_by)]
        if (shown, events) != (1, once):
            yield f"verdict {verdict.pk}: shown {shown} times and told {events}"
        reversals = [event.occurred_at for event in undone[str(verdict.pk)]]
        expected = [verdict.reversed_at] if verdict.reversed_at else []
        told_both = sum(both_read[verdict.deal_id, at] for at in expected)
        if reversals != expected or told_both != len(expected):
            yield f"verdict {verdict.pk}: reversed at {verdict.reversed_at}, told {reversals}"


def _reviews() -> Iterator[str]:
    reviews = {review.verdict_id: review for review in Review.objects.exclude(verdict=None)}
    for verdict in Verdict.objects.select_related("cancel_request"):
        review = reviews.get(verdict.pk)
        stands = review and (review.rating, review.dated_at, review.recorded_at, review.hidden_at)
        due = (1, verdict.effective_at, verdict.recorded_at, verdict.reversed_at)
        if stands != (due if silent(verdict) == "seller" else None):
            yield f"verdict {verdict.pk} for a silent {silent(verdict)}: its review is {stands}"
