"""取引: everything bought and sold, on either side."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from marketplace import clock
from marketplace.models import TalkRoom
from marketplace.pages.deals import lines_of
from marketplace.pages.page import Page


class DealsPage(Page):
    """The reader's deals, newest first: those that run, or (`?show=ended`) those that have ended."""

    template = "pages/deals.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        ended, now = request.GET.get("show") == "ended", clock.now()
        rooms = TalkRoom.objects.ended_for(self.person) if ended else TalkRoom.objects.running_for(self.person)
        found, links = self.page_of(rooms.with_what_is_shown().with_last_line().newest_first())
        return self.shown(deals=lines_of(found, self.person, now), links=links, ended=ended, now=now)


urlpatterns = [path("deals/", DealsPage.as_view(), name="deals")]
