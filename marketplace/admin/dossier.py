"""What the page of a person shows of their doings: rooms, requests, verdicts, and the acts of staff."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.admin import requests, verdicts
from marketplace.admin.columns import link, link_to
from marketplace.admin.event_sentences import sentence
from marketplace.admin.panels import Panel, table
from marketplace.formats import exact_moment
from marketplace.models import CancelRequest, Event, Seller, TalkRoom, User, Verdict
from marketplace.models.events import BY_STAFF
from marketplace.vocabulary import EventKind

SHOWN = 10
ROOMS_LOOKED_AT = 200
"""In how many of the newest rooms the acts of staff are looked up."""


def panels(request: HttpRequest, person: User) -> list[Panel]:
    """Show each part to the operators who may see its list."""
    newest = TalkRoom.objects.filter(Q(buyer=person) | Q(seller=person)).order_by("-opened_at", "-id")
    keys = list(newest.values_list("pk", flat=True)[:ROOMS_LOOKED_AT])
    seller = Seller.objects.filter(user=person).first()
    parts: tuple[tuple[str, Callable[[], Panel]], ...] = (
        ("view_talkroom", lambda: _rooms(person, keys)),
        ("view_cancelrequest", lambda: _requests(person, keys)),
        ("view_verdict", lambda: _verdicts(person, keys)),
        ("view_event", lambda: _by_staff(person, seller, keys)),
    )
    return [part() for permission, part in parts if request.user.has_perm(f"marketplace.{permission}")]


def _panel(title: str, heads: list[str], rows: list[Any], model: str, **query: Any) -> Panel:
    address = f"{reverse(f'admin:marketplace_{model}_changelist')}?{urlencode(query)}"
    return table(title, heads, rows, empty=_("None."), more=(address, _("See all")))


def _rooms(person: User, keys: list[Any]) -> Panel:
    rooms = TalkRoom.objects.filter(pk__in=keys[:SHOWN]).select_related("deal__service", "buyer", "seller")
    rows = [
        (
            link(room, room.deal.service.title),
            _("buyer") if room.buyer_id == person.pk else _("seller"),
            room.seller.username if room.buyer_id == person.pk else room.buyer.username,
            room.deal.get_status_display(),
            exact_moment(room.opened_at),
        )
        for room in rooms.order_by("-opened_at", "-id")
    ]
    heads = [_("room"), _("as"), _("with"), _("deal"), _("opened")]
    return _panel(_("Newest rooms"), heads, rows, "talkroom", q=person.pk)


def _requests(person: User, keys: list[Any]) -> Panel:
    found = CancelRequest.objects.filter(room__in=keys).select_related("room__buyer", "room__seller")
    rows = [
        (
            link(each),
            requests.state_badge(each),
            _("placed it") if each.room.party_of(person) == each.requester else _("against them"),
            exact_moment(each.placed_at),
            exact_moment(each.reply_deadline),
        )
        for each in found.order_by("-placed_at", "-id")[:SHOWN]
    ]
    heads = [_("request"), _("status"), _("side"), _("placed"), _("deadline")]
    return _panel(_("Newest cancel requests"), heads, rows, "cancelrequest", q=person.pk)


def _verdicts(person: User, keys: list[Any]) -> Panel:
    found = Verdict.objects.filter(deal__talk_room__in=keys).select_related("deal__talk_room")
    rows = [
        (
            link(each),
            verdicts.state_badge(each),
            each.get_at_fault_display(),
            link_to(TalkRoom, each.deal.talk_room.pk),
            exact_moment(each.effective_at),
        )
        for each in found.order_by("-recorded_at", "-id")[:SHOWN]
    ]
    heads = [_("verdict"), _("state"), _("at fault"), _("room"), _("effective")]
    return _panel(_("Newest verdicts in their rooms"), heads, rows, "verdict", q=person.pk)


def _by_staff(person: User, seller: Seller | None, keys: list[Any]) -> Panel:
    """Three short queries, each along an index: about the account, the seller, the rooms."""
    acts = Event.objects.filter(BY_STAFF).exclude(kind=EventKind.SELLER_RESUMED, data__reason__isnull=True)
    looks = [acts.filter(person=person), acts.filter(room__in=keys)]
    if seller is not None:
        looks.append(acts.filter(seller=seller))
    newest = {each.pk: each for look in looks for each in look.select_related("actor").order_by("-pk")[:SHOWN]}
    rows = [
        (
            link(each, exact_moment(each.recorded_at)),
            sentence(each),
            each.data.get("reason"),
            each.actor.username if each.actor else _("the system"),
        )
        for each in sorted(newest.values(), key=lambda each: each.pk, reverse=True)[:SHOWN]
    ]
    heads = [_("when"), _("what happened"), _("reason"), _("actor")]
    return _panel(_("What staff did"), heads, rows, "event", q=person.pk, staff="yes")
