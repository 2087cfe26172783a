"""What a person wishes to be told, how and when (通知設定)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from uuid import UUID

from django.db import transaction

from marketplace import clock
from marketplace.errors import NotFound
from marketplace.models import User
from marketplace.readers import zone_of
from notifications import locks, quiet
from notifications.errors import CriticalKindNeedsAChannel
from notifications.models import Preference, Wishes
from notifications.vocabulary import CRITICAL, SWITCHABLE, Channel, Kind

Switches = Mapping[Kind, Mapping[Channel, bool]]
KEEPING = (Channel.EMAIL, Channel.PUSH)
"""What is critical keeps one of these on; in-app is always on for it, and does not count."""


@dataclass(frozen=True, kw_only=True)
class QuietHours:
    """From (inclusive) to (exclusive), in the person's time zone."""

    start: time
    end: time


@dataclass(frozen=True, kw_only=True)
class Wished:
    kinds: Switches
    quiet_hours: QuietHours | None
    digest_at: time | None


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What is to change. A kind, channel or member that is left out stays as it is; null in `hours` ends them."""

    kinds: Switches = field(default_factory=dict)
    hours: Mapping[str, QuietHours | time | None] = field(default_factory=dict)
    """`quiet_hours` and `digest_at`, as far as they change."""


def read_wishes(person: User) -> Wished:
    """Read what a person wishes; what was never moved is on."""
    hours = Wishes.objects.filter(person=person).first() or Wishes(person=person)
    return Wished(
        kinds=_switches(person),
        quiet_hours=QuietHours(start=hours.quiet_from, end=hours.quiet_to)
        if hours.quiet_from is not None and hours.quiet_to is not None
        else None,
        digest_at=hours.digest_at,
    )


@transaction.atomic
def change(*, person: User, changes: Changes) -> Wished:
    """Move switches and hours. In-app stays on for what is critical, whatever is asked.

    Raises `CriticalKindNeedsAChannel` when that would switch off the last of e-mail and push of a
    critical kind; nothing is changed then.
    """
    wishes = locks.wishes_of(person)
    _move(person, {(kind, channel): on for kind, given in changes.kinds.items() for channel, on in given.items()})
    _refuse_silence(_switches(person), changes.kinds)
    if changes.hours:
        _set_hours(wishes, changes.hours, person, clock.now())
    return read_wishes(person)


@transaction.atomic
def unsubscribe(*, person_id: UUID, kind: Kind, channel: Channel) -> None:
    """Switch one kind off on one channel, by the click in a notice.

    Raises `NotFound` for a person that is gone, and for a kind that is never offered so.
    """
    person = User.objects.filter(pk=person_id).first()
    if person is None or kind not in SWITCHABLE or kind in CRITICAL:
        raise NotFound
    locks.wishes_of(person)
    _move(person, {(kind, channel): False})


def _switches(person: User) -> dict[Kind, dict[Channel, bool]]:
    moved = {
        (kind, channel): on
        for kind, channel, on in Preference.objects.filter(person=person).values_list("kind", "channel", "on")
    }
    return {
        kind: {
            channel: moved.get((kind, channel), True) or (channel is Channel.INAPP and kind in CRITICAL)
            for channel in Channel
        }
        for kind in SWITCHABLE
    }


def _move(person: User, switches: Mapping[tuple[Kind, Channel], bool]) -> None:
    rows = [Preference(person=person, kind=kind, channel=channel, on=on) for (kind, channel), on in switches.items()]
    Preference.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["person", "kind", "channel"], update_fields=["on"]
    )


def _refuse_silence(switches: Switches, kinds: Iterable[Kind]) -> None:
    silent = [kind for kind in kinds if kind in CRITICAL and not any(switches[kind][each] for each in KEEPING)]
    if silent:
        raise CriticalKindNeedsAChannel(fields=tuple(f"kinds.{kind}" for kind in silent))


def _set_hours(wishes: Wishes, hours: Mapping[str, QuietHours | time | None], person: User, now: datetime) -> None:
    if "quiet_hours" in hours:
        given = hours["quiet_hours"]
        wishes.quiet_from, wishes.quiet_to = (given.start, given.end) if isinstance(given, QuietHours) else (None, None)
    if "digest_at" in hours:
        at = hours["digest_at"]
        wishes.digest_at = at if isinstance(at, time) else None
        wishes.next_digest_at = quiet.next_time(at, zone_of(person), now) if isinstance(at, time) else None
    wishes.save()
