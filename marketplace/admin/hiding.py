"""Hide a message: nobody reads it any more, and no clock moves (R6)."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from marketplace import errors
from marketplace.actions import steering
from marketplace.admin.buttons import Button, Foreseen
from marketplace.admin.columns import link
from marketplace.admin.words import PARTIES, label, moment, said
from marketplace.models import Message, User
from marketplace.vocabulary import MessageKind, Party

BEGINNING = 80
"""How many characters of a message the question quotes."""


class Hide(Button):
    """Hide what a party wrote."""

    name = "hide"
    title = label("Hide the message", "メッセージを非表示にする")
    done = label("Hidden", "非表示にしました")
    tone = "danger"
    permission = steering.MAY_HIDE

    def rows(self, keys: Collection[UUID]) -> list[Message]:
        """Read the messages."""
        return list(Message.objects.filter(pk__in=keys).order_by("posted_at", "pk"))

    def applies_to(self, row: Message) -> bool:
        """Show it on what a party wrote."""
        return row.kind != MessageKind.SYSTEM and row.hidden_at is None

    def refusal(self, row: Message, _now: datetime) -> type[errors.Refusal] | None:
        """Refuse the system's own lines, and what is hidden already."""
        if row.kind == MessageKind.SYSTEM:
            return errors.NotFound
        return errors.MessageAlreadyHidden if row.hidden_at else None

    def foresee(self, rows: Sequence[Message], now: datetime, **_asked: Any) -> list[Foreseen]:
        """Say whose words will be gone."""
        return [
            Foreseen(
                row=row,
                name=link(row, said(f"message {str(row.pk)[:8]}", f"メッセージ {str(row.pk)[:8]}")),
                lines=self._lines(row),
                refusal=self.refusal(row, now),
            )
            for row in rows
        ]

    def _lines(self, row: Message) -> list[str]:
        if row.sender is None:
            return []
        party = PARTIES[Party(row.sender)]
        body = row.body if len(row.body) <= BEGINNING else f"{row.body[:BEGINNING]}…"
        return [
            said(
                f"What {party} wrote at {moment(row.posted_at)} will be shown to neither party: “{body}”",
                f"{party}が {moment(row.posted_at)} に書いた内容は、双方に表示されなくなります: 「{body}」",
            ),
            said("It moves no clock, and cannot be undone.", "期限は動きません。元に戻すことはできません。"),
        ]

    def press(self, key: UUID, *, staff: User, reason: str, seen: str, **_asked: Any) -> None:  # noqa: ARG002 - a hidden message stays so
        """Hide it."""
        steering.hide(message_id=key, staff=staff, reason=reason)
