"""The page that operators begin with: how everything stands, and what to do, part by part.

This app does not know what others show there: `config` knows all apps, and calls `offer` with their
parts in order. Each is called on every visit, with the request and the time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from marketplace import clock, formats
from marketplace.admin.buttons import Button
from marketplace.admin.columns import short
from marketplace.admin.confirmation import url_name
from marketplace.admin.panels import Panel

MARKS = {
    "bad": ("✕", gettext_lazy("wrong")),
    "warn": ("!", gettext_lazy("have a look")),
    "good": ("✓", gettext_lazy("well")),
    "quiet": ("–", gettext_lazy("for information")),
}
"""The sign and the word beside a colour, so that no meaning rests on colour alone."""


@dataclass(frozen=True, kw_only=True)
class Signal:
    """One thing that is well or not, and where to look."""

    tone: str
    """`bad`, `warn`, `good` or `quiet`."""
    name: str
    text: str
    address: str = ""

    @property
    def sign(self) -> str:
        return MARKS[self.tone][0]

    @property
    def word(self) -> str:
        return str(MARKS[self.tone][1])


@dataclass(frozen=True, kw_only=True)
class Part:
    """What one matter shows to this operator: nothing without the permission to look."""

    signals: Sequence[Signal] = ()
    panels: Sequence[Panel] = ()


Offer = Callable[[HttpRequest, datetime], Part]
offers: list[Offer] = []


def offer(*parts: Offer) -> None:
    """Show these on the start page, in this order."""
    offers.extend(part for part in parts if part not in offers)


def context(request: HttpRequest) -> dict[str, Any]:
    """Return the template's context, from every part."""
    now = clock.now()
    parts = [part(request, now) for part in offers]
    signals = [signal for part in parts for signal in part.signals]
    return {
        "signals": signals,
        "verdict": headline(signals),
        "panels": [panel for part in parts for panel in part.panels],
    }


def headline(signals: Sequence[Signal]) -> Signal | None:
    """Whether all is well, in one line; None where this operator sees no signal."""
    if not signals:
        return None
    for tone, text in (
        ("bad", _("Something is wrong: {names}.")),
        ("warn", _("It works; have a look at: {names}.")),
    ):
        names = [signal.name for signal in signals if signal.tone == tone]
        if names:
            separator = pgettext("between parts of a list", ", ")
            return Signal(tone=tone, name="", text=text.format(names=separator.join(names)))
    return Signal(tone="good", name="", text=_("Everything works."))


def rows_counted(number: int, most: int) -> str:
    """Write how many rows there are of those that were counted to `most` at most."""
    return pgettext("rows", "{number}").format(number=formats.counted(number, most))


def button_links(request: HttpRequest, model: type[Model], key: UUID, buttons: Sequence[tuple[Button, Any]]) -> str:
    """Links to press these buttons on an object, and to come back to the start page."""
    return format_html_join(
        " ",
        '<a class="button small {}" href="{}?pk={}&amp;back={}">{}…<span class="visually-hidden"> {}</span></a>',
        (
            (
                button.tone,
                reverse(f"admin:{url_name(model, button)}"),
                key,
                reverse("admin:index"),
                text,
                short(key),
            )
            for button, text in buttons
            if request.user.has_perm(button.permission)
        ),
    )
