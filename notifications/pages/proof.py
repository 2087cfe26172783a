"""The notices about a cancel request, as steps of the story that a talk room's page tells."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace import formats
from marketplace.models import CancelRequest
from marketplace.pages import story
from marketplace.pages.room import Room
from marketplace.pages.story import Entry
from notifications.api.serializers.inbox import NoticeShown
from notifications.models import Notification
from notifications.stories import proof_of_notice
from notifications.vocabulary import Channel, Kind, State

AT_MOST = 100
"""Notices that one story has at most; a request has a few."""

NOTICES: dict[Kind, Any] = {
    Kind.REQUEST_PLACED: gettext_lazy("the cancel request"),
    Kind.REQUEST_DUE: gettext_lazy("reminder of the deadline"),
    Kind.REQUEST_CHANGED: gettext_lazy("a change of the request"),
    Kind.CANCELLED: gettext_lazy("the cancellation"),
}

ERRORS = {
    "refused": gettext_lazy("refused by the other end"),
    "not_taken": gettext_lazy("not taken by the other end"),
}
"""The errors that the other party may see."""


def offer() -> None:
    """Add the notices to the story."""
    story.offer(notices_of)


def notices_of(request: CancelRequest, room: Room) -> Iterator[Entry]:
    """List what the respondent was sent, as the proof of notice shows it to this reader. One statement."""
    told = list(proof_of_notice(request, room.visit.room)[:AT_MOST])
    in_full = room.person.is_staff or room.you == request.respondent
    who = story.name_of(room, request.respondent)
    for _occasion, group in groupby(told, key=lambda notice: (notice.made_at, notice.occasion)):
        sent = list(group)
        kind = NOTICES.get(Kind(sent[0].kind)) or str(Kind(sent[0].kind).label)
        yield Entry(
            at=sent[0].made_at,
            what=_("Notice to {who}: {kind}").format(who=who, kind=kind),
            details=tuple(_sent(notice, in_full=in_full) for notice in sent),
        )


def _sent(notice: Notification, *, in_full: bool) -> str:
    shown = NoticeShown(notice, context={"in_full": in_full}).data
    error = str(ERRORS.get(shown["error"], shown["error"]))
    became = f"{Channel(shown['channel']).label}: {State(shown['state']).label}"
    sent = f" {formats.exact_moment(notice.sent_at)}" if notice.sent_at else ""
    return f"{became}{sent}" + (_(" ({error})").format(error=error) if error else "")
