"""Sellers, and their return after a verdict."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace import errors
from marketplace.actions import selling
from marketplace.http import standing
from marketplace.http.endpoint import Endpoint
from marketplace.http.serializers.people import Resumption, SellerShown
from marketplace.http.serializers.standing import StandingShown
from marketplace.models import Seller
from marketplace.reads.selling import with_paused


class SellerView(Endpoint):
    permission_classes = [IsAuthenticatedOrReadOnly]

    @extend_schema(responses={200: SellerShown}, summary="See a seller")
    def get(self, _request: Request, seller_id: UUID) -> Response:
        """Show a seller's standing, figures of the last three months."""
        return Response(self.shown(SellerShown, _seen(seller_id)))


class SellerResumeView(Endpoint):
    @extend_schema(request=Resumption, responses={200: SellerShown}, summary="Acknowledge, and accept again")
    def post(self, _request: Request) -> Response:
        """Acknowledge every cancellation against you, and let the services named (default: all) accept again."""
        seller = selling.acknowledge(owner=self.person, services=self.given(Resumption).get("services"))
        return Response(self.shown(SellerShown, _seen(seller.pk)))


class StandingView(Endpoint):
    may_answer = {"GET": {409}}

    @extend_schema(responses={200: StandingShown}, summary="Why is my rank this?")
    def get(self, _request: Request) -> Response:
        """Show the figures of the window, what each rank asks of them, and what weighs on you."""
        seller: Seller | None = with_paused(Seller.objects.filter(user=self.person)).first()
        if seller is None:
            raise errors.NotASeller
        return Response(self.shown(StandingShown, standing.of(seller)))


def _seen(seller_id: UUID) -> Seller:
    seller: Seller | None = with_paused(Seller.objects.select_related("user")).filter(pk=seller_id).first()
    if seller is None:
        raise errors.NotFound
    return seller
