"""The guided return after a verdict (R9): what happened and what waits; then acknowledge and resume."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from marketplace import clock
from marketplace.actions import selling
from marketplace.http.fields import Id
from marketplace.http.serializers.people import Resumption
from marketplace.models import Seller, Verdict
from marketplace.pages import own
from marketplace.pages.page import Page
from marketplace.reads import aftermath, weight


class Acknowledgement(Resumption):
    seen = serializers.ListField(child=Id())


class ReturnPage(Page):
    """受付の再開."""

    template = "pages/selling/return.html"
    not_done = gettext_lazy("This could not be resumed.")
    asks = Acknowledgement

    def get(self, request: HttpRequest) -> HttpResponse:
        seller = own.seller_of(self.person)
        if seller is None:
            return self.shown("pages/selling/not_yet.html")
        services = [own.Own(each) for each in own.services_of(self.person)]
        everything = [str(each.service.pk) for each in services]
        return self.shown(
            seller=seller,
            coming_back=[each for each in services if each.comes_back],
            by_themselves=[each for each in services if each.comes_back_by_itself],
            ticked=request.POST.getlist("services") if request.method == "POST" else everything,
            seen_before=request.POST.getlist("seen"),
            **self._what_happened(seller),
        )

    def post(self, _request: HttpRequest) -> HttpResponse:
        """Acknowledge the verdicts that were shown, and lift the pauses of the services that are ticked."""
        given = self.given()
        services, seen = given.get("services", []), given["seen"]
        acknowledged = self.once(
            lambda: selling.acknowledge(owner=self.person, services=services, seen=seen), "selling"
        )
        self.tell(_done(len(services)))
        return acknowledged

    def _what_happened(self, seller: Seller) -> dict[str, Any]:
        now = clock.now()
        waiting = Verdict.objects.unacknowledged().filter(seller=seller)
        verdicts = list(waiting.with_their_story().order_by("effective_at", "id"))
        return {
            "verdicts": verdicts,
            "services_paused": aftermath.services_paused(verdicts),
            "weight": weight.of_verdicts(seller.pk, [each.pk for each in verdicts], now) if verdicts else None,
            "now": now,
        }


def _done(resumed: int) -> str:
    if not resumed:
        return _("Acknowledged. Resume each service whenever you are ready.")
    return _("Acknowledged. Services that accept purchases again: {resumed}.").format(resumed=resumed)


urlpatterns = [path("selling/return/", ReturnPage.as_view(), name="return")]
