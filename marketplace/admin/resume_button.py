"""Resume a seller on the seller's behalf: every verdict acknowledged, every service accepting again (R9)."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace import errors
from marketplace.actions import selling, steering
from marketplace.admin.buttons import Button, Foreseen
from marketplace.admin.columns import link
from marketplace.admin.reversal_button import Hindrances, hindrances
from marketplace.models import Seller, User


class NothingToResume(errors.Refusal):
    message = gettext_lazy("No verdict waits for an acknowledgement, and no penalty pauses a service.")
    code = "nothing_to_resume"


class Resume(Button):
    name = "resume"
    title = gettext_lazy("Resume the seller")
    done = gettext_lazy("Resumed")
    permission = steering.MAY_RESUME

    def rows(self, keys: Collection[UUID]) -> list[Seller]:
        return list(Seller.objects.filter(pk__in=keys).select_related("user").order_by("user__username"))

    def refusal(self, row: Seller, _now: datetime | None = None, /) -> type[errors.Refusal] | None:
        return None if hindrances([row.pk])[row.pk] else NothingToResume

    def foresee(self, rows: Sequence[Seller], _now: datetime, /, **_arguments: Any) -> list[Foreseen]:
        """Return the services that accept again: three statements for all sellers."""
        hindered = hindrances([row.pk for row in rows])
        return [
            Foreseen(
                row=row,
                name=link(row, _("seller {row}").format(row=row)),
                lines=_lines(hindered[row.pk]),
                refusal=None if hindered[row.pk] else NothingToResume,
            )
            for row in rows
        ]

    def press(self, key: UUID, *, staff: User, reason: str, **_arguments: Any) -> None:
        """Resume. A second time there is nothing to do, and the action would write nothing."""
        if any(self.refusal(row) for row in self.rows([key])):
            raise NothingToResume
        selling.acknowledge_for(seller_id=key, staff=staff, reason=reason)


def _lines(hindered: Hindrances) -> list[str]:
    again = set(hindered.services) - hindered.accepting()
    names = ", ".join(title for key, title in hindered.services.items() if key in again)
    text = _("Verdicts acknowledged for the seller: {verdicts}. Pauses lifted: {pauses}.")
    return [
        text.format(verdicts=len(hindered.open_verdicts), pauses=len(hindered.pauses)),
        _("Services that accept again: {names}.").format(names=names or _("none")),
        _("Figures, rank and reviews stay as they are."),
    ]
