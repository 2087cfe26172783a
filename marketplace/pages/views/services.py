"""Services and sellers, for everybody."""

from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.urls import path

from marketplace import clock, errors, window
from marketplace.http.pagination import KeysFirst
from marketplace.http.serializers.services import Searched
from marketplace.models import Seller, Service, User
from marketplace.models.selling import ServiceQuerySet
from marketplace.pages import forms
from marketplace.pages.page import Page
from marketplace.reads import reviews
from marketplace.reads.selling import own_seller_id, with_paused
from marketplace.vocabulary import ServiceStatus

REVIEWS_SHOWN = 10


class ServicesPage(Page):
    """検索結果: accepting services, best search rank first."""

    template = "pages/services.html"
    asks = Searched
    public = True

    def get(self, request: HttpRequest) -> HttpResponse:
        if self.form.errors:
            return self.shown(services=[], links={})
        asked = forms.read(self.asks, request.GET).get("q", "")
        self.begin_with(q=asked)
        services, links = self.page_of(_listed(Service.objects.found_by(asked)))
        return self.shown(services=services, links=links, asked=asked.strip())


class ServicePage(Page):
    """One service, and the way to buy it."""

    template = "pages/service.html"
    public = True

    def get(self, request: HttpRequest, service_id: UUID) -> HttpResponse:
        """Show the service. Paused ones too; drafts to their owner."""
        service = seen_by(request.user, service_id)
        return self.shown(
            service=service,
            seller=with_paused(Seller.objects.select_related("user")).get(pk=service.seller_id),
            is_own=service.seller.user_id == request.user.pk,
            accepts=service.status == ServiceStatus.ACCEPTING,
            reviews=reviews.newest(REVIEWS_SHOWN, service=service),
        )


def seen_by(person: User | AnonymousUser, service_id: UUID) -> Service:
    """Return a service visible to this person, with what pages show. Raises `NotFound`."""
    service: Service | None = _as_shown().visible_to(own_seller_id(person)).filter(pk=service_id).first()
    if service is None:
        raise errors.NotFound
    return service


class SellerPage(Page):
    """One seller: rank, rating, completion rate, services, reviews."""

    template = "pages/seller.html"
    public = True

    def get(self, _request: HttpRequest, seller_id: UUID) -> HttpResponse:
        seller: Seller | None = with_paused(Seller.objects.select_related("user")).filter(pk=seller_id).first()
        if seller is None:
            raise errors.NotFound
        services, links = self.page_of(_listed(Service.objects.filter(seller=seller)))
        return self.shown(
            seller=seller, services=services, links=links, reviews=reviews.newest(REVIEWS_SHOWN, seller=seller)
        )


def _listed(services: ServiceQuerySet) -> KeysFirst:
    return KeysFirst((services.accepting().best_first(),), lambda keys: list(_as_shown().filter(pk__in=keys)))


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
