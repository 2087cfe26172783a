"""The secret URL at which calendar programs read a person's milestones and deadlines."""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as _

from marketplace.pages.page import Page
from notifications.actions import calendar


class CalendarPage(Page):
    template = "pages/settings/calendar.html"

    def get(self, _request: HttpRequest) -> HttpResponse:
        address = calendar.feed_url(self.person)
        return self.shown(address=address, webcal=address and f"webcal:{address.partition(':')[2]}")

    def post(self, _request: HttpRequest) -> HttpResponse:
        return self.once(lambda: calendar.create_feed(person=self.person), "calendar-settings")


class RevokedPage(CalendarPage):
    def post(self, _request: HttpRequest) -> HttpResponse:
        """Revoke the URL: it answers 404 from now on."""
        revoked = self.once(lambda: calendar.revoke(person=self.person), "calendar-settings")
        self.tell(_("The old address is revoked."))
        return revoked


urlpatterns = [
    path("settings/calendar/", CalendarPage.as_view(), name="calendar-settings"),
    path("settings/calendar/revoked/", RevokedPage.as_view(), name="revoke-calendar"),
]
