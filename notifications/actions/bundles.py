"""One e-mail for what is said in a room while its reader is away, instead of one a message.

While an e-mail about a room's talk waits to be read, the next one waits: a quarter of an hour, and twice as
long each time. It then names how many there are. What was read meanwhile is not sent; in the app every notice
stands for itself.
"""

from datetime import UTC, datetime, timedelta

from django.db.models import Count, Max, QuerySet

from marketplace.vocabulary import Party
from notifications import codes, wording
from notifications.actions import relevance
from notifications.models import Notification
from notifications.phrases import Said
from notifications.querysets import stories
from notifications.vocabulary import Channel, Kind, State
from notifications.wording import Reader

TALK = (Kind.MESSAGE, Kind.SCHEDULE)
"""What comes again and again while people work. Anything else happens once, and is told at once."""
WAIT = timedelta(minutes=15)
LONGEST_WAIT = timedelta(days=1)
TOLD_TOGETHER = "it is told in one e-mail with others: {}"
READ = "it was read in the app"
SHOWN = 10
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def is_bundled(notification: Notification) -> bool:
    """Whether it may wait for others, and go with them."""
    return notification.channel == Channel.EMAIL and notification.kind in TALK and notification.room_id is not None


def was_read(notification: Notification) -> bool:
    """Whether the same notice was read in the app."""
    twin = Notification.objects.filter(
        occasion=notification.occasion, person=notification.person_id, channel=Channel.INAPP
    )
    return twin.exclude(read_at=None).exists()


def held_until(notification: Notification, now: datetime) -> datetime | None:
    """Return when the next e-mail about this room's talk may go, None when it may go now."""
    sent = _talk(notification).filter(state=State.SENT, sent_at__gt=_last_read_at(notification))
    before = sent.aggregate(number=Count("pk"), latest=Max("sent_at"))
    if not before["number"]:
        return None
    until: datetime = before["latest"] + min(WAIT * 2 ** min(before["number"] - 1, 10), LONGEST_WAIT)
    return until if until > now else None


def hold(notification: Notification, now: datetime, until: datetime) -> None:
    """Let everything that is due about this room's talk wait with it."""
    _talk(notification).filter(state=State.WAITING, next_attempt_at__lte=now).update(next_attempt_at=until)


def gather(notification: Notification, now: datetime) -> list[Notification]:
    """Return what else waits to be told of this room's talk, oldest first; drop what was read or overtaken."""
    others = _talk(notification).filter(state=State.WAITING, made_at__lte=now).exclude(pk=notification.pk)
    waiting = list(others.order_by("made_at", "pk"))
    if not waiting or notification.room_id is None:
        return []
    story = stories([notification.room_id])[notification.room_id]
    read = set(
        Notification.objects.filter(
            occasion__in=[each.occasion for each in waiting], person=notification.person_id, channel=Channel.INAPP
        )
        .exclude(read_at=None)
        .values_list("occasion", flat=True)
    )
    for each in waiting:
        each.person = notification.person
    pointless = [each for each in waiting if each.occasion in read or relevance.why_past(each, story, now)]
    answer = {"state": State.DROPPED, "answered_at": now, "next_attempt_at": None, "last_error": READ}
    Notification.objects.filter(pk__in=[each.pk for each in pointless], state=State.WAITING).update(**answer)
    return [each for each in waiting if each not in pointless]


def told(notification: Notification, now: datetime) -> None:
    """Write that what went with this one needs no e-mail of its own."""
    together = {
        "state": State.DROPPED,
        "answered_at": now,
        "next_attempt_at": None,
        "last_error": TOLD_TOGETHER.format(notification.pk),
    }
    also = [each.pk for each in notification.also]
    Notification.objects.filter(pk__in=also, state=State.WAITING).update(**together)


def say(notification: Notification, reader: Reader) -> Said:
    """Put it into words, with what goes with it."""
    if not notification.also:
        return wording.say(notification.words, codes.facts_of(notification), reader)
    titles: dict[str, int] = {}
    for each in (notification, *notification.also):
        title = wording.say(each.words, codes.facts_of(each), reader).title
        titles[title] = titles.get(title, 0) + 1
    lines = [f"- {title} ({number})" if number > 1 else f"- {title}" for title, number in titles.items()]
    facts = notification.facts | {"count": len(notification.also) + 1, "lines": "\n".join(lines[:SHOWN])}
    return wording.say("bundle", facts, reader)


def _talk(notification: Notification) -> QuerySet[Notification]:
    return Notification.objects.filter(
        person=notification.person_id, channel=Channel.EMAIL, room=notification.room_id, kind__in=TALK
    )


def _last_read_at(notification: Notification) -> datetime:
    """Return when the person last read a notice of this room, or wrote there."""
    inapp = Notification.objects.filter(person=notification.person_id, channel=Channel.INAPP, room=notification.room_id)
    read_at = inapp.aggregate(latest=Max("read_at"))["latest"]
    room = notification.room
    wrote_at = None
    if room is not None:
        own = room.party_of(notification.person)
        wrote_at = room.buyer_last_contact_at if own is Party.BUYER else room.seller_last_contact_at
    return max(filter(None, (read_at, wrote_at)), default=NEVER)
