"""Events and messages as lists: for looking things up, and for CSV."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.admin import lookup, panels
from marketplace.admin.columns import badge, exported, link_to
from marketplace.admin.event_sentences import sentence
from marketplace.admin.filters import DoneByStaff, WorthALook
from marketplace.admin.lists import FactsAdmin
from marketplace.admin.moderation_buttons import Hide
from marketplace.admin.typed_filters import ActedBy, RecordedBetween
from marketplace.models import Event, Message, User

BEGINNING = 120


@admin.register(Event)
class EventAdmin(FactsAdmin):
    list_display = (
        "id", "kind", "what_happened", "reason", "room_link", "seller_link", "about", "actor", "occurred_at",
        "recorded_at",
    )  # fmt: skip
    sortable_by = ("id",)
    list_filter = (DoneByStaff, ActedBy, RecordedBetween, WorthALook)
    narrowed_by = ("room__exact", "seller__exact", "actor__exact", "person__exact")
    list_select_related = ("seller__user", "actor", "person")
    ordering = ("-id",)
    search_help_text = gettext_lazy(
        "Id of a room, deal, request, verdict or seller; or the beginning of a user name or address"
    )

    @exported("told", sentence)
    @admin.display(description=gettext_lazy("what happened"))
    def what_happened(self, row: Event) -> str:
        return sentence(row)

    @admin.display(description=gettext_lazy("reason"))
    def reason(self, row: Event) -> str | None:
        reason: str | None = row.data.get("reason")
        return reason

    @exported("person", lambda row: row.person.username if row.person else row.data.get("account"))
    @admin.display(description=gettext_lazy("about"))
    def about(self, row: Event) -> str | None:
        return link_to(User, row.person_id, row.person.username) if row.person else None

    def found(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        """Keep the events in the rooms, of the sellers, about and by the people that a search means."""
        who = lookup.people(term)
        theirs = Q(seller__in=lookup.sellers_among(who)) | Q(person__in=who) | Q(actor__in=who)
        return rows.filter(Q(room__in=lookup.room_keys(term)) | theirs)

    def heading(self, row: Event) -> str:
        return _("Event {pk}").format(pk=row.pk)

    def panels(self, request: HttpRequest, row: Event) -> list[panels.Panel]:
        written = json.dumps(row.data, ensure_ascii=False, indent=1, sort_keys=True)
        return [*super().panels(request, row), panels.facts(_("As written"), (_("data"), written))]


@admin.register(Message)
class MessageAdmin(FactsAdmin):
    list_display = ("short_id", "room_link", "sender", "kind", "beginning", "posted_at", "hidden_at")
    buttons = (Hide(),)
    narrowed_by = ("room__exact",)
    ordering = ("room", "-posted_at", "-id")
    search_help_text = gettext_lazy("Id of a message, room or deal; or the beginning of a user name or address")

    @exported("body", lambda row: row.body or row.line)
    @admin.display(description=gettext_lazy("text"))
    def beginning(self, row: Message) -> str:
        text = row.body or row.get_line_display() or ""
        shown = text if len(text) <= BEGINNING else f"{text[:BEGINNING]}…"
        return badge(shown, "quiet") if row.hidden_at else shown

    def found(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        by_id = lookup.by_id(rows, term)
        return by_id if by_id is not None else rows.filter(room__in=lookup.room_keys(term))

    def heading(self, row: Message) -> str:
        return _("Message {pk}").format(pk=row.pk)
