"""Sellers: standing, and what it rests on."""

from fractions import Fraction
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace import clock, rules, window
from marketplace.admin import lookup, panels, story
from marketplace.admin.columns import badge, exported, link, link_to, short
from marketplace.admin.filters import Paused, one_of
from marketplace.admin.lists import FactsAdmin
from marketplace.admin.resume_button import Resume
from marketplace.admin.reversal_button import Hindrances, hindrances
from marketplace.admin.verdicts import state_badge
from marketplace.formats import exact_moment, figure, number, points, rate, rating, yen
from marketplace.models import Deal, PenaltyPause, Review, Seller, Service, TalkRoom, Verdict
from marketplace.reads.selling import with_paused
from marketplace.vocabulary import AtFault, DealStatus, Rank, ServiceStatus

Window = tuple[Any, Any]
"""Start and end of the figures' window."""

NEWEST = 50
"""How many deals, verdicts, reviews and services a page lists."""

FIGURES = {
    "sales": gettext_lazy("sales"),
    "revenue_yen": gettext_lazy("revenue"),
    "delivery_completion_rate": gettext_lazy("completion"),
    "rating": gettext_lazy("rating"),
}
TONES = {ServiceStatus.ACCEPTING: "good", ServiceStatus.PAUSED: "warn", ServiceStatus.DRAFT: "quiet"}


