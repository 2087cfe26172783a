"""A person's milestones and deadlines as a calendar (RFC 5545), for the programs that subscribe to one.

Milestones are approximate (頃) and dates of the marketplace: all-day events. Deadlines are moments.
"""

import functools
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Max
from icalendar import Alarm, Calendar, Event, Timezone

from marketplace.characters import isolated
from marketplace.models import CancelRequest, Milestone, TalkRoom, User
from marketplace.models import Event as Recorded
from marketplace.vocabulary import DealStatus, EventKind, Language, Party

ROOMS_AT_MOST = 500
REFRESH = timedelta(hours=1)
SHOWN_FOR = timedelta(minutes=15)
"""A deadline is a moment, but programs show no event without a length."""
REMIND_BEFORE = timedelta(hours=1)
STEERED = (EventKind.REQUEST_RELEASED, EventKind.REQUEST_EXTENDED)


class Words(NamedTuple):
    """One title in each language, with `{service}`, `{milestone}`."""

    en: str
    ja: str


NAME = Words("Renraku: milestones and deadlines", "Renraku: 予定と期限")
MILESTONE = Words("{milestone} of “{service}” (around)", "「{service}」の{milestone}頃")
DONE = Words("✓ {milestone} of “{service}”", "✓ 「{service}」の{milestone}")
REPLY: dict[bool, Words] = {
    True: Words("Reply about “{service}” by now, or it is cancelled", "「{service}」の返信期限 (過ぎるとキャンセル)"),
    False: Words("“{service}”: the other party's reply deadline", "「{service}」の相手の返信期限"),
}
"""By whether it is the reader who must reply."""
FIRST_CONTACT: dict[bool, Words] = {
    True: Words("Write first about “{service}” by now, or it is cancelled", "「{service}」の最初のご連絡の期限"),
    False: Words("“{service}”: the seller's deadline to write first", "「{service}」の出品者の最初の連絡期限"),
}
APPROVAL: dict[bool, Words] = {
    True: Words("Approve “{service}” or send it back by now", "「{service}」の承認・差し戻しの期限"),
    False: Words("“{service}”: the buyer's approval deadline", "「{service}」の購入者の承認期限"),
}


def of(person: User, now: datetime) -> str:
    """Return the calendar of this person's running deals, in their language. Three statements, or four.

    It has no METHOD: it is a copy of how things stand (RFC 5545, 3.7.2). What has ended is not in it any more.
    """
    language = language_of(person)
    calendar = Calendar()
    calendar.add("prodid", "-//Renraku//Milestones and deadlines//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", _said(NAME, language))
    calendar.add("name", _said(NAME, language))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", REFRESH)
    calendar.add_component(_zone(settings.TIME_ZONE))  # a calendar has at least one component (3.6)
    for event in _events(person, language, now):
        calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written.decode()


def language_of(person: User) -> Language:
    """Return the language of a person's calendar."""
    return Language(person.language or Language.JAPANESE)


@functools.cache
def _zone(name: str) -> Timezone:
    """Return the marketplace's time zone, of which milestones are dates."""
    return Timezone.from_tzid(name, first_date=date(2020, 1, 1), last_date=date(2040, 1, 1))


def _events(person: User, language: Language, now: datetime) -> Iterator[Event]:
    running = TalkRoom.objects.of(person).filter(deal__ended_at=None).select_related("deal__service")
    rooms: dict[UUID, TalkRoom] = {room.pk: room for room in running.order_by("-opened_at", "-id")[:ROOMS_AT_MOST]}
    milestones = Milestone.objects.filter(room__in=rooms, removed_at=None)
    changed = milestones.annotate(revision=Count("changes"), changed_at=Max("changes__changed_at"))
    for milestone in changed.order_by("due_on", "shared_at", "id"):
        yield _milestone(milestone, rooms[milestone.room_id], language)
    requests = list(CancelRequest.objects.in_time(now).filter(room__in=rooms, held_at=None).order_by("reply_deadline"))
    steered = _steered(requests)
    for request in requests:
        room = rooms[request.room_id]
        words = REPLY[room.party_of(person) is request.respondent]
        event = _event(f"reply-{request.pk}", request.placed_at, _said(words, language, room), room)
        _revise(event, request.generation - 1, steered.get(request.pk, request.placed_at))
        yield _moment(event, request.reply_deadline)
    for room in rooms.values():
        yield from _of_the_deal(room, room.party_of(person), language)


def _of_the_deal(room: TalkRoom, party: Party | None, language: Language) -> Iterator[Event]:
    deal = room.deal
    if deal.status == DealStatus.DELIVERED and deal.approval_deadline:
        words = _said(APPROVAL[party is Party.BUYER], language, room)
        delivered_at = deal.approval_deadline - deal.approval_window
        event = _event(f"approval-{deal.pk}", delivered_at, words, room)
        _revise(event, deal.generation, delivered_at)
        yield _moment(event, deal.approval_deadline)
    if deal.status == DealStatus.IN_PROGRESS and deal.first_contact_deadline:
        words = _said(FIRST_CONTACT[party is Party.SELLER], language, room)
        event = _event(f"first-contact-{deal.pk}", room.opened_at, words, room)
        _revise(event, 0, room.opened_at)
        yield _moment(event, deal.first_contact_deadline)


def _steered(requests: Iterable[CancelRequest]) -> dict[UUID, datetime]:
    """Return when the deadlines of these requests last moved, of those that did."""
    moved = {request.pk: request.room_id for request in requests if request.generation > 1}
    if not moved:
        return {}
    events = Recorded.objects.filter(room__in=moved.values(), kind__in=STEERED).order_by("id")
    found = {UUID(event.data["request"]): event.recorded_at for event in events}
    return {pk: at for pk, at in found.items() if pk in moved}


def _milestone(milestone: Any, room: TalkRoom, language: Language) -> Event:
    """Make an all-day event: without an end it is that day alone."""
    words = _said(DONE if milestone.done_at else MILESTONE, language, room, milestone.title)
    event = _event(f"milestone-{milestone.pk}", milestone.shared_at, words, room)
    _revise(event, milestone.revision, milestone.changed_at or milestone.shared_at)
    event.add("dtstart", milestone.due_on)
    event.add("transp", "TRANSPARENT")
    return event


def _moment(event: Event, at: datetime | None) -> Event:
    """Let it be at a deadline, and be reminded of before."""
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
    """Say how often it was changed, and when last: else programs keep what they have."""
    event.add("sequence", max(number, 0))
    event.add("dtstamp", at)
    event.add("last-modified", at)


def _said(words: Words, language: Language, room: TalkRoom | None = None, milestone: str = "") -> str:
    spoken = words.ja if language == Language.JAPANESE else words.en
    return spoken.format(service=isolated(room.deal.service.title) if room else "", milestone=isolated(milestone))
