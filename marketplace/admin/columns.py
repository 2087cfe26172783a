"""A column of a list: what it is called, what it holds for a spreadsheet, and how a page shows it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html

from marketplace.admin.words import moment, shown


@dataclass(frozen=True, kw_only=True)
class Column:
    """Django's `list_display` calls it with the row; the CSV asks for `value`."""

    name: str
    title: Any
    value: Callable[[Any], Any]
    """The plain value: text, number, time, None."""
    show: Callable[[Any], Any] | None = None
    """How a page shows it, where that is not plainly the value."""

    order: str = ""
    """The column of an index that the list can be sorted by; empty: it cannot."""

    @property
    def admin_order_field(self) -> str | None:
        """What Django sorts by."""
        return self.order or None

    @property
    def __name__(self) -> str:
        """The name that Django puts into CSS classes."""
        return self.name

    @property
    def short_description(self) -> Any:
        """The heading."""
        return self.title

    def __call__(self, row: Any) -> Any:
        """Show the column of this row."""
        if self.show is not None:
            return self.show(row)
        value = self.value(row)
        return halved(value) if isinstance(value, datetime) else shown(value)


def halved(at: datetime) -> str:
    """Show a moment so that a narrow column has the day in one line and the time in the next."""
    day, time = moment(at).split(" ", 1)
    return format_html('<span class="moment"><span>{}</span> <span>{}</span></span>', day, time)


def address(row: Model) -> str:
    """Return where an object's page is."""
    return address_of(type(row), row.pk)


def address_of(model: type[Model], key: Any) -> str:
    """Return where the page of the object with this key is."""
    meta = model._meta  # noqa: SLF001 - the name is Django's public one
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[key])


def link(row: Model, text: object = None) -> str:
    """Link to an object's page."""
    return format_html('<a href="{}">{}</a>', address(row), short(row.pk) if text is None else text)


def link_to(model: type[Model], key: Any, text: object = None) -> str:
    """Link to the page of the object with this key."""
    return format_html('<a href="{}">{}</a>', address_of(model, key), short(key) if text is None else text)


def short(key: UUID | int | str) -> str:
    """Return the beginning of an id, enough to tell rows of a page apart."""
    return str(key)[:8]


def badge(text: object, tone: str) -> str:
    """Mark a word: `bad`, `warn`, `good` or `quiet`."""
    return format_html('<span class="badge {}">{}</span>', tone, text)