@admin.register(Seller)
class SellerAdmin(FactsAdmin):
    list_display = (
        "username", "rank", "search_rank", "completed", "cancelled_at_fault", "completion", "average_rating", "revenue",
        "paused", "created_at", "figures_at",
    )  # fmt: skip
    sortable_by = ("created_at",)
    buttons = (Resume(),)
    list_filter = (one_of("rank", gettext_lazy("rank"), reversed(Rank.choices)), Paused)
    list_select_related = ("user",)
    ordering = ("-created_at", "-id")
    search_help_text = gettext_lazy("Id of a seller or person; or the beginning of a user name or address")

    @admin.display(description=gettext_lazy("seller"))
    def username(self, row: Seller) -> str:
        return row.user.username

    @exported("delivery_completion_rate", lambda row: _rounded(row.figures.delivery_completion_rate))
    @admin.display(description=gettext_lazy("completion"))
    def completion(self, row: Seller) -> str:
        return rate(row.figures.delivery_completion_rate)

    @exported("rating", lambda row: _rounded(row.figures.rating))
    @admin.display(description=gettext_lazy("rating"))
    def average_rating(self, row: Seller) -> str:
        return rating(row.figures.rating)

    @exported("revenue_yen", "revenue_yen")
    @admin.display(description=gettext_lazy("revenue"))
    def revenue(self, row: Seller) -> str:
        return yen(row.revenue_yen)

    @exported("paused", "paused")
    @admin.display(description=gettext_lazy("paused"))
    def paused(self, row: Any) -> str | None:
        return badge(_("paused"), "warn") if row.paused else None

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        return with_paused(super().get_queryset(request))

    def found(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        key = lookup.identifier(term)
        who = Q(user__in=lookup.people(term))
        return rows.filter(who | Q(pk=key) if key is not None else who)

    def heading(self, row: Seller) -> str:
        return _("Seller {username}").format(username=row.user.username)

    def panels(self, _request: HttpRequest, row: Seller) -> list[panels.Panel]:
        now = clock.now()
        counted = (window.start(now), now)
        return [
            _standing(row, hindrances([row.pk])[row.pk], counted),
            _ranks(row),
            _points(row),
            _verdicts(row, counted),
            _deals(row, counted),
            _reviews(row, counted),
            _services(row),
            story.of_seller(row),
        ]


def _rounded(value: Fraction | None) -> float | None:
    return None if value is None else round(float(value), 4)


def _standing(seller: Seller, hindered: Hindrances, counted: Window) -> panels.Panel:
    figures = seller.figures
    start, end = map(exact_moment, counted)
    return panels.facts(
        _("Standing"),
        (_("Rank"), seller.get_rank_display()),
        (_("Search rank"), points(seller.search_rank)),
        (
            _("Completion"),
            f"{rate(figures.delivery_completion_rate)} ({number(figures.completed)} / {number(figures.ended)})",
        ),
        (_("Rating"), f"{rating(figures.rating)} ({number(figures.rating_count)})"),
        (_("Sales"), f"{number(figures.completed)}, {yen(figures.revenue_yen)}"),
        (_("Cancelled at fault"), figures.cancelled_at_fault),
        (_("Verdicts to acknowledge"), len(hindered.open_verdicts)),
        (_("Services that accept"), f"{len(hindered.accepting())} / {len(hindered.services)}"),
        (_("Figures recounted"), exact_moment(seller.figures_at)),
        (_("Seller id"), seller.pk),
        note=_("The window now: {start} to {now}.").format(start=start, now=end),
    )


def _ranks(seller: Seller) -> panels.Panel:
    rows = [
        (
            line.rank.label,
            FIGURES[each.figure],
            figure(each.least, each.figure),
            figure(each.has, each.figure),
            badge(_("met"), "good") if each.met else badge(_("not met"), "warn"),
        )
        for line in settings.POLICY.rank_lines
        for each in rules.requirements(line, seller.figures)
    ]
    heads = (_("rank"), _("asks for"), _("at least"), _("has"), "")
    return panels.table(_("What each rank asks"), heads, rows)


def _points(seller: Seller) -> panels.Panel:
    parts = rules.search_points(settings.POLICY, seller.figures)
    return panels.facts(
        _("What the search rank is made of"),
        (_("For the rank"), points(parts.for_rank)),
        (_("For the rating"), points(parts.for_rating)),
        (_("For falling below the line"), points(parts.below_the_line)),
        (_("Total"), points(parts.total)),
    )


def _newest(title: str, heads: tuple[str, ...], rows: list[Any]) -> panels.Panel:
    note = _("The newest {NEWEST}.").format(NEWEST=NEWEST) if len(rows) == NEWEST else ""
    return panels.table(title, heads, rows, note=note, empty=_("None."))


def _verdicts(seller: Seller, counted: Window) -> panels.Panel:
    found = Verdict.objects.filter(seller=seller, at_fault=AtFault.SELLER, effective_at__range=counted)
    rows = [
        (
            link(each),
            state_badge(each),
            link_to(TalkRoom, each.deal.talk_room.pk),
            each.deal.buyer.username,
            exact_moment(each.effective_at),
        )
        for each in found.select_related("deal__talk_room", "deal__buyer").order_by("-effective_at", "-id")[:NEWEST]
    ]
    heads = (_("verdict"), _("state"), _("room"), _("buyer"), _("effective"))
    return _newest(_("Verdicts that count"), heads, rows)


def _deals(seller: Seller, counted: Window) -> panels.Panel:
    found = Deal.objects.filter(seller=seller, status=DealStatus.COMPLETED, ended_at__range=counted)
    rows = [
        (link_to(TalkRoom, each.talk_room.pk), each.buyer.username, yen(each.price), exact_moment(each.ended_at))
        for each in found.select_related("talk_room", "buyer").order_by("-ended_at")[:NEWEST]
        if hasattr(each, "talk_room")
    ]
    return _newest(_("Completed deals that count"), (_("room"), _("buyer"), _("price"), _("completed")), rows)


def _reviews(seller: Seller, counted: Window) -> panels.Panel:
    found = Review.objects.filter(seller=seller, hidden_at=None, dated_at__range=counted)
    rows = [
        (
            str(each),
            _("automatic") if each.verdict_id else _("by the buyer"),
            each.service.title,
            each.comment,
            exact_moment(each.dated_at),
        )
        for each in found.select_related("verdict", "service").order_by("-dated_at")[:NEWEST]
    ]
    return _newest(_("Reviews that count"), (_("stars"), _("author"), _("service"), _("comment"), _("dated")), rows)


def _services(seller: Seller) -> panels.Panel:
    found = list(Service.objects.with_status().filter(seller=seller).order_by("-created_at", "-id")[:NEWEST])
    pauses: dict[Any, list[str]] = {service.pk: [] for service in found}
    for pause in PenaltyPause.objects.filter(service__in=pauses, lifted_at=None).order_by("paused_at", "pk"):
        text = _("since {since} by {verdict_id}")
        pauses[pause.service_id].append(
            text.format(since=exact_moment(pause.paused_at), verdict_id=short(pause.verdict_id))
        )
    rows = [
        (
            each.title,
            badge(ServiceStatus(each.status).label, TONES[ServiceStatus(each.status)]),
            each.get_own_status_display(),
            yen(each.price),
            "; ".join(pauses[each.pk]) or None,
        )
        for each in found
    ]
    heads = (_("service"), _("others see"), _("own state"), _("price"), _("penalty pauses"))
    return _newest(_("Services"), heads, rows)
