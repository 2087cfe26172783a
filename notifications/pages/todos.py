"""やることリスト and its red number."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from marketplace import clock
from marketplace.pages.live import tag_of
from marketplace.pages.page import Page
from notifications import todos
from notifications.badge import unhandled_in
from notifications.pages.waiting import in_order


class TodosPage(Page):
    """「すべてを見る」: the whole list, soonest due first."""

    template = "pages/todos.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        now = clock.now()
        waiting = in_order(unhandled_in(request, now).first, now)
        return self.shown(waiting=waiting, now=now, at_most=todos.AT_MOST)


class Badge(Page):
    """赤丸の数字: the number in the header, polled; 304 while it is unchanged."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Render the number alone; `?here` on the list's own page."""
        badge = render(request, "pages/parts/badge.html")
        return self.unless_seen(badge, tag_of(badge.content.decode()))


urlpatterns = [
    path("to-dos/", TodosPage.as_view(), name="todos"),
    path("to-dos/badge/", Badge.as_view(), name="badge"),
]
