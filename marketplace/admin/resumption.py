"""Resume a seller on the seller's behalf: every verdict acknowledged, every service accepting again (R9)."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from marketplace import clock, errors
from marketplace.actions import selling, steering
from marketplace.admin.buttons import Button, Foreseen
from marketplace.admin.columns import link
from marketplace.admin.reversal import Hindered, hindered, standing_of
from marketplace.admin.words import label, said
from marketplace.models import Seller, User


class NothingToResume(errors.Refusal):
    code = "nothing_to_resume"
    message = _("No verdict waits for an acknowledgement, and no penalty pauses a service.")


class Resume(Button):
    """Acknowledge for a seller."""

    name = "resume"
    title = label("Resume the seller", "出品者の受付を再開する")
    done = label("Resumed", "受付を再開しました")
    permission = steering.MAY_RESUME

    def rows(self, keys: Collection[UUID]) -> list[Seller]:
        """Read the sellers, each with what hinders it."""
        found = list(Seller.objects.filter(pk__in=keys).select_related("user").order_by("user__username"))
        hindrances = hindered([row.pk for row in found])
        for row in found:
            vars(row)["hindrance"] = hindrances[row.pk]
        return found

    def applies_to(self, row: Seller) -> bool:
        """Show it while something hinders."""
        return _hinders(standing_of(row))

    def refusal(self, row: Seller, _now: datetime) -> type[errors.Refusal] | None:
        """Refuse where there is nothing to do."""
        return None if _hinders(vars(row)["hindrance"]) else NothingToResume

    def foresee(self, rows: Sequence[Seller], now: datetime, **_asked: Any) -> list[Foreseen]:
        """Say which services accept again."""
        return [
            Foreseen(
                row=row,
                name=link(row, said(f"seller {row}", f"出品者 {row}")),
                lines=_lines(vars(row)["hindrance"]),
                refusal=self.refusal(row, now),
            )
            for row in rows
        ]

    def press(self, key: UUID, *, staff: User, reason: str, seen: str, **_asked: Any) -> None:  # noqa: ARG002 - asked below
        """Resume. A second time there is nothing to do: the action then writes nothing."""
        if any(self.refusal(row, clock.now()) for row in self.rows([key])):
            raise NothingToResume
        selling.acknowledge_for(seller_id=key, staff=staff, reason=reason)


def _hinders(hindrance: Hindered) -> bool:
    return bool(hindrance.open_verdicts or hindrance.pauses)


def _lines(hindrance: Hindered) -> list[str]:
    verdicts, pauses = len(hindrance.open_verdicts), len(hindrance.pauses)
    again = set(hindrance.services) - hindrance.accepting()
    names = ", ".join(title for key, title in hindrance.services.items() if key in again)
    return [
        said(
            f"Verdicts acknowledged for the seller: {verdicts}. Pauses lifted: {pauses}.",
            f"出品者に代わって確認する自動キャンセル: {verdicts}件。解除される休止: {pauses}件。",
        ),
        said(f"Services that accept again: {names or 'none'}.", f"受付を再開するサービス: {names or 'なし'}。"),
        said("Figures, rank and reviews stay as they are.", "集計、ランク、評価は変わりません。"),
    ]
