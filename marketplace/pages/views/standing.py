"""「なぜこのランクなのか」: what rank and search rank are based on."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.urls import path

from marketplace import rules
from marketplace.http import standing
from marketplace.models import Verdict
from marketplace.pages.own import seller_of
from marketplace.pages.page import Page
from marketplace.vocabulary import AtFault


@dataclass(frozen=True, kw_only=True)
class Weighed:
    verdict: Verdict
    counts_until: datetime
    is_in_window: bool

    @property
    def counts(self) -> bool:
        return self.is_in_window and self.verdict.at_fault == AtFault.SELLER


class StandingPage(Page):
    """出品者ランクについて."""

    template = "pages/selling/standing.html"

    def get(self, _request: HttpRequest) -> HttpResponse:
        seller = seller_of(self.person)
        if seller is None:
            return self.shown("pages/selling/not_yet.html")
        why = standing.of(seller)
        return self.shown(
            seller=seller,
            why=why,
            ranks=why["ranks"][::-1],
            verdicts=_weighed(why["verdicts"], why["window"]["from"]),
        )


def _weighed(verdicts: list[Verdict], start: datetime) -> list[Weighed]:
    prefetch_related_objects(verdicts, "deal__service", "deal__talk_room")
    zone = ZoneInfo(settings.TIME_ZONE)
    return [
        Weighed(
            verdict=each,
            counts_until=rules.counts_until(settings.POLICY, each.effective_at, zone),
            is_in_window=each.effective_at >= start,
        )
        for each in verdicts
    ]


urlpatterns = [path("selling/standing/", StandingPage.as_view(), name="standing")]
