"""Start."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from config.pages.page import Page


class StartPage(Page):
    """Start."""

    template = "pages/start.html"

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show it."""
        return self.shown()


urlpatterns = [path("", StartPage.as_view(), name="start")]
