"""The story of a room, and of a seller: what happened, in the order in which it was written, in plain words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from marketplace.actions.steering import MAY_HIDE
from marketplace.admin.hiding import Hide
from marketplace.admin.panels import TEMPLATES, Panel
from marketplace.admin.telling import ALARMING, BY_STAFF, sentence
from marketplace.admin.words import KINDS_OF_MESSAGE, lateness, moment, said, word
from marketplace.models import CancelRequest, Event, Message, Seller, TalkRoom
from marketplace.vocabulary import EventKind, MessageKind, Party

NEWEST = 300
"""How many events, and how many messages, one page tells."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of a story."""

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
    """Where the message can be hidden."""
    woken_by: str = ""

    @property
    def recorded(self) -> str:
        """When it was written, in words."""
        return moment(self.at)


def of_room(request: HttpRequest, room: TalkRoom) -> Panel:
    """Tell a room's events with its messages, oldest first. Three statements."""
    events = list(Event.objects.filter(room=room).select_related("actor").order_by("-id")[: NEWEST + 1])
    messages = list(Message.objects.filter(room=room).order_by("-posted_at", "-id")[: NEWEST + 1])
    by_key = {str(message.pk): message for message in messages}
    told = {event.data.get("message") for event in events if event.kind != EventKind.MESSAGE_HIDDEN}
    may_hide = request.user.has_perm(MAY_HIDE)
    asked_because = {
        str(key): reason for key, reason in CancelRequest.objects.filter(room=room).values_list("pk", "reason")
    }
    entries = [
        _event(event, room, by_key.get(event.data.get("message", "")), may_hide=may_hide, reasons=asked_because)
        for event in events[:NEWEST]
    ]
    entries += [
        _message(message, room, may_hide=may_hide)
        for message in messages[:NEWEST]
        if str(message.pk) not in told and message.kind != MessageKind.SYSTEM
    ]
    return _panel(
        said("Story of the room", "ルームの経過"), entries, cut=len(events) > NEWEST or len(messages) > NEWEST
    )


def of_seller(seller: Seller) -> Panel:
    """Tell a seller's events, newest first. One statement."""
    events = list(Event.objects.filter(seller=seller).select_related("actor").order_by("-id")[: NEWEST + 1])
    entries = [_event(event, None, None) for event in events[:NEWEST]]
    return _panel(said("Story of the seller", "出品者の経過"), entries, cut=len(events) > NEWEST)


def _panel(title: str, entries: Iterable[Entry], *, cut: bool) -> Panel:
    ordered = sorted(entries, key=lambda entry: (entry.at, entry.order))
    note = said(
        f"Only the newest {NEWEST} are shown; the list of events has all.",
        f"新しい{NEWEST}件のみ表示しています。すべてはイベント一覧にあります。",
    )
    return Panel(
        title=title, template=f"{TEMPLATES}story.html", context={"entries": ordered, "note": note if cut else ""}
    )


def _event(
    event: Event,
    room: TalkRoom | None,
    message: Message | None,
    *,
    may_hide: bool = False,
    reasons: Mapping[str, str] = MappingProxyType({}),
) -> Entry:
    kind = EventKind(event.kind)
    late = event.recorded_at - event.occurred_at
    occurred = ""
    if late.total_seconds() > 0:
        at = moment(event.occurred_at)
        occurred = said(
            f"took effect {at}, written {lateness(late)} later", f"キャンセル日時 {at}、記録は {lateness(late)} 後"
        )
    woken_by = word(event.data.get("woken_by")) if event.data.get("woken_by") else ""
    said_late = event.data.get("body", "") if kind is EventKind.REPLY_REFUSED_LATE else ""
    because = reasons.get(event.data.get("request", ""), "") if kind is EventKind.REQUEST_PLACED else ""
    quoted = message if message is not None and kind is not EventKind.MESSAGE_HIDDEN else None
    return Entry(
        at=event.recorded_at,
        order=event.pk,
        who=who(event, room),
        what=sentence(event),
        tone="bad" if kind in ALARMING else "staff" if kind in BY_STAFF else "",
        occurred=occurred,
        because=str(event.data.get("reason") or because),
        body=quoted.body if quoted is not None else said_late,
        hidden=quoted is not None and quoted.hidden_at is not None,
        hide=_hide(quoted, room) if may_hide and quoted is not None and room is not None else "",
        woken_by=woken_by,
    )


def _message(message: Message, room: TalkRoom, *, may_hide: bool) -> Entry:
    kind = KINDS_OF_MESSAGE[MessageKind(message.kind)]
    return Entry(
        at=message.posted_at,
        order=0,
        who=_name(room, message.sender),
        what=str(kind),
        body=message.body,
        hidden=message.hidden_at is not None,
        hide=_hide(message, room) if may_hide else "",
    )


def _hide(message: Message, room: TalkRoom) -> str:
    if not Hide().applies_to(message):
        return ""
    back = reverse("admin:marketplace_talkroom_change", args=[room.pk])
    return format_html("{}?pk={}&back={}", reverse("admin:marketplace_message_hide"), message.pk, back)


def who(event: Event, room: TalkRoom | None) -> str:
    """Name who did it: a party by name and side, staff as such, the system where nobody did."""
    actor: Any = event.actor
    if actor is None:
        return said("the system", "システム")
    side = room.party_of(actor) if room is not None else None
    if side is not None:
        return f"{actor.username} ({word(side)})"
    return f"{actor.username} ({said('staff', 'スタッフ')})" if actor.is_staff else str(actor.username)


def _name(room: TalkRoom, side: str | None) -> str:
    person = {Party.BUYER: room.buyer, Party.SELLER: room.seller}[Party(side)] if side else None
    return f"{person.username} ({word(side)})" if person is not None else said("the system", "システム")
