"""Chooses what to send next: critical notices first, then one notice a person, longest due first.

A mailbox, a browser or a host that did not answer in time delays only the people reached there: what waits for
it is put off, longer each time, without counting an attempt. A host may fail a few times first, since one of
its mailboxes may be at fault.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from marketplace import clock
from marketplace.models import User
from notifications import codes, locks
from notifications.channels import places
from notifications.channels.base import Trip
from notifications.models import Notification, PushSubscription, SlowPlace
from notifications.vocabulary import Channel, Kind

SEEN_AT_ONCE = 20
"""How many people one look chooses among."""
FIRST_PUT_OFF = timedelta(seconds=30)
LONGEST_PUT_OFF = timedelta(minutes=10)
HOST_FAILURES_BORNE = 2
"""In a row; with the next one, everything for this host is put off."""
WAITS_AT_MOST = timedelta(days=2)
"""Since a notice was made: after that, one for a place that does not answer is given up."""
REMEMBERED_FOR = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Turns:
    leased: tuple[Notification, ...]
    """Moved past the time that sending may take. Each has its `person`, and `browsers` for push."""
    worn_out: tuple[Notification, ...]
    """Tried too often, or waiting too long for a place that does not answer."""
    put_off: int
    """How many wait for a place that did not answer."""

    @property
    def is_empty(self) -> bool:
        return not (self.leased or self.worn_out or self.put_off)


NOTHING = Turns(leased=(), worn_out=(), put_off=0)


@transaction.atomic
def lease(channel: Channel, number: int, busy: set[UUID], *, attempts: int, until: timedelta) -> Turns:
    """Take at most `number` notices of other people than the `busy` ones, and put off what goes to slow places.

    What was tried `attempts` times is worn out; what is taken is due again after `until`.
    """
    now = clock.now()
    due = locks.due_notifications(channel, now, busy, SEEN_AT_ONCE)
    people = User.objects.in_bulk([notification.person_id for notification in due])
    for notification in due:
        notification.person = codes.addressee(notification, people[notification.person_id])
    ways = _ways(channel, due)
    slow = _slow(channel, (name for each in ways.values() for names in each for name in names), now)
    leased: list[Notification] = []
    worn_out: list[Notification] = []
    put_off = 0
    for notification in due:
        ended = _put_off_until(ways[notification.pk], slow)
        if notification.attempts >= attempts or (ended and now >= notification.made_at + WAITS_AT_MOST):
            worn_out.append(notification)
        elif ended:
            put_off += 1
            _put_off(notification, now, ended)
        elif len(leased) < number:
            _choose_browsers(notification, slow)
            notification.attempts += 1
            notification.next_attempt_at = now + until
            leased.append(notification)
    Notification.objects.bulk_update(leased, ["attempts", "next_attempt_at"])
    return Turns(leased=tuple(leased), worn_out=tuple(worn_out), put_off=put_off)


def record_places(channel: Channel, trip: Trip, now: datetime) -> timedelta:
    """Write which places answered and which did not. Returns how long the nearest of those is put off."""
    if trip.answered:
        SlowPlace.objects.filter(channel=channel, name__in=trip.answered - trip.slow).delete()
    longest = timedelta(0)
    for name in sorted(trip.slow):
        longest = max(longest, _did_not_answer(channel, name, now) - now)
    return longest


def _ways(channel: Channel, due: Iterable[Notification]) -> dict[UUID, list[tuple[str, ...]]]:
    """Return the places of each notice, and give those by push their browsers."""
    if channel is Channel.EMAIL:
        return {each.pk: [places.of_mailbox(each.person.email)] for each in due}
    found: dict[UUID, list[PushSubscription]] = {each.person_id: [] for each in due}
    for subscription in PushSubscription.objects.filter(person__in=found).order_by("-made_at"):
        found[subscription.person_id].append(subscription)
    for notification in due:
        notification.browsers = found[notification.person_id]
    return {each.pk: [places.of_browser(browser) for browser in found[each.person_id]] for each in due}


def _slow(channel: Channel, names: Iterable[str], now: datetime) -> dict[str, datetime]:
    slow = SlowPlace.objects.filter(channel=channel, name__in=set(names), until__gt=now)
    return {place.name: place.until for place in slow if place.until}


def _put_off_until(ways: list[tuple[str, ...]], slow: Mapping[str, datetime]) -> datetime | None:
    """Return when the first of the ways is free again, None when one is free now (or there is none at all)."""
    ends = [max((slow[name] for name in names if name in slow), default=None) for names in ways]
    closed = [end for end in ends if end is not None]
    return min(closed) if closed and len(closed) == len(ways) else None


def _choose_browsers(notification: Notification, slow: Mapping[str, datetime]) -> None:
    browsers = notification.browsers
    chosen = [each for each in browsers if not set(places.of_browser(each)) & set(slow)]
    notification.browsers, notification.slow_browsers = chosen, len(browsers) - len(chosen)


def _put_off(notification: Notification, now: datetime, until: datetime) -> None:
    """Put off everything that is due for this person on this channel: it goes the same way."""
    due = Notification.objects.due(notification.channel, now).filter(person=notification.person_id)
    # A test may go to another address.
    same = due.filter(kind=Kind.TEST) if notification.kind == Kind.TEST else due.exclude(kind=Kind.TEST)
    same.update(next_attempt_at=until)


def _did_not_answer(channel: Channel, name: str, now: datetime) -> datetime:
    """Count a failure, unless the place is put off already. Returns the end of that."""
    place, is_new = SlowPlace.objects.get_or_create(channel=channel, name=name, defaults={"failed_at": now})
    if is_new:
        SlowPlace.objects.filter(channel=channel, failed_at__lt=now - REMEMBERED_FOR).delete()
    if place.until is not None and place.until > now:
        return place.until
    failures = min(place.failures + 1, 1000)
    times = failures - (HOST_FAILURES_BORNE if name.startswith("host:") else 0)
    until = now + min(FIRST_PUT_OFF * 2 ** min(times - 1, 10), LONGEST_PUT_OFF) if times > 0 else None
    SlowPlace.objects.filter(pk=place.pk).update(failures=failures, failed_at=now, until=until)
    return until or now
