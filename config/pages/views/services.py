"""The shop window: services, sellers, buying."""

from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse

from config.pages import forms, offer
from config.pages.page import Page, see_other
from marketplace import clock, errors
from marketplace.actions import deals
from marketplace.api import window
from marketplace.api.permissions import own_seller_id
from marketplace.api.serializers.deals import Purchase
from marketplace.api.views.services import Searched
from marketplace.models import Deal, Seller, Service
from marketplace.querysets import reviews
from marketplace.querysets.selling import ServiceQuerySet, with_paused
from marketplace.vocabulary import ServiceStatus

FIRST_WORDS = "first_words"
"""Under this name a session keeps what somebody wrote before logging in, and about which service."""
REVIEWS_SHOWN = 10


class ServicesPage(Page):
    """検索結果: the services that accept, best search rank first."""

    template = "pages/services.html"
    asks = Searched
    public = True

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show what was searched for; nothing, and why, where that cannot be searched for."""
        if self.form.errors:
            return self.shown(services=[], links={})
        asked = forms.read(self.asks, request.GET, self.language).get("q", "")
        self.begin_with(q=asked)
        services, links = self.page_of(_as_shown().found_by(asked).accepting().best_first())
        return self.shown(services=services, links=links, asked=asked.strip())


class ServicePage(Page):
    """One service, and buying it."""

    template = "pages/service.html"
    asks = Purchase
    public = True

    def get(self, _request: HttpRequest, service_id: UUID) -> HttpResponse:
        """Show it, a paused one too; a draft to its owner."""
        service = self._seen(service_id)
        self.begin_with(message=self._first_words(service_id))
        return self.shown(
            service=service,
            seen=offer.tag(service),
            seller=with_paused(Seller.objects.select_related("user")).get(pk=service.seller_id),
            is_own=service.seller.user_id == self.request.user.pk,
            accepts=service.status == ServiceStatus.ACCEPTING,
            reviews=reviews.newest(REVIEWS_SHOWN, service=service),
        )

    def post(self, request: HttpRequest, service_id: UUID) -> HttpResponse:
        """Buy what was seen. Who is not logged in does that first, and finds the message here again."""
        message = self.given(service=str(service_id)).get("message", "")
        if not request.user.is_authenticated:
            self._seen(service_id)
            request.session[FIRST_WORDS] = {"service": str(service_id), "message": message}
            return see_other(f"{reverse('pages:log-in')}?{urlencode({'next': request.path})}")
        bought = self.once(
            lambda: deals.buy(
                service_id=service_id,
                buyer=self.person,
                message=message,
                check=offer.still(service_id, request.POST.get("seen", "")),
            ),
            "talk-room",
            room_id=lambda deal: Deal.objects.values_list("talk_room", flat=True).get(pk=deal.pk),
        )
        request.session.pop(FIRST_WORDS, None)
        return bought

    def _seen(self, service_id: UUID) -> Service:
        visible = _as_shown().visible_to(own_seller_id(self.request.user))
        service: Service | None = visible.filter(pk=service_id).first()
        if service is None:
            raise errors.NotFound
        return service

    def _first_words(self, service_id: UUID) -> str:
        kept = self.request.session.get(FIRST_WORDS, {})
        return str(kept["message"]) if kept.get("service") == str(service_id) else ""


class SellerPage(Page):
    """One seller: rank, rating, completion rate, services, what buyers said."""

    template = "pages/seller.html"
    public = True

    def get(self, _request: HttpRequest, seller_id: UUID) -> HttpResponse:
        """Show the seller."""
        seller: Seller | None = with_paused(Seller.objects.select_related("user")).filter(pk=seller_id).first()
        if seller is None:
            raise errors.NotFound
        services, links = self.page_of(_as_shown().filter(seller=seller).accepting().best_first())
        return self.shown(
            seller=seller, services=services, links=links, reviews=reviews.newest(REVIEWS_SHOWN, seller=seller)
        )


def _as_shown() -> ServiceQuerySet:
    now = clock.now()
    start = window.start(now)
    services: ServiceQuerySet = Service.objects.select_related("seller__user").with_status()
    return services.with_rating(start, now).with_number_of_ratings(start, now)


urlpatterns = [
    path("services/", ServicesPage.as_view(), name="services"),
    path("services/<uuid:service_id>/", ServicePage.as_view(), name="service"),
    path("sellers/<uuid:seller_id>/", SellerPage.as_view(), name="seller"),
]
