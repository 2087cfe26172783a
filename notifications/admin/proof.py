"""Panels on marketplace's pages: the proof of notice of a request, and how each party of a room is reached."""

from collections import defaultdict
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.translation import gettext as _

from marketplace.admin import panels
from marketplace.admin.columns import badge, link
from marketplace.formats import exact_moment
from marketplace.models import CancelRequest, Seller, TalkRoom, User, Verdict
from marketplace.vocabulary import Party
from notifications.models import CalendarFeed, Notification, PushSubscription, Reach

SHOWN = 50
"""How many notices a panel shows at most."""


def offer() -> None:
    """Show these on rooms, requests, sellers and people."""
    panels.offer(CancelRequest, notices_of_request)
    panels.offer(Verdict, notices_of_verdict)
    panels.offer(TalkRoom, notices_of_room)
    panels.offer(TalkRoom, reach_of_room)
    panels.offer(Seller, reach_of_seller)
    panels.offer(User, without_logging_in)


def notices_of_request(_request: HttpRequest, row: CancelRequest) -> panels.Panel:
    """Show each notice, its channel, when it was sent and what became of it."""
    return _notices(_("Proof of notice"), Notification.objects.filter(request=row))


def notices_of_verdict(_request: HttpRequest, row: Verdict) -> panels.Panel:
    """Show on what notice the deal was cancelled: all that was sent in its room before the deadline."""
    notices = Notification.objects.filter(room__deal=row.deal_id, made_at__lte=row.effective_at)
    return _notices(_("Proof of notice"), notices)


def notices_of_room(_request: HttpRequest, row: TalkRoom) -> panels.Panel:
    """Show what both parties were told about this room."""
    return _notices(_("What both were told"), Notification.objects.filter(room=row))


def _notices(title: str, notices: Any) -> panels.Panel:
    heads = [
        _("made"), _("recipient"), _("kind"), _("channel"), _("what became of it"), _("when"), _("error"),
    ]  # fmt: skip
    rows = [
        (
            link(each, exact_moment(each.made_at)),
            each.person.username,
            each.get_kind_display(),
            each.get_channel_display(),
            each.get_state_display(),
            exact_moment(each.answered_at),
            each.last_error or None,
        )
        for each in notices.select_related("person").order_by("-made_at", "-pk")[:SHOWN]
    ]
    return panels.table(title, heads, rows, empty=_("Nobody was told anything yet."))


def reach_of_room(_request: HttpRequest, row: TalkRoom) -> panels.Panel:
    """Show how each party is reached."""
    return _reach([(Party.BUYER, row.buyer), (Party.SELLER, row.seller)])


def reach_of_seller(_request: HttpRequest, row: Seller) -> panels.Panel:
    """Show how the seller is reached."""
    return _reach([(Party.SELLER, row.user)])


def without_logging_in(_request: HttpRequest, row: User) -> panels.Panel:
    """List what reaches this person without a log-in: browsers that show push, the calendar."""
    browsers = PushSubscription.objects.filter(person=row).order_by("-made_at")[:SHOWN]
    open_now = [(_("push notices"), exact_moment(each.made_at), urlsplit(each.endpoint).hostname) for each in browsers]
    calendars = CalendarFeed.objects.filter(person=row)
    open_now += [(_("calendar's address"), exact_moment(each.made_at), "") for each in calendars]
    heads = [_("what"), _("began"), _("where")]
    title = _("Reads without logging in")
    return panels.table(title, heads, open_now, empty=_("Nothing does."))


def _reach(people: list[tuple[Party, User]]) -> panels.Panel:
    reaches = Reach.objects.filter(person__in=[person for _party, person in people]).exclude(broken_at=None)
    broken: dict[Any, list[str]] = defaultdict(list)
    for each in reaches.order_by("channel"):
        since = exact_moment(each.broken_at)
        broken[each.person_id].append(f"{each.get_channel_display()}: {since} {each.error}")
    heads = [_("who"), _("e-mail"), _("browsers"), _("broken")]
    rows = [
        (
            f"{party.label} {person.username}",
            _email(person),
            PushSubscription.objects.filter(person=person).count(),
            "; ".join(broken[person.pk]),
        )
        for party, person in people
    ]
    return panels.table(_("How they are reached"), heads, rows)


def _email(person: User) -> str:
    if not person.email:
        return badge(_("none"), "bad")
    if person.email_confirmed_at is None:
        return badge(_("{email}, not confirmed").format(email=person.email), "warn")
    return person.email
