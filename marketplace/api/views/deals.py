"""Deals: buying, and what became of it."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace import visits
from marketplace.actions import deals
from marketplace.api.views.visited import VisitedEndpoint
from marketplace.http import idempotency
from marketplace.http.endpoint import Listing
from marketplace.http.pagination import KeysFirst, PageQuery
from marketplace.http.serializers.deals import DealShown, DealVisited, Purchase
from marketplace.models import Deal
from marketplace.reads.shown import deal_as_shown, deals_as_shown, deals_listed_for


class DealsView(Listing):
    keeps_answers = True
    may_answer = {"POST": {404}}

    @extend_schema(responses={200: DealShown(many=True)}, parameters=[PageQuery], summary="Your deals")
    def get(self, _request: Request) -> Response:
        """List your deals on either side, newest first; staff see all."""
        return self.page(KeysFirst(deals_listed_for(self.person), deals_as_shown), DealShown)

    @extend_schema(request=Purchase, responses={201: DealShown}, summary="Buy a service")
    def post(self, request: Request) -> HttpResponse:
        """Buy a service: a deal with its talk room. The durations in force are written into it.

        409: `service_not_accepting`, `own_service`, `too_many_running_deals` (one buyer with one seller).
        """
        given = self.given(Purchase)

        def buy() -> Deal:
            return deals.buy(service_id=given["service"], buyer=self.person, message=given.get("message", ""))

        return idempotency.once(request, buy, self._show)

    def _show(self, deal: Deal) -> Any:
        return self.shown(DealShown, deal_as_shown(deal.pk))


class DealView(VisitedEndpoint):
    @extend_schema(responses={200: DealVisited}, summary="See a deal")
    def get(self, _request: Request, deal_id: UUID) -> Response:
        """Show a deal; an overdue one is settled first."""
        return Response(self.deal_shown(visits.see(self.person, deal=deal_id)))
