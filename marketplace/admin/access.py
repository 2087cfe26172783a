"""What is open in a person's name: sessions, tokens, and whatever else reads without logging in. Staff end it all."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.sessions.models import Session
from django.http import HttpRequest
from knox.models import AuthToken

from marketplace import clock, errors
from marketplace.actions import people
from marketplace.admin import panels
from marketplace.admin.buttons import Button, Foreseen
from marketplace.admin.columns import link
from marketplace.admin.words import label, moment, said
from marketplace.models import User

SHOWN = 20
"""How many sessions and tokens a page lists, newest first."""


class EndAccess(Button):
    """End whatever is open in a person's name."""

    name = "end_access"
    title = label("End everything that is open", "すべてのログインを終了する")
    done = label("Ended", "終了しました")
    tone = "danger"
    permission = people.MAY_END_ACCESS

    def rows(self, keys: Collection[UUID]) -> list[User]:
        """Read the people."""
        return list(User.objects.filter(pk__in=keys).order_by("username"))

    def applies_to(self, row: User) -> bool:  # noqa: ARG002 - a session of old may be open that nobody noted
        """Show it always."""
        return True

    def refusal(self, _row: User, _now: datetime) -> type[errors.Refusal] | None:
        """Refuse nothing: the action knows who may."""
        return None

    def foresee(self, rows: Sequence[User], now: datetime, **_asked: Any) -> list[Foreseen]:
        """Say what ends."""
        return [
            Foreseen(row=row, name=link(row, row.username), lines=_lines(row), refusal=self.refusal(row, now))
            for row in rows
        ]

    def press(self, key: UUID, *, staff: User, reason: str, seen: str, **_asked: Any) -> None:  # noqa: ARG002 - what is open now ends
        """End it."""
        people.end_access(person_id=key, staff=staff, reason=reason)


def _lines(person: User) -> list[str]:
    sessions, tokens = _sessions(person).count(), _tokens(person).count()
    return [
        said(
            f"Logged out everywhere: {sessions} browser sessions, {tokens} API tokens.",
            f"すべてログアウトされます: ブラウザーのセッション {sessions}件、APIトークン {tokens}件。",
        ),
        said(
            "Push notices to every browser stop, and the calendar's address is gone. The password stays.",
            "プッシュ通知の登録とカレンダーのアドレスも削除されます。パスワードは変わりません。",
        ),
    ]


def panel(_request: HttpRequest, person: User) -> panels.Panel:
    """List what is open now."""
    noted = {each.session_key: each for each in person.open_sessions.all()}
    rows = [
        (
            said("browser session", "ブラウザーのセッション"),
            moment(noted[row.session_key].began_at),
            moment(row.expire_date),
            noted[row.session_key].browser,
        )
        for row in _sessions(person)[:SHOWN]
    ]
    rows += [
        (said("API token", "APIトークン"), moment(row.created), moment(row.expiry), f"{row.token_key}…")
        for row in _tokens(person)[:SHOWN]
    ]
    heads = [said("what", "種類"), said("began", "開始"), said("until", "期限"), said("where", "詳細")]
    return panels.table(
        said("Open now", "現在のログイン"), heads, rows, empty=said("Nothing is open.", "現在ログインはありません。")
    )


def _sessions(person: User) -> Any:
    keys = person.open_sessions.values("session_key")
    return Session.objects.filter(session_key__in=keys, expire_date__gt=clock.now()).order_by("-expire_date")


def _tokens(person: User) -> Any:
    return AuthToken.objects.filter(user=person, expiry__gt=clock.now()).order_by("-created", "-pk")
