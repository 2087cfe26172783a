"""The story of a verdict from recorded facts: what led to it, the notices, who wrote it, what followed."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace import formats
from marketplace.http import standing
from marketplace.models import CancelRequest, Event, PenaltyPause, Verdict
from marketplace.pages import times, words
from marketplace.pages.room import Room
from marketplace.reads import aftermath
from marketplace.vocabulary import REASONS, AtFault, CancelCause, EventKind, MessageKind, Party, RequestStatus, WokenBy

AT_MOST = 100
"""Events that one story has at most; a request has a few."""

TOLD_BY_EVENTS = (
    EventKind.REQUEST_HELD,
    EventKind.REQUEST_RELEASED,
    EventKind.REQUEST_EXTENDED,
    EventKind.REPLY_REFUSED_LATE,
    EventKind.VERDICT_REVERSED,
)


@dataclass(frozen=True, kw_only=True)
class Entry:
    at: datetime
    what: str
    details: tuple[str, ...] = ()
    quote: str = ""
    tone: str = ""


Source = Callable[[CancelRequest, Room], Iterable[Entry]]
_sources: list[Source] = []


def offer(source: Source) -> None:
    """Add steps to the story of a cancel request: the notices about it, which another app keeps."""
    if source not in _sources:
        _sources.append(source)


def name_of(room: Room, party: Party) -> str:
    """Name a party for the reader of the room."""
    name, side = room.named(party).username, words.word(party)
    if party is room.you:
        return _("you ({side})").format(side=side)
    return _("{name} ({side})").format(name=name, side=side)


@dataclass(frozen=True)
class Story:
    """A verdict's story for one reader: either party, or staff, who see everything."""

    room: Room

    @cached_property
    def entries(self) -> list[Entry]:
        """The steps in the order in which they happened. Five to seven statements."""
        verdict = self.room.verdict
        if verdict is None:
            return []
        told = [*self._silence(), *self._request(), *self._verdict(verdict)]
        if verdict.pk is not None:
            told += [*self._afterwards(verdict), *self._events(verdict)]
        return sorted(told, key=lambda entry: entry.at)

    def _silence(self) -> Iterator[Entry]:
        room = self.room.visit.room
        yield Entry(at=self.room.visit.deal.purchased_at, what=_("Purchase"))
        for party, at in ((Party.BUYER, room.buyer_last_contact_at), (Party.SELLER, room.seller_last_contact_at)):
            if at is not None:
                who = name_of(self.room, party)
                yield Entry(at=at, what=_("Last contact: {who}").format(who=who))

    @property
    def _asked(self) -> CancelRequest | None:
        """The request that the verdict answers, or that ended with the deal."""
        latest = self.room.visit.latest_request
        over = (RequestStatus.AUTO_CANCELLED, RequestStatus.ENDED_WITH_DEAL)
        return latest if latest is not None and latest.status in over else None

    def _request(self) -> Iterator[Entry]:
        request = self._asked
        if request is None:
            return
        who, within = name_of(self.room, Party(request.requester)), formats.duration(self.room.visit.deal.reply_window)
        yield Entry(
            at=request.placed_at,
            what=_("Cancel request placed by {who}: a reply within {within} revokes it").format(who=who, within=within),
            quote=request.reason,
        )
        for source in _sources:
            yield from source(request, self.room)

    def _verdict(self, verdict: Verdict) -> Iterator[Entry]:
        deadline = _("Deadline: there was no reply")
        if verdict.cause == CancelCause.NO_FIRST_CONTACT:
            deadline = _("Limit of the first contact: the seller never wrote")
        yield Entry(
            at=verdict.effective_at,
            what=deadline,
            tone="bad",
            details=(_("The cancellation takes effect here."),),
        )

    def _afterwards(self, verdict: Verdict) -> Iterator[Entry]:
        late = _late_by(verdict.recorded_at - verdict.effective_at)
        by = WOKEN_BY[WokenBy(verdict.woken_by)]
        yield Entry(
            at=verdict.recorded_at,
            what=_("Recorded {late} after the deadline, {by}").format(late=late, by=by),
            details=tuple(self._followed(verdict)),
        )
        if verdict.acknowledged_at is not None and self.room.you is not Party.BUYER:
            acknowledged = _("The seller acknowledged the cancellation")
            yield Entry(at=verdict.acknowledged_at, what=acknowledged, tone="good")

    def _followed(self, verdict: Verdict) -> Iterator[str]:
        refund = formats.yen(self.room.visit.deal.price)
        yield _("{refund} goes back to the buyer").format(refund=refund)
        review = getattr(self.room.visit.deal, "review", None)
        if review is None or review.verdict_id is None:
            yield _("Counted in the buyer's record; no effect on the seller")
            return
        paused_at = list(PenaltyPause.objects.filter(verdict=verdict).values_list("paused_at", flat=True))
        if paused_at:
            yield _("Services paused: {paused_at}").format(paused_at=len(paused_at))
        yield _("Automatic review ★{rating}").format(rating=review.rating)
        first = paused_at[0] if paused_at else None
        yield from _moved(aftermath.standing_by_the_verdict(verdict, self.room.visit.room, first))

    def _events(self, verdict: Verdict) -> Iterator[Entry]:
        """List what staff did, and what came too late. One statement, and one for a reversal."""
        room = self.room.visit.room
        for event in Event.objects.filter(room=room, kind__in=TOLD_BY_EVENTS).order_by("id")[:AT_MOST]:
            if event.kind == EventKind.REPLY_REFUSED_LATE:
                yield self._late(event)
            elif event.kind == EventKind.VERDICT_REVERSED:
                yield self._reversed(event, verdict)
            elif self._asked is not None and event.data.get("request") == str(self._asked.pk):
                yield _steered(event)

    def _late(self, event: Event) -> Entry:
        """Describe a near miss. Its text is for its author and staff, the fact for everybody."""
        party = Party(event.data["party"])
        waited = timedelta(seconds=float(event.data.get("waited_for_lock_seconds") or 0))
        late = _late_by(timedelta(seconds=float(event.data.get("late_by_seconds") or 0)))
        told = self.room.you is None or self.room.you is party
        who, kind = name_of(self.room, party), MessageKind(event.data["message_kind"]).label
        held = _("Waited {waited} for the room").format(waited=formats.lateness(waited))
        return Entry(
            at=event.occurred_at,
            what=_("Refused: a {kind} of {who}, {late} after the deadline").format(kind=kind, who=who, late=late),
            details=(held,) if self.room.you is None else (),
            quote=str(event.data.get("body", "")) if told else "",
            tone="warn",
        )

    def _reversed(self, event: Event, verdict: Verdict) -> Entry:
        data = event.data
        details = [_("Nobody is at fault. The deal stays cancelled.")]
        if data.get("was_at_fault") == AtFault.SELLER:
            lifted = data.get("pauses_lifted") or 0
            details += [
                _("The automatic review is hidden"),
                _("Pauses lifted: {lifted}").format(lifted=lifted),
                *_moved(aftermath.standing_by_the_reversal(verdict, self.room.visit.room)),
            ]
        return Entry(
            at=event.recorded_at,
            what=_("Our staff reversed its consequences"),
            details=tuple(details),
            quote=_reason(data),
            tone="good",
        )


