"""A person's milestones and deadlines as a calendar (RFC 5545), for the programs that subscribe to one.

Milestones are approximate (頃) and dates of the marketplace: all-day events. Deadlines are moments.
"""

import functools
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Max
from django.utils.translation import gettext_lazy as _
from icalendar import Alarm, Calendar, Event, Timezone

from marketplace.characters import isolated
from marketplace.models import CancelRequest, Milestone, TalkRoom, User
from marketplace.models import Event as Recorded
from marketplace.vocabulary import DealStatus, EventKind, Party

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as Text

ROOMS_AT_MOST = 500
REFRESH = timedelta(hours=1)
SHOWN_FOR = timedelta(minutes=15)
"""A deadline is a moment, but programs show no event without a length."""
REMIND_BEFORE = timedelta(hours=1)
STEERED = (EventKind.REQUEST_RELEASED, EventKind.REQUEST_EXTENDED)


NAME = _("Renraku: milestones and deadlines")
MILESTONE = _("{milestone} of “{service}” (around)")
DONE = _("✓ {milestone} of “{service}”")
REPLY = {
    True: _("Reply about “{service}” by now, or it is cancelled"),
    False: _("“{service}”: the other party's reply deadline"),
}
"""By whether the reader must reply."""
FIRST_CONTACT = {
    True: _("Write first about “{service}” by now, or it is cancelled"),
    False: _("“{service}”: the seller's deadline to write first"),
}
APPROVAL = {
    True: _("Approve “{service}” or send it back by now"),
    False: _("“{service}”: the buyer's approval deadline"),
}


def render(person: User, now: datetime) -> str:
    """Return the calendar of this person's running deals, in the active language. Three statements, or four.

    It has no METHOD: it is a copy of how things stand (RFC 5545, 3.7.2). What has ended is not in it any more.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Renraku//Milestones and deadlines//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", str(NAME))
    calendar.add("name", str(NAME))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", REFRESH)
    calendar.add_component(_zone(settings.TIME_ZONE))  # a calendar has at least one component (3.6)
    for event in _events(person, now):
        calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written.decode()


@functools.cache
def _zone(name: str) -> Timezone:
    """Return the marketplace's time zone, of which milestones are dates."""
    return Timezone.from_tzid(name, first_date=date(2020, 1, 1), last_date=date(2040, 1, 1))


def _events(person: User, now: datetime) -> Iterator[Event]:
    running = TalkRoom.objects.running_for(person).select_related("deal__service")
    rooms: dict[UUID, TalkRoom] = {room.pk: room for room in running.order_by("-opened_at", "-id")[:ROOMS_AT_MOST]}
    milestones = Milestone.objects.filter(room__in=rooms, removed_at=None)
    changed = milestones.annotate(revision=Count("changes"), changed_at=Max("changes__changed_at"))
    for milestone in changed.order_by("due_on", "shared_at", "id"):
        yield _milestone(milestone, rooms[milestone.room_id])
    requests = list(CancelRequest.objects.in_time(now).filter(room__in=rooms, held_at=None).order_by("reply_deadline"))
    steered = _steered(requests)
    for request in requests:
        room = rooms[request.room_id]
        summary = _titled(REPLY[room.party_of(person) is request.respondent], room)
        event = _event(f"reply-{request.pk}", request.placed_at, summary, room)
        _revise(event, request.generation - 1, steered.get(request.pk, request.placed_at))
        yield _deadline(event, request.reply_deadline)
    for room in rooms.values():
        yield from _deadlines_of_deal(room, room.party_of(person))


def _deadlines_of_deal(room: TalkRoom, party: Party | None) -> Iterator[Event]:
    deal = room.deal
    if deal.status == DealStatus.DELIVERED and deal.approval_deadline:
        summary = _titled(APPROVAL[party is Party.BUYER], room)
        delivered_at = deal.approval_deadline - deal.approval_window
        event = _event(f"approval-{deal.pk}", delivered_at, summary, room)
        _revise(event, deal.generation, delivered_at)
        yield _deadline(event, deal.approval_deadline)
    if deal.status == DealStatus.IN_PROGRESS and deal.first_contact_deadline:
        summary = _titled(FIRST_CONTACT[party is Party.SELLER], room)
        event = _event(f"first-contact-{deal.pk}", room.opened_at, summary, room)
        _revise(event, 0, room.opened_at)
        yield _deadline(event, deal.first_contact_deadline)


def _steered(requests: Iterable[CancelRequest]) -> dict[UUID, datetime]:
    """Return when the deadlines of these requests last moved, of those that did."""
    moved = {request.pk: request.room_id for request in requests if request.generation > 1}
    if not moved:
        return {}
    events = Recorded.objects.filter(room__in=moved.values(), kind__in=STEERED).order_by("id")
    found = {UUID(event.data["request"]): event.recorded_at for event in events}
    return {pk: at for pk, at in found.items() if pk in moved}


def _milestone(milestone: Any, room: TalkRoom) -> Event:
    """Make an all-day event: without an end it is that day alone."""
    summary = _titled(DONE if milestone.done_at else MILESTONE, room, milestone.title)
    event = _event(f"milestone-{milestone.pk}", milestone.shared_at, summary, room)
    _revise(event, milestone.revision, milestone.changed_at or milestone.shared_at)
    event.add("dtstart", milestone.due_on)
    event.add("transp", "TRANSPARENT")
    return event


def _deadline(event: Event, at: datetime | None) -> Event:
    """Place the event at a deadline, with a reminder before it."""
    if at is not None:
        event.add("dtstart", at)
        event.add("dtend", at + SHOWN_FOR)
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", event["summary"])
    alarm.add("trigger", -REMIND_BEFORE)
    event.add_component(alarm)
    return event


def _event(uid: str, made_at: datetime, summary: str, room: TalkRoom) -> Event:
    event = Event()
    event.add("uid", f"{uid}@{urlsplit(settings.PUBLIC_URL).hostname}")
    event.add("created", made_at)
    event.add("summary", summary)
    event.add("url", f"{settings.PUBLIC_URL}/talk-rooms/{room.pk}/")
    return event


def _revise(event: Event, number: int, at: datetime) -> None:
    """Write how often it was changed, and when last: without that, programs keep the old one."""
    event.add("sequence", max(number, 0))
    event.add("dtstamp", at)
    event.add("last-modified", at)


def _titled(title: "Text", room: TalkRoom, milestone: str = "") -> str:
    return title.format(service=isolated(room.deal.service.title), milestone=isolated(milestone))
