"""Sellers: standing, and what it rests on."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from marketplace import clock, rules, window
from marketplace.admin import finding, panels, story
from marketplace.admin.columns import Column, badge, link, link_to
from marketplace.admin.filters import Paused, RankFilter
from marketplace.admin.lists import FactsAdmin
from marketplace.admin.resumption import Resume
from marketplace.admin.reversal import Hindered, standing_of
from marketplace.admin.telling import rate
from marketplace.admin.verdicts import state as verdict_state
from marketplace.admin.words import label, moment, percent, said, stars, word, yen
from marketplace.models import Deal, PenaltyPause, Review, Seller, Service, TalkRoom, Verdict
from marketplace.reads.selling import with_paused
from marketplace.vocabulary import AtFault, DealStatus, ServiceStatus

NEWEST = 50
"""How many deals, verdicts, reviews and services a page lists."""

FIGURES = {
    "sales": label("sales", "販売実績"),
    "revenue_yen": label("revenue", "売上"),
    "delivery_completion_rate": label("completion", "納品完了率"),
    "rating": label("rating", "評価"),
}

COLUMNS = (
    Column(
        name="username",
        title=label("seller", "出品者"),
        value=lambda row: row.user.username,
        show=lambda row: link(row, row.user.username),
    ),
    Column(name="rank", title=label("rank", "ランク"), value=lambda row: row.rank, show=lambda row: word(row.rank)),
    Column(name="search_rank", title=label("search rank", "表示順位ポイント"), value=lambda row: row.search_rank),
    Column(name="completed", title=label("completed", "完了"), value=lambda row: row.completed),
    Column(
        name="cancelled_at_fault",
        title=label("cancelled at fault", "責任のあるキャンセル"),
        value=lambda row: row.cancelled_at_fault,
    ),
    Column(
        name="delivery_completion_rate",
        title=label("completion", "納品完了率"),
        value=lambda row: _number(row.figures.delivery_completion_rate),
        show=lambda row: percent(row.figures.delivery_completion_rate),
    ),
    Column(
        name="rating",
        title=label("rating", "評価"),
        value=lambda row: _number(row.figures.rating),
        show=lambda row: stars(row.figures.rating),
    ),
    Column(
        name="revenue_yen",
        title=label("revenue", "売上"),
        value=lambda row: row.revenue_yen,
        show=lambda row: yen(row.revenue_yen),
    ),
    Column(
        name="paused",
        title=label("paused", "受付休止"),
        value=lambda row: row.paused,
        show=lambda row: _paused(paused=row.paused),
    ),
    Column(
        name="created_at", title=label("seller since", "開始"), value=lambda row: row.created_at, order="created_at"
    ),
    Column(name="figures_at", title=label("recounted", "集計"), value=lambda row: row.figures_at),
)


@admin.register(Seller)
class SellerAdmin(FactsAdmin):
    """Newest first."""

    columns = COLUMNS
    buttons = (Resume(),)
    list_filter = (RankFilter, Paused)
    list_select_related = ("user",)
    ordering = ("-created_at", "-id")
    search_help_text = label(
        "Id of a seller or person; or the beginning of a user name or address",
        "出品者・ユーザーのID、またはユーザー名・メールアドレスの先頭",
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        """Read the name and whether a verdict pauses along."""
        return with_paused(super().get_queryset(request).select_related("user"))

    def found(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        """Keep the sellers that a search means."""
        key = finding.identifier(term)
        who = Q(user__in=finding.people(term))
        return rows.filter(who | Q(pk=key) if key is not None else who)

    def heading(self, row: Seller) -> str:
        """Name the seller."""
        return said(f"Seller {row.user.username}", f"出品者 {row.user.username}")

    def panels(self, _request: HttpRequest, row: Seller) -> list[panels.Panel]:
        """Show standing, what each rank asks, what counts, what pauses, and the story."""
        now = clock.now()
        counted = (window.start(now), now)
        return [
            _standing(row, standing_of(row), counted),
            _ranks(row),
            _points(row),
            _verdicts(row, counted),
            _deals(row, counted),
            _reviews(row, counted),
            _services(row),
            story.of_seller(row),
        ]


def _number(rate_of: Any) -> float | None:
    return None if rate_of is None else round(float(rate_of), 4)


def _paused(*, paused: bool) -> str:
    return badge(said("paused", "休止中"), "warn") if paused else "–"


def _standing(seller: Seller, hindrance: Hindered, counted: tuple[Any, Any]) -> panels.Panel:
    figures, (start, now) = seller.figures, counted
    number = len(hindrance.accepting())
    return panels.facts(
        said("Standing", "実績"),
        (said("Rank", "ランク"), word(seller.rank)),
        (said("Search rank", "表示順位ポイント"), seller.search_rank),
        (
            said("Completion", "納品完了率"),
            f"{percent(figures.delivery_completion_rate)} ({figures.completed} / {figures.ended})",
        ),
        (said("Rating", "評価"), f"{stars(figures.rating)} ({figures.rating_count})"),
        (said("Sales", "販売実績"), f"{figures.completed}, {yen(figures.revenue_yen)}"),
        (said("Cancelled at fault", "責任のあるキャンセル"), figures.cancelled_at_fault),
        (said("Verdicts to acknowledge", "確認待ちの自動キャンセル"), len(hindrance.open_verdicts)),
        (said("Services that accept", "受付中のサービス"), f"{number} / {len(hindrance.services)}"),
        (said("Figures recounted", "集計"), moment(seller.figures_at)),
        (said("Seller id", "出品者ID"), seller.pk),
        note=said(
            f"The window now: {moment(start)} to {moment(now)}.", f"現在の集計期間: {moment(start)} 〜 {moment(now)}"
        ),
    )


def _ranks(seller: Seller) -> panels.Panel:
    rows = []
    for line in settings.POLICY.rank_lines:
        for each in rules.requirements(line, seller.figures):
            met = badge(said("met", "達成"), "good") if each.met else badge(said("missing", "未達"), "warn")
            name = FIGURES[each.figure]
            rows.append((word(line.rank), name, rate(each.least, each.figure), rate(each.has, each.figure), met))
    heads = (said("rank", "ランク"), said("asks for", "条件"), said("at least", "基準"), said("has", "実績"), "")
    return panels.table(said("What each rank asks", "ランクの条件"), heads, rows)


def _points(seller: Seller) -> panels.Panel:
    points = rules.search_points(settings.POLICY, seller.figures)
    return panels.facts(
        said("What the search rank is made of", "表示順位ポイントの内訳"),
        (said("For the rank", "ランク"), points.for_rank),
        (said("For the rating", "評価"), f"{float(points.for_rating):.2f}"),
        (said("Below the line", "一定ライン未満"), points.below_the_line),
        (said("Total", "合計"), points.total),
    )


def _verdicts(seller: Seller, counted: tuple[Any, Any]) -> panels.Panel:
    counts = Q(at_fault=AtFault.SELLER, effective_at__range=counted)
    found = Verdict.objects.filter(counts, seller=seller).select_related("deal__talk_room", "deal__buyer")
    rows = [
        (
            link(each),
            verdict_state(each),
            link_to(TalkRoom, each.deal.talk_room.pk),
            each.deal.buyer.username,
            moment(each.effective_at),
        )
        for each in found.order_by("-effective_at", "-id")[:NEWEST]
    ]
    heads = (
        said("verdict", "自動キャンセル"),
        said("state", "状態"),
        said("room", "ルーム"),
        said("buyer", "購入者"),
        said("effective", "キャンセル日時"),
    )
    return panels.table(
        said("Verdicts that count", "集計される自動キャンセル"),
        heads,
        rows,
        note=_at_most(rows),
        empty=said("None.", "なし"),
    )


def _deals(seller: Seller, counted: tuple[Any, Any]) -> panels.Panel:
    found = Deal.objects.filter(seller=seller, status=DealStatus.COMPLETED, ended_at__range=counted)
    rows = [
        (link_to(TalkRoom, each.talk_room.pk), each.buyer.username, yen(each.price), moment(each.ended_at))
        for each in found.select_related("talk_room", "buyer").order_by("-ended_at")[:NEWEST]
        if hasattr(each, "talk_room")
    ]
    heads = (said("room", "ルーム"), said("buyer", "購入者"), said("price", "価格"), said("completed", "完了"))
    return panels.table(
        said("Completed deals that count", "集計される完了取引"),
        heads,
        rows,
        note=_at_most(rows),
        empty=said("None.", "なし"),
    )


def _reviews(seller: Seller, counted: tuple[Any, Any]) -> panels.Panel:
    found = Review.objects.filter(seller=seller, hidden_at=None, dated_at__range=counted).select_related(
        "verdict", "service"
    )
    rows = [
        (
            str(each),
            said("automatic", "自動") if each.verdict_id else said("by the buyer", "購入者"),
            each.service.title,
            each.comment,
            moment(each.dated_at),
        )
        for each in found.order_by("-dated_at")[:NEWEST]
    ]
    heads = (
        said("stars", "評価"),
        said("by", "投稿者"),
        said("service", "サービス"),
        said("comment", "コメント"),
        said("dated", "日付"),
    )
    return panels.table(
        said("Reviews that count", "集計される評価"), heads, rows, note=_at_most(rows), empty=said("None.", "なし")
    )


def _services(seller: Seller) -> panels.Panel:
    found = list(Service.objects.with_status().filter(seller=seller).order_by("-created_at", "-id")[:NEWEST])
    pauses: dict[Any, list[str]] = {service.pk: [] for service in found}
    for pause in PenaltyPause.objects.filter(service__in=pauses, lifted_at=None).order_by("paused_at", "pk"):
        since = moment(pause.paused_at)
        pauses[pause.service_id].append(
            said(f"since {since} by {str(pause.verdict_id)[:8]}", f"{since} から ({str(pause.verdict_id)[:8]})")
        )
    rows = [
        (
            each.title,
            badge(word(each.status), _TONES[ServiceStatus(each.status)]),
            word(each.own_status),
            yen(each.price),
            "; ".join(pauses[each.pk]) or "–",
        )
        for each in found
    ]
    heads = (
        said("service", "サービス"),
        said("others see", "公開状態"),
        said("own state", "本人の設定"),
        said("price", "価格"),
        said("penalty pauses", "ペナルティによる休止"),
    )
    return panels.table(said("Services", "サービス"), heads, rows, note=_at_most(rows), empty=said("None.", "なし"))


_TONES = {ServiceStatus.ACCEPTING: "good", ServiceStatus.PAUSED: "warn", ServiceStatus.DRAFT: "quiet"}


def _at_most(rows: list[Any]) -> str:
    return said(f"The newest {NEWEST}.", f"新しい{NEWEST}件") if len(rows) == NEWEST else ""
