"""The page that operators begin with: how everything stands, and what to do, part by part.

This app does not know who has something to show there: `offer` is called by whoever knows all the
apps, with the parts in their order. Each is asked on every visit with the request and the time.
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

from marketplace import clock
from marketplace.admin.buttons import Button
from marketplace.admin.columns import short
from marketplace.admin.panels import Panel
from marketplace.admin.words import label, said

MARKS = {
    "bad": ("✕", label("wrong", "異常")),
    "warn": ("!", label("have a look", "要確認")),
    "good": ("✓", label("well", "正常")),
    "quiet": ("–", label("for information", "参考")),
}
"""What stands with a colour, so that it does not stand alone."""


@dataclass(frozen=True, kw_only=True)
class Signal:
    """One thing that is well or not, and where to look."""

    tone: str
    """`bad`, `warn`, `good` or `quiet`."""
    name: str
    says: str
    address: str = ""

    @property
    def sign(self) -> str:
        """A sign for the tone."""
        return MARKS[self.tone][0]

    @property
    def word(self) -> str:
        """A word for the tone."""
        return str(MARKS[self.tone][1])


@dataclass(frozen=True, kw_only=True)
class Part:
    """What one matter has to show to this operator: nothing where they may not look."""

    signals: Sequence[Signal] = ()
    panels: Sequence[Panel] = ()


Offer = Callable[[HttpRequest, datetime], Part]
offers: list[Offer] = []


def offer(*parts: Offer) -> None:
    """Show these on the start page, in this order."""
    offers.extend(part for part in parts if part not in offers)


def context(request: HttpRequest) -> dict[str, Any]:
    """Ask every part. Returns what the template shows."""
    now = clock.now()
    parts = [part(request, now) for part in offers]
    signals = [signal for part in parts for signal in part.signals]
    return {
        "signals": signals,
        "verdict": headline(signals),
        "panels": [panel for part in parts for panel in part.panels],
    }


def headline(signals: Sequence[Signal]) -> Signal | None:
    """Say in one line whether all is well; None where this operator sees nothing of it."""
    if not signals:
        return None
    wrong = [signal.name for signal in signals if signal.tone == "bad"]
    look = [signal.name for signal in signals if signal.tone == "warn"]
    if wrong:
        told = said(f"Something is wrong: {', '.join(wrong)}.", f"異常があります: {'、'.join(wrong)}")
        return Signal(tone="bad", name="", says=told)
    if look:
        told = said(f"It works; have a look at: {', '.join(look)}.", f"稼働中です。確認してください: {'、'.join(look)}")
        return Signal(tone="warn", name="", says=told)
    return Signal(tone="good", name="", says=said("Everything works.", "すべて正常です。"))


def ways_to_press(request: HttpRequest, model: type[Model], key: UUID, buttons: Sequence[tuple[Button, Any]]) -> str:
    """Link to the questions of these buttons about one row, for who may press them; afterwards one is back here."""
    meta = model._meta  # noqa: SLF001 - the name is Django's public one
    may = [(button, word) for button, word in buttons if request.user.has_perm(button.permission)]
    return format_html_join(
        " ",
        '<a class="button small {}" href="{}?pk={}&amp;back={}">{}…<span class="visually-hidden"> {}</span></a>',
        (
            (
                button.tone,
                reverse(f"admin:{meta.app_label}_{meta.model_name}_{button.name}"),
                key,
                reverse("admin:index"),
                word,
                short(key),
            )
            for button, word in may
        ),
    )
