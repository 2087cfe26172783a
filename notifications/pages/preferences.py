"""通知設定: which kinds of notices, on which channels."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.utils.serializer_helpers import BoundField

from marketplace.pages.page import Page
from marketplace.readers import zone_of
from notifications.actions import preferences, reach
from notifications.actions.preferences import Wished
from notifications.api.serializers import wishes
from notifications.api.serializers.wishes import Preferences
from notifications.vocabulary import CRITICAL, SWITCHABLE, Channel, Kind

REMINDERS = (Kind.APPROVAL_DUE, Kind.SILENCE, Kind.NO_SCHEDULE, Kind.MILESTONE, Kind.PROGRESS, Kind.DIGEST)
"""Kinds of notices before anything happens."""
GROUPS = (
    (
        gettext_lazy("Important"),
        gettext_lazy(
            "Your income or your money hangs on these. In the app they are always on; keep e-mail or push on for each."
        ),
        [kind for kind in SWITCHABLE if kind in CRITICAL],
    ),
    (
        gettext_lazy("As a deal goes on"),
        gettext_lazy("What the other party or our staff did."),
        [kind for kind in SWITCHABLE if kind not in CRITICAL and kind not in REMINDERS],
    ),
    (gettext_lazy("Reminders"), gettext_lazy("So that nothing is forgotten."), REMINDERS),
)


@dataclass(frozen=True, kw_only=True)
class Switch:
    name: str
    channel: str
    on: bool
    locked: bool
    """In-app is always on for what is critical."""


@dataclass(frozen=True, kw_only=True)
class Row:
    field: BoundField
    kind: str
    switches: list[Switch]


@dataclass(frozen=True, kw_only=True)
class Group:
    name: Any
    about: Any
    rows: list[Row]


class PreferencesPage(Page):
    """Kind × channel, quiet hours, the time of the digest."""

    template = "pages/settings/preferences.html"
    not_done = gettext_lazy("This could not be saved.")
    asks = Preferences

    def get(self, _request: HttpRequest) -> HttpResponse:
        self.begin_with(**dict(_boxes(preferences.read_wishes(self.person))))
        channels = [(str(Channel(channel).label), known) for channel, known in reach.known_of(self.person).items()]
        return self.shown(
            groups=self._groups(), channels=channels, zone=str(zone_of(self.person)), half=self._is_half()
        )

    def post(self, _request: HttpRequest) -> HttpResponse:
        """Save. Raises `CriticalKindNeedsAChannel`."""
        changes = wishes.changes(self.given())
        saved = self.once(lambda: preferences.change(person=self.person, changes=changes), "preferences")
        self.tell(_("Saved."))
        return saved

    def _is_half(self) -> bool:
        return any(name.startswith("quiet_hours.") for name in self.form.errors)

    def _groups(self) -> list[Group]:
        return [Group(name=name, about=about, rows=self._rows(kinds)) for name, about, kinds in GROUPS]

    def _rows(self, kinds: Sequence[Kind]) -> list[Row]:
        return [
            Row(
                field=self.form.bound(f"kinds.{kind}"),
                kind=str(Kind(kind).label),
                switches=[self._switch(kind, channel) for channel in Channel],
            )
            for kind in kinds
        ]

    def _switch(self, kind: Kind, channel: Channel) -> Switch:
        name = f"kinds.{kind}.{channel}"
        return Switch(
            name=name,
            channel=str(Channel(channel).label),
            on=bool(self.form.values.get(name)),
            locked=channel is Channel.INAPP and kind in CRITICAL,
        )


def _boxes(wished: Wished) -> Iterator[tuple[str, Any]]:
    for kind, row in wished.kinds.items():
        yield from ((f"kinds.{kind}.{channel}", "on") for channel, on in row.items() if on)
    if wished.quiet_hours:
        yield "quiet_hours.from", f"{wished.quiet_hours.start:%H:%M}"
        yield "quiet_hours.to", f"{wished.quiet_hours.end:%H:%M}"
    if wished.digest_at:
        yield "digest_at", f"{wished.digest_at:%H:%M}"


urlpatterns = [path("settings/notifications/", PreferencesPage.as_view(), name="preferences")]
