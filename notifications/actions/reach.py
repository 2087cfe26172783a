"""What is known of how a person is reached: what works, what is broken, what the person confirmed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from marketplace.models import User
from notifications.models import PushSubscription, Reach
from notifications.vocabulary import Channel

LONGEST_ERROR = 500


class Condition(StrEnum):
    """How a channel stands, from what must be mended to what works."""

    NO_ADDRESS = "no_address"
    BROKEN = "broken"
    UNCONFIRMED = "unconfirmed"
    """An e-mail address that nobody has confirmed: nothing but tests goes there."""
    UNTESTED = "untested"
    WORKS = "works"


@dataclass(frozen=True, kw_only=True)
class Known:
    condition: Condition
    confirmed_at: datetime | None
    """When the person last confirmed a test."""
    broken_at: datetime | None
    error: str


def known_of(person: User) -> dict[Channel, Known]:
    """Return the condition of each channel for this person."""
    rows = {row.channel: row for row in Reach.objects.filter(person=person)}
    return {channel: _known(person, channel, rows.get(channel)) for channel in Channel}


def has_an_address(person: User, channel: Channel) -> bool:
    """Whether there is somewhere to send to."""
    match channel:
        case Channel.EMAIL:
            return bool(person.email)
        case Channel.PUSH:
            return PushSubscription.objects.filter(person=person).exists()
    return True


def _known(person: User, channel: Channel, row: Reach | None) -> Known:
    seen = row if row and (channel is not Channel.EMAIL or row.address == person.email) else Reach()
    confirmed_at = seen.confirmed_at
    if channel is Channel.EMAIL:
        confirmed_at = (confirmed_at or person.email_confirmed_at) if person.email_confirmed_at else None
    return Known(
        condition=_condition(person, channel, confirmed_at, seen),
        confirmed_at=confirmed_at,
        broken_at=seen.broken_at,
        error=seen.error,
    )


def _condition(person: User, channel: Channel, confirmed_at: datetime | None, seen: Reach) -> Condition:
    if not has_an_address(person, channel):
        return Condition.NO_ADDRESS
    if seen.broken_at:
        return Condition.BROKEN
    if confirmed_at or channel is Channel.INAPP:  # which is sent by being there
        return Condition.WORKS
    return Condition.UNCONFIRMED if channel is Channel.EMAIL else Condition.UNTESTED


def mark_working(person: User, channel: Channel) -> None:
    """Write that the other end took something: what was broken is mended."""
    Reach.objects.filter(person=person, channel=channel).exclude(broken_at=None).update(broken_at=None, error="")


def mark_broken(person: User, channel: Channel, error: str, now: datetime) -> None:
    """Write that the other end refuses for good, since when, and why. Another address is broken anew."""
    address = person.email if channel is Channel.EMAIL else ""
    seen, _ = Reach.objects.get_or_create(person=person, channel=channel, defaults={"address": address})
    since = seen.broken_at if seen.address == address else None
    Reach.objects.filter(pk=seen.pk).update(broken_at=since or now, error=error[:LONGEST_ERROR], address=address)
