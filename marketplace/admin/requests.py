"""Cancel requests: the list, and the page of one with its clock and its buttons."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace import clock
from marketplace.admin import lookup, panels, story
from marketplace.admin.columns import badge, exported, link
from marketplace.admin.filters import RequestState
from marketplace.admin.lists import FactsAdmin
from marketplace.admin.request_buttons import Extend, Hold, Release
from marketplace.admin.typed_filters import between
from marketplace.formats import exact_moment, exact_span
from marketplace.models import CancelRequest, Event, Verdict
from marketplace.vocabulary import EventKind, Party, RequestStatus


def state_badge(request: CancelRequest) -> str:
    """How a request stands: held and put off are no states, but matter first."""
    if request.status != RequestStatus.AWAITING_REPLY:
        return badge(request.get_status_display(), "quiet")
    if request.remaining_when_held is not None:
        return badge(_("held, {left} remain").format(left=exact_span(request.remaining_when_held)), "warn")
    if request.settle_failures:
        return badge(_("put off until {until}").format(until=exact_moment(request.settle_after)), "bad")
    return badge(request.get_status_display(), "good")


@admin.register(CancelRequest)
class CancelRequestAdmin(FactsAdmin):
    """Newest first; the overview shows what is due soonest."""

    list_display = (
        "short_id", "state", "reply_deadline", "placed_at", "requester", "buyer", "seller", "room_link", "held_at",
        "settle_failures",
    )  # fmt: skip
    sortable_by = ("placed_at",)
    buttons = (Hold(), Release(), Extend())
    list_filter = (RequestState, between("placed_at"))
    narrowed_by = ("room__exact",)
    list_select_related = ("room__buyer", "room__seller")
    ordering = ("-placed_at", "-id")
    search_help_text = gettext_lazy("Id of a request, room or deal; or the beginning of a user name or address")

    @exported("status", "status")
    @admin.display(description=gettext_lazy("status"))
    def state(self, row: CancelRequest) -> str:
        return state_badge(row)

    @admin.display(description=gettext_lazy("buyer"))
    def buyer(self, row: CancelRequest) -> str:
        return row.room.buyer.username

    @admin.display(description=gettext_lazy("seller"))
    def seller(self, row: CancelRequest) -> str:
        return row.room.seller.username

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Where the state was chosen, begin with what is longest overdue: the order of the index that finds it."""
        soonest = request.GET.get("state") in {"held", "overdue", "put_off"}
        return ("reply_deadline", "id") if soonest else self.ordering

    def found(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        by_id = lookup.by_id(rows, term)
        return by_id if by_id is not None else rows.filter(room__in=lookup.room_keys(term))

    def heading(self, row: CancelRequest) -> str:
        return _("Cancel request of the {party}").format(party=row.get_requester_display())

    def panels(self, request: HttpRequest, row: CancelRequest) -> list[panels.Panel]:
        verdict = Verdict.objects.filter(cancel_request=row).first()
        return [
            panels.facts(
                _("The request"),
                (_("Status"), state_badge(row)),
                (_("Room"), link(row.room, row.room_id)),
                (_("Asked by"), _person(row, Party(row.requester))),
                (_("To be answered by"), _person(row, row.respondent)),
                (_("Reason given"), row.reason or None),
                (_("Placed"), exact_moment(row.placed_at)),
                *_clock(row),
                (_("Ended"), exact_moment(row.ended_at)),
                (_("Verdict"), link(verdict) if verdict else None),
                (_("Generation"), row.generation),
            ),
            *_failures(row),
            story.of_room(request, row.room),
        ]


def _clock(request: CancelRequest) -> list[tuple[str, Any]]:
    if request.remaining_when_held is not None:
        return [
            (_("Held since"), exact_moment(request.held_at)),
            (_("Remains when released"), exact_span(request.remaining_when_held)),
        ]
    facts: list[tuple[str, Any]] = [(_("Deadline"), exact_moment(request.reply_deadline))]
    if request.status == RequestStatus.AWAITING_REPLY and request.reply_deadline is not None:
        left = request.reply_deadline - clock.now()
        facts.append((_("Remains") if left >= timedelta(0) else _("Overdue by"), exact_span(left)))
    return facts


def _failures(request: CancelRequest) -> list[panels.Panel]:
    if not request.settle_failures:
        return []
    failures = Event.objects.filter(room=request.room_id, kind=EventKind.SETTLEMENT_PUT_OFF).order_by("-id")[:10]
    rows = [(exact_moment(event.recorded_at), event.data.get("error", "")) for event in failures]
    note = _("It is tried again at {settle_after}.").format(settle_after=exact_moment(request.settle_after))
    return [panels.table(_("Put off after an error"), (_("when"), _("error")), rows, note=note)]


def _person(request: CancelRequest, party: Party) -> str:
    person = request.room.buyer if party is Party.BUYER else request.room.seller
    return f"{person.username} ({party.label})"
