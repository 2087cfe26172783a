"""A to-do as pages show it: what it says, by when, and the page where the act is done that handles it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.vocabulary import Language
from notifications.todos import Todo, TodoKind

SOON = timedelta(hours=24)
"""How long before its time a to-do is shown as due soon."""


class Act(NamedTuple):
    """Where a to-do is handled. `named` is the part of the address, and `by` where the to-do holds it."""

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
    """One thing that waits for the reader."""

    todo: Todo
    now: datetime
    language: Language

    @property
    def says(self) -> str:
        """What it asks for."""
        return self.todo.text

    @property
    def act(self) -> Act:
        """What handles it."""
        return ACTS[self.todo.kind]

    @property
    def address(self) -> str:
        """The page where that is done."""
        parts = {self.act.named: getattr(self.todo, self.act.by)} if self.act.named else {}
        return reverse(f"pages:{self.act.page}", kwargs=parts) + self.act.anchor

    @property
    def is_late(self) -> bool:
        """Whether its time has gone by; at the moment itself (inclusive) it has not."""
        return self.todo.due_at is not None and self.now > self.todo.due_at

    @property
    def is_soon(self) -> bool:
        """Whether its time is near."""
        return self.todo.due_at is not None and not self.is_late and self.todo.due_at - self.now <= SOON

    @property
    def is_held(self) -> bool:
        """Whether it is a request whose clock staff have stopped (R10)."""
        return self.todo.kind is TodoKind.CANCEL_REQUEST and self.todo.due_at is None

    @property
    def decides_soon(self) -> bool:
        """Whether its deadline decides by itself, and soon: after that nothing is left to do."""
        return self.is_soon and self.todo.kind in {TodoKind.CANCEL_REQUEST, TodoKind.APPROVE}

    @property
    def is_decided(self) -> bool:
        """Whether its deadline has decided, and only the outcome is still to be shown."""
        return self.is_late and self.todo.kind in {TodoKind.CANCEL_REQUEST, TodoKind.APPROVE}


def in_order(waiting: Iterable[Todo], now: datetime, language: Language) -> list[Waiting]:
    """Return what waits as pages show it: the first one is what to do next.

    What a deadline is about to decide comes before what is overdue and can still be done later; what has been
    decided comes last. Else the order stays: soonest due first.
    """
    shown = [Waiting(todo, now, language) for todo in waiting]
    return sorted(shown, key=lambda each: (each.is_decided, not each.decides_soon))
