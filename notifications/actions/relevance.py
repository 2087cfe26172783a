"""Decides from marketplace's rows which notices are pointless by the time they could be sent.

`cadence` made each reminder, and decides about it: it holds while its ladder runs for the same object and
generation, and no newer step is due.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import prefetch_related_objects

from marketplace.readers import zone_of
from marketplace.vocabulary import DealStatus
from notifications import cadence, quiet
from notifications.models import Notification, Preference, Wishes
from notifications.stories import Story, read_stories
from notifications.vocabulary import CRITICAL, Kind, Ladder

HOLDS_FOR = timedelta(hours=24)
"""A digest is a day's, and so is the code of a test."""
WITHOUT_A_ROOM = {Kind.DIGEST: "another day has come", Kind.TEST: "its code does not hold any more"}
OVERTAKEN_BY = {
    Kind.SENT_BACK: set(DealStatus) - {DealStatus.IN_PROGRESS},
    Kind.SCHEDULE: set(DealStatus) - {DealStatus.IN_PROGRESS},
    Kind.PURCHASE: {DealStatus.CANCELLED},
}
STEERED = {"request_held", "request_released", "request_extended"}
"""Phrases about what staff or fair notice did to the clock of a request: true until the next such act."""
ONLY_TELLS = {Kind.MESSAGE, Kind.SCHEDULE}
"""Notices that ask for nothing: they only say what somebody did."""


def over_among(notifications: Iterable[Notification], now: datetime) -> set[UUID]:
    """Return which of these in-app notices ask for what is done or past. Four statements, however many."""
    listed = [each for each in notifications if Kind(each.kind) not in ONLY_TELLS]
    known = read_stories({each.room_id for each in listed if each.room_id})
    return {each.pk for each in listed if _is_over(each, known.get(each.room_id) if each.room_id else None, now)}


def _is_over(notification: Notification, story: Story | None, now: datetime) -> bool:
    if story is None:
        return _why_old(notification, now) is not None
    if notification.kind == Kind.PURCHASE and notification.facts.get("preview"):
        return story.deal.first_contact_deadline is None  # the seller has written, or the deal has ended
    return why_past(notification, story, now) is not None


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What decides whether the notices of a batch are sent now."""

    stories: Mapping[UUID, Story]
    switched_off: Collection[tuple[UUID, str, str]]
    """Person, kind and channel."""
    hours: Mapping[UUID, Wishes]
    """By person."""


def read_circumstances(notifications: Collection[Notification]) -> Circumstances:
    """Read what decides about these notices, and their events: seven statements, however many notices."""
    people = {each.person_id for each in notifications}
    prefetch_related_objects(list(notifications), "event")
    off = Preference.objects.filter(person__in=people, on=False)
    return Circumstances(
        stories=read_stories({each.room_id for each in notifications if each.room_id}),
        switched_off=set(off.values_list("person", "kind", "channel")),
        hours=Wishes.objects.in_bulk(people),
    )


def why_pointless(notification: Notification, circumstances: Circumstances, now: datetime) -> str | None:
    """Return why it need not be sent any more; None if it still holds."""
    if (notification.person_id, notification.kind, notification.channel) in circumstances.switched_off:
        return "it was switched off"
    if notification.room_id is None:
        return _why_old(notification, now)
    return why_past(notification, circumstances.stories[notification.room_id], now)


def _why_old(notification: Notification, now: datetime) -> str | None:
    old = now >= notification.made_at + HOLDS_FOR
    return WITHOUT_A_ROOM.get(Kind(notification.kind)) if old else None


def why_past(notification: Notification, story: Story, now: datetime) -> str | None:
    """Return why a notice of a room is done or past; None if it still holds."""
    if notification.occasion.partition(":")[0] in set(Ladder):
        return None if _is_still_due(notification, story, now) else "what it reminds of is done or over"
    return _why_overtaken(notification, story, now)


def quiet_until(notification: Notification, circumstances: Circumstances, now: datetime) -> datetime | None:
    """Return the end of the quiet hours that it falls into; None if it may go. They defer, and drop nothing."""
    if notification.kind in {*CRITICAL, Kind.TEST}:
        return None
    hours = circumstances.hours.get(notification.person_id)
    if hours is None:
        return None
    return quiet.ends(hours.quiet_from, hours.quiet_to, zone_of(notification.person), now)


def _is_still_due(notification: Notification, story: Story, now: datetime) -> bool:
    ladder, subject, generation, number = notification.occasion.split(":")
    for run in cadence.runs(story.facts(), settings.CADENCE):
        if (run.ladder, str(run.subject), str(run.generation)) == (ladder, subject, generation):
            newest = run.due(now, int(number) - 1)
            return newest is not None and newest.number == int(number)
    return False


def _why_overtaken(notification: Notification, story: Story, now: datetime) -> str | None:
    """Return what has overtaken the notice of an event. The end of something is reported however late."""
    match Kind(notification.kind):
        case Kind.REQUEST_PLACED:
            return _why_request_is_over(notification, story, now)
        case Kind.REQUEST_CHANGED if notification.words in STEERED:
            return _why_request_is_over(notification, story, now) or _why_steered_since(notification, story)
        case Kind.DELIVERED:
            return _why_delivery_is_over(notification, story, now)
        case Kind.MESSAGE if _has_written_since(notification, story):
            return "its reader has written since"
        case kind if story.deal.status in OVERTAKEN_BY.get(kind, ()):
            return "the deal has moved on"
    return None


def _why_delivery_is_over(notification: Notification, story: Story, now: datetime) -> str | None:
    deadline = story.deal.approval_deadline
    if story.deal.status != DealStatus.DELIVERED or deadline is None or _moved(notification, deadline):
        return "the delivery was answered"
    return "the approval window has passed" if now > deadline else None


def _why_request_is_over(notification: Notification, story: Story, now: datetime) -> str | None:
    request = story.request
    if request is None or request.pk != notification.request_id:
        return "the request has ended"
    if request.reply_deadline is not None and now > request.reply_deadline:
        return "the reply deadline has passed"
    return None


def _why_steered_since(notification: Notification, story: Story) -> str | None:
    now_at = story.request.reply_deadline if story.request else None
    return "the deadline has moved since" if _moved(notification, now_at) else None


def _moved(notification: Notification, deadline: datetime | None) -> bool:
    told = notification.facts.get("deadline")
    return deadline != (datetime.fromisoformat(told) if told else None)


def _has_written_since(notification: Notification, story: Story) -> bool:
    party, message = story.room.party_of(notification.person), notification.event
    wrote = story.facts().last_contact.get(party) if party else None
    return wrote is not None and message is not None and wrote > message.occurred_at
