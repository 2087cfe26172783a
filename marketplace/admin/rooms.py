"""Talk rooms: the list, and the page that tells what happened in one and what still runs."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from marketplace import clock
from marketplace.admin import finding, panels, story, verdicts
from marketplace.admin.asked import between
from marketplace.admin.columns import Column, badge, link, link_to
from marketplace.admin.lists import FactsAdmin, tool
from marketplace.admin.requests import state as request_state
from marketplace.admin.resumption import Resume
from marketplace.admin.reversal import Reverse
from marketplace.admin.steering import Extend, Hold, Release
from marketplace.admin.words import KINDS_OF_DEADLINE, label, moment, said, span, word, yen
from marketplace.models import CancelRequest, Deal, Seller, TalkRoom, Verdict
from marketplace.reads.deadlines import running_in
from marketplace.vocabulary import AtFault, RequestStatus

REQUESTS_AT_MOST = 50

COLUMNS = (
    Column(name="id", title=label("room", "ルーム"), value=lambda row: row.pk, show=link),
    Column(name="service", title=label("service", "サービス"), value=lambda row: row.deal.service.title),
    Column(name="buyer", title=label("buyer", "購入者"), value=lambda row: row.buyer.username),
    Column(name="seller", title=label("seller", "出品者"), value=lambda row: row.seller.username),
    Column(
        name="deal_status",
        title=label("deal", "取引"),
        value=lambda row: row.deal.status,
        show=lambda row: word(row.deal.status),
    ),
    Column(name="opened_at", title=label("opened", "開始"), value=lambda row: row.opened_at, order="opened_at"),
    Column(
        name="buyer_last_contact_at",
        title=label("buyer's last contact", "購入者の最終連絡"),
        value=lambda row: row.buyer_last_contact_at,
    ),
    Column(
        name="seller_last_contact_at",
        title=label("seller's last contact", "出品者の最終連絡"),
        value=lambda row: row.seller_last_contact_at,
    ),
)


@admin.register(TalkRoom)
class TalkRoomAdmin(FactsAdmin):
    """Newest first."""

    columns = COLUMNS
    list_filter = (between("opened_at"),)
    list_select_related = ("buyer", "seller", "deal__service")
    ordering = ("-opened_at", "-id")
    search_help_text = label(
        "Id of a room, deal, request or verdict; number of a deal (#1F9C2A47); beginning of a user name or address",
        "ルーム・取引・リクエスト・自動キャンセルのID、取引番号 (#1F9C2A47)、またはユーザー名・メールアドレスの先頭",
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        """Read along what a page shows."""
        rows: QuerySet[Any] = (
            super().get_queryset(request).select_related("buyer", "seller", "deal__service", "deal__seller__user")
        )
        return rows

    def found(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        """Keep the rooms that a search means."""
        return rows & finding.rooms(term)

    def heading(self, row: TalkRoom) -> str:
        """Name the room by what was bought."""
        return said(
            f"“{row.deal.service}”: {row.buyer} with {row.seller}",
            f"「{row.deal.service}」: {row.buyer} と {row.seller}",
        )

    def summary(self, row: TalkRoom) -> list[str]:
        """Say why it was cancelled, if it was."""
        verdict = verdict_of(row)
        return verdicts.why(verdict) if verdict else []

    def panels(self, request: HttpRequest, row: TalkRoom) -> list[panels.Panel]:
        """Show the deal, what runs, the verdict, the requests, and the story."""
        requests = list(CancelRequest.objects.filter(room=row).order_by("-placed_at")[:REQUESTS_AT_MOST])
        verdict = verdict_of(row)
        return [
            _deal(row),
            _running(row, requests),
            *(
                [
                    verdicts.facts(verdict, (said("Verdict", "自動キャンセル"), link(verdict, verdict.pk))),
                    *verdicts.effects(verdict, row),
                ]
                if verdict
                else []
            ),
            _requests(requests),
            story.of_room(request, row),
        ]

    def tools(self, request: HttpRequest, row: TalkRoom) -> list[dict[str, str]]:
        """Offer the buttons of what stands in the room, and come back here."""
        back = f"&back={reverse('admin:marketplace_talkroom_change', args=[row.pk])}"
        verdict, seller = verdict_of(row), row.deal.seller
        open_request = CancelRequest.objects.open().filter(room=row).first()
        offered = [
            *(((Hold(), open_request), (Release(), open_request), (Extend(), open_request)) if open_request else ()),
            *(((Reverse(), verdict),) if verdict else ()),
            *(((Resume(), seller),) if verdict and verdict.at_fault == AtFault.SELLER else ()),
        ]
        site = self.admin_site.name
        return [
            tool(site, button, target, back)
            for button, target in offered
            if request.user.has_perm(button.permission) and button.applies_to(target)
        ]


def verdict_of(room: TalkRoom) -> Verdict | None:
    """Return the room's verdict with its request, read once."""
    if "shown_verdict" not in vars(room):
        found = Verdict.objects.filter(deal=room.deal_id).select_related("cancel_request", "deal", "seller__user")
        vars(room)["shown_verdict"] = found.first()
    verdict: Verdict | None = vars(room)["shown_verdict"]
    return verdict


