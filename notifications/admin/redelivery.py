"""The button that sends a dead letter again."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from marketplace.admin.buttons import Button, Foreseen
from marketplace.admin.columns import link
from marketplace.admin.words import label, said
from marketplace.errors import Refusal
from marketplace.models import User
from notifications.actions import redelivery
from notifications.errors import NotFailed
from notifications.models import Notification
from notifications.vocabulary import State


class Redeliver(Button):
    """Send again, from the first attempt on."""

    name = "redeliver"
    title = label("Send again", "再送する")
    done = label("To be sent again", "再送を予約しました")
    permission = redelivery.MAY_REDELIVER

    def rows(self, keys: Collection[UUID]) -> list[Notification]:
        """Read the notifications with their people."""
        return list(Notification.objects.select_related("person").filter(pk__in=keys).order_by("made_at", "pk"))

    def applies_to(self, row: Notification) -> bool:
        """Show it on dead letters."""
        return row.state == State.FAILED

    def refusal(self, row: Notification, _now: datetime) -> type[Refusal] | None:
        """Refuse what is no dead letter."""
        return None if row.state == State.FAILED else NotFailed

    def foresee(self, rows: Sequence[Notification], now: datetime, **_asked: Any) -> list[Foreseen]:
        """Say to whom it goes, and why it failed before."""
        return [
            Foreseen(
                row=row,
                name=link(row, f"{row.kind} · {row.person.username}"),
                lines=[
                    said(
                        f"It goes to {row.person.username} by {row.channel} again. It failed with: {row.last_error}",
                        f"{row.person.username} へ {row.channel} で再送します。前回のエラー: {row.last_error}",
                    ),
                    said(
                        "What has become pointless meanwhile is dropped instead.",
                        "その間に意味のなくなった通知は、送信されません。",
                    ),
                ],
                refusal=self.refusal(row, now),
            )
            for row in rows
        ]

    def press(self, key: UUID, *, staff: User, reason: str, seen: str, **_asked: Any) -> None:  # noqa: ARG002 - a dead letter stays one until it is sent
        """Do it."""
        redelivery.redeliver(notification_id=key, staff=staff, reason=reason)