WOKEN_BY = {
    WokenBy.ETA: gettext_lazy("by the task that was set for it"),
    WokenBy.SWEEP: gettext_lazy("by the regular check"),
    WokenBy.VISIT: gettext_lazy("when somebody opened the room"),
    WokenBy.STAFF: gettext_lazy("when our staff acted"),
}

STEERED = {
    EventKind.REQUEST_HELD: gettext_lazy("Our staff held the request: its clock stood still"),
    EventKind.REQUEST_RELEASED: gettext_lazy("Our staff released the request"),
    EventKind.REQUEST_EXTENDED: gettext_lazy("The window was extended"),
}


def _late_by(length: timedelta) -> str:
    """Write how late, to the millisecond under a minute."""
    return formats.lateness(length) if length < timedelta(minutes=1) else formats.span(length)


def _steered(event: Event) -> Entry:
    deadline = event.data.get("reply_deadline")
    until = formats.deadline(times.as_moment(deadline)) if deadline else ""
    return Entry(
        at=event.occurred_at,
        what=str(STEERED[EventKind(event.kind)]),
        details=(_("Deadline: {until}").format(until=until),) if until else (),
        quote=_reason(event.data),
        tone="warn",
    )


def _reason(data: Mapping[str, Any]) -> str:
    reason = str(data.get("reason") or "")
    return str(REASONS.get(reason, reason))


def _moved(changed: Event | None) -> list[str]:
    """List the seller's figures that changed, before → after."""
    return standing.changes(changed.data) if changed is not None else []
