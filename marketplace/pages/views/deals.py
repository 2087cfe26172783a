"""取引: everything bought and sold, on either side."""

from collections.abc import Collection
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import path

from marketplace import clock
from marketplace.http.pagination import KeysFirst
from marketplace.models import TalkRoom
from marketplace.models.talk import TalkRoomQuerySet
from marketplace.pages.deals import lines_of
from marketplace.pages.page import Page
from marketplace.reads.shown import rooms_as_shown


class DealsPage(Page):
    """The reader's deals, newest first: those that run, or (`?show=ended`) those that have ended."""

    template = "pages/deals.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        ended, now = request.GET.get("show") == "ended", clock.now()
        found, links = self.page_of(KeysFirst(self._sides(ended=ended), _lines_read))
        return self.shown(deals=lines_of(found, self.person, now), links=links, ended=ended, now=now)

    def _sides(self, *, ended: bool) -> tuple[TalkRoomQuerySet, ...]:
        rooms = TalkRoom.objects.newest_first()
        if not ended:
            return (rooms.running_for(self.person),)
        return rooms.filter(deal__ended_at__isnull=False).sides_of(self.person)


def _lines_read(keys: Collection[UUID]) -> list[TalkRoom]:
    return rooms_as_shown(TalkRoom.objects.filter(pk__in=keys).with_last_line())


urlpatterns = [path("deals/", DealsPage.as_view(), name="deals")]
