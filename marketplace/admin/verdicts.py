"""Verdicts: why a deal was cancelled, on what notice, what that did, and the button that undoes it."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from marketplace.admin import finding, panels, story
from marketplace.admin.asked import between
from marketplace.admin.columns import Column, badge, link, link_to
from marketplace.admin.filters import Acknowledged, Fault
from marketplace.admin.lists import FactsAdmin
from marketplace.admin.reversal import Reverse
from marketplace.admin.telling import standing_changes
from marketplace.admin.words import PARTIES, label, lateness, moment, said, span, word, yen
from marketplace.models import CancelRequest, Event, PenaltyPause, Review, Seller, TalkRoom, Verdict
from marketplace.reads import aftermath
from marketplace.vocabulary import AtFault, CancelCause, Party


def state(verdict: Verdict) -> str:
    """Mark whether it stands, waits for its seller, or was reversed."""
    if verdict.reversed_at is not None:
        return badge(said("reversed", "取り消し済み"), "quiet")
    if verdict.at_fault != AtFault.SELLER:
        return badge(said("stands", "有効"), "good")
    if verdict.acknowledged_at is None:
        return badge(said("not acknowledged yet", "出品者の確認待ち"), "warn")
    return badge(said("acknowledged", "確認済み"), "good")


COLUMNS = (
    Column(name="id", title=label("verdict", "自動キャンセル"), value=lambda row: row.pk, show=link),
    Column(
        name="deal",
        title=label("deal (room)", "取引 (ルーム)"),
        value=lambda row: row.deal_id,
        show=lambda row: link_to(TalkRoom, row.deal.talk_room.pk),
    ),
    Column(name="buyer", title=label("buyer", "購入者"), value=lambda row: row.deal.buyer.username),
    Column(
        name="seller",
        title=label("seller", "出品者"),
        value=lambda row: row.seller.user.username,
        show=lambda row: link_to(Seller, row.seller_id, row.seller.user.username),
    ),
    Column(name="cause", title=label("cause", "理由"), value=lambda row: row.cause, show=lambda row: word(row.cause)),
    Column(
        name="at_fault",
        title=label("at fault", "責任"),
        value=lambda row: row.at_fault,
        show=lambda row: word(row.at_fault),
    ),
    Column(
        name="effective_at",
        title=label("effective (deadline)", "キャンセル日時 (期限)"),
        value=lambda row: row.effective_at,
    ),
    Column(name="recorded_at", title=label("recorded", "記録"), value=lambda row: row.recorded_at, order="recorded_at"),
    Column(
        name="woken_by",
        title=label("found by", "検知"),
        value=lambda row: row.woken_by,
        show=lambda row: word(row.woken_by),
    ),
    Column(name="acknowledged_at", title=label("acknowledged", "確認日時"), value=lambda row: row.acknowledged_at),
    Column(name="reversed_at", title=label("reversed", "取り消し日時"), value=lambda row: row.reversed_at),
)


@admin.register(Verdict)
class VerdictAdmin(FactsAdmin):
    """Newest first."""

    columns = COLUMNS
    buttons = (Reverse(),)
    list_filter = (Fault, Acknowledged, between("recorded_at"))
    list_select_related = ("deal__talk_room", "deal__buyer", "seller__user")
    ordering = ("-recorded_at", "-id")
    search_help_text = label(
        "Id of a verdict, room or deal; or the beginning of a user name or address",
        "自動キャンセル・ルーム・取引のID、またはユーザー名・メールアドレスの先頭",
    )

    def found(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        """Keep the verdicts on the deals that a search means."""
        key = finding.identifier(term)
        if key is not None and rows.filter(pk=key).exists():
            return rows.filter(pk=key)
        return rows.filter(deal__in=finding.deal_keys(term))

    def heading(self, row: Verdict) -> str:
        """Name the verdict by whose silence it rests on."""
        return said(
            f"Verdict on {row.seller}'s deal with {row.deal.buyer}",
            f"自動キャンセル: {row.seller} と {row.deal.buyer} の取引",
        )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        """Read along what a page shows."""
        rows: QuerySet[Any] = super().get_queryset(request).select_related(*self.list_select_related)
        return rows

    def summary(self, row: Verdict) -> list[str]:
        """Say why, and on what notice."""
        return why(row)

    def panels(self, request: HttpRequest, row: Verdict) -> list[panels.Panel]:
        """Show the verdict, what it did, and the story of its room."""
        room = row.deal.talk_room
        extra = (said("Room", "ルーム"), link(room, room.pk)), (said("Seller", "出品者"), link(row.seller, row.seller))
        return [facts(row, *extra), *effects(row, room), story.of_room(request, room)]


def why(verdict: Verdict) -> list[str]:
    """Answer "why was this cancelled, and on what notice?" in plain words."""
    told = [_cause(verdict), _found(verdict)]
    if verdict.reversed_at is not None:
        at = moment(verdict.reversed_at)
        told.append(
            said(f"Reversed at {at}: “{verdict.reversed_because}”", f"{at} に取り消し: 「{verdict.reversed_because}」")
        )
    return told


def _cause(verdict: Verdict) -> str:
    deadline = moment(verdict.effective_at)
    if verdict.cause == CancelCause.NO_FIRST_CONTACT or verdict.cancel_request is None:
        bought = verdict.deal.purchased_at
        notice = span(verdict.effective_at - bought)
        return said(
            f"Cancelled because the seller never wrote within {notice} of the purchase at {moment(bought)}:"
            f" until {deadline}.",
            f"購入 ({moment(bought)}) から {notice} 以内 ({deadline} まで) に出品者から一度も連絡がなかったため、"
            "キャンセルされました。",
        )
    request: CancelRequest = verdict.cancel_request
    silent, asked = PARTIES[request.respondent], PARTIES[Party(request.requester)]
    notice = span(verdict.effective_at - request.placed_at)
    return said(
        f"Cancelled because {silent} did not answer {asked}'s cancel request of {moment(request.placed_at)}"
        f" by {deadline}: a notice of {notice}{_moved(request)}.",
        f"{asked}が {moment(request.placed_at)} に送信したキャンセルリクエストに、{silent}が {deadline} までに"
        f"返信しなかったため、キャンセルされました。猶予は {notice}{_moved(request)}。",
    )


def _moved(request: CancelRequest) -> str:
    moves = request.generation - 1
    if not moves:
        return ""
    return said(f", its clock moved by staff {moves}×", f" (スタッフによる変更 {moves}回)")


def _found(verdict: Verdict) -> str:
    late, by = lateness(verdict.recorded_at - verdict.effective_at), word(verdict.woken_by)
    refund = yen(verdict.deal.price)
    return said(
        f"Written {late} after the deadline, found by: {by}. Refund: {refund}.",
        f"期限の {late} 後に記録 (検知: {by})。返金: {refund}。",
    )


def facts(verdict: Verdict, *extra: tuple[str, Any]) -> panels.Panel:
    """Show a verdict's facts."""
    reason = f" – {verdict.reversed_because}" if verdict.reversed_because else ""
    return panels.facts(
        said("The verdict", "自動キャンセル"),
        (said("State", "状態"), state(verdict)),
        *extra,
        (said("At fault", "責任"), word(verdict.at_fault)),
        (said("Effective at (the deadline)", "キャンセル日時 (期限)"), moment(verdict.effective_at)),
        (said("Recorded at", "記録"), moment(verdict.recorded_at)),
        (said("Found by", "検知"), word(verdict.woken_by)),
        (said("Acknowledged by the seller", "出品者の確認"), moment(verdict.acknowledged_at)),
        (said("Reversed", "取り消し"), moment(verdict.reversed_at) + reason),
    )


