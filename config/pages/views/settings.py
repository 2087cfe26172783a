"""Settings."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from config.pages.page import Page


class SettingsPage(Page):
    """Settings."""

    template = "pages/settings.html"

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show it."""
        return self.shown()


urlpatterns = [path("settings/", SettingsPage.as_view(), name="settings")]
