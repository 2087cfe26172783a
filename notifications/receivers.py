"""Hears marketplace's doorbell."""

from typing import Any
from uuid import UUID

from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db.models import Q
from django.dispatch import receiver
from django.http import HttpRequest
from knox.models import AuthToken

from marketplace import events
from marketplace.models import User
from notifications import browser, doorbells
from notifications.actions import inbox
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


@receiver(events.room_seen, dispatch_uid="notifications.read_room")
def room_seen(person: User, room_id: UUID, **_: Any) -> None:
    """Mark the notices of a room as read for a person who looks at it."""
    inbox.read_room(person=person, room_id=room_id)


@receiver(user_logged_out, dispatch_uid="notifications.logged_out")
def logged_out(request: Any, user: User | None, **_: Any) -> None:
    """Take back the subscription of the browser, or of the token, that logs out: a shared one shows nothing more.

    The page's script names the browser's address too (`endpoint`), in case that the cookie is gone.
    """
    token = getattr(request, "auth", None)
    plain: HttpRequest = getattr(request, "_request", request)
    addresses = [address for address in (browser.subscribed_in(plain), plain.POST.get("endpoint", "")) if address]
    made_with = Q(token_digest=token.digest) if isinstance(token, AuthToken) else Q(pk=None)
    if user is not None:
        PushSubscription.objects.filter(Q(endpoint__in=addresses) | made_with, person=user).delete()


@receiver(user_logged_in, dispatch_uid="notifications.logged_in")
def logged_in(request: HttpRequest, user: User, **_: Any) -> None:
    """Take back what somebody else subscribed in this browser, and never logged out."""
    address = browser.subscribed_in(request)
    if address:
        PushSubscription.objects.filter(endpoint=address).exclude(person=user).delete()
