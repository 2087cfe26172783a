"""What failed alone and waits, with its error, and the button that has it tried again."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace import formats
from marketplace.actions import retrying
from marketplace.admin.buttons import Button
from marketplace.admin.columns import exported, link_to
from marketplace.admin.filters import one_of
from marketplace.admin.lists import FactsAdmin
from marketplace.admin.start import Part, Signal
from marketplace.models import CancelRequest, Event, PutOff, Seller, TalkRoom, User
from marketplace.vocabulary import Matter

PAGES: dict[str, type[Model]] = {
    Matter.EVENT: Event,
    Matter.LADDER: TalkRoom,
    Matter.DIGEST: User,
    Matter.FAIR_NOTICE: CancelRequest,
    Matter.WINDOW: Seller,
}
"""The model whose page the key of a matter leads to."""


class TryAgain(Button):
    """Have it tried by the next tick. Always there: what succeeded has no row any more."""

    name = "try_again"
    title = gettext_lazy("Try again now")
    done = gettext_lazy("Tried again within a minute")
    permission = retrying.MAY_TRY_AGAIN

    def rows(self, keys: Collection[UUID]) -> list[PutOff]:
        return list(PutOff.objects.filter(pk__in=keys).order_by("again_at", "pk"))

    def label(self, row: PutOff) -> str:
        return f"{row.get_matter_display()} · {row.row[:8]}"

    def lines(self, row: PutOff, _now: datetime, /, **_arguments: Any) -> list[str]:
        return [_("It failed {failures}× with: {error}").format(failures=row.failures, error=row.error)]

    def press(self, key: UUID, *, staff: User, reason: str, **_arguments: Any) -> None:
        retrying.try_again(put_off_id=key, staff=staff, reason=reason)


@admin.register(PutOff)
class PutOffAdmin(FactsAdmin):
    list_display = ("short_id", "matter", "row_link", "error", "failures", "again_at", "first_failed_at")
    buttons = (TryAgain(),)
    list_filter = (one_of("matter", gettext_lazy("work"), Matter.choices),)
    ordering = ("matter", "again_at", "pk")
    search_help_text = gettext_lazy("Id of what failed, in full")

    @exported("row", "row")
    @admin.display(description=gettext_lazy("row"))
    def row_link(self, row: PutOff) -> str:
        return link_to(PAGES[row.matter], row.row) if row.matter in PAGES else row.row

    def found(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        return rows.filter(matter__in=list(Matter), row=term.strip())

    def heading(self, row: PutOff) -> str:
        return f"{row.get_matter_display()} · {row.row[:8]}"


def part(request: HttpRequest, _now: datetime) -> Part:
    """Warn of what waits, by work."""
    if not request.user.has_perm("marketplace.view_putoff"):
        return Part()
    found = dict(PutOff.objects.order_by().values_list("matter").annotate(Count("pk")))
    name, address = _("Failed alone, tried again later"), reverse("admin:marketplace_putoff_changelist")
    if not found:
        return Part(signals=[Signal(tone="good", name=name, text=_("nothing"), address=address)])
    text = ", ".join(f"{Matter(matter).label}: {formats.number(count)}" for matter, count in sorted(found.items()))
    return Part(signals=[Signal(tone="warn", name=name, text=text, address=address)])
