"""The shop window: services, sellers, buying."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import path

from config.pages.errors import log_in_first
from config.pages.page import Page
from marketplace import clock, errors
from marketplace.actions import deals
from marketplace.api import window
from marketplace.api.permissions import own_seller_id
from marketplace.api.serializers.deals import Purchase
from marketplace.api.views.services import LONGEST_SEARCH
from marketplace.models import Deal, Seller, Service
from marketplace.querysets.selling import ServiceQuerySet, with_paused


class ServicesPage(Page):
    """検索結果: the services that accept, best search rank first."""

    template = "pages/services.html"
    public = True

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show what was searched for."""
        asked = request.GET.get("q", "")[:LONGEST_SEARCH]
        services, links = self.page_of(_as_shown().found_by(asked).accepting().best_first())
        return self.shown(services=services, links=links, asked=asked)


class ServicePage(Page):
    """One service, and buying it."""

    template = "pages/service.html"
    asks = Purchase
    public = True

    def get(self, request: HttpRequest, service_id: UUID) -> HttpResponse:
        """Show it, a paused one too."""
        service = _as_shown().visible_to(own_seller_id(request.user)).filter(pk=service_id).first()
        if service is None:
            raise errors.NotFound
        return self.shown(service=service)

    def post(self, request: HttpRequest, service_id: UUID) -> HttpResponse:
        """Buy it."""
        if not request.user.is_authenticated:
            return log_in_first(request)
        message = self.given(service=str(service_id)).get("message", "")
        return self.once(
            lambda: deals.buy(service_id=service_id, buyer=self.person, message=message.strip() and message),
            "talk-room",
            room_id=lambda deal: Deal.objects.values_list("talk_room", flat=True).get(pk=deal.pk),
        )


class SellerPage(Page):
    """One seller: rank, rating, completion rate, services."""

    template = "pages/seller.html"
    public = True

    def get(self, _request: HttpRequest, seller_id: UUID) -> HttpResponse:
        """Show the seller."""
        seller: Seller | None = with_paused(Seller.objects.select_related("user")).filter(pk=seller_id).first()
        if seller is None:
            raise errors.NotFound
        services, links = self.page_of(_as_shown().filter(seller=seller).accepting().best_first())
        return self.shown(seller=seller, services=services, links=links)


def _as_shown() -> ServiceQuerySet:
    now = clock.now()
    services: ServiceQuerySet = (
        Service.objects.select_related("seller__user").with_status().with_rating(window.start(now), now)
    )
    return services


urlpatterns = [
    path("services/", ServicesPage.as_view(), name="services"),
    path("services/<uuid:service_id>/", ServicePage.as_view(), name="service"),
    path("sellers/<uuid:seller_id>/", SellerPage.as_view(), name="seller"),
]