def _deal(room: TalkRoom) -> panels.Panel:
    deal: Deal = room.deal
    return panels.facts(
        said("The deal", "取引"),
        (said("Status", "状態"), word(deal.status) + (f" ({word(deal.cancel_cause)})" if deal.cancel_cause else "")),
        (said("Buyer", "購入者"), room.buyer.username),
        (said("Seller", "出品者"), link_to(Seller, deal.seller_id, deal.seller)),
        (said("Price", "価格"), yen(deal.price)),
        (said("Purchased", "購入"), moment(deal.purchased_at)),
        (said("Ended", "終了"), moment(deal.ended_at)),
        (said("Buyer's last contact", "購入者の最終連絡"), moment(room.buyer_last_contact_at)),
        (said("Seller's last contact", "出品者の最終連絡"), moment(room.seller_last_contact_at)),
        (said("Last sender", "最終送信者"), word(room.last_sender)),
        (said("First unanswered message", "未返信の最初のメッセージ"), moment(room.first_unanswered_at)),
        (
            said("Durations of this deal", "この取引の期間"),
            said(
                f"ask after {span(deal.silence_before_request)}, reply within {span(deal.reply_window)},"
                f" approve within {span(deal.approval_window)}",
                f"リクエストまで {span(deal.silence_before_request)}、返信 {span(deal.reply_window)}、"
                f"承認 {span(deal.approval_window)}",
            ),
        ),
        (said("Deal id", "取引ID"), deal.pk),
        (said("Room id", "ルームID"), room.pk),
    )


def _running(room: TalkRoom, requests: list[CancelRequest]) -> panels.Panel:
    now = clock.now()
    open_request = next((each for each in requests if each.status == RequestStatus.AWAITING_REPLY), None)
    rows: list[tuple[Any, ...]] = []
    for kind, at in running_in(room.deal, open_request).items():
        if at is not None:
            left = (
                span(at - now)
                if at >= now
                else badge(said(f"overdue by {span(at - now)}", f"{span(at - now)} 超過"), "bad")
            )
            rows.append((KINDS_OF_DEADLINE[kind], moment(at), left))
    if open_request is not None and open_request.remaining_when_held is not None:
        rows.append(
            (
                KINDS_OF_DEADLINE[next(iter(KINDS_OF_DEADLINE))],
                badge(said("held", "保留中"), "warn"),
                span(open_request.remaining_when_held),
            )
        )
    heads = (said("deadline", "期限の種類"), said("due", "期限"), said("remains", "残り"))
    return panels.table(
        said("What runs", "進行中の期限"), heads, rows, empty=said("Nothing runs.", "進行中の期限はありません。")
    )


def _requests(requests: list[CancelRequest]) -> panels.Panel:
    rows = [
        (
            link(each),
            word(each.requester),
            request_state(each),
            moment(each.placed_at),
            moment(each.reply_deadline),
            moment(each.ended_at),
            each.reason,
        )
        for each in requests
    ]
    heads = (
        said("request", "リクエスト"), said("by", "送信者"), said("status", "状態"), said("placed", "送信"),
        said("deadline", "期限"), said("ended", "終了"), said("reason", "理由"),
    )  # fmt: skip
    return panels.table(
        said("Cancel requests", "キャンセルリクエスト"), heads, rows, empty=said("None was placed.", "ありません。")
    )
