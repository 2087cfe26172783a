"""Filters with a text box: the days in the operator's time zone, and the actor."""

from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin import ListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.admin import lookup
from marketplace.reads.written import first_event_since

AROUND = timedelta(hours=1)
"""Longer than a transaction lives: so far around a day the order of ids is not that of the time of writing."""
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)
"""Every date lies between. Python's calendar has no moment beyond its own ends, in any time zone."""


class TypedFilter(ListFilter):
    template = "admin/marketplace/typed_filter.html"
    fields: ClassVar[tuple[tuple[str, Any, str], ...]] = ()
    """The parameter, its label, and the type of its input."""

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        for name in self.parameter_names():
            if name in params:
                self.used_parameters[name] = params.pop(name)[-1]

    @classmethod
    def parameter_names(cls) -> tuple[str, ...]:
        return tuple(field[0] for field in cls.fields)

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str | None]:
        return list(self.parameter_names())

    def typed(self, name: str) -> str:
        """Return what was typed, without NUL, which no database takes."""
        return str(self.used_parameters.get(name) or "").replace("\0", "").strip()

    def choices(self, changelist: Any) -> Any:
        """Return the parts of the form: its inputs, and the other parameters of the URL."""
        own = self.parameter_names()
        others = [(name, value) for name, value in changelist.get_filters_params().items() if name not in own]
        searched = [("q", changelist.query)] if changelist.query else []
        hidden = [(name, each) for name, value in others for each in (value if isinstance(value, list) else [value])]
        inputs = [(name, text, kind, self.typed(name)) for name, text, kind in self.fields]
        return [{"inputs": inputs, "hidden": [*hidden, *searched], "name": own[0]}]


class Between(TypedFilter):
    """Rows of these days, both inclusive."""

    title = gettext_lazy("date")
    column: ClassVar[str]
    fields = (("since", gettext_lazy("first day"), "date"), ("until", gettext_lazy("last day"), "date"))

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        since, until = (self._day(request, name) for name in ("since", "until"))
        return self.kept(queryset, since, until + timedelta(days=1) if until else None)

    def _day(self, request: HttpRequest, name: str) -> datetime | None:
        """Parse a day; for anything else show a message, and do not filter."""
        typed = self.typed(name)
        if not typed:
            return None
        try:
            day = min(max(date.fromisoformat(typed), FIRST_DAY), LAST_DAY)
        except ValueError:
            messages.error(request, _("{asked}: not a date such as 2026-03-31.").format(asked=typed))
            return None
        return datetime.combine(day, time(), timezone.get_current_timezone())

    def kept(self, rows: "QuerySet[Any]", since: datetime | None, until: datetime | None) -> "QuerySet[Any]":
        """Keep what is dated from `since` on and before `until`."""
        if since is not None:
            rows = rows.filter(**{f"{self.column}__gte": since})
        return rows.filter(**{f"{self.column}__lt": until}) if until is not None else rows


def between(column: str) -> type[Between]:
    """Make the filter of a list that an index orders by this column."""
    return type("Between", (Between,), {"column": column})


class RecordedBetween(Between):
    """Events, by when they were written: a range of ids, found without an index on time."""

    column = "recorded_at"

    def kept(self, rows: "QuerySet[Any]", since: datetime | None, until: datetime | None) -> "QuerySet[Any]":
        if since is not None:
            rows = rows.filter(pk__gte=first_event_since(since - AROUND))
        if until is not None:
            rows = rows.filter(pk__lt=first_event_since(until + AROUND))
        return super().kept(rows, since, until)


class ActedBy(TypedFilter):
    """What somebody did: found by the beginning of their name or address, or by id."""

    title = gettext_lazy("actor")
    fields = (("by", gettext_lazy("name, address or id"), "search"),)

    def queryset(self, _request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        typed = self.typed("by")
        return queryset.filter(actor__in=lookup.people(typed)) if typed else queryset
