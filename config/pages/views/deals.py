"""Deals."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from config.pages.page import Page


class DealsPage(Page):
    """Deals."""

    template = "pages/deals.html"

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show it."""
        return self.shown()


urlpatterns = [path("deals/", DealsPage.as_view(), name="deals")]
