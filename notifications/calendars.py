"""A person's milestones and deadlines as a calendar (RFC 5545), for the programs that subscribe to one.

Milestones are approximate (頃) and dates of the marketplace: all-day events. Deadlines are moments.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from icalendar import Calendar, Event

from marketplace.characters import isolated
from marketplace.models import CancelRequest, Milestone, TalkRoom, User
from marketplace.vocabulary import DealStatus, Language, Party

ROOMS_AT_MOST = 500
REFRESH = timedelta(hours=1)


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
    """Return the calendar of this person's running deals, in their language. Three statements."""
    language = Language(person.language or Language.JAPANESE)
    calendar = Calendar()
    calendar.add("prodid", "-//Renraku//Milestones and deadlines//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", _said(NAME, language))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for event in _events(person, language, now):
        calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written.decode()


def _events(person: User, language: Language, now: datetime) -> Iterator[Event]:
    running = TalkRoom.objects.of(person).filter(deal__ended_at=None).select_related("deal__service")
    rooms: dict[UUID, TalkRoom] = {room.pk: room for room in running.order_by("-opened_at", "-id")[:ROOMS_AT_MOST]}
    for milestone in Milestone.objects.filter(room__in=rooms, removed_at=None).order_by("due_on", "shared_at", "id"):
        yield _milestone(milestone, rooms[milestone.room_id], language)
    for request in CancelRequest.objects.in_time(now).filter(room__in=rooms, held_at=None).order_by("reply_deadline"):
        room = rooms[request.room_id]
        words = REPLY[room.party_of(person) is request.respondent]
        yield _moment(
            f"reply-{request.pk}", request.placed_at, request.reply_deadline, _said(words, language, room), room
        )
    for room in rooms.values():
        yield from _of_the_deal(room, room.party_of(person), language)


def _of_the_deal(room: TalkRoom, party: Party | None, language: Language) -> Iterator[Event]:
    deal = room.deal
    if deal.status == DealStatus.DELIVERED and deal.approval_deadline:
        words = _said(APPROVAL[party is Party.BUYER], language, room)
        delivered_at = deal.approval_deadline - deal.approval_window
        yield _moment(f"approval-{deal.pk}", delivered_at, deal.approval_deadline, words, room)
    if deal.status == DealStatus.IN_PROGRESS and deal.first_contact_deadline:
        words = _said(FIRST_CONTACT[party is Party.SELLER], language, room)
        yield _moment(f"first-contact-{deal.pk}", room.opened_at, deal.first_contact_deadline, words, room)


def _milestone(milestone: Milestone, room: TalkRoom, language: Language) -> Event:
    """Make an all-day event: without an end it is that day alone."""
    words = _said(DONE if milestone.done_at else MILESTONE, language, room, milestone.title)
    event = _event(f"milestone-{milestone.pk}", milestone.shared_at, words, room)
    event.add("dtstart", milestone.due_on)
    event.add("transp", "TRANSPARENT")
    return event


def _moment(uid: str, made_at: datetime, at: datetime | None, summary: str, room: TalkRoom) -> Event:
    """Make an event without a length, at a deadline."""
    event = _event(uid, made_at, summary, room)
    event.add("dtstart", at)
    return event


def _event(uid: str, made_at: datetime, summary: str, room: TalkRoom) -> Event:
    event = Event()
    event.add("uid", f"{uid}@{urlsplit(settings.PUBLIC_URL).hostname}")
    event.add("dtstamp", made_at)
    event.add("summary", summary)
    event.add("url", f"{settings.PUBLIC_URL}/talk-rooms/{room.pk}/")
    return event


def _said(words: Words, language: Language, room: TalkRoom | None = None, milestone: str = "") -> str:
    spoken = words.ja if language == Language.JAPANESE else words.en
    return spoken.format(service=isolated(room.deal.service.title) if room else "", milestone=isolated(milestone))
