"""Buying a service."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from marketplace import clock
from marketplace.actions import deals
from marketplace.actions.writing import Check
from marketplace.errors import Refusal, TooManyRunningDeals
from marketplace.http.fields import Flag, Id
from marketplace.http.serializers.deals import Purchase
from marketplace.models import Deal, Seller, TalkRoom, User
from marketplace.models.talk import TalkRoomQuerySet
from marketplace.pages import offer
from marketplace.pages.deals import lines_of
from marketplace.pages.page import Page
from marketplace.pages.views.services import seen_by
from marketplace.reads.selling import with_paused
from marketplace.reads.shown import rooms_as_shown
from marketplace.vocabulary import ServiceStatus


class RunningDealNotConfirmed(Refusal):
    code = "running_deal_not_confirmed"
    message = _(
        "Nothing was bought: you already have a running deal for this service. Tick the box to buy it once more."
    )


class PurchaseSent(Purchase):
    """A purchase, with the running deals that its buyer saw and confirmed."""

    again = Flag(required=False)
    known = serializers.ListField(child=Id(), required=False)


class BuyPage(Page):
    """購入の確認."""

    template = "pages/buy.html"
    not_done = _("This could not be bought.")
    asks = PurchaseSent

    def get(self, _request: HttpRequest, service_id: UUID) -> HttpResponse:
        service, now = seen_by(self.request.user, service_id), clock.now()
        running = rooms_as_shown(running_for(self.person, service_id).with_last_line().newest_first())
        return self.shown(
            service=service,
            seen=offer.tag(service),
            seller=with_paused(Seller.objects.select_related("user")).get(pk=service.seller_id),
            is_own=service.seller.user_id == self.person.pk,
            accepts=service.status == ServiceStatus.ACCEPTING,
            refused=TooManyRunningDeals.message if deals.has_most(self.person, service.seller_id) else "",
            running=lines_of(running, self.person, now),
            now=now,
        )

    def post(self, request: HttpRequest, service_id: UUID) -> HttpResponse:
        """Buy. Raises `Stale`, `RunningDealNotConfirmed` and what the action raises."""
        given = self.given(service=str(service_id))
        unchanged = offer.still(service_id, request.POST.get("seen", ""))
        confirmed = self._confirmed(service_id, given)

        def check() -> None:
            unchanged()
            confirmed()

        return self.once(
            lambda: deals.buy(service_id=service_id, buyer=self.person, message=given.get("message", ""), check=check),
            "talk-room",
            room_id=lambda deal: Deal.objects.values_list("talk_room", flat=True).get(pk=deal.pk),
        )

    def _confirmed(self, service_id: UUID, given: dict[str, Any]) -> Check:
        """Return the check that the buyer has confirmed one more deal beside the running ones."""
        known, again = set(given.get("known", [])), given.get("again", False)

        def check() -> None:
            running = set(running_for(self.person, service_id).values_list("pk", flat=True))
            if running - known or (running and not again):
                raise RunningDealNotConfirmed

        return check


def running_for(buyer: User, service_id: UUID) -> TalkRoomQuerySet:
    """Return the rooms of this buyer's running deals for a service."""
    rooms: TalkRoomQuerySet = TalkRoom.objects.running_for(buyer).filter(buyer=buyer, deal__service=service_id)
    return rooms


urlpatterns = [path("services/<uuid:service_id>/buy/", BuyPage.as_view(), name="buy")]
