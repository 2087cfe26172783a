"""What failed alone and waits, with its error, and the button that has it tried again."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from marketplace import errors
from marketplace.actions import retrying
from marketplace.admin.buttons import Button, Foreseen
from marketplace.admin.columns import Column, link, link_to
from marketplace.admin.filters import Choice
from marketplace.admin.lists import FactsAdmin
from marketplace.admin.start import Part, Signal
from marketplace.admin.words import MATTERS, label, said
from marketplace.models import CancelRequest, Event, PutOff, Seller, TalkRoom, User
from marketplace.vocabulary import Matter

PAGES: dict[str, type[Model]] = {
    Matter.EVENT: Event,
    Matter.LADDER: TalkRoom,
    Matter.DIGEST: User,
    Matter.FAIR_NOTICE: CancelRequest,
    Matter.WINDOW: Seller,
}
"""Whose page the key of a matter leads to."""


def _matter(row: PutOff) -> str:
    return str(MATTERS[Matter(row.matter)])


def _row(row: PutOff) -> Any:
    return link_to(PAGES[row.matter], row.row) if row.matter in PAGES else row.row


COLUMNS = (
    Column(name="id", title=label("entry", "項目"), value=lambda row: row.pk, show=link),
    Column(name="matter", title=label("work", "処理"), value=lambda row: row.matter, show=_matter),
    Column(name="row", title=label("row", "対象"), value=lambda row: row.row, show=_row),
    Column(name="error", title=label("error", "エラー"), value=lambda row: row.error),
    Column(name="failures", title=label("failures", "失敗回数"), value=lambda row: row.failures),
    Column(name="again_at", title=label("tried again", "次の試行"), value=lambda row: row.again_at),
    Column(name="first_failed_at", title=label("since", "最初の失敗"), value=lambda row: row.first_failed_at),
)


class TryAgain(Button):
    """Have it tried by the next tick."""

    name = "try_again"
    title = label("Try again now", "今すぐ再試行する")
    done = label("Tried again within a minute", "1分以内に再試行します")
    permission = retrying.MAY_TRY_AGAIN

    def rows(self, keys: Collection[UUID]) -> list[PutOff]:
        """Read what waits."""
        return list(PutOff.objects.filter(pk__in=keys).order_by("again_at", "pk"))

    def applies_to(self, _row: PutOff) -> bool:
        """Show it always: what succeeded has no row any more."""
        return True

    def refusal(self, _row: PutOff, _now: datetime) -> type[errors.Refusal] | None:
        """Refuse nothing."""
        return None

    def foresee(self, rows: Sequence[PutOff], now: datetime, **_asked: Any) -> list[Foreseen]:
        """Say what failed, and with what."""
        return [
            Foreseen(
                row=row,
                name=link(row, f"{_matter(row)} · {row.row[:8]}"),
                lines=[said(f"It failed {row.failures}× with: {row.error}", f"{row.failures}回失敗: {row.error}")],
                refusal=self.refusal(row, now),
            )
            for row in rows
        ]

    def press(self, key: UUID, *, staff: User, reason: str, seen: str, **_asked: Any) -> None:  # noqa: ARG002 - it may have failed once more meanwhile: all the same
        """Do it."""
        retrying.try_again(put_off_id=key, staff=staff, reason=reason)


class ByMatter(Choice):
    """By the work that failed."""

    title = label("work", "処理")
    parameter_name = "matter"
    words = tuple((matter.value, text) for matter, text in MATTERS.items())


@admin.register(PutOff)
class PutOffAdmin(FactsAdmin):
    """By work, soonest tried again first."""

    columns = COLUMNS
    buttons = (TryAgain(),)
    list_filter = (ByMatter,)
    ordering = ("matter", "again_at", "pk")
    search_help_text = label("Id of what failed, in full", "対象のID（全体）")

    def found(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        """Keep what is about this row."""
        return rows.filter(matter__in=list(Matter), row=term.strip())

    def heading(self, row: PutOff) -> str:
        """Name the work and the row."""
        return f"{_matter(row)} · {row.row[:8]}"


def part(request: HttpRequest, _now: datetime) -> Part:
    """Warn of what waits, by work."""
    if not request.user.has_perm("marketplace.view_putoff"):
        return Part()
    found = dict(PutOff.objects.order_by().values_list("matter").annotate(Count("pk")))
    name, address = said("Failed alone, tried again later", "失敗して再試行待ち"), _address()
    if not found:
        return Part(signals=[Signal(tone="good", name=name, says=said("nothing", "なし"), address=address)])
    told = ", ".join(f"{MATTERS[Matter(matter)]}: {number}" for matter, number in sorted(found.items()))
    return Part(signals=[Signal(tone="warn", name=name, says=told, address=address)])


def _address() -> str:
    return reverse("admin:marketplace_putoff_changelist")
