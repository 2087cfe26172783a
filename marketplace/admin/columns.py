"""What our lists add to Django's `list_display`: links, badges, moments to the second, and each column's CSV cell."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import DateTimeField, Model
from django.urls import reverse
from django.utils.html import format_html

from marketplace.formats import exact_moment

Display = Callable[..., Any]


def exported(heading: str, value: str | Callable[[Any], Any]) -> Callable[[Display], Display]:
    """Mark a display method whose CSV column has another heading, and plain values: a dotted path, or a function.

    Without the mark, a CSV has the method's name and what it returns.
    """
    read = partial(attribute, path=value) if isinstance(value, str) else value

    def mark(method: Display) -> Display:
        method.exported = heading, read  # type: ignore[attr-defined]
        return method

    return mark


def attribute(row: Any, path: str) -> Any:
    """Follow a dotted path; None where a step is missing."""
    for name in path.split("."):
        row = getattr(row, name, None)
    return row


def moment_column(field: "DateTimeField[Any, Any]") -> Display:
    """Make the column of a field with its moments to the second; Django would leave out seconds and zone."""

    @admin.display(description=field.verbose_name, ordering=field.name)
    def shown(row: Model) -> str:
        return halved(getattr(row, field.name))

    shown.__name__ = field.name
    return shown


def halved(at: datetime | None) -> str:
    """Format a moment so that a narrow column has the day in one line and the time in the next."""
    day, _, time = exact_moment(at).partition(" ")
    return format_html('<span class="moment"><span>{}</span> <span>{}</span></span>', day, time) if time else day


def address_of(model: type[Model], key: Any) -> str:
    """Return the URL of an object's page."""
    meta = model._meta  # noqa: SLF001 - the name is Django's public one
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[key])


def link(row: Model, text: object = None) -> str:
    """Link to an object's page."""
    return link_to(type(row), row.pk, text)


def link_to(model: type[Model], key: Any, text: object = None) -> str:
    """Link to the page of the object with this key, by default under the beginning of its id."""
    return format_html('<a href="{}">{}</a>', address_of(model, key), short(key) if text is None else text)


def short(key: UUID | int | str) -> str:
    """Return the beginning of an id, enough to tell rows of a page apart."""
    return str(key)[:8]


def badge(text: object, tone: str) -> str:
    """Mark a word as `bad`, `warn`, `good` or `quiet`."""
    return format_html('<span class="badge {}">{}</span>', tone, text)
