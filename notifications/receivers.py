"""Hears marketplace's doorbell."""

from typing import Any

from django.dispatch import receiver

from marketplace import events
from marketplace.models import User
from notifications import doorbells
from notifications.models import CalendarFeed, PushSubscription


@receiver(events.doorbell, dispatch_uid="notifications.hear")
def something_was_recorded(**_: Any) -> None:
    """Ask for a look at what nobody has heard."""
    doorbells.hear()


@receiver(events.access_ended, dispatch_uid="notifications.end_access")
def access_ended(person: User, **_: Any) -> dict[str, int]:
    """End what a person's browsers and calendars read without logging in."""
    browsers, _unused = PushSubscription.objects.filter(person=person).delete()
    calendars, _unused = CalendarFeed.objects.filter(person=person).delete()
    return {"browsers": browsers, "calendars": calendars}
