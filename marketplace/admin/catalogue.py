"""Services, deals and reviews as lists: found by index, taken down or hidden with a reason."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from marketplace import search
from marketplace.admin import finding
from marketplace.admin.asked import between
from marketplace.admin.columns import Column, badge, link, link_to
from marketplace.admin.filters import Choice
from marketplace.admin.lists import FactsAdmin
from marketplace.admin.moderation import HideReview, PutBack, TakeDown
from marketplace.admin.words import label, said, word, yen
from marketplace.models import Deal, Review, Seller, Service, TalkRoom


def _state(service: Service) -> str:
    if service.taken_down_at is not None:
        return badge(said("taken down", "掲載停止"), "bad")
    return word(service.status)


def _seller(row: Any) -> str:
    return link_to(Seller, row.seller_id, row.seller.user.username)


SELLER = Column(
    name="seller", title=label("seller", "出品者"), value=lambda row: row.seller.user.username, show=_seller
)

SERVICE_COLUMNS = (
    Column(
        name="title",
        title=label("service", "サービス"),
        value=lambda row: row.title,
        show=lambda row: link(row, row.title),
    ),
    Column(name="state", title=label("state", "状態"), value=lambda row: row.status, show=_state),
    SELLER,
    Column(name="price", title=label("price", "価格"), value=lambda row: row.price, show=lambda row: yen(row.price)),
    Column(name="search_rank", title=label("search rank", "表示順位ポイント"), value=lambda row: row.search_rank),
    Column(name="created_at", title=label("created", "作成"), value=lambda row: row.created_at),
    Column(name="taken_down_at", title=label("taken down", "掲載停止日時"), value=lambda row: row.taken_down_at),
)

DEAL_COLUMNS = (
    Column(name="id", title=label("deal", "取引"), value=lambda row: row.pk, show=link),
    Column(
        name="status", title=label("status", "状態"), value=lambda row: row.status, show=lambda row: word(row.status)
    ),
    Column(name="service", title=label("service", "サービス"), value=lambda row: row.service.title),
    Column(name="buyer", title=label("buyer", "購入者"), value=lambda row: row.buyer.username),
    SELLER,
    Column(name="price", title=label("price", "価格"), value=lambda row: row.price, show=lambda row: yen(row.price)),
    Column(
        name="purchased_at",
        title=label("bought", "購入日時"),
        value=lambda row: row.purchased_at,
        order="talk_room__opened_at",
    ),
    Column(name="ended_at", title=label("ended", "終了日時"), value=lambda row: row.ended_at),
    Column(
        name="room",
        title=label("room", "ルーム"),
        value=lambda row: row.talk_room.pk,
        show=lambda row: link_to(TalkRoom, row.talk_room.pk),
    ),
)

REVIEW_COLUMNS = (
    Column(name="id", title=label("review", "評価"), value=lambda row: row.pk, show=link),
    Column(
        name="rating", title=label("rating", "評価点"), value=lambda row: row.rating, show=lambda row: f"★{row.rating}"
    ),
    Column(name="comment", title=label("comment", "コメント"), value=lambda row: row.comment),
    SELLER,
    Column(name="buyer", title=label("buyer", "購入者"), value=lambda row: row.deal.buyer.username),
    Column(name="dated_at", title=label("dated", "日付"), value=lambda row: row.dated_at),
    Column(
        name="automatic",
        title=label("automatic", "自動"),
        value=lambda row: row.verdict_id is not None,
    ),
    Column(name="hidden_at", title=label("hidden", "非表示"), value=lambda row: row.hidden_at),
)


class Down(Choice):
    """Those that staff took down."""

    title = label("taken down", "掲載停止")
    parameter_name = "down"
    words = (("yes", label("taken down", "掲載停止")),)

    def kept(self, rows: "QuerySet[Any]", _chosen: Any) -> "QuerySet[Any]":
        """Keep them, along their short index."""
        return rows.filter(taken_down_at__isnull=False)


class Hidden(Choice):
    """Hidden ones; else those that are shown."""

    title = label("hidden", "非表示")
    parameter_name = "hidden"
    words = (("yes", label("hidden", "非表示")),)

    def queryset(self, _request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        """Keep the one kind or the other: each has an index of its own."""
        return queryset.filter(hidden_at__isnull=self.value() != "yes")


@admin.register(Service)
class ServiceAdmin(FactsAdmin):
    """Seller by seller."""

    columns = SERVICE_COLUMNS
    buttons = (TakeDown(), PutBack())
    list_filter = (Down,)
    narrowed_by = ("seller__exact",)
    list_select_related = ("seller__user",)
    ordering = ("seller", "pk")
    search_help_text = label(
        "Words of a title, id of a service, or the beginning of a user name or address",
        "タイトルの言葉、サービスのID、またはユーザー名・メールアドレスの先頭",
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        """Read the state that others see along."""
        rows: QuerySet[Any] = Service.objects.with_status().select_related("seller__user")
        return rows.order_by(*self.get_ordering(request))

    def found(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        """Keep the service of this id, those with these words in their title, and these people's."""
        key = finding.identifier(term)
        if key is not None and rows.filter(pk=key).exists():
            return rows.filter(pk=key)
        titled = Service.objects.found_by(term) if search.normalised(term) else Service.objects.none()
        some = list(titled.values_list("pk", flat=True)[: finding.ROOMS_AT_MOST])
        sellers = list(Seller.objects.filter(user__in=finding.people(term)).values_list("pk", flat=True))
        return rows.filter(Q(pk__in=some) | Q(seller__in=sellers))

    def heading(self, row: Service) -> str:
        """Name the service."""
        return said(f"Service “{row.title}”", f"サービス「{row.title}」")


