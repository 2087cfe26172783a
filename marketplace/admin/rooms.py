"""Talk rooms: the list, and the page of what happened in one and what still runs."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace import clock
from marketplace.admin import lookup, panels, requests, story, verdicts
from marketplace.admin.columns import badge, exported, link, link_to
from marketplace.admin.confirmation import tool
from marketplace.admin.lists import FactsAdmin
from marketplace.admin.request_buttons import Extend, Hold, Release
from marketplace.admin.resume_button import Resume
from marketplace.admin.reversal_button import Reverse
from marketplace.admin.typed_filters import between
from marketplace.formats import exact_moment, exact_span, yen
from marketplace.models import CancelRequest, Deal, Seller, TalkRoom, Verdict
from marketplace.reads.deadlines import running_in
from marketplace.vocabulary import AtFault, DeadlineKind, RequestStatus

REQUESTS_AT_MOST = 50


@admin.register(TalkRoom)
class TalkRoomAdmin(FactsAdmin):
    list_display = (
        "short_id", "service", "buyer", "seller", "deal_status", "opened_at", "buyer_last_contact_at",
        "seller_last_contact_at",
    )  # fmt: skip
    sortable_by = ("opened_at",)
    list_filter = (between("opened_at"),)
    list_select_related = ("buyer", "seller", "deal__service", "deal__seller__user")
    ordering = ("-opened_at", "-id")
    search_help_text = gettext_lazy(
        "Id of a room, deal, request or verdict; number of a deal (#1F9C2A47); beginning of a user name or address"
    )

    @admin.display(description=gettext_lazy("service"))
    def service(self, row: TalkRoom) -> str:
        return row.deal.service.title

    @exported("deal_status", "deal.status")
    @admin.display(description=gettext_lazy("deal"))
    def deal_status(self, row: TalkRoom) -> str:
        return row.deal.get_status_display()

    def found(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        return rows & lookup.rooms(term)

    def heading(self, row: TalkRoom) -> str:
        return _("“{service}”: {buyer} with {seller}").format(
            service=row.deal.service, buyer=row.buyer, seller=row.seller
        )

    def summary(self, row: TalkRoom) -> list[str]:
        verdict = verdict_of(row)
        return verdicts.why(verdict) if verdict else []

    def panels(self, request: HttpRequest, row: TalkRoom) -> list[panels.Panel]:
        placed = list(CancelRequest.objects.filter(room=row).order_by("-placed_at")[:REQUESTS_AT_MOST])
        shown = [_deal(row), _running(row, placed)]
        verdict = verdict_of(row)
        if verdict:
            shown += [verdicts.facts(verdict, (_("Verdict"), link(verdict, verdict.pk)))]
            shown += verdicts.effects(verdict, row)
        return [*shown, _requests(placed), story.of_room(request, row)]

    def tools(self, request: HttpRequest, row: TalkRoom) -> list[dict[str, str]]:
        back = reverse("admin:marketplace_talkroom_change", args=[row.pk])
        verdict = verdict_of(row)
        open_request = CancelRequest.objects.open().filter(room=row).first()
        offered: list[tuple[Any, Any]] = []
        if open_request:
            offered += [(Hold(), open_request), (Release(), open_request), (Extend(), open_request)]
        if verdict:
            offered.append((Reverse(), verdict))
        if verdict and verdict.at_fault == AtFault.SELLER:
            offered.append((Resume(), row.deal.seller))
        return [
            tool(button, target, back)
            for button, target in offered
            if request.user.has_perm(button.permission) and button.applies_to(target)
        ]


def verdict_of(room: TalkRoom) -> Verdict | None:
    """Return the room's verdict; read once, since Django keeps it with the deal."""
    return getattr(room.deal, "verdict", None)


def _deal(room: TalkRoom) -> panels.Panel:
    deal: Deal = room.deal
    cause = f" ({deal.get_cancel_cause_display()})" if deal.cancel_cause else ""
    durations = _("ask after {silence_before_request}, reply within {reply_window}, approve within {approval_window}")
    durations = durations.format(
        silence_before_request=exact_span(deal.silence_before_request),
        reply_window=exact_span(deal.reply_window),
        approval_window=exact_span(deal.approval_window),
    )
    return panels.facts(
        _("The deal"),
        (_("Status"), f"{deal.get_status_display()}{cause}"),
        (_("Buyer"), room.buyer.username),
        (_("Seller"), link_to(Seller, deal.seller_id, deal.seller)),
        (_("Price"), yen(deal.price)),
        (_("Purchased"), exact_moment(deal.purchased_at)),
        (_("Ended"), exact_moment(deal.ended_at)),
        (_("Buyer's last contact"), exact_moment(room.buyer_last_contact_at)),
        (_("Seller's last contact"), exact_moment(room.seller_last_contact_at)),
        (_("Last sender"), room.get_last_sender_display()),
        (_("First unanswered message"), exact_moment(room.first_unanswered_at)),
        (_("Durations of this deal"), durations),
        (_("Deal id"), deal.pk),
        (_("Room id"), room.pk),
    )


def _running(room: TalkRoom, requests_placed: list[CancelRequest]) -> panels.Panel:
    now = clock.now()
    open_request = next((each for each in requests_placed if each.status == RequestStatus.AWAITING_REPLY), None)
    rows: list[tuple[Any, ...]] = []
    for kind, at in running_in(room.deal, open_request).items():
        if at is not None:
            left = exact_span(at - now)
            remains = left if at >= now else badge(_("overdue by {lateness}").format(lateness=left), "bad")
            rows.append((kind.label, exact_moment(at), remains))
    if open_request is not None and open_request.remaining_when_held is not None:
        left = exact_span(open_request.remaining_when_held)
        rows.append((DeadlineKind.REPLY.label, badge(_("held"), "warn"), left))
    heads = (_("kind of deadline"), _("due"), _("remains"))
    return panels.table(_("What runs"), heads, rows, empty=_("Nothing runs."))


def _requests(placed: list[CancelRequest]) -> panels.Panel:
    rows = [
        (
            link(each),
            each.get_requester_display(),
            requests.state_badge(each),
            exact_moment(each.placed_at),
            exact_moment(each.reply_deadline),
            exact_moment(each.ended_at),
            each.reason,
        )
        for each in placed
    ]
    heads = (
        _("request"), _("requester"), _("status"), _("placed"), _("deadline"), _("ended"), _("reason"),
    )  # fmt: skip
    return panels.table(_("Cancel requests"), heads, rows, empty=_("None was placed."))
