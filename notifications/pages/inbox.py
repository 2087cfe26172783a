"""お知らせ: in-app notices, newest first."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import path
from rest_framework import serializers

from marketplace import clock
from marketplace.http.fields import Moment
from marketplace.pages.page import Page, see_other
from notifications import links
from notifications.actions import inbox
from notifications.api.serializers.inbox import NotificationShown
from notifications.models import Notification
from notifications.vocabulary import Channel, Kind


class Seen(serializers.Serializer[Any]):
    """The moment at which the list was shown: later notices stay unread."""

    until = Moment()


class InboxPage(Page):
    """The list, and a button that marks all of it as read."""

    template = "pages/inbox.html"
    asks = Seen

    def get(self, _request: HttpRequest) -> HttpResponse:
        now = clock.now()
        told = Notification.objects.filter(person=self.person, channel=Channel.INAPP)
        found, pages = self.page_of(told.order_by("-made_at", "-id"))
        notices = self.shows(NotificationShown, found, now=now)
        for notice in notices:
            notice["about"] = str(Kind(notice["kind"]).label)
        return self.shown(notices=notices, links=pages, unread=told.filter(read_at=None).count(), now=now)

    def post(self, _request: HttpRequest) -> HttpResponse:
        until = self.given()["until"]
        return self.once(lambda: inbox.read_all(person=self.person, until=until), "inbox")


class NoticePage(Page):
    def post(self, _request: HttpRequest, notification_id: UUID) -> HttpResponse:
        """Mark the notice as read and redirect to where its reader can act. Raises `NotFound`."""
        return see_other(links.path_of(inbox.read(person=self.person, notification_id=notification_id)))


urlpatterns = [
    path("notices/", InboxPage.as_view(), name="inbox"),
    path("notices/<uuid:notification_id>/", NoticePage.as_view(), name="notice"),
]
