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


class Act(NamedTuple):
    """The page that handles a to-do. `named` is the URL's parameter, `by` the to-do's attribute."""

    page: str
    named: str
    by: str
    does: Any
    about: Any
    anchor: str = ""


ACTS = {
    TodoKind.CANCEL_REQUEST: Act(
        "talk-room",
        "room_id",
        "room",
        _("Reply"),
        _("Cancel request"),
        "#composer",
    ),
    TodoKind.REPLY: Act(
        "talk-room", "room_id", "room", _("Reply"), pgettext_lazy("about a to-do", "Reply"), "#composer"
    ),
    TodoKind.APPROVE: Act("approve", "room_id", "room", _("Look at the delivery"), _("Approval")),
    TodoKind.SCHEDULE: Act(
        "schedule",
        "room_id",
        "room",
        _("Share a schedule"),
        _("Schedule"),
    ),
    TodoKind.MILESTONE: Act(
        "schedule",
        "room_id",
        "room",
        _("Update the schedule"),
        _("Past its date"),
    ),
    TodoKind.PAUSED: Act("return", "", "", _("See what happened and resume"), _("Paused")),
    TodoKind.REVIEW: Act("review", "deal_id", "subject", _("Write a review"), _("Review")),
    TodoKind.UNREACHABLE: Act("channels", "", "", _("Open notification settings"), pgettext_lazy("tip", "Notices")),
}


@dataclass(frozen=True)
class Waiting:
    todo: Todo
    now: datetime

    @property
    def says(self) -> str:
        return self.todo.text

    @property
    def act(self) -> Act:
        return ACTS[self.todo.kind]

    @property
    def address(self) -> str:
        parts = {self.act.named: getattr(self.todo, self.act.by)} if self.act.named else {}
        return reverse(f"pages:{self.act.page}", kwargs=parts) + self.act.anchor

    @property
    def is_late(self) -> bool:
        """Whether its time has passed; the moment itself is in time."""
        return self.todo.due_at is not None and self.now > self.todo.due_at

    @property
    def is_soon(self) -> bool:
        """Whether its time is near."""
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
        """Whether its deadline has decided already."""
        return self.is_late and self.todo.kind in {TodoKind.CANCEL_REQUEST, TodoKind.APPROVE}


def in_order(waiting: Iterable[Todo], now: datetime) -> list[Waiting]:
    """Return what waits as pages show it: the first one is what to do next.

    What a deadline is about to decide comes before what is overdue and can still be done later; what has been
    decided comes last. Else the order stays: soonest due first.
    """
    shown = [Waiting(todo, now) for todo in waiting]
    return sorted(shown, key=lambda each: (each.is_decided, not each.decides_soon))
