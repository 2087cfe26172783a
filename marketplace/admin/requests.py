"""Cancel requests: the list, and the page of one with its clock and its buttons."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from marketplace import clock
from marketplace.admin import finding, panels, story
from marketplace.admin.asked import between
from marketplace.admin.columns import Column, badge, link, link_to
from marketplace.admin.filters import RequestState
from marketplace.admin.lists import FactsAdmin
from marketplace.admin.steering import Extend, Hold, Release
from marketplace.admin.words import label, moment, said, span, word
from marketplace.models import CancelRequest, Event, TalkRoom, Verdict
from marketplace.vocabulary import EventKind, RequestStatus


def state(request: CancelRequest) -> str:
    """Mark how a request stands: held and put off are no states, but what matters first."""
    if request.status != RequestStatus.AWAITING_REPLY:
        return badge(word(request.status), "quiet")
    if request.remaining_when_held is not None:
        left = span(request.remaining_when_held)
        return badge(said(f"held, {left} remain", f"保留中、残り {left}"), "warn")
    if request.settle_failures:
        until = moment(request.settle_after)
        return badge(said(f"put off until {until}", f"{until} まで延期"), "bad")
    return badge(word(request.status), "good")


COLUMNS = (
    Column(name="id", title=label("request", "リクエスト"), value=lambda row: row.pk, show=link),
    Column(name="status", title=label("status", "状態"), value=lambda row: row.status, show=state),
    Column(name="reply_deadline", title=label("deadline", "期限"), value=lambda row: row.reply_deadline),
    Column(name="placed_at", title=label("placed", "送信日時"), value=lambda row: row.placed_at, order="placed_at"),
    Column(
        name="requester",
        title=label("requester", "送信者"),
        value=lambda row: row.requester,
        show=lambda row: word(row.requester),
    ),
    Column(name="buyer", title=label("buyer", "購入者"), value=lambda row: row.room.buyer.username),
    Column(name="seller", title=label("seller", "出品者"), value=lambda row: row.room.seller.username),
    Column(
        name="room",
        title=label("room", "ルーム"),
        value=lambda row: row.room_id,
        show=lambda row: link_to(TalkRoom, row.room_id),
    ),
    Column(name="held_at", title=label("held since", "保留日時"), value=lambda row: row.held_at),
    Column(name="settle_failures", title=label("failures", "失敗回数"), value=lambda row: row.settle_failures),
)


@admin.register(CancelRequest)
class CancelRequestAdmin(FactsAdmin):
    """Newest first; what is due soonest stands in the overview."""

    columns = COLUMNS
    buttons = (Hold(), Release(), Extend())
    list_filter = (RequestState, between("placed_at"))
    narrowed_by = ("room__exact",)
    list_select_related = ("room__buyer", "room__seller")
    ordering = ("-placed_at", "-id")
    search_help_text = label(
        "Id of a request, room or deal; or the beginning of a user name or address",
        "リクエスト・ルーム・取引のID、またはユーザー名・メールアドレスの先頭",
    )

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Put what is longest overdue first, where that was asked for: the order of the index that finds it."""
        soonest = request.GET.get("state") in {"held", "overdue", "put_off"}
        return ("reply_deadline", "id") if soonest else self.ordering

    def found(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        """Keep the requests in the rooms that a search means."""
        key = finding.identifier(term)
        own = Q(pk=key) if key is not None and rows.filter(pk=key).exists() else Q(room__in=finding.room_keys(term))
        return rows.filter(own)

    def heading(self, row: CancelRequest) -> str:
        """Name the request by who asked whom."""
        return said(f"Cancel request of the {row.requester}", f"{word(row.requester)}からのキャンセルリクエスト")

    def panels(self, request: HttpRequest, row: CancelRequest) -> list[panels.Panel]:
        """Show the clock, the reason, the verdict, why it was put off, and the story of its room."""
        verdict = Verdict.objects.filter(cancel_request=row).first()
        return [
            panels.facts(
                said("The request", "リクエスト"),
                (said("Status", "状態"), state(row)),
                (said("Room", "ルーム"), link(row.room, row.room_id)),
                (said("Asked by", "送信者"), f"{_person(row, row.requester)} ({word(row.requester)})"),
                (said("To be answered by", "返信する側"), f"{_person(row, row.respondent)} ({word(row.respondent)})"),
                (said("Reason given", "理由"), row.reason or "–"),
                (said("Placed", "送信日時"), moment(row.placed_at)),
                *clock_of(row),
                (said("Ended", "終了"), moment(row.ended_at)),
                (said("Verdict", "自動キャンセル"), link(verdict) if verdict else "–"),
                (said("Generation", "世代"), row.generation),
            ),
            *failures_of(row),
            story.of_room(request, row.room),
        ]


def clock_of(request: CancelRequest) -> list[tuple[str, Any]]:
    """Show until when, and what remains."""
    if request.remaining_when_held is not None:
        return [
            (said("Held since", "保留日時"), moment(request.held_at)),
            (said("Remains when released", "解除時の残り時間"), span(request.remaining_when_held)),
        ]
    shown: list[tuple[str, Any]] = [(said("Deadline", "期限"), moment(request.reply_deadline))]
    if request.status == RequestStatus.AWAITING_REPLY and request.reply_deadline is not None:
        left = request.reply_deadline - clock.now()
        name = said("Remains", "残り時間") if left.total_seconds() >= 0 else said("Overdue by", "超過")
        shown.append((name, span(left)))
    return shown


def failures_of(request: CancelRequest) -> list[panels.Panel]:
    """Show why a settlement was put off, if one was."""
    if not request.settle_failures:
        return []
    told = Event.objects.filter(room=request.room_id, kind=EventKind.SETTLEMENT_PUT_OFF).order_by("-id")[:10]
    rows = [(moment(event.recorded_at), event.data.get("error", "")) for event in told]
    note = said(f"It is tried again at {moment(request.settle_after)}.", f"次の再試行: {moment(request.settle_after)}")
    return [
        panels.table(
            said("Put off after an error", "エラーによる延期"),
            (said("when", "日時"), said("error", "エラー")),
            rows,
            note=note,
        )
    ]


def _person(request: CancelRequest, side: str) -> str:
    person = request.room.buyer if side == "buyer" else request.room.seller
    return str(person.username)
