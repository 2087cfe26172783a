"""How a deal ends well: delivered, approved or sent back, reviewed."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _

from marketplace import errors, visits
from marketplace.actions import delivery
from marketplace.actions.writing import Check
from marketplace.http import etags
from marketplace.http.serializers.deals import DealVisited, Delivery, ReviewWritten, SentBack
from marketplace.pages.room import Room
from marketplace.pages.views.room import InRoom
from marketplace.visits import Visit
from marketplace.vocabulary import Party

STARS = {
    5: _("Very good"),
    4: _("Good"),
    3: _("Fair"),
    2: _("Poor"),
    1: _("Bad"),
}


class _Ending(InRoom):
    of: Party

    def for_its_party(self, visit: Visit) -> dict[str, Any]:
        """Return the context. Raises `NotYoursToDo` for the other party and staff."""
        if visit.as_party(self.person) is not self.of:
            raise errors.NotYoursToDo
        room = Room(visit, self.person)
        return self.in_room(room, seen=etags.tag(self._deal(visit)))

    def as_seen(self, room_id: UUID) -> Check:
        """Return the check that the deal is unchanged. Raises `Stale`."""
        seen = {self.request.POST.get("seen", "")}
        return etags.still_one_of(seen, lambda: self._deal(visits.look(self.person, pk=room_id)))

    def _deal(self, visit: Visit) -> Any:
        return self.shows(DealVisited, visit.deal, settling=visit.settling)


class DeliverPage(_Ending):
    """納品: the delivery and its message."""

    template = "pages/room/deliver.html"
    not_done = _("This could not be delivered.")
    asks = Delivery
    of = Party.SELLER

    def get(self, _request: HttpRequest, room_id: UUID) -> HttpResponse:
        return self.shown(**self.for_its_party(visits.see(self.person, pk=room_id)))

    def post(self, _request: HttpRequest, room_id: UUID) -> HttpResponse:
        body = self.given()["body"]
        return self.once(
            lambda: delivery.deliver(room_id=room_id, seller=self.person, body=body), "talk-room", room_id=room_id
        )


class ApprovePage(_Ending):
    """承認: the deal is completed."""

    template = "pages/room/approve.html"
    not_done = _("This could not be approved.")
    of = Party.BUYER

    def get(self, _request: HttpRequest, room_id: UUID) -> HttpResponse:
        return self.shown(**self.for_its_party(visits.see(self.person, pk=room_id)))

    def post(self, _request: HttpRequest, room_id: UUID) -> HttpResponse:
        unchanged = self.as_seen(room_id)
        return self.once(
            lambda: delivery.approve(room_id=room_id, buyer=self.person, check=unchanged),
            "review",
            deal_id=lambda deal: deal.pk,
        )


class SendBackPage(_Ending):
    """差し戻し: what is missing."""

    template = "pages/room/send_back.html"
    not_done = _("This could not be sent back.")
    asks = SentBack
    of = Party.BUYER

    def get(self, _request: HttpRequest, room_id: UUID) -> HttpResponse:
        return self.shown(**self.for_its_party(visits.see(self.person, pk=room_id)))

    def post(self, _request: HttpRequest, room_id: UUID) -> HttpResponse:
        body, unchanged = self.given()["body"], self.as_seen(room_id)
        return self.once(
            lambda: delivery.send_back(room_id=room_id, buyer=self.person, body=body, check=unchanged),
            "talk-room",
            room_id=room_id,
        )


class ReviewPage(_Ending):
    """評価: the buyer's stars and comment."""

    template = "pages/room/review.html"
    asks = ReviewWritten
    of = Party.BUYER

    def get(self, _request: HttpRequest, deal_id: UUID) -> HttpResponse:
        known = self.for_its_party(visits.see(self.person, deal=deal_id))
        return self.shown(**known, choices=list(STARS.items()), rating=self.form.bound("rating"))

    def post(self, _request: HttpRequest, deal_id: UUID) -> HttpResponse:
        given = self.given()
        return self.once(
            lambda: delivery.review(deal_id=deal_id, buyer=self.person, **given),
            "talk-room",
            room_id=lambda review: review.deal.talk_room.pk,
        )


urlpatterns = [
    path("talk-rooms/<uuid:room_id>/deliver/", DeliverPage.as_view(), name="deliver"),
    path("talk-rooms/<uuid:room_id>/approve/", ApprovePage.as_view(), name="approve"),
    path("talk-rooms/<uuid:room_id>/send-back/", SendBackPage.as_view(), name="send-back"),
    path("deals/<uuid:deal_id>/review/", ReviewPage.as_view(), name="review"),
]
