"""What is known of how a person is reached: what works, what is broken, what the person confirmed."""

from datetime import datetime

from marketplace.models import User
from notifications.models import Reach
from notifications.vocabulary import Channel

LONGEST_ERROR = 500


def works(person: User, channel: Channel) -> None:
    """Write that the other end took something: what was broken is mended."""
    Reach.objects.filter(person=person, channel=channel).exclude(broken_at=None).update(broken_at=None, error="")


def is_broken(person: User, channel: Channel, error: str, now: datetime) -> None:
    """Write that the other end refuses for good, since when, and why. Another address is broken anew."""
    address = person.email if channel is Channel.EMAIL else ""
    seen, _ = Reach.objects.get_or_create(person=person, channel=channel, defaults={"address": address})
    since = seen.broken_at if seen.address == address else None
    Reach.objects.filter(pk=seen.pk).update(broken_at=since or now, error=error[:LONGEST_ERROR], address=address)
