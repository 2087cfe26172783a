"""Sends waiting notifications: leases them, retries with bounded backoff, gives up with a dead letter.

A worker first moves the next attempt of a notification past the time that sending may take, and commits: no
transaction is open while we talk to a server. If the worker is killed, the row falls due again. So delivery
is at least once, and doubles only where the channel cannot detect that.

The time is bounded: `attempts` abandons slow attempts, none begins after `BUDGET`, and Celery ends longer tasks.
Each channel has one sender at a time. It sends to several people at once (`turns` chooses them), so that a
hanging server delays neither the other channel nor other people.
"""

import logging
import secrets
import time
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from celery.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError, transaction
from django.utils.translation import get_language

from marketplace import clock
from marketplace.readers import read_by
from notifications import doorbells, locks
from notifications.actions import bundles, fairness, reach, relevance, turns
from notifications.actions.attempts import Attempt, Crew
from notifications.actions.bundles import Talk
from notifications.actions.relevance import Circumstances
from notifications.channels import CHANNELS
from notifications.channels.base import NobodyAnswers, NobodyThere, OurFault, Outgoing, RefusedForGood, TryAgain
from notifications.links import place_of, unsubscribe_url
from notifications.models import Notification, PushSubscription
from notifications.models.notices import LONGEST_ERROR, NotificationQuerySet
from notifications.vocabulary import CRITICAL, Channel, Kind, State

logger = logging.getLogger(__name__)

BUDGET = 25.0
"""Seconds after which a task begins no further attempt, and rings for the rest."""
LEASE = timedelta(minutes=2)
"""Longer than any task lives: Celery ends it after 90 s."""
ATTEMPTS = 12
FIRST_BACKOFF = timedelta(seconds=30)
LONGEST_BACKOFF = timedelta(hours=1)
"""Twelve attempts with these are given up after about five hours."""
OUT_OF_TIME = "the task's time was over"


def deliver(channel: Channel) -> int:
    """Send what waits on this channel within `BUDGET`. Returns how many were tried.

    If another process holds the channel, leave all to that one: it looks again after it lets go.
    """
    ends, tried = time.monotonic() + BUDGET, 0
    while True:
        with locks.only_sender(channel) as alone:
            if not alone:
                return tried
            number, goes_on = _send_in_turn(channel, ends)
        tried += number
        if not goes_on or not locks.is_any_due(channel, clock.now()):
            return tried


def _send_in_turn(channel: Channel, ends: float) -> tuple[int, bool]:
    """Send to several people at once. Returns how many were tried, and whether the channel answers in time."""
    crew, tried, answers = Crew(CHANNELS[channel]), 0, True
    try:
        while True:
            may_start = answers and crew.free > 0 and time.monotonic() < ends
            found = _start_some(channel, crew) if may_start else turns.NOTHING
            tried += len(found.leased)
            for attempt in crew.come_back() if crew.under_way else ():
                answers &= _conclude(attempt)
            if found.is_empty and not crew.under_way:
                break
    except SoftTimeLimitExceeded:
        for attempt in crew.under_way:
            _came_back(attempt.notification, OUT_OF_TIME)
        return tried, False
    if answers and time.monotonic() >= ends and locks.is_any_due(channel, clock.now()):
        doorbells.deliver(channel)
        return tried, False
    return tried, answers


def _start_some(channel: Channel, crew: Crew) -> turns.Turns:
    found = turns.lease(channel, crew.free, crew.people, attempts=ATTEMPTS, until=LEASE)
    for notification in found.worn_out:
        _given_up(notification, notification.last_error or f"no answer was written of {ATTEMPTS} attempts")
    for notification, notice in prepare(found.leased):
        crew.start(notification, notice)
    return found


def prepare(notifications: Collection[Notification]) -> Iterator[tuple[Notification, Outgoing]]:
    """Yield what is to be sent now. What that depends on is read once for all of them."""
    if not notifications:
        return
    now = clock.now()
    circumstances, talk = relevance.read_circumstances(notifications), bundles.read_talk(notifications, now)
    for notification in notifications:
        notice = _prepared(notification, circumstances, talk, now)
        if notice is not None:
            yield notification, notice


def _prepared(notification: Notification, circumstances: Circumstances, talk: Talk, now: datetime) -> Outgoing | None:
    """Format a notification, unless it is pointless by now or has to wait.

    An unforeseen error makes it a dead letter with a traceback in the log: others go on, and it is not retried
    for ever. A database that is away is not its fault, and is raised.
    """
    try:
        return None if _is_put_off(notification, circumstances, talk, now) else outgoing(notification, now)
    except (InterfaceError, OperationalError, SoftTimeLimitExceeded):
        raise
    except Exception as bug:  # noqa: BLE001 - logged with its traceback
        _failed_on(notification, bug)
    return None


