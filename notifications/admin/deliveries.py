"""Deliveries as a list, dead letters first in the filter, and the page of one with the words that were sent."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from marketplace import clock
from marketplace.admin import finding, panels
from marketplace.admin.columns import Column, badge, link, link_to
from marketplace.admin.filters import Choice
from marketplace.admin.lists import FactsAdmin
from marketplace.admin.words import APPS, LISTS, label, said
from marketplace.models import TalkRoom
from marketplace.readers import read_by
from notifications import codes, wording
from notifications.admin import words
from notifications.admin.redelivery import Redeliver
from notifications.models import Notification
from notifications.vocabulary import State

TONES = {State.SENT: "good", State.WAITING: "warn", State.FAILED: "bad", State.DROPPED: "quiet"}

APPS["notifications"] = LISTS["notification"] = label("Notifications", "通知")

COLUMNS = (
    Column(name="id", title=label("notification", "通知"), value=lambda row: row.pk, show=link),
    Column(name="made_at", title=label("made", "作成"), value=lambda row: row.made_at),
    Column(name="person", title=label("to", "宛先"), value=lambda row: row.person.username),
    Column(name="kind", title=label("kind", "種類"), value=lambda row: row.kind, show=lambda row: words.kind(row.kind)),
    Column(
        name="channel",
        title=label("channel", "方法"),
        value=lambda row: row.channel,
        show=lambda row: words.channel(row.channel),
    ),
    Column(
        name="state",
        title=label("state", "状態"),
        value=lambda row: row.state,
        show=lambda row: badge(words.state(row.state), TONES[State(row.state)]),
    ),
    Column(name="attempts", title=label("attempts", "試行回数"), value=lambda row: row.attempts),
    Column(name="next_attempt_at", title=label("next attempt", "次の試行"), value=lambda row: row.next_attempt_at),
    Column(name="answered_at", title=label("answered", "完了"), value=lambda row: row.answered_at),
    Column(name="last_error", title=label("last error", "エラー"), value=lambda row: row.last_error or None),
    Column(
        name="room",
        title=label("room", "ルーム"),
        value=lambda row: row.room_id,
        show=lambda row: link_to(TalkRoom, row.room_id) if row.room_id else "–",
    ),
)


class DeliveryState(Choice):
    """What became of it."""

    title = label("state", "状態")
    parameter_name = "state"
    words = (
        (State.FAILED.value, label("dead letters", "送信失敗")),
        (State.WAITING.value, label("waiting", "送信待ち")),
    )


@admin.register(Notification)
class NotificationAdmin(FactsAdmin):
    """Newest first."""

    columns = COLUMNS
    change_list_template = "admin/notifications/list.html"
    buttons = (Redeliver(),)
    narrowed_by = ("state", "person__exact", "room__exact")
    list_filter = (DeliveryState,)
    list_select_related = ("person",)
    ordering = ("-made_at", "-pk")
    search_help_text = label(
        "Id of a notification or room, or the beginning of a user name or address",
        "通知・ルームのID、またはユーザー名・メールアドレスの先頭",
    )

    def found(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        """Keep the notification or the room of this id, or what these people were told."""
        key = finding.identifier(term)
        if key is not None and rows.filter(pk=key).exists():
            return rows.filter(pk=key)
        if key is not None and TalkRoom.objects.filter(pk=key).exists():
            return rows.filter(room=key)
        return rows.filter(person__in=finding.people(term))

    def panels(self, request: HttpRequest, row: Notification) -> list[panels.Panel]:
        """Show the facts, and the words as their reader meets them."""
        with read_by(row.person):
            shown = wording.render(row.words, codes.masked_facts_of(row), clock.now())
        read = panels.facts(
            said("As its reader meets it now", "本人への表示"),
            (said("title", "件名"), shown.title),
            (said("words", "本文"), shown.body),
        )
        return [*super().panels(request, row), read]

    def get_urls(self) -> list[URLPattern]:
        """Add the preview of all words."""
        shown = self.admin_site.admin_view(self.wordings_view)
        return [path("wordings/", shown, name="notifications_wordings"), *super().get_urls()]

    def wordings_view(self, request: HttpRequest) -> HttpResponseBase:
        """Show each wording in every language, with facts that could be true."""
        self.must_see(request)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": said("What notices say", "通知の文面"),
            "languages": settings.LANGUAGES,
            "previews": words.preview_all(clock.now()),
        }
        return TemplateResponse(request, "admin/notifications/wordings.html", context)