def effects(verdict: Verdict, room: TalkRoom) -> list[panels.Panel]:
    """Show what a verdict did: review, pauses, standing before → after, and what its reversal did."""
    review = Review.objects.filter(verdict=verdict).first()
    pauses = list(
        PenaltyPause.objects.filter(verdict=verdict).select_related("service").order_by("service__title", "pk")
    )
    paused_at = pauses[0].paused_at if pauses else None
    pairs = [
        (said("Refund", "返金"), yen(verdict.deal.price)),
        (said("Automatic review", "自動評価"), _review(review)),
        (
            said("Standing, by the verdict", "実績の変化 (自動キャンセル)"),
            _standing(aftermath.standing_by_the_verdict(verdict, room, paused_at)),
        ),
    ]
    if verdict.reversed_at is not None:
        pairs.append(
            (
                said("Standing, by the reversal", "実績の変化 (取り消し)"),
                _standing(aftermath.standing_by_the_reversal(verdict, room)),
            )
        )
    rows = [(pause.service.title, moment(pause.paused_at), moment(pause.lifted_at)) for pause in pauses]
    heads = (said("service", "サービス"), said("paused", "休止"), said("lifted", "解除"))
    return [
        panels.facts(said("What it did", "影響"), *pairs),
        panels.table(said("Services it paused", "休止したサービス"), heads, rows, empty=said("None.", "なし")),
    ]


def _review(review: Review | None) -> str:
    if review is None:
        return said("none", "なし")
    hidden = (
        said(f", hidden since {moment(review.hidden_at)}", f" ({moment(review.hidden_at)} から非表示)")
        if review.hidden_at
        else ""
    )
    return f"{review}{hidden}"


def _standing(changed: Event | None) -> str:
    return "; ".join(standing_changes(changed.data)) if changed is not None else said("no figure changed", "変化なし")
