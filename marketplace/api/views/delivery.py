"""How a deal ends well: delivered, approved or sent back, reviewed."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.actions import delivery
from marketplace.api.views.visited import VisitedEndpoint
from marketplace.http import idempotency
from marketplace.http.endpoint import Endpoint
from marketplace.http.serializers.deals import DealShown, Delivery, ReviewShown, ReviewWritten, SentBack
from marketplace.models import Deal
from marketplace.reads.shown import deal_as_shown


class _Ending(VisitedEndpoint):
    def _show(self, deal: Deal) -> Any:
        return self.shown(DealShown, deal_as_shown(deal.pk))


class DeliverView(_Ending):
    keeps_answers = True

    @extend_schema(request=Delivery, responses={201: DealShown}, summary="Deliver (納品)")
    def post(self, request: Request, room_id: UUID) -> HttpResponse:
        """Deliver. The buyer approves or sends back until `approval_deadline`; after it, it is approved."""
        given = self.given(Delivery)
        return idempotency.once(
            request, lambda: delivery.deliver(room_id=room_id, seller=self.person, body=given["body"]), self._show
        )


class ApproveView(_Ending):
    heeds_if_match = {"POST"}

    @extend_schema(request=None, responses={200: DealShown}, summary="Approve the delivery")
    def post(self, request: Request, room_id: UUID) -> Response:
        """Approve what was delivered: the deal is completed. `If-Match` takes the deal's or the room's ETag."""
        check = self.room_or_deal_as_seen(request, room_id)
        return Response(self._show(delivery.approve(room_id=room_id, buyer=self.person, check=check)))


class SendBackView(_Ending):
    keeps_answers = True
    heeds_if_match = {"POST"}

    @extend_schema(request=SentBack, responses={201: DealShown}, summary="Send the delivery back (差し戻し)")
    def post(self, request: Request, room_id: UUID) -> HttpResponse:
        """Send back what was delivered, with what is missing. `If-Match` takes the deal's or the room's ETag."""
        body = self.given(SentBack)["body"]
        check = self.room_or_deal_as_seen(request, room_id)
        return idempotency.once(
            request,
            lambda: delivery.send_back(room_id=room_id, buyer=self.person, body=body, check=check),
            self._show,
        )


class ReviewView(Endpoint):
    keeps_answers = True

    @extend_schema(request=ReviewWritten, responses={201: ReviewShown}, summary="Review a completed deal (評価)")
    def post(self, request: Request, deal_id: UUID) -> HttpResponse:
        """Give 1 to 5 stars, once. The seller's figures follow."""
        given = self.given(ReviewWritten)
        return idempotency.once(
            request,
            lambda: delivery.review(deal_id=deal_id, buyer=self.person, **given),
            lambda review: self.shown(ReviewShown, review),
        )
