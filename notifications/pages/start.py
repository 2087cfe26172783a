"""The start page: what to do next, and the running deals."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path

from marketplace import clock
from marketplace.models import Seller, TalkRoom
from marketplace.pages.deals import DealLine, lines_of
from marketplace.pages.page import Page
from marketplace.reads.selling import with_paused
from marketplace.reads.shown import newest_rooms
from marketplace.vocabulary import Party
from notifications import badge, checklist
from notifications.pages import tips
from notifications.pages.waiting import in_order
from notifications.todos import Unhandled

AT_MOST = 200
"""Running deals that are read: the newest."""
NEXT = 3
"""To-dos shown here; the list has them all."""
PURCHASES = 6
"""Running purchases shown here; the list has them all."""


class StartPage(Page):
    """A seller's tips and deals, a buyer's purchases, a newcomer's first steps."""

    template = "pages/start.html"
    public = True

    def get(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            policy = settings.POLICY
            return self.shown("pages/welcome.html", silence=policy.silence_before_request, reply=policy.reply_window)
        now = clock.now()
        unhandled = badge.unhandled_in(request, now)
        lines = self._running(now)
        bought = sorted((line for line in lines if line.you is Party.BUYER), key=_soonest_first)
        return self.shown(
            now=now,
            waiting=in_order(unhandled.first, now)[:NEXT],
            bought=bought[:PURCHASES],
            number_bought=len(bought),
            is_cut=len(lines) == AT_MOST,
            **self._selling(lines, unhandled, now),
        )

    def _running(self, now: datetime) -> list[DealLine]:
        return lines_of(newest_rooms(TalkRoom.objects.running_for(self.person), AT_MOST), self.person, now)

    def _selling(self, lines: list[DealLine], unhandled: Unhandled, now: datetime) -> dict[str, Any]:
        seller = with_paused(Seller.objects.filter(user=self.person)).first()
        if seller is None:
            return {"seller": None}
        sold = [line for line in lines if line.you is Party.SELLER]
        known = checklist.judge_deals(self.person, [line.room.pk for line in sold], unhandled.first, now)
        following = list(tips.by_deal(known, sold))
        return {
            "seller": seller,
            "tips": tips.shown(known, unhandled.number),
            "unwell": [each for each in following if not each.is_fine],
            "fine": [each for each in following if each.is_fine],
        }


def _soonest_first(line: DealLine) -> tuple[bool, bool, datetime]:
    due = line.due[1] if line.due else line.request_possible_from
    return not line.is_yours, due is None, due or line.now


urlpatterns = [path("", StartPage.as_view(), name="start")]
