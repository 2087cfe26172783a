"""The button that sends a dead letter again."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.admin.buttons import Button
from marketplace.errors import Refusal
from marketplace.models import User
from notifications.actions import redelivery
from notifications.errors import NotFailed
from notifications.models import Notification
from notifications.vocabulary import State


class Redeliver(Button):
    """Send a dead letter again, from the first attempt on."""

    name = "redeliver"
    title = gettext_lazy("Send again")
    done = gettext_lazy("To be sent again")
    permission = redelivery.MAY_REDELIVER

    def rows(self, keys: Collection[UUID]) -> list[Notification]:
        return list(Notification.objects.select_related("person").filter(pk__in=keys).order_by("made_at", "pk"))

    def label(self, row: Notification) -> str:
        return f"{row.get_kind_display()} · {row.person.username}"

    def refusal(self, row: Notification, _now: datetime | None = None, /) -> type[Refusal] | None:
        return None if row.state == State.FAILED else NotFailed

    def lines(self, row: Notification, _now: datetime, /, **_arguments: Any) -> list[str]:
        text = _("It goes to {username} by {channel} again. It failed with: {last_error}")
        return [
            text.format(username=row.person.username, channel=row.get_channel_display(), last_error=row.last_error),
            _("What has become pointless meanwhile is dropped instead."),
        ]

    def press(self, key: UUID, *, staff: User, reason: str, **_arguments: Any) -> None:
        redelivery.redeliver(notification_id=key, staff=staff, reason=reason)
