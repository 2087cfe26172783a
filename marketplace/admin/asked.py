"""Filters that are typed: from a day to a day, in the operator's time zone, and who acted."""

from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin import ListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from marketplace.admin import finding
from marketplace.admin.words import label, said
from marketplace.reads.written import first_event_since

AROUND = timedelta(hours=1)
"""Longer than a transaction lives: so far around a day the order of ids is not that of the time of writing."""
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)
"""Whatever is dated lies between. Python's calendar has no moment beyond its own ends, in any time zone."""


class Typed(ListFilter):
    """A small form beside the list. Other filters stay as they are."""

    template = "admin/marketplace/asked.html"
    fields: ClassVar[tuple[tuple[str, Any, str], ...]] = ()
    """The parameter, its label, and the type of its input."""

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        for name, _, _ in self.fields:
            if name in params:
                self.used_parameters[name] = params.pop(name)[-1]

    @classmethod
    def parameter_names(cls) -> tuple[str, ...]:
        """Return what an address may ask of it."""
        return tuple(name for name, _, _ in cls.fields)

    def has_output(self) -> bool:
        """Show it always."""
        return True

    def expected_parameters(self) -> list[str | None]:
        """Return what it reads."""
        return list(self.parameter_names())

    def asked(self, name: str) -> str:
        """Return what was typed, without NUL, which no database takes."""
        return str(self.used_parameters.get(name) or "").replace("\0", "").strip()

    def choices(self, changelist: Any) -> Any:
        """Return the form's parts: its inputs, and what else the address asks for."""
        own = self.parameter_names()
        others = [(name, value) for name, value in changelist.get_filters_params().items() if name not in own]
        searched = [("q", changelist.query)] if changelist.query else []
        hidden = [(name, each) for name, value in others for each in (value if isinstance(value, list) else [value])]
        inputs = [(name, text, kind, self.asked(name)) for name, text, kind in self.fields]
        return [{"inputs": inputs, "hidden": [*hidden, *searched], "name": own[0]}]


class Between(Typed):
    """Rows of these days, both inclusive."""

    title = label("date", "日付")
    column: ClassVar[str]
    fields = (("since", label("from", "開始日"), "date"), ("until", label("to", "終了日"), "date"))

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        """Keep them. What is no date is told, and keeps nothing out."""
        since, until = (self._day(request, name) for name in ("since", "until"))
        return self.kept(queryset, since, until + timedelta(days=1) if until else None)

    def _day(self, request: HttpRequest, name: str) -> datetime | None:
        asked = self.asked(name)
        if not asked:
            return None
        try:
            day = min(max(date.fromisoformat(asked), FIRST_DAY), LAST_DAY)
        except ValueError:
            messages.error(
                request,
                said(f"{asked}: not a date such as 2026-03-31.", f"{asked}: 日付ではありません (例: 2026-03-31)。"),
            )
            return None
        return datetime.combine(day, time(), timezone.get_current_timezone())

    def kept(self, rows: "QuerySet[Any]", since: datetime | None, until: datetime | None) -> "QuerySet[Any]":
        """Keep what is dated from `since` on and before `until`."""
        if since is not None:
            rows = rows.filter(**{f"{self.column}__gte": since})
        return rows.filter(**{f"{self.column}__lt": until}) if until is not None else rows


def between(dated_by: str) -> type[Between]:
    """Make the filter of a list whose index orders it by this column."""
    return type("Between", (Between,), {"column": dated_by})


class RecordedBetween(Between):
    """Events, by when they were written: a range of ids, found without an index on time."""

    column = "recorded_at"

    def kept(self, rows: "QuerySet[Any]", since: datetime | None, until: datetime | None) -> "QuerySet[Any]":
        """Keep a range of ids, and of those what was written in time."""
        if since is not None:
            rows = rows.filter(pk__gte=first_event_since(since - AROUND))
        if until is not None:
            rows = rows.filter(pk__lt=first_event_since(until + AROUND))
        return super().kept(rows, since, until)


class ActedBy(Typed):
    """What somebody did: found by the beginning of their name or address, or by id."""

    title = label("actor", "実行者")
    fields = (("by", label("name, address or id", "ユーザー名・メール・ID"), "search"),)

    def queryset(self, _request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        """Keep what these people did."""
        asked = self.asked("by")
        return queryset.filter(actor__in=finding.people(asked)) if asked else queryset