@admin.register(Deal)
class DealAdmin(FactsAdmin):
    """Newest first."""

    columns = DEAL_COLUMNS
    list_filter = (between("talk_room__opened_at"),)
    list_select_related = ("service", "buyer", "seller__user", "talk_room")
    ordering = ("-talk_room__opened_at", "-talk_room__id")
    search_help_text = label(
        "Id of a deal, room, request or verdict; or the beginning of a user name or address",
        "取引・ルーム・リクエスト・自動キャンセルのID、またはユーザー名・メールアドレスの先頭",
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        """Read along what a page shows; every deal has a room, by whose index they are ordered."""
        rows: QuerySet[Any] = super().get_queryset(request).select_related(*self.list_select_related)
        return rows.filter(talk_room__isnull=False)

    def found(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        """Keep the deals that a search means."""
        return rows.filter(pk__in=finding.deal_keys(term))

    def heading(self, row: Deal) -> str:
        """Name the deal by what was bought."""
        return said(f"Deal “{row.service.title}”", f"取引「{row.service.title}」")


@admin.register(Review)
class ReviewAdmin(FactsAdmin):
    """Seller by seller, newest first."""

    columns = REVIEW_COLUMNS
    buttons = (HideReview(),)
    list_filter = (Hidden,)
    narrowed_by = ("seller__exact",)
    list_select_related = ("seller__user", "deal__buyer")
    ordering = ("-seller", "-dated_at")
    search_help_text = label(
        "Id of a review, deal or room; or the beginning of a user name or address",
        "評価・取引・ルームのID、またはユーザー名・メールアドレスの先頭",
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        """Read along what a page shows."""
        rows: QuerySet[Any] = super().get_queryset(request).select_related(*self.list_select_related)
        return rows

    def found(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        """Keep the review of this id, or those of the deals that a search means."""
        key = finding.identifier(term)
        if key is not None and rows.filter(pk=key).exists():
            return rows.filter(pk=key)
        return rows.filter(deal__in=finding.deal_keys(term))

    def heading(self, row: Review) -> str:
        """Name the review."""
        return said(f"Review {row}", f"評価 {row}")
