"""The changes of each milestone, one by one."""

from dataclasses import dataclass
from datetime import date, datetime

from marketplace.models import Milestone, MilestoneChange


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change; what stayed the same is None."""

    at: datetime
    title: tuple[str, str] | None
    """What it was called, and what since then."""
    due_on: tuple[date, date] | None
    done: bool | None
    removed: bool = False


def of(milestone: Milestone) -> list[Change]:
    """Return the milestone's changes, oldest first; the last one of a removed milestone removed it."""
    before = list(milestone.changes.all())
    said: list[Milestone | MilestoneChange] = [*before, milestone]
    return [_between(was, became) for was, became in zip(before, said[1:], strict=True)]


def _between(before: MilestoneChange, after: Milestone | MilestoneChange) -> Change:
    was_done, is_done = before.done_at is not None, after.done_at is not None
    return Change(
        at=before.changed_at,
        title=(before.title, after.title) if before.title != after.title else None,
        due_on=(before.due_on, after.due_on) if before.due_on != after.due_on else None,
        done=is_done if was_done != is_done else None,
        removed=isinstance(after, Milestone) and after.removed_at == before.changed_at,
    )
