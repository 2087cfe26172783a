"""One e-mail for all messages in a room while its reader is away, instead of one each.

While an e-mail about a room's talk is unread, the next one waits: a quarter of an hour, and twice as long each
time. It then counts the messages. Those read meanwhile are not sent. In the app, each has its own notice.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from marketplace.vocabulary import Party
from notifications import codes, wording
from notifications.actions import relevance
from notifications.models import Notification
from notifications.stories import Story
from notifications.vocabulary import Channel, Kind, State
from notifications.wording import Wording

TALK = (Kind.MESSAGE, Kind.SCHEDULE)
"""Kinds that come again and again while people work. Others are sent at once."""
WAIT = timedelta(minutes=15)
LONGEST_WAIT = timedelta(days=1)
TOLD_TOGETHER = "it is told in one e-mail with others: {}"
READ = "it was read in the app"
SHOWN = 10

Pair = tuple[UUID, UUID | None]
"""A person and a room."""


@dataclass(frozen=True, kw_only=True)
class Talk:
    """What decides about a batch of e-mails on the talk of rooms."""

    sent_unread: Mapping[Pair, Sequence[datetime]]
    """When e-mails were sent since the person last read a notice of the room, oldest first."""
    waiting: Mapping[Pair, Sequence[Notification]]
    """Other waiting e-mails, oldest first."""
    read: Collection[tuple[UUID, str]]
    """Person and occasion of what was read in the app."""


def is_bundled(notification: Notification) -> bool:
    """Whether it may wait for others, and go with them."""
    return notification.channel == Channel.EMAIL and notification.kind in TALK and notification.room_id is not None


def read_talk(notifications: Iterable[Notification], now: datetime) -> Talk:
    """Read the talk of the bundled ones among these: three statements, however many notices; none without any."""
    bundled = [each for each in notifications if is_bundled(each)]
    if not bundled:
        return Talk(sent_unread={}, waiting={}, read=())
    people, rooms = {each.person_id for each in bundled}, {each.room_id for each in bundled}
    mails = Notification.objects.filter(person__in=people, room__in=rooms, channel=Channel.EMAIL, kind__in=TALK)
    inapp = Notification.objects.filter(person__in=people, channel=Channel.INAPP, read_at__isnull=False)
    sent_unread: dict[Pair, list[datetime]] = defaultdict(list)
    waiting: dict[Pair, list[Notification]] = defaultdict(list)
    for person, room, sent_at in _unread(mails, inapp).values_list("person", "room", "sent_at"):
        if sent_at is not None:
            sent_unread[person, room].append(sent_at)
    others = mails.filter(state=State.WAITING, made_at__lte=now).exclude(pk__in=[each.pk for each in bundled])
    for other in others.select_related("event", "person").order_by("made_at", "pk"):
        waiting[other.person_id, other.room_id].append(other)
    told = [*bundled, *(each for pair in waiting.values() for each in pair)]
    read = inapp.filter(occasion__in={each.occasion for each in told}).values_list("person", "occasion")
    return Talk(sent_unread=sent_unread, waiting=waiting, read=set(read))


def _unread(mails: QuerySet[Notification], inapp: QuerySet[Notification]) -> QuerySet[Notification]:
    """Return the e-mails that were sent since their reader last read a notice of their room, oldest first."""
    latest = inapp.filter(person=OuterRef("person"), room=OuterRef("room")).order_by("-read_at").values("read_at")[:1]
    since_read = Q(read_before=None) | Q(sent_at__gt=F("read_before"))
    return mails.filter(state=State.SENT).annotate(read_before=Subquery(latest)).filter(since_read).order_by("sent_at")


def was_read(notification: Notification, talk: Talk) -> bool:
    """Whether the same notice was read in the app."""
    return (notification.person_id, notification.occasion) in talk.read


def held_until(notification: Notification, talk: Talk, story: Story, now: datetime) -> datetime | None:
    """Return when the next e-mail about this room's talk may go, None when it may go now."""
    room = story.room
    is_buyer = room.party_of(notification.person) is Party.BUYER
    wrote_at = room.buyer_last_contact_at if is_buyer else room.seller_last_contact_at
    unread = talk.sent_unread.get((notification.person_id, room.pk), ())
    sent = [at for at in unread if wrote_at is None or at > wrote_at]
    if not sent:
        return None
    until: datetime = sent[-1] + min(WAIT * 2 ** min(len(sent) - 1, 10), LONGEST_WAIT)
    return until if until > now else None


def hold(notification: Notification, now: datetime, until: datetime) -> None:
    """Put off everything that is due about this room's talk."""
    due = Notification.objects.due(Channel.EMAIL, now).filter(kind__in=TALK)
    due.filter(person=notification.person_id, room=notification.room_id).update(next_attempt_at=until)


def gather_others(notification: Notification, talk: Talk, story: Story, now: datetime) -> list[Notification]:
    """Return what else waits about this room's talk, oldest first. Drops what was read or is past."""
    waiting = talk.waiting.get((notification.person_id, story.room.pk), ())
    pointless = [each for each in waiting if was_read(each, talk) or relevance.why_past(each, story, now)]
    _drop(pointless, now, READ)
    return [each for each in waiting if each not in pointless]


def drop_told(notification: Notification, now: datetime) -> None:
    """Drop what this e-mail included."""
    _drop(notification.also, now, TOLD_TOGETHER.format(notification.pk))


def _drop(notices: Collection[Notification], now: datetime, why: str) -> None:
    if notices:
        waiting = Notification.objects.filter(pk__in=[each.pk for each in notices], state=State.WAITING)
        waiting.close(State.DROPPED, now, why)


def render(notification: Notification, now: datetime) -> Wording:
    """Format the notice, with what goes with it."""
    if not notification.also:
        return wording.render(notification.words, codes.facts_of(notification), now)
    titles: dict[str, int] = {}
    for each in (notification, *notification.also):
        title = wording.render(each.words, codes.facts_of(each), now).title
        titles[title] = titles.get(title, 0) + 1
    lines = [f"- {title} ({number})" if number > 1 else f"- {title}" for title, number in titles.items()]
    facts = notification.facts | {"count": len(notification.also) + 1, "lines": "\n".join(lines[:SHOWN])}
    return wording.render("bundle", facts, now)
