"""What is due soonest first: everything that runs toward a deadline, by index, however much runs."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
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

from marketplace import clock
from marketplace.admin import export, finding
from marketplace.admin.columns import Column, badge, link_to
from marketplace.admin.pressing import AT_MOST as AT_MOST_PRESSED
from marketplace.admin.steering import Extend, Hold, Release
from marketplace.admin.words import KINDS_OF_DEADLINE, label, lateness, moment, said, span
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
        """How it stands, in a word."""
        if self.due_at is None:
            return "held"
        if self.due_at >= self.now:
            return "running"
        return "put_off" if self.failures else "overdue"

    @property
    def is_request(self) -> bool:
        """Whether the buttons apply: they steer cancel requests."""
        return self.kind is DeadlineKind.REPLY


def _state(due: Due) -> str:
    if due.state == "held":
        return badge(said("held", "保留中"), "warn")
    if due.state == "put_off":
        until = moment(due.settle_after)
        told = said(
            f"put off until {until} after {due.failures}×: {due.error}",
            f"{until} まで延期 ({due.failures}回): {due.error}",
        )
        return badge(told, "bad")
    return (
        badge(said("overdue", "期限超過"), "bad") if due.state == "overdue" else badge(said("runs", "進行中"), "good")
    )


def _remains(due: Due) -> str:
    left = due.remains
    return said(f"overdue by {lateness(-left)}", f"{lateness(-left)} 超過") if left < timedelta(0) else span(left)


COLUMNS = (
    Column(
        name="due_at", title=label("due", "期限"), value=lambda row: row.due_at, show=lambda row: moment(row.due_at)
    ),
    Column(
        name="remains_seconds",
        title=label("remains", "残り"),
        value=lambda row: round(row.remains.total_seconds()),
        show=_remains,
    ),
    Column(name="state", title=label("state", "状態"), value=lambda row: row.state, show=_state),
    Column(name="error", title=label("error", "エラー"), value=lambda row: row.error, show=lambda _row: ""),
    Column(
        name="kind",
        title=label("deadline", "期限の種類"),
        value=lambda row: row.kind.value,
        show=lambda row: KINDS_OF_DEADLINE[row.kind],
    ),
    Column(
        name="room",
        title=label("room", "ルーム"),
        value=lambda row: row.room.pk,
        show=lambda row: link_to(TalkRoom, row.room.pk),
    ),
    Column(name="buyer", title=label("buyer", "購入者"), value=lambda row: row.room.buyer.username),
    Column(name="seller", title=label("seller", "出品者"), value=lambda row: row.room.seller.username),
)
SHOWN = tuple(column for column in COLUMNS if column.name != "error")
"""The page shows the error within the state."""


@dataclass(frozen=True)
class Asked:
    """What the address asks for."""

    term: str = ""
    kind: str = ""
    state: str = ""
    page: int = 1

    def address(self, **other: object) -> str:
        """Return the address that asks for the same but for `other`."""
        asked = {SEARCH_VAR: self.term, "kind": self.kind, "state": self.state, **other}
        return f"?{urlencode({name: value for name, value in asked.items() if value})}"


def overview(request: HttpRequest, site: "AdminSite") -> HttpResponseBase:
    """Show the page, or its rows as CSV."""
    if not request.user.has_perm("marketplace.view_cancelrequest"):
        raise PermissionDenied
    number = request.GET.get(PAGE_VAR, "1")
    page = (
        min(int(number[:9]), AT_MOST // PER_PAGE)
        if number.isascii() and number.isdecimal() and int(number[:9]) > 0
        else 1
    )
    asked = Asked(request.GET.get(SEARCH_VAR, ""), request.GET.get("kind", ""), request.GET.get("state", ""), page)
    now = clock.now()
    found = soonest(asked, now)
    if "csv" in request.GET:
        export.note(request, "due", request.GET.urlencode())
        return export.response_of("due", COLUMNS, rows_of(found[:AT_MOST], now))
    start = (page - 1) * PER_PAGE
    shown = rows_of(found[start : start + PER_PAGE], now)
    return TemplateResponse(
        request, "admin/marketplace/due.html", {**site.each_context(request), **_context(request, asked, shown, found)}
    )


def _context(request: HttpRequest, asked: Asked, shown: list[Due], found: list[Any]) -> dict[str, Any]:
    may = [button for button in (Hold(), Release(), Extend()) if request.user.has_perm(button.permission)]
    more = len(found) > asked.page * PER_PAGE and asked.page < AT_MOST // PER_PAGE
    return {
        "title": said("Due soonest", "期限の近い順"),
        "asked": asked,
        "heads": [column.title for column in SHOWN],
        "rows": [(due, [(column.name, column(due)) for column in SHOWN]) for due in shown],
        "number": said(f"more than {AT_MOST} deadlines", f"{AT_MOST}件を超える期限")
        if len(found) > AT_MOST
        else _counted(len(found)),
        "buttons": [(button.title, reverse(f"admin:marketplace_cancelrequest_{button.name}")) for button in may],
        "kinds": _choices(asked, "kind", [(kind.value, KINDS_OF_DEADLINE[kind]) for kind in DeadlineKind]),
        "states": _choices(
            asked,
            "state",
            [
                ("overdue", said("overdue", "期限超過")),
                ("put_off", said("put off after an error", "エラーにより延期")),
                ("held", said("held", "保留中")),
            ],
        ),
        "previous": asked.address(**{PAGE_VAR: asked.page - 1}) if asked.page > 1 else "",
        "next": asked.address(**{PAGE_VAR: asked.page + 1}) if more else "",
        "csv": asked.address(csv=1),
        "back": f"{reverse('admin:due')}{asked.address()}",
        "select_all": asked.address(**{PAGE_VAR: asked.page, "ticked": "all"}),
        "ticked": "ticked" in request.GET,
        "matching": _steerable(found, request.GET.get("state", "")) if may else [],
    }


def _steerable(found: list[Any], state: str) -> list[UUID]:
    """Return the requests among all that match, soonest first: as many as one press takes."""
    if state in {"overdue", "put_off"}:
        return []
    return [key for _, _, key, kind in found if kind is DeadlineKind.REPLY][:AT_MOST_PRESSED]


def _counted(number: int) -> str:
    return said("1 deadline" if number == 1 else f"{number} deadlines", f"期限 {number}件")


def _choices(asked: Asked, name: str, words: Iterable[tuple[str, Any]]) -> list[tuple[Any, str, bool]]:
    chosen = getattr(asked, name)
    everything = (said("all", "すべて"), asked.address(**{name: ""}), not chosen)
    return [everything, *((text, asked.address(**{name: code}), code == chosen) for code, text in words)]


Found = tuple[int, datetime | timedelta, UUID, DeadlineKind]
"""Held ones after the others; when, or what remains; the row; the kind."""


def soonest(asked: Asked, now: datetime, at_most: int = AT_MOST) -> list[Found]:
    """Return at most one more than `at_most` deadlines, soonest first, held ones last. A few statements."""
    found: list[Found] = []
    for deadline in DEADLINES.values():
        if asked.kind in {"", deadline.kind} and asked.state != "held":
            rows = _narrowed(deadline.running(), deadline.model, asked, now, deadline.column)
            ordered = rows.order_by(deadline.column).values_list(deadline.column, "pk")[: at_most + 1]
            found += [(0, at, key, deadline.kind) for at, key in ordered]
    if asked.kind in {"", DeadlineKind.REPLY} and asked.state in {"", "held"}:
        stopped = CancelRequest.objects.open().filter(reply_deadline=None)
        held = _narrowed(stopped, CancelRequest, asked, now, "")
        ordered = held.values_list("remaining_when_held", "pk")[: at_most + 1]
        found += [(1, left, key, DeadlineKind.REPLY) for left, key in ordered]
    return sorted(found)[: at_most + 1]


def _narrowed(rows: "QuerySet[Any]", model: type[Model], asked: Asked, now: datetime, column: str) -> "QuerySet[Any]":
    if asked.state in {"overdue", "put_off"} and column:
        rows = rows.filter(**{f"{column}__lt": now})
    if asked.state == "put_off":
        rows = rows.filter(settle_failures__gt=0)
    return rows.filter(_meant(model, asked.term)) if asked.term.strip() else rows


def _meant(model: type[Model], term: str) -> Q:
    return Q(room__in=finding.room_keys(term)) if model is CancelRequest else finding.deals(term)


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
    """Return the last error of each of these rooms."""
    told = (
        Event.objects.filter(room__in=rooms, kind=EventKind.SETTLEMENT_PUT_OFF).order_by("room", "-id").distinct("room")
    )
    return {event.room_id: str(event.data.get("error", "")) for event in told if event.room_id} if rooms else {}
