"""Sends what waits: leased, tried again with bounded backoff, given up as a dead letter.

Who takes a notification to send first moves its next attempt past the time that sending may take,
and commits. A worker that is killed in between loses nothing: the row falls due again. So delivery is
at least once, and doubles only where the channel cannot tell.
"""

import logging
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from marketplace import clock
from marketplace.models import User
from marketplace.vocabulary import Language
from notifications import codes, doorbells, locks, wording
from notifications.actions import fairness, reach
from notifications.actions.telling import zone_of
from notifications.channels import CHANNELS, Outgoing, RefusedForGood, TryAgain
from notifications.links import place_of, unsubscribe_url
from notifications.models import Notification
from notifications.vocabulary import CRITICAL, Channel, Kind, State
from notifications.wording import Reader

logger = logging.getLogger(__name__)

AT_ONCE = 20
"""How many notifications one task takes at most; it rings for the rest."""
LEASE = timedelta(minutes=2)
"""Longer than sending `AT_ONCE` may take: a task has 60 seconds."""
ATTEMPTS = 8
FIRST_BACKOFF = timedelta(seconds=30)
LONGEST_BACKOFF = timedelta(hours=1)


def deliver(channel: Channel) -> int:
    """Send at most `AT_ONCE` notifications of this channel. Returns how many were tried."""
    leased = _lease(channel)
    for notification in leased:
        _try(notification)
    if len(leased) == AT_ONCE:
        doorbells.deliver(channel)
    return len(leased)


@transaction.atomic
def _lease(channel: Channel) -> list[Notification]:
    now = clock.now()
    due = locks.due_notifications(channel, now, AT_ONCE)
    for notification in due:
        notification.attempts += 1
        notification.next_attempt_at = now + LEASE
    Notification.objects.bulk_update(due, ["attempts", "next_attempt_at"])
    people = User.objects.in_bulk([notification.person_id for notification in due])
    for notification in due:
        notification.person = codes.addressee(notification, people[notification.person_id])
    return due


def _try(notification: Notification) -> None:
    channel = CHANNELS[Channel(notification.channel)]
    try:
        channel.send(outgoing(notification, clock.now()))
    except TryAgain as reason:
        _came_back(notification, str(reason))
    except RefusedForGood as reason:
        _given_up(notification, str(reason), for_good=True)
    else:
        _sent(notification)


def outgoing(notification: Notification, now: datetime) -> Outgoing:
    """Put a notification into its reader's words."""
    person, kind = notification.person, Kind(notification.kind)
    reader = Reader(language=Language(person.language or Language.JAPANESE), zone=zone_of(person), now=now)
    said = wording.say(notification.words, codes.facts_of(notification), reader)
    switchable = kind not in CRITICAL and kind is not Kind.TEST
    return Outgoing(
        id=notification.pk,
        person=person,
        kind=kind,
        title=said.title,
        body=said.body,
        url=place_of(notification),
        unsubscribe_url=unsubscribe_url(notification) if switchable else None,
        critical=kind in CRITICAL,
    )


@transaction.atomic
def _sent(notification: Notification) -> None:
    now = clock.now()
    answer = {"state": State.SENT, "sent_at": now, "answered_at": now, "next_attempt_at": None, "last_error": ""}
    if _mine(notification).update(**answer):
        reach.works(notification.person, Channel(notification.channel))


@transaction.atomic
def _came_back(notification: Notification, error: str) -> None:
    if notification.attempts >= ATTEMPTS:
        _given_up(notification, error, for_good=False)
        return
    _mine(notification).update(next_attempt_at=clock.now() + backoff(notification.attempts), last_error=error[:500])


@transaction.atomic
def _given_up(notification: Notification, error: str, *, for_good: bool) -> None:
    """Make it a dead letter, which staff can send again."""
    now = clock.now()
    logger.warning("%s %s was given up: %s", notification.channel, notification.pk, error)
    answer = {
        "state": State.FAILED,
        "answered_at": now,
        "next_attempt_at": None,
        "last_error": error[:500],
        "refused_for_good": for_good,
    }
    if not _mine(notification).update(**answer):
        return
    if for_good:
        reach.is_broken(notification.person, Channel(notification.channel), error, now)
        fairness.consider(notification, now)


def _mine(notification: Notification) -> QuerySet[Notification]:
    """Keep the row if this attempt is still the latest: a lease that ran out is somebody else's by now."""
    return Notification.objects.filter(pk=notification.pk, state=State.WAITING, attempts=notification.attempts)


def backoff(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts: doubling, bounded, and spread by a quarter."""
    delay = min(FIRST_BACKOFF * 2 ** (attempts - 1), LONGEST_BACKOFF)
    spread: timedelta = delay * (0.75 + secrets.randbelow(501) / 1000)
    return spread
