"""Verdicts: why a deal was cancelled, on what notice, what that did, and the button that undoes it."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from marketplace.admin import lookup, panels, story
from marketplace.admin.columns import badge, exported, link, link_to
from marketplace.admin.event_sentences import the_party
from marketplace.admin.filters import Acknowledged, one_of
from marketplace.admin.lists import FactsAdmin
from marketplace.admin.reversal_button import Reverse
from marketplace.admin.typed_filters import between
from marketplace.formats import exact_moment, exact_span, lateness, yen
from marketplace.http import standing
from marketplace.models import CancelRequest, Event, PenaltyPause, Review, TalkRoom, Verdict
from marketplace.reads import aftermath
from marketplace.vocabulary import AtFault, CancelCause


def state_badge(verdict: Verdict) -> str:
    """Whether it stands, waits for its seller, or was reversed."""
    if verdict.reversed_at is not None:
        return badge(pgettext("verdict", "reversed"), "quiet")
    if verdict.at_fault != AtFault.SELLER:
        return badge(_("stands"), "good")
    if verdict.acknowledged_at is None:
        return badge(_("not acknowledged yet"), "warn")
    return badge(pgettext("verdict", "acknowledged"), "good")


@admin.register(Verdict)
class VerdictAdmin(FactsAdmin):
    list_display = (
        "short_id", "deal_link", "buyer", "seller_link", "cause", "at_fault", "effective_at", "recorded_at",
        "woken_by", "acknowledged_at", "reversed_at",
    )  # fmt: skip
    sortable_by = ("recorded_at",)
    buttons = (Reverse(),)
    list_filter = (one_of("at_fault", gettext_lazy("at fault"), AtFault.choices), Acknowledged, between("recorded_at"))
    list_select_related = ("deal__talk_room", "deal__buyer", "seller__user")
    ordering = ("-recorded_at", "-id")
    search_help_text = gettext_lazy("Id of a verdict, room or deal; or the beginning of a user name or address")

    @exported("deal", "deal_id")
    @admin.display(description=gettext_lazy("deal (room)"))
    def deal_link(self, row: Verdict) -> str:
        return link_to(TalkRoom, row.deal.talk_room.pk)

    @admin.display(description=gettext_lazy("buyer"))
    def buyer(self, row: Verdict) -> str:
        return row.deal.buyer.username

    def found(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        by_id = lookup.by_id(rows, term)
        return by_id if by_id is not None else rows.filter(deal__in=lookup.room_keys(term, "deal_id"))

    def heading(self, row: Verdict) -> str:
        return _("Verdict on {seller}'s deal with {buyer}").format(seller=row.seller, buyer=row.deal.buyer)

    def summary(self, row: Verdict) -> list[str]:
        return why(row)

    def panels(self, request: HttpRequest, row: Verdict) -> list[panels.Panel]:
        room = row.deal.talk_room
        extra = (_("Room"), link(room, room.pk)), (_("Seller"), link(row.seller, row.seller))
        return [facts(row, *extra), *effects(row, room), story.of_room(request, room)]


def why(verdict: Verdict) -> list[str]:
    """Answer "why was this cancelled, and on what notice?" in plain words."""
    lines = [_cause(verdict), _found(verdict)]
    if verdict.reversed_at is not None:
        text = _("Reversed at {at}: “{reversed_because}”")
        lines.append(text.format(at=exact_moment(verdict.reversed_at), reversed_because=verdict.reversed_because))
    return lines


def _cause(verdict: Verdict) -> str:
    deadline = exact_moment(verdict.effective_at)
    if verdict.cause == CancelCause.NO_FIRST_CONTACT or verdict.cancel_request is None:
        bought = verdict.deal.purchased_at
        text = _(
            "Cancelled because the seller never wrote within {notice} of the purchase at {bought}: until {deadline}."
        )
        notice = exact_span(verdict.effective_at - bought)
        return text.format(notice=notice, bought=exact_moment(bought), deadline=deadline)
    request: CancelRequest = verdict.cancel_request
    moves = request.generation - 1
    if moves:
        text = _(
            "Cancelled because {silent} did not answer {asked}'s cancel request of {placed_at} by {deadline}:"
            " a notice of {notice}, its clock moved by staff {moves}×."
        )
    else:
        text = _(
            "Cancelled because {silent} did not answer {asked}'s cancel request of {placed_at} by {deadline}:"
            " a notice of {notice}."
        )
    return text.format(
        silent=the_party(request.respondent),
        asked=the_party(request.requester),
        placed_at=exact_moment(request.placed_at),
        deadline=deadline,
        notice=exact_span(verdict.effective_at - request.placed_at),
        moves=moves,
    )


def _found(verdict: Verdict) -> str:
    return _("Written {late} after the deadline, found by: {by}. Refund: {refund}.").format(
        late=lateness(verdict.recorded_at - verdict.effective_at),
        by=verdict.get_woken_by_display(),
        refund=yen(verdict.deal.price),
    )


def facts(verdict: Verdict, *extra: tuple[str, Any]) -> panels.Panel:
    """Show the verdict's own facts."""
    reason = f" – {verdict.reversed_because}" if verdict.reversed_because else ""
    return panels.facts(
        _("The verdict"),
        (_("State"), state_badge(verdict)),
        *extra,
        (_("At fault"), verdict.get_at_fault_display()),
        (_("Effective at (the deadline)"), exact_moment(verdict.effective_at)),
        (_("Recorded at"), exact_moment(verdict.recorded_at)),
        (_("Found by"), verdict.get_woken_by_display()),
        (_("Acknowledged by the seller"), exact_moment(verdict.acknowledged_at)),
        (_("Reversed"), exact_moment(verdict.reversed_at) + reason),
    )


def effects(verdict: Verdict, room: TalkRoom) -> list[panels.Panel]:
    """Return what a verdict did: review, pauses, standing before → after, and what its reversal did."""
    review = Review.objects.filter(verdict=verdict).first()
    pauses = list(
        PenaltyPause.objects.filter(verdict=verdict).select_related("service").order_by("service__title", "pk")
    )
    paused_at = pauses[0].paused_at if pauses else None
    standing = _standing(aftermath.standing_by_the_verdict(verdict, room, paused_at))
    pairs = [
        (_("Refund"), yen(verdict.deal.price)),
        (_("Automatic review"), _review(review)),
        (_("Standing, by the verdict"), standing),
    ]
    if verdict.reversed_at is not None:
        pairs.append((_("Standing, by the reversal"), _standing(aftermath.standing_by_the_reversal(verdict, room))))
    rows = [(pause.service.title, exact_moment(pause.paused_at), exact_moment(pause.lifted_at)) for pause in pauses]
    return [
        panels.facts(_("What it did"), *pairs),
        panels.table(_("Services it paused"), (_("service"), _("paused since"), _("lifted")), rows, empty=_("None.")),
    ]


def _review(review: Review | None) -> str:
    if review is None:
        return _("none")
    if review.hidden_at:
        return _("{review}, hidden since {hidden_at}").format(review=review, hidden_at=exact_moment(review.hidden_at))
    return str(review)


def _standing(changed: Event | None) -> str:
    return "; ".join(standing.changes(changed.data)) if changed is not None else _("no figure changed")