def _conclude(attempt: Attempt) -> bool:
    """Write the result of an attempt. Returns whether the channel goes on after it."""
    notification, trip, now = attempt.notification, attempt.trip, clock.now()
    _delete_gone(trip.gone)
    put_off = turns.record_places(Channel(notification.channel), trip, now)
    match attempt.error:
        case None:
            _sent(notification)
        case _ if trip.taken:
            _sent(notification)
        case NobodyAnswers() as reason:
            _came_back(notification, str(reason), reason.after)
            return False
        case SoftTimeLimitExceeded():
            _came_back(notification, OUT_OF_TIME)
            return False
        case OurFault() as ours if notification.attempts >= ATTEMPTS:
            _refused(notification, RefusedForGood(str(ours)))
        case TryAgain() as reason:
            _came_back(notification, str(reason), max(reason.after, put_off))
        case RefusedForGood() as reason:
            _refused(notification, reason)
        case bug:
            _failed_on(notification, bug)
    return True


def _delete_gone(gone: list[PushSubscription]) -> None:
    """Delete subscriptions that are gone, unless their browser renewed them meanwhile."""
    for each in gone:
        PushSubscription.objects.filter(pk=each.pk, p256dh=each.p256dh, auth=each.auth).delete()


def _failed_on(notification: Notification, bug: BaseException) -> None:
    logger.error("%s %s could not be sent", notification.channel, notification.pk, exc_info=bug)
    _given_up(notification, f"{type(bug).__name__}: {bug}")


def _is_put_off(notification: Notification, circumstances: Circumstances, talk: Talk, now: datetime) -> bool:
    """Drop what is pointless by now, and put off what must wait: for the end of quiet hours, or to be bundled."""
    pointless = relevance.why_pointless(notification, circumstances, now)
    if pointless:
        _dropped(notification, pointless, now)
        return True
    until = relevance.quiet_until(notification, circumstances, now)
    if until is None and bundles.is_bundled(notification) and notification.room_id is not None:
        story = circumstances.stories[notification.room_id]
        if bundles.was_read(notification, talk):
            _dropped(notification, bundles.READ, now)
            return True
        until = bundles.held_until(notification, talk, story, now)
        if until:
            bundles.hold(notification, now, until)
        else:
            notification.also = bundles.gather_others(notification, talk, story, now)
    if until is None:
        return False
    _mine(notification).update(next_attempt_at=until, attempts=notification.attempts - 1)
    return True


def outgoing(notification: Notification, now: datetime) -> Outgoing:
    """Format a notification for its reader."""
    person, kind = notification.person, Kind(notification.kind)
    with read_by(person):
        wording, language = bundles.render(notification, now), get_language()
    switchable = kind not in CRITICAL and kind is not Kind.TEST
    deadline = notification.facts.get("deadline")
    return Outgoing(
        id=notification.pk,
        person=person,
        kind=kind,
        language=language,
        title=wording.title,
        body=wording.body,
        url=place_of(notification),
        in_room=notification.room_id is not None,
        unsubscribe_url=unsubscribe_url(notification) if switchable else None,
        critical=kind in CRITICAL,
        now=now,
        deadline=datetime.fromisoformat(deadline) if deadline else None,
        browsers=tuple(notification.browsers),
        slow_browsers=notification.slow_browsers,
    )


@transaction.atomic
def _sent(notification: Notification) -> None:
    now = clock.now()
    if _mine(notification).close(State.SENT, now, sent_at=now):
        bundles.drop_told(notification, now)
        reach.mark_working(notification.person, Channel(notification.channel))


def _dropped(notification: Notification, reason: str, now: datetime) -> None:
    """Do not send it any more: it would say what is no longer true."""
    _mine(notification).close(State.DROPPED, now, reason, attempts=notification.attempts - 1)


def _came_back(notification: Notification, error: str, after: timedelta = timedelta(0)) -> None:
    """Try again after the backoff, or after the wait that the server asked for; give up after `ATTEMPTS`."""
    if notification.attempts >= ATTEMPTS:
        _given_up(notification, error)
        return
    wait = max(backoff(notification.attempts), after)
    _mine(notification).update(next_attempt_at=clock.now() + wait, last_error=error[:LONGEST_ERROR])


def _refused(notification: Notification, refusal: RefusedForGood) -> None:
    """Write the refusal and the case for fair notice in one transaction; then decide that case."""
    with transaction.atomic():
        now = clock.now()
        if not _write_off(notification, now, str(refusal), for_good=True):
            return
        if isinstance(refusal, NobodyThere):
            reach.mark_broken(notification.person, Channel(notification.channel), str(refusal), now)
        fairness.note_failure(notification, now)
    fairness.decide(notification.request_id)


def _given_up(notification: Notification, error: str) -> None:
    _write_off(notification, clock.now(), error)


def _write_off(notification: Notification, now: datetime, error: str, *, for_good: bool = False) -> bool:
    """Make it a dead letter, which staff can send again. Returns False if the lease had run out."""
    if not _mine(notification).close(State.FAILED, now, error, refused_for_good=for_good):
        return False
    logger.warning("%s %s was given up: %s", notification.channel, notification.pk, error[:LONGEST_ERROR])
    return True


def _mine(notification: Notification) -> NotificationQuerySet:
    """Keep the row while this lease is the latest: one that ran out is another worker's by now."""
    return Notification.objects.filter(
        pk=notification.pk, state=State.WAITING, next_attempt_at=notification.next_attempt_at
    )


def backoff(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts: doubling, bounded, and spread by a quarter."""
    delay = min(FIRST_BACKOFF * 2 ** (attempts - 1), LONGEST_BACKOFF)
    spread: timedelta = delay * (0.75 + secrets.randbelow(501) / 1000)
    return spread
