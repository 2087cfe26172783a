"""How a room, its deal and its request are shown to who opens them: one place for GET and for If-Match."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request

from marketplace import visits
from marketplace.actions.writing import Check
from marketplace.api import eligibility
from marketplace.http import etags
from marketplace.http.endpoint import Endpoint
from marketplace.http.serializers.cancel_requests import CancelRequestVisited
from marketplace.http.serializers.deals import DealVisited
from marketplace.http.serializers.talk import RoomVisited
from marketplace.reads.schedule import present_in
from marketplace.reads.talk import near_misses
from marketplace.visits import Visit


class VisitedEndpoint(Endpoint):
    """An address that shows a room from within, or checks that it still is as it was seen."""

    def deal_shown(self, visit: Visit) -> Any:
        return self.shown(DealVisited, visit.deal, settling=visit.settling)

    def room_shown(self, visit: Visit) -> Any:
        if visit.by_staff(self.person):
            visit.room.near_misses = near_misses(visit.room.pk)
        return self.shown(
            RoomVisited,
            visit.room,
            settling=visit.settling,
            server_time=visit.now,
            now=visit.now,
            buyer_record=visit.buyer_record(),
            schedule=present_in(visit.room.pk),
            **self._what_each_may_do(visit),
        )

    def request_shown(self, visit: Visit, request_id: UUID) -> Any:
        return self.shown(CancelRequestVisited, visit.request(request_id), settling=visit.settling, room=visit.room)

    def room_or_deal_as_seen(self, request: Request, room_id: UUID) -> Check:
        """Return the check of If-Match: the room's or the deal's tag still holds."""
        return etags.still(
            request,
            lambda: self.deal_shown(visits.look(self.person, pk=room_id)),
            lambda: self.room_shown(visits.look(self.person, pk=room_id)),
        )

    def _what_each_may_do(self, visit: Visit) -> dict[str, Any]:
        party = visit.room.party_of(self.person)
        if party is None:
            return {"cancel_eligibility": None, "against_you": None}
        known = visit.facts()
        return {
            "cancel_eligibility": eligibility.of(known, party, visit.now),
            "against_you": eligibility.outlook(known, party.counterpart, visit.now),
        }
