"""The story of a room, and of a seller: what happened, in the order in which it was written, in plain words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from marketplace.actions.steering import MAY_HIDE
from marketplace.admin.event_sentences import sentence
from marketplace.admin.moderation_buttons import Hide
from marketplace.admin.panels import TEMPLATES, Panel
from marketplace.formats import exact_moment, lateness
from marketplace.models import CancelRequest, Event, Message, Seller, TalkRoom
from marketplace.models.events import STAFF_KINDS
from marketplace.vocabulary import EventKind, MessageKind, Party, WokenBy

NEWEST = 300
"""How many events, and how many messages, one page shows."""

ALARMING = {EventKind.DEAL_CANCELLED, EventKind.REPLY_REFUSED_LATE, EventKind.SETTLEMENT_PUT_OFF}


@dataclass(frozen=True, kw_only=True)
class Entry:
    at: datetime
    """When it was written: the order of the story."""
    order: int
    who: str
    what: str
    tone: str = ""
    occurred: str = ""
    """When it took effect, where that was before it was written, and how late it was written."""
    because: str = ""
    body: str = ""
    hidden: bool = False
    hide: str = ""
    """The URL where the message can be hidden."""
    woken_by: str = ""

    @property
    def recorded(self) -> str:
        return exact_moment(self.at)


def of_room(request: HttpRequest, room: TalkRoom) -> Panel:
    """Return a room's events with its messages, oldest first. Three statements."""
    events = list(Event.objects.filter(room=room).select_related("actor").order_by("-id")[: NEWEST + 1])
    messages = list(Message.objects.filter(room=room).order_by("-posted_at", "-id")[: NEWEST + 1])
    by_key = {str(message.pk): message for message in messages}
    with_event = {event.data.get("message") for event in events if event.kind != EventKind.MESSAGE_HIDDEN}
    may_hide = request.user.has_perm(MAY_HIDE)
    reasons = {str(key): reason for key, reason in CancelRequest.objects.filter(room=room).values_list("pk", "reason")}
    entries = [
        _event(event, room, by_key.get(event.data.get("message", "")), may_hide=may_hide, reasons=reasons)
        for event in events[:NEWEST]
    ]
    entries += [
        _message(message, room, may_hide=may_hide)
        for message in messages[:NEWEST]
        if str(message.pk) not in with_event and message.kind != MessageKind.SYSTEM
    ]
    return _panel(_("Story of the room"), entries, cut=len(events) > NEWEST or len(messages) > NEWEST)


def of_seller(seller: Seller) -> Panel:
    """Return a seller's events, oldest first. One statement."""
    events = list(Event.objects.filter(seller=seller).select_related("actor").order_by("-id")[: NEWEST + 1])
    entries = [_event(event, None, None) for event in events[:NEWEST]]
    return _panel(_("Story of the seller"), entries, cut=len(events) > NEWEST)


def _panel(title: str, entries: Iterable[Entry], *, cut: bool) -> Panel:
    ordered = sorted(entries, key=lambda entry: (entry.at, entry.order))
    note = _("Only the newest {NEWEST} are shown; the list of events has all.").format(NEWEST=NEWEST) if cut else ""
    return Panel(title=title, template=f"{TEMPLATES}story.html", context={"entries": ordered, "note": note})


def _event(
    event: Event,
    room: TalkRoom | None,
    message: Message | None,
    *,
    may_hide: bool = False,
    reasons: Mapping[str, str] = MappingProxyType({}),
) -> Entry:
    kind, data = EventKind(event.kind), event.data
    because = data.get("reason") or (
        reasons.get(data.get("request", ""), "") if kind is EventKind.REQUEST_PLACED else ""
    )
    quoted = message if kind is not EventKind.MESSAGE_HIDDEN else None
    refused = data.get("body", "") if kind is EventKind.REPLY_REFUSED_LATE else ""
    by_staff = kind in STAFF_KINDS and (kind is not EventKind.SELLER_RESUMED or because)
    return Entry(
        at=event.recorded_at,
        order=event.pk,
        who=actor_of(event, room),
        what=sentence(event),
        tone="bad" if kind in ALARMING else "staff" if by_staff else "",
        occurred=_occurred(event),
        because=str(because),
        body=quoted.body if quoted is not None else refused,
        hidden=quoted is not None and quoted.hidden_at is not None,
        hide=_hide(quoted, room) if may_hide and quoted is not None and room is not None else "",
        woken_by=str(WokenBy(data["woken_by"]).label) if data.get("woken_by") else "",
    )


def _occurred(event: Event) -> str:
    late = event.recorded_at - event.occurred_at
    if late.total_seconds() <= 0:
        return ""
    return _("took effect {at}, written {late} later").format(at=exact_moment(event.occurred_at), late=lateness(late))


def _message(message: Message, room: TalkRoom, *, may_hide: bool) -> Entry:
    person = {Party.BUYER: room.buyer, Party.SELLER: room.seller}[Party(message.sender)]
    return Entry(
        at=message.posted_at,
        order=0,
        who=f"{person.username} ({Party(message.sender).label})",
        what=message.get_kind_display(),
        body=message.body,
        hidden=message.hidden_at is not None,
        hide=_hide(message, room) if may_hide else "",
    )


def _hide(message: Message, room: TalkRoom) -> str:
    if not Hide().applies_to(message):
        return ""
    back = reverse("admin:marketplace_talkroom_change", args=[room.pk])
    return format_html("{}?pk={}&back={}", reverse("admin:marketplace_message_hide"), message.pk, back)


def actor_of(event: Event, room: TalkRoom | None) -> str:
    """Name who did it: a party with the side, staff as such, the system where nobody did."""
    actor: Any = event.actor
    if actor is None:
        return _("the system")
    party = room.party_of(actor) if room is not None else None
    if party is not None:
        return f"{actor.username} ({party.label})"
    return _("{name} (staff)").format(name=actor.username) if actor.is_staff else str(actor.username)
