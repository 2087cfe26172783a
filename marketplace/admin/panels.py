"""The parts of an object's page; another app may offer parts of its own.

An app offers one in its `ready()`: `panels.offer(TalkRoom, proof_of_notice)`. It is called on each
visit, and shown below ours.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model
from django.http import HttpRequest

TEMPLATES = "admin/marketplace/panels/"


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A part of a page: a heading, and a template with what it shows."""

    title: str
    template: str
    context: dict[str, Any] = field(default_factory=dict)
    half: bool = False
    """Whether it may stand beside another one, where there is room."""


Offer = Callable[[HttpRequest, Any], Panel | None]
"""Called with the request and the object; None when there is nothing to show."""

offers: dict[type[Model], list[Offer]] = defaultdict(list)


def offer(model: type[Model], panel: Offer) -> None:
    """Show this panel on every page of this kind of object."""
    if panel not in offers[model]:
        offers[model].append(panel)


def offered(request: HttpRequest, row: Model) -> list[Panel]:
    """Return the panels of other apps about this object."""
    panels = (panel(request, row) for panel in offers[type(row)])
    return [panel for panel in panels if panel is not None]


def facts(title: str, *pairs: tuple[str, Any], note: str = "") -> Panel:
    """Make a panel of names and values."""
    return Panel(title=title, template=f"{TEMPLATES}facts.html", context={"pairs": pairs, "note": note})


def table(
    title: str,
    heads: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    note: str = "",
    empty: str = "",
    more: tuple[str, str] | None = None,
) -> Panel:
    """Make a panel of rows. `empty` stands where there is none, `note` below, `more` is a link: URL and text."""
    context = {"heads": heads, "rows": rows, "note": note, "empty": empty, "more": more}
    return Panel(title=title, template=f"{TEMPLATES}table.html", context=context)
