"""Services, deals and reviews as lists: found by index, taken down or hidden with a reason."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace import search
from marketplace.admin import lookup
from marketplace.admin.columns import badge, exported, halved, link_to
from marketplace.admin.filters import ChoiceFilter
from marketplace.admin.lists import FactsAdmin
from marketplace.admin.moderation_buttons import HideReview, PutBack, TakeDown
from marketplace.admin.typed_filters import between
from marketplace.formats import yen
from marketplace.models import Deal, Review, Service, TalkRoom
from marketplace.vocabulary import ServiceStatus


class Down(ChoiceFilter):
    """Services that staff took down, along their short index."""

    title = gettext_lazy("taken down")
    parameter_name = "down"
    options = (("yes", gettext_lazy("taken down")),)

    def kept(self, rows: "QuerySet[Any]", _chosen: Any) -> "QuerySet[Any]":
        return rows.filter(taken_down_at__isnull=False)


class Hidden(ChoiceFilter):
    """Hidden ones, else those that are shown: each has an index of its own."""

    title = gettext_lazy("hidden")
    parameter_name = "hidden"
    options = (("yes", gettext_lazy("hidden")),)

    def queryset(self, _request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        return queryset.filter(hidden_at__isnull=self.value() != "yes")


class PricedAdmin(FactsAdmin):
    @exported("price", "price")
    @admin.display(description=gettext_lazy("price"))
    def price_in_yen(self, row: Any) -> str:
        return yen(row.price)


@admin.register(Service)
class ServiceAdmin(PricedAdmin):
    list_display = ("title", "state", "seller_link", "price_in_yen", "sellers_rank", "created_at", "taken_down_at")
    buttons = (TakeDown(), PutBack())
    list_filter = (Down,)
    narrowed_by = ("seller__exact",)
    list_select_related = ("seller__user",)
    ordering = ("seller", "pk")
    search_help_text = gettext_lazy("Words of a title, id of a service, or the beginning of a user name or address")

    @exported("state", "status")
    @admin.display(description=gettext_lazy("state"))
    def state(self, row: Service) -> str:
        taken_down = row.taken_down_at is not None
        return badge(_("taken down"), "bad") if taken_down else str(ServiceStatus(row.status).label)

    @exported("search_rank", "seller.search_rank")
    @admin.display(description=gettext_lazy("search rank"), ordering="search_rank")
    def sellers_rank(self, row: Service) -> Decimal:
        return row.seller.search_rank

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        """Read along the state that others see."""
        rows: QuerySet[Any] = Service.objects.with_status().select_related(*self.list_select_related)
        return rows.order_by(*self.get_ordering(request))

    def found(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        """Keep the service of this id, or those with these words in their title and these people's."""
        by_id = lookup.by_id(rows, term)
        if by_id is not None:
            return by_id
        titled = Service.objects.found_by(term) if search.normalised(term) else Service.objects.none()
        some = list(titled.values_list("pk", flat=True)[: lookup.ROOMS_AT_MOST])
        return rows.filter(Q(pk__in=some) | Q(seller__in=lookup.sellers_among(lookup.people(term))))

    def heading(self, row: Service) -> str:
        return _("Service “{title}”").format(title=row.title)


@admin.register(Deal)
class DealAdmin(PricedAdmin):
    list_display = (
        "short_id", "status", "service", "buyer", "seller_link", "price_in_yen", "bought_at", "ended_at", "deal_room",
    )  # fmt: skip
    sortable_by = ("bought_at",)
    list_filter = (between("talk_room__opened_at"),)
    list_select_related = ("service", "buyer", "seller__user", "talk_room")
    ordering = ("-talk_room__opened_at", "-talk_room__id")
    search_help_text = gettext_lazy(
        "Id of a deal, room, request or verdict; or the beginning of a user name or address"
    )

    @exported("purchased_at", "purchased_at")
    @admin.display(description=gettext_lazy("bought"), ordering="talk_room__opened_at")
    def bought_at(self, row: Deal) -> str:
        return halved(row.purchased_at)

    @exported("room", "talk_room.pk")
    @admin.display(description=gettext_lazy("room"))
    def deal_room(self, row: Deal) -> str:
        return link_to(TalkRoom, row.talk_room.pk)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        """Join the room, which every deal has: its index gives the order."""
        return super().get_queryset(request).filter(talk_room__isnull=False)

    def found(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        return rows.filter(pk__in=lookup.room_keys(term, "deal_id"))

    def heading(self, row: Deal) -> str:
        return _("Deal “{title}”").format(title=row.service.title)


@admin.register(Review)
class ReviewAdmin(FactsAdmin):
    list_display = (
        "short_id", "stars", "comment", "seller_link", "buyer", "dated_at", "is_automatic", "hidden_at",
    )  # fmt: skip
    buttons = (HideReview(),)
    list_filter = (Hidden,)
    narrowed_by = ("seller__exact",)
    list_select_related = ("seller__user", "deal__buyer")
    ordering = ("-seller", "-dated_at")
    search_help_text = gettext_lazy("Id of a review, deal or room; or the beginning of a user name or address")

    @exported("rating", "rating")
    @admin.display(description=gettext_lazy("stars"))
    def stars(self, row: Review) -> str:
        return f"★{row.rating}"

    @admin.display(description=gettext_lazy("buyer"))
    def buyer(self, row: Review) -> str:
        return row.deal.buyer.username

    @exported("automatic", lambda row: row.verdict_id is not None)
    @admin.display(description=gettext_lazy("automatic"))
    def is_automatic(self, row: Review) -> str:
        return _("no") if row.verdict_id is None else _("yes")

    def found(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        by_id = lookup.by_id(rows, term)
        return by_id if by_id is not None else rows.filter(deal__in=lookup.room_keys(term, "deal_id"))

    def heading(self, row: Review) -> str:
        return _("Review {row}").format(row=row)
