"""What is open in a person's name: sessions, tokens, and whatever else reads without logging in. Staff end it all."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from knox.models import AuthToken

from marketplace import clock
from marketplace.actions import people
from marketplace.admin import panels
from marketplace.admin.buttons import Button
from marketplace.formats import exact_moment
from marketplace.models import User

SHOWN = 20
"""How many sessions and tokens a page lists, newest first."""


class EndAccess(Button):
    """End what is open in a person's name. Always there: an old session may be open that was never noted."""

    name = "end_access"
    title = gettext_lazy("End everything that is open")
    done = pgettext_lazy("done", "Ended")
    tone = "danger"
    permission = people.MAY_END_ACCESS

    def rows(self, keys: Collection[UUID]) -> list[User]:
        return list(User.objects.filter(pk__in=keys).order_by("username"))

    def lines(self, row: User, _now: datetime, /, **_arguments: Any) -> list[str]:
        sessions, tokens = _sessions(row).count(), _tokens(row).count()
        return [
            _("Logged out everywhere: {sessions}, {tokens}.").format(
                sessions=ngettext("{number} browser session", "{number} browser sessions", sessions).format(
                    number=sessions
                ),
                tokens=ngettext("{number} API token", "{number} API tokens", tokens).format(number=tokens),
            ),
            _("Push notices to every browser stop, and the calendar's address is gone. The password stays."),
        ]

    def press(self, key: UUID, *, staff: User, reason: str, **_arguments: Any) -> None:
        people.end_access(person_id=key, staff=staff, reason=reason)


def panel(_request: HttpRequest, person: User) -> panels.Panel:
    """List what is open now."""
    noted = {each.session_key: each for each in person.open_sessions.all()}
    rows = [
        (
            _("browser session"),
            exact_moment(noted[row.session_key].began_at),
            exact_moment(row.expire_date),
            noted[row.session_key].browser,
        )
        for row in _sessions(person)[:SHOWN]
    ]
    rows += [
        (_("API token"), exact_moment(row.created), exact_moment(row.expiry), f"{row.token_key}…")
        for row in _tokens(person)[:SHOWN]
    ]
    heads = [_("what"), _("began"), _("expires"), _("where")]
    return panels.table(_("Open now"), heads, rows, empty=_("Nothing is open."))


def _sessions(person: User) -> QuerySet[Session]:
    keys = person.open_sessions.values("session_key")
    return Session.objects.filter(session_key__in=keys, expire_date__gt=clock.now()).order_by("-expire_date")


def _tokens(person: User) -> QuerySet[AuthToken]:
    tokens: QuerySet[AuthToken] = AuthToken.objects.filter(user=person, expiry__gt=clock.now())
    return tokens.order_by("-created", "-pk")
