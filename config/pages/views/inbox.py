"""Notices."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from config.pages.page import Page


class InboxPage(Page):
    """Notices."""

    template = "pages/inbox.html"

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show it."""
        return self.shown()


urlpatterns = [path("notices/", InboxPage.as_view(), name="inbox")]
