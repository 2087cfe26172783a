"""Deliveries as a list, dead letters first in the filter, and the page of one with the words that were sent."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace import clock
from marketplace.admin import lookup, panels
from marketplace.admin.columns import badge, exported
from marketplace.admin.filters import ChoiceFilter
from marketplace.admin.lists import FactsAdmin
from marketplace.models import TalkRoom
from marketplace.readers import read_by
from notifications import codes, wording
from notifications.admin import previews
from notifications.admin.redelivery import Redeliver
from notifications.models import Notification
from notifications.vocabulary import State

TONES = {State.SENT: "good", State.WAITING: "warn", State.FAILED: "bad", State.DROPPED: "quiet"}


class DeliveryState(ChoiceFilter):
    title = gettext_lazy("state")
    parameter_name = "state"
    options = (
        (State.FAILED.value, gettext_lazy("dead letters")),
        (State.WAITING.value, State.WAITING.label),
    )


@admin.register(Notification)
class NotificationAdmin(FactsAdmin):
    list_display = (
        "short_id", "made_at", "recipient", "kind", "channel", "state_badge", "attempts", "next_attempt_at",
        "answered_at", "error", "room_link",
    )  # fmt: skip
    change_list_template = "admin/notifications/list.html"
    buttons = (Redeliver(),)
    narrowed_by = ("state", "person__exact", "room__exact")
    list_filter = (DeliveryState,)
    list_select_related = ("person",)
    ordering = ("-made_at", "-pk")
    search_help_text = gettext_lazy("Id of a notification or room, or the beginning of a user name or address")

    @exported("person", "person.username")
    @admin.display(description=gettext_lazy("recipient"))
    def recipient(self, row: Notification) -> str:
        return row.person.username

    @exported("state", "state")
    @admin.display(description=gettext_lazy("state"))
    def state_badge(self, row: Notification) -> str:
        return badge(row.get_state_display(), TONES[State(row.state)])

    @exported("last_error", lambda row: row.last_error or None)
    @admin.display(description=gettext_lazy("last error"))
    def error(self, row: Notification) -> str | None:
        return row.last_error or None

    def found(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        """Keep the notification or the room of this id, or the notices to these people."""
        by_id = lookup.by_id(rows, term)
        if by_id is not None:
            return by_id
        room = lookup.by_id(TalkRoom.objects.all(), term)
        return rows.filter(room__in=room) if room is not None else rows.filter(person__in=lookup.people(term))

    def panels(self, request: HttpRequest, row: Notification) -> list[panels.Panel]:
        """Show the facts, and the words as their reader sees them."""
        with read_by(row.person):
            shown = wording.render(row.words, codes.masked_facts_of(row), clock.now())
        read = panels.facts(_("As its reader sees it now"), (_("title"), shown.title), (_("words"), shown.body))
        return [*super().panels(request, row), read]

    def get_urls(self) -> list[URLPattern]:
        shown = self.admin_site.admin_view(self.wordings_view)
        return [path("wordings/", shown, name="notifications_wordings"), *super().get_urls()]

    def wordings_view(self, request: HttpRequest) -> HttpResponseBase:
        """Show each wording in every language, with facts that could be true."""
        self.check_view_permission(request)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("What notices say"),
            "languages": settings.LANGUAGES,
            "previews": previews.preview_all(clock.now()),
        }
        return TemplateResponse(request, "admin/notifications/wordings.html", context)
