"""Events and messages as lists: for looking things up, and for CSV."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from marketplace.admin import finding, panels
from marketplace.admin.asked import ActedBy, RecordedBetween
from marketplace.admin.columns import Column, badge, link, link_to
from marketplace.admin.filters import DoneByStaff, WorthALook
from marketplace.admin.hiding import Hide
from marketplace.admin.lists import FactsAdmin
from marketplace.admin.telling import sentence
from marketplace.admin.words import KINDS_OF_MESSAGE, label, said, word
from marketplace.models import Event, Message, Seller, TalkRoom, User
from marketplace.vocabulary import MessageKind

EVENT_COLUMNS = (
    Column(
        name="id",
        title=label("event", "イベント"),
        value=lambda row: row.pk,
        show=lambda row: link(row, row.pk),
        order="pk",
    ),
    Column(name="kind", title=label("kind", "種類"), value=lambda row: row.kind),
    Column(name="told", title=label("what happened", "内容"), value=sentence),
    Column(name="reason", title=label("reason", "理由"), value=lambda row: row.data.get("reason")),
    Column(
        name="room",
        title=label("room", "ルーム"),
        value=lambda row: row.room_id,
        show=lambda row: link_to(TalkRoom, row.room_id) if row.room_id else "–",
    ),
    Column(
        name="seller",
        title=label("seller", "出品者"),
        value=lambda row: row.seller.user.username if row.seller else None,
        show=lambda row: link_to(Seller, row.seller_id, row.seller.user.username) if row.seller else "–",
    ),
    Column(
        name="person",
        title=label("about", "対象者"),
        value=lambda row: row.person.username if row.person else row.data.get("account"),
        show=lambda row: link_to(User, row.person_id, row.person.username) if row.person else "–",
    ),
    Column(name="actor", title=label("by", "実行者"), value=lambda row: row.actor.username if row.actor else None),
    Column(name="occurred_at", title=label("took effect", "発生日時"), value=lambda row: row.occurred_at),
    Column(name="recorded_at", title=label("recorded", "記録"), value=lambda row: row.recorded_at),
)

BEGINNING = 120


def _beginning(message: Message) -> str:
    text = message.body or message.line or ""
    beginning = text if len(text) <= BEGINNING else f"{text[:BEGINNING]}…"
    return badge(beginning, "quiet") if message.hidden_at else beginning


MESSAGE_COLUMNS = (
    Column(name="id", title=label("message", "メッセージ"), value=lambda row: row.pk, show=link),
    Column(
        name="room",
        title=label("room", "ルーム"),
        value=lambda row: row.room_id,
        show=lambda row: link_to(TalkRoom, row.room_id),
    ),
    Column(
        name="sender", title=label("sender", "送信者"), value=lambda row: row.sender, show=lambda row: word(row.sender)
    ),
    Column(
        name="kind",
        title=label("kind", "種類"),
        value=lambda row: row.kind,
        show=lambda row: KINDS_OF_MESSAGE[MessageKind(row.kind)],
    ),
    Column(name="body", title=label("text", "本文"), value=lambda row: row.body or row.line, show=_beginning),
    Column(name="posted_at", title=label("posted", "送信日時"), value=lambda row: row.posted_at),
    Column(name="hidden_at", title=label("hidden", "非表示"), value=lambda row: row.hidden_at),
)


@admin.register(Event)
class EventAdmin(FactsAdmin):
    """The audit trail, newest first."""

    columns = EVENT_COLUMNS
    list_filter = (DoneByStaff, ActedBy, RecordedBetween, WorthALook)
    narrowed_by = ("room__exact", "seller__exact", "actor__exact", "person__exact")
    list_select_related = ("seller__user", "actor", "person")
    ordering = ("-id",)
    search_help_text = label(
        "Id of a room, deal, request, verdict or seller; or the beginning of a user name or address",
        "ルーム・取引・リクエスト・自動キャンセル・出品者のID、またはユーザー名・メールアドレスの先頭",
    )

    def found(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        """Keep the events in the rooms, of the sellers, about and by the people that a search means."""
        who = finding.people(term)
        sellers = list(Seller.objects.filter(Q(user__in=who) | Q(pk__in=who)).values_list("pk", flat=True))
        theirs = Q(seller__in=sellers) | Q(person__in=who) | Q(actor__in=who)
        return rows.filter(Q(room__in=finding.room_keys(term)) | theirs)

    def heading(self, row: Event) -> str:
        """Name the event."""
        return said(f"Event {row.pk}", f"イベント {row.pk}")

    def panels(self, request: HttpRequest, row: Event) -> list[panels.Panel]:
        """Show the data too, as it was written."""
        written = json.dumps(row.data, ensure_ascii=False, indent=1, sort_keys=True)
        return [*super().panels(request, row), panels.facts(said("As written", "記録された内容"), ("data", written))]


@admin.register(Message)
class MessageAdmin(FactsAdmin):
    """Room by room, newest first: looked up by room, or by whose it is."""

    columns = MESSAGE_COLUMNS
    buttons = (Hide(),)
    narrowed_by = ("room__exact",)
    ordering = ("room", "-posted_at", "-id")
    search_help_text = label(
        "Id of a message, room or deal; or the beginning of a user name or address",
        "メッセージ・ルーム・取引のID、またはユーザー名・メールアドレスの先頭",
    )

    def found(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        """Keep the message of this id, or those in the rooms that a search means."""
        key = finding.identifier(term)
        if key is not None and rows.filter(pk=key).exists():
            return rows.filter(pk=key)
        return rows.filter(room__in=finding.room_keys(term))

    def heading(self, row: Message) -> str:
        """Name the message."""
        return said(f"Message {row.pk}", f"メッセージ {row.pk}")
