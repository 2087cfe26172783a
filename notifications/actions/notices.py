"""Writes a row for each notice and channel: each once, whatever runs twice."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from marketplace.models import Event, User
from marketplace.readers import zone_of
from notifications import doorbells, quiet
from notifications.models import Notification, Preference, PushSubscription, Wishes
from notifications.vocabulary import CRITICAL, Channel, Kind, State


@dataclass(frozen=True, kw_only=True)
class Notice:
    """A notice to one person, before it has channels."""

    occasion: str
    person: User
    kind: Kind
    words: str
    facts: dict[str, Any] = field(default_factory=dict)
    room: UUID | None = None
    request: UUID | None = None
    event: Event | None = None


@dataclass(frozen=True)
class Audience:
    """The switches, hours and browsers of the people who get notices."""

    switches: dict[tuple[UUID, str, str], bool]
    hours: dict[UUID, Wishes]
    browsers: set[UUID]

    def is_on(self, notice: Notice, channel: Channel) -> bool:
        """Whether this kind goes to this channel: yes unless switched off; in-app always for critical ones."""
        if channel is Channel.INAPP and notice.kind in CRITICAL:
            return True
        return self.switches.get((notice.person.pk, notice.kind, channel), True)

    def reaches(self, person: User, channel: Channel) -> bool:
        """Whether there is an address: e-mail goes to confirmed ones only."""
        if channel is Channel.EMAIL:
            return bool(person.email and person.email_confirmed_at)
        return channel is Channel.INAPP or person.pk in self.browsers


def write_notices(notices: Sequence[Notice], now: datetime) -> None:
    """Write the rows, and ring for those that are to be sent.

    Call it inside the transaction of what the notices tell.
    """
    if not notices:
        return
    audience = _read_audience({notice.person.pk for notice in notices})
    rows = [row for notice in notices for row in _rows(notice, audience, now)]
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    for channel in {Channel(row.channel) for row in rows if row.state == State.WAITING}:
        doorbells.deliver(channel)


def _read_audience(people: set[UUID]) -> Audience:
    switches = Preference.objects.filter(person__in=people).values_list("person", "kind", "channel", "on")
    return Audience(
        switches={(person, kind, channel): on for person, kind, channel, on in switches},
        hours=Wishes.objects.in_bulk(people),
        browsers=set(PushSubscription.objects.filter(person__in=people).values_list("person", flat=True)),
    )


def _rows(notice: Notice, audience: Audience, now: datetime) -> Iterator[Notification]:
    for channel in _channels(notice, audience):
        row = Notification(
            occasion=notice.occasion,
            person=notice.person,
            channel=channel,
            kind=notice.kind,
            words=notice.words,
            facts=notice.facts,
            room_id=notice.room,
            request_id=notice.request,
            event=notice.event,
            made_at=now,
        )
        if channel is Channel.INAPP:
            row.state, row.sent_at, row.answered_at = State.SENT, now, now
        else:
            row.next_attempt_at = _not_before(notice, audience, now)
        yield row


def _channels(notice: Notice, audience: Audience) -> Iterable[Channel]:
    """Return the channels of a notice. A critical one uses all of them if the ones kept on reach nobody.

    A person who keeps push on may have no browser any more. Then e-mail is better than silence, even switched off.
    """
    there = [each for each in Channel if audience.reaches(notice.person, each)]
    told = [each for each in there if audience.is_on(notice, each)]
    return there if notice.kind in CRITICAL and set(told) <= {Channel.INAPP} else told


def _not_before(notice: Notice, audience: Audience, now: datetime) -> datetime:
    """Quiet hours defer, and drop nothing; what is critical goes through."""
    hours = audience.hours.get(notice.person.pk)
    if hours is None or notice.kind in CRITICAL:
        return now
    return quiet.ends(hours.quiet_from, hours.quiet_to, zone_of(notice.person), now) or now
