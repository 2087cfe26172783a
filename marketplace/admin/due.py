"""The overview of deadlines: everything that runs toward one, soonest first, by index, however much runs."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.admin.views.main import PAGE_VAR, SEARCH_VAR
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from marketplace import clock
from marketplace.admin import export, lookup
from marketplace.admin.columns import badge, link_to
from marketplace.admin.confirmation import AT_MOST as AT_MOST_PRESSED
from marketplace.admin.filters import STATES
from marketplace.admin.request_buttons import Extend, Hold, Release
from marketplace.formats import exact_moment, exact_span, lateness, number
from marketplace.models import CancelRequest, Deal, Event, TalkRoom
from marketplace.reads.deadlines import DEADLINES
from marketplace.vocabulary import DeadlineKind, EventKind

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite

PER_PAGE = 50
AT_MOST = 1_000
"""So far one can turn the pages; an operator who wants more narrows the list."""


@dataclass(frozen=True, kw_only=True)
class Due:
    """One deadline that runs, or that is held."""

    kind: DeadlineKind
    key: UUID
    """The row that carries it: of a request, or of a deal."""
    room: TalkRoom
    due_at: datetime | None
    remaining_when_held: timedelta | None
    settle_after: datetime | None
    failures: int
    error: str
    now: datetime

    @property
    def remains(self) -> timedelta:
        """What is left; below zero when it is overdue."""
        return self.due_at - self.now if self.due_at is not None else self.remaining_when_held or timedelta(0)

    @property
    def state(self) -> str:
        if self.due_at is None:
            return "held"
        if self.due_at >= self.now:
            return "running"
        return "put_off" if self.failures else "overdue"


HEADS = {
    "due_at": gettext_lazy("due"),
    "remains_seconds": gettext_lazy("remains"),
    "state": gettext_lazy("state"),
    "kind": gettext_lazy("kind of deadline"),
    "room": gettext_lazy("room"),
    "buyer": gettext_lazy("buyer"),
    "seller": gettext_lazy("seller"),
}
"""The columns of the page; it shows the error within the state."""

CSV_COLUMNS: export.Columns = {
    "due_at": attrgetter("due_at"),
    "remains_seconds": lambda due: round(due.remains.total_seconds()),
    "state": attrgetter("state"),
    "error": attrgetter("error"),
    "kind": attrgetter("kind.value"),
    "room": attrgetter("room.pk"),
    "buyer": attrgetter("room.buyer.username"),
    "seller": attrgetter("room.seller.username"),
}


def cells(due: Due) -> dict[str, Any]:
    """Return what the page shows, by column."""
    left = due.remains
    overdue = _("overdue by {lateness}").format(lateness=lateness(-left))
    return {
        "due_at": exact_moment(due.due_at),
        "remains_seconds": overdue if left < timedelta(0) else exact_span(left),
        "state": _state_badge(due),
        "kind": due.kind.label,
        "room": link_to(TalkRoom, due.room.pk),
        "buyer": due.room.buyer.username,
        "seller": due.room.seller.username,
    }


def _state_badge(due: Due) -> str:
    if due.state == "held":
        return badge(_("held"), "warn")
    if due.state == "put_off":
        text = _("put off until {until} after {failures}×: {error}")
        until = exact_moment(due.settle_after)
        return badge(text.format(until=until, failures=due.failures, error=due.error), "bad")
    return badge(_("overdue"), "bad") if due.state == "overdue" else badge(_("runs"), "good")


@dataclass(frozen=True)
class Query:
    term: str = ""
    kind: str = ""
    state: str = ""
    page: int = 1

    def address(self, **other: object) -> str:
        query = {SEARCH_VAR: self.term, "kind": self.kind, "state": self.state, **other}
        return f"?{urlencode({name: value for name, value in query.items() if value})}"


def overview(request: HttpRequest, site: "AdminSite") -> HttpResponseBase:
    """Show the page, or its rows as CSV."""
    if not request.user.has_perm("marketplace.view_cancelrequest"):
        raise PermissionDenied
    asked = re.fullmatch(r"[0-9]{1,9}", request.GET.get(PAGE_VAR, ""))
    page = min(max(int(asked[0]), 1), AT_MOST // PER_PAGE) if asked else 1
    query = Query(request.GET.get(SEARCH_VAR, ""), request.GET.get("kind", ""), request.GET.get("state", ""), page)
    now = clock.now()
    found = soonest(query, now)
    if "csv" in request.GET:
        export.note(request, "due", request.GET.urlencode())
        return export.response_of("due", CSV_COLUMNS, rows_of(found[:AT_MOST], now))
    start = (page - 1) * PER_PAGE
    shown = rows_of(found[start : start + PER_PAGE], now)
    return TemplateResponse(
        request, "admin/marketplace/due.html", {**site.each_context(request), **_context(request, query, shown, found)}
    )


def _context(request: HttpRequest, query: Query, shown: list[Due], found: list[Any]) -> dict[str, Any]:
    may = [button for button in (Hold(), Release(), Extend()) if request.user.has_perm(button.permission)]
    more = len(found) > query.page * PER_PAGE and query.page < AT_MOST // PER_PAGE
    return {
        "title": _("Due soonest"),
        "query": query,
        "heads": list(HEADS.values()),
        "rows": [(due, list(cells(due).items())) for due in shown],
        "number": _("more than {AT_MOST} deadlines").format(AT_MOST=number(AT_MOST))
        if len(found) > AT_MOST
        else ngettext("{number} deadline", "{number} deadlines", len(found)).format(number=number(len(found))),
        "buttons": [(button.title, reverse(f"admin:marketplace_cancelrequest_{button.name}")) for button in may],
        "narrowed_by": [
            (_("State"), _choices(query, "state", STATES)),
            (_("Kind of deadline"), _choices(query, "kind", DeadlineKind.choices)),
        ],
        "previous": query.address(**{PAGE_VAR: query.page - 1}) if query.page > 1 else "",
        "next": query.address(**{PAGE_VAR: query.page + 1}) if more else "",
        "csv": query.address(csv=1),
        "back": f"{reverse('admin:due')}{query.address()}",
        "select_all": query.address(**{PAGE_VAR: query.page, "ticked": "all"}),
        "ticked": "ticked" in request.GET,
        "matching": _steerable(found, request.GET.get("state", "")) if may else [],
    }


def _steerable(found: list[Any], state: str) -> list[UUID]:
    """Return the requests among all that match, soonest first: as many as one press takes."""
    if state in {"overdue", "put_off"}:
        return []
    return [key for _, _, key, kind in found if kind is DeadlineKind.REPLY][:AT_MOST_PRESSED]


def _choices(query: Query, name: str, words: Iterable[tuple[str, Any]]) -> list[tuple[Any, str, bool]]:
    chosen = getattr(query, name)
    everything = (_("all"), query.address(**{name: ""}), not chosen)
    return [everything, *((text, query.address(**{name: code}), code == chosen) for code, text in words)]


Found = tuple[int, datetime | timedelta, UUID, DeadlineKind]
"""Held ones after the others; when, or what remains; the row; the kind."""


def soonest(query: Query, now: datetime, at_most: int = AT_MOST) -> list[Found]:
    """Return at most one more than `at_most` deadlines, soonest first, held ones last. A few statements."""
    found: list[Found] = []
    for deadline in DEADLINES.values():
        if query.kind in {"", deadline.kind} and query.state != "held":
            rows = _narrowed(deadline.running(), deadline.model, query, now, deadline.column)
            ordered = rows.order_by(deadline.column).values_list(deadline.column, "pk")[: at_most + 1]
            found += [(0, at, key, deadline.kind) for at, key in ordered]
    if query.kind in {"", DeadlineKind.REPLY} and query.state in {"", "held"}:
        stopped = CancelRequest.objects.open().filter(reply_deadline=None)
        held = _narrowed(stopped, CancelRequest, query, now, "")
        ordered = held.values_list("remaining_when_held", "pk")[: at_most + 1]
        found += [(1, left, key, DeadlineKind.REPLY) for left, key in ordered]
    return sorted(found)[: at_most + 1]


def _narrowed(rows: "QuerySet[Any]", model: type[Model], query: Query, now: datetime, column: str) -> "QuerySet[Any]":
    if query.state in {"overdue", "put_off"} and column:
        rows = rows.filter(**{f"{column}__lt": now})
    if query.state == "put_off":
        rows = rows.filter(settle_failures__gt=0)
    if not query.term.strip():
        return rows
    meant = Q(room__in=lookup.room_keys(query.term)) if model is CancelRequest else lookup.deals(query.term)
    return rows.filter(meant)


def rows_of(found: Iterable[Found], now: datetime) -> list[Due]:
    """Read what a page shows of these: three statements, whatever their number."""
    keys = [(kind, key) for _, _, key, kind in found]
    requests = CancelRequest.objects.select_related("room__buyer", "room__seller").in_bulk(
        [key for kind, key in keys if kind is DeadlineKind.REPLY]
    )
    deals = Deal.objects.select_related("talk_room__buyer", "talk_room__seller").in_bulk(
        [key for kind, key in keys if kind is not DeadlineKind.REPLY]
    )
    rows = [_row(kind, requests.get(key) or deals.get(key), now) for kind, key in keys]
    errors = _errors([row.room.pk for row in rows if row is not None and row.failures])
    return [replace(row, error=errors.get(row.room.pk, "")) for row in rows if row is not None]


def _row(kind: DeadlineKind, carrier: Any, now: datetime) -> Due | None:
    if carrier is None:
        return None
    return Due(
        kind=kind,
        key=carrier.pk,
        room=carrier.room if kind is DeadlineKind.REPLY else carrier.talk_room,
        due_at=getattr(carrier, DEADLINES[kind].column),
        remaining_when_held=getattr(carrier, "remaining_when_held", None),
        settle_after=carrier.settle_after,
        failures=carrier.settle_failures,
        error="",
        now=now,
    )


def _errors(rooms: list[UUID]) -> dict[UUID, str]:
    failures = (
        Event.objects.filter(room__in=rooms, kind=EventKind.SETTLEMENT_PUT_OFF).order_by("room", "-id").distinct("room")
    )
    return {event.room_id: str(event.data.get("error", "")) for event in failures if event.room_id} if rooms else {}
