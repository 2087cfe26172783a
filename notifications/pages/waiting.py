"""A to-do on a page: its text, its due date, and the page that handles it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from notifications.todos import Todo, TodoKind

SOON = timedelta(hours=24)
"""The span before its time in which a to-do is due soon."""


ROOM, DEAL, NOWHERE = {"room_id": "room"}, {"deal_id": "subject"}, dict[str, str]()
"""Parameters of a URL, by the to-do's attributes."""


class Act(NamedTuple):
    """The page that handles a to-do, the text of its button, and the to-do's subject in a word."""

    page: str
    does: Any
    about: Any
    parameters: dict[str, str] = ROOM
    anchor: str = ""


ACTS = {
    TodoKind.CANCEL_REQUEST: Act("talk-room", _("Reply"), _("Cancel request"), anchor="#composer"),
    TodoKind.REPLY: Act("talk-room", _("Reply"), pgettext_lazy("about a to-do", "Reply"), anchor="#composer"),
    TodoKind.APPROVE: Act("approve", _("Look at the delivery"), _("Approval")),
    TodoKind.SCHEDULE: Act("schedule", _("Share a schedule"), _("Schedule")),
    TodoKind.MILESTONE: Act("schedule", _("Update the schedule"), _("Past its date")),
    TodoKind.PAUSED: Act("return", _("See what happened and resume"), _("Paused"), NOWHERE),
    TodoKind.REVIEW: Act("review", _("Write a review"), _("Review"), DEAL),
    TodoKind.UNREACHABLE: Act("channels", _("Open notification settings"), pgettext_lazy("tip", "Notices"), NOWHERE),
}


@dataclass(frozen=True)
class Waiting:
    todo: Todo
    now: datetime

    @property
    def act(self) -> Act:
        return ACTS[self.todo.kind]

    @property
    def address(self) -> str:
        kwargs = {name: getattr(self.todo, attribute) for name, attribute in self.act.parameters.items()}
        return reverse(f"pages:{self.act.page}", kwargs=kwargs) + self.act.anchor

    @property
    def is_late(self) -> bool:
        """Whether its time has passed, which is inclusive."""
        return self.todo.due_at is not None and self.now > self.todo.due_at

    @property
    def is_soon(self) -> bool:
        return self.todo.due_at is not None and not self.is_late and self.todo.due_at - self.now <= SOON

    @property
    def is_held(self) -> bool:
        """Whether it is a request that staff hold (R10)."""
        return self.todo.kind is TodoKind.CANCEL_REQUEST and self.todo.due_at is None

    @property
    def decides_soon(self) -> bool:
        """Whether its deadline decides soon: after that nothing is left to do."""
        return self.is_soon and self.todo.kind in {TodoKind.CANCEL_REQUEST, TodoKind.APPROVE}

    @property
    def is_decided(self) -> bool:
        return self.is_late and self.todo.kind in {TodoKind.CANCEL_REQUEST, TodoKind.APPROVE}


def in_order(waiting: Iterable[Todo], now: datetime) -> list[Waiting]:
    """Return what waits as pages show it: the first one is what to do next.

    What a deadline is about to decide comes before what is overdue and can still be done later; what has been
    decided comes last. Else the order stays: soonest due first.
    """
    shown = [Waiting(todo, now) for todo in waiting]
    return sorted(shown, key=lambda each: (each.is_decided, not each.decides_soon))
