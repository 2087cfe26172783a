"""Selling."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from config.pages.page import Page


class SellingPage(Page):
    """Selling."""

    template = "pages/selling.html"

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show it."""
        return self.shown()


urlpatterns = [path("selling/", SellingPage.as_view(), name="selling")]
