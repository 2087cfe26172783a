"""Services: the shop window, and what their owner does with them."""

from collections.abc import Callable, Collection
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace import clock, errors, window
from marketplace.actions import selling
from marketplace.http import etags, idempotency
from marketplace.http.endpoint import Endpoint, Listing
from marketplace.http.fields import Id
from marketplace.http.pagination import KeysFirst, PageQuery
from marketplace.http.serializers.services import Searched, ServiceShown, ServiceWritten
from marketplace.models import Service
from marketplace.models.selling import ServiceQuerySet
from marketplace.reads.selling import own_seller_id


class ServiceQuery(Searched, PageQuery):
    seller = Id(required=False, help_text="Only this seller's; your own id lists all of yours.")


class ServicesView(Listing):
    permission_classes = [IsAuthenticatedOrReadOnly]
    query = ServiceQuery
    keeps_answers = True

    @extend_schema(responses={200: ServiceShown(many=True)}, parameters=[ServiceQuery], summary="Find services")
    def get(self, request: Request) -> Response:
        """List accepting services, best search rank first; with your own seller id, all of yours."""
        services = Service.objects.found_by(self.asked.get("q", ""))
        seller = self.asked.get("seller")
        if seller is not None:
            services = services.filter(seller=seller)
        is_own = seller is not None and seller == own_seller_id(request.user)
        listed = services.newest_first() if is_own else services.accepting().best_first()
        return self.page(KeysFirst((listed,), _of_keys), ServiceShown)

    @extend_schema(request=ServiceWritten, responses={201: ServiceShown}, summary="Create a service")
    def post(self, request: Request) -> HttpResponse:
        """Create a draft. The first one makes you a seller."""
        given = {"description": "", **self.given(ServiceWritten)}
        return idempotency.once(request, lambda: selling.create(owner=self.person, **given), self._show)

    def _show(self, service: Service) -> Any:
        return self.shown(ServiceShown, _as_shown().get(pk=service.pk))


class ServiceView(Endpoint):
    permission_classes = [IsAuthenticatedOrReadOnly]
    heeds_if_match = {"PATCH"}

    @extend_schema(responses={200: ServiceShown}, summary="See a service")
    def get(self, request: Request, service_id: UUID) -> Response:
        """Show a service, a paused one too; a draft to its owner only."""
        service = _as_shown().visible_to(own_seller_id(request.user)).filter(pk=service_id).first()
        if service is None:
            raise errors.NotFound
        return Response(self.shown(ServiceShown, service))

    @extend_schema(request=ServiceWritten, responses={200: ServiceShown}, summary="Change a service")
    def patch(self, request: Request, service_id: UUID) -> Response:
        """Change title, description or price. Deals keep the price that they were bought at."""
        given = self.given(ServiceWritten, partial=True)
        check = etags.still(request, lambda: self._show(service_id))
        shown = self._show(selling.change(service_id=service_id, owner=self.person, check=check, **given).pk)
        return Response(shown, headers={"ETag": etags.tag(shown)})

    def _show(self, service_id: UUID) -> Any:
        return self.shown(ServiceShown, _as_shown().get(pk=service_id))


class _Move(Endpoint):
    move: Callable[..., Service]

    def _moved(self, service_id: UUID) -> Response:
        service = self.move(service_id=service_id, owner=self.person)
        return Response(self.shown(ServiceShown, _as_shown().get(pk=service.pk)))


class PublishView(_Move):
    move = staticmethod(selling.publish)

    @extend_schema(request=None, responses={200: ServiceShown}, summary="Publish a draft")
    def post(self, _request: Request, service_id: UUID) -> Response:
        """Make a draft accept purchases."""
        return self._moved(service_id)


class PauseView(_Move):
    move = staticmethod(selling.pause)

    @extend_schema(request=None, responses={200: ServiceShown}, summary="Pause a service")
    def post(self, _request: Request, service_id: UUID) -> Response:
        """Take no purchases for a while (受付休止中)."""
        return self._moved(service_id)


class ResumeView(_Move):
    move = staticmethod(selling.resume)

    @extend_schema(request=None, responses={200: ServiceShown}, summary="Resume a service")
    def post(self, _request: Request, service_id: UUID) -> Response:
        """Accept purchases again. After a cancellation, acknowledge it first: `sellers/me/resume/`."""
        return self._moved(service_id)


def _of_keys(keys: Collection[UUID]) -> list[Service]:
    return list(_as_shown().filter(pk__in=keys))


def _as_shown() -> ServiceQuerySet:
    now = clock.now()
    services: ServiceQuerySet = (
        Service.objects.select_related("seller__user").with_status().with_rating(window.start(now), now)
    )
    return services
