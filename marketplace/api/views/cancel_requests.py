"""Cancel requests: whether one may ask, asking, and taking it back."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace import visits
from marketplace.actions import cancel_requests
from marketplace.api import eligibility
from marketplace.api.views.visited import VisitedEndpoint
from marketplace.http import etags, idempotency
from marketplace.http.endpoint import Endpoint
from marketplace.http.serializers.cancel_requests import (
    CancelRequestPlaced,
    CancelRequestShown,
    CancelRequestVisited,
    Eligibility,
)
from marketplace.models import CancelRequest


class EligibilityView(Endpoint):
    may_answer = {"GET": {403}}

    @extend_schema(responses={200: Eligibility}, summary="May you ask for cancellation?")
    def get(self, _request: Request, room_id: UUID) -> Response:
        """Say whether you may place a request, from when, and what is missing; an overdue room is settled first."""
        visit = visits.see(self.person, pk=room_id)
        party = visit.as_party(self.person)
        known = visit.facts()
        answer = eligibility.of(known, party, visit.now) | {
            "against_you": eligibility.outlook(known, party.counterpart, visit.now),
            "server_time": visit.now,
        }
        return Response(self.shown(Eligibility, answer))


class CancelRequestsView(Endpoint):
    keeps_answers = True

    @extend_schema(
        request=CancelRequestPlaced,
        responses={201: CancelRequestShown},
        summary="Ask for cancellation (キャンセルリクエスト)",
    )
    def post(self, request: Request, room_id: UUID) -> HttpResponse:
        """Place a cancel request. Without a reply until its deadline the deal is cancelled by itself."""
        given = self.given(CancelRequestPlaced)

        def place() -> CancelRequest:
            return cancel_requests.place(room_id=room_id, requester=self.person, reason=given.get("reason", ""))

        return idempotency.once(request, place, lambda placed: self.shown(CancelRequestShown, placed))


class CancelRequestView(VisitedEndpoint):
    @extend_schema(responses={200: CancelRequestVisited}, summary="See a cancel request")
    def get(self, _request: Request, request_id: UUID) -> Response:
        """Show a request; an overdue one is settled first."""
        return Response(self.request_shown(visits.see(self.person, cancel_requests=request_id), request_id))


class WithdrawView(VisitedEndpoint):
    heeds_if_match = {"POST"}

    @extend_schema(request=None, responses={200: CancelRequestShown}, summary="Withdraw a cancel request")
    def post(self, request: Request, request_id: UUID) -> Response:
        """Withdraw your open request. No clock moves. `If-Match` takes the request's ETag."""
        check = etags.still(request, lambda: self._as_seen(request_id))
        withdrawn = cancel_requests.withdraw(request_id=request_id, person=self.person, check=check)
        return Response(self.shown(CancelRequestShown, withdrawn))

    def _as_seen(self, request_id: UUID) -> Any:
        return self.request_shown(visits.look(self.person, cancel_requests=request_id), request_id)
