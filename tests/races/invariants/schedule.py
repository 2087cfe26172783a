"""Schedules: each change is one line, one event and one piece of history."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from marketplace.models import Event, Message, Milestone, MilestoneChange

Moment = tuple[UUID | None, datetime]
"""A room, and when something changed there."""


def wrong() -> Iterator[str]:
    """Say where lines, events, milestones and their history disagree."""
    lines: Counter[Moment] = Counter(Message.objects.filter(kind="schedule_change").values_list("room", "posted_at"))
    added, replaced, removed = _written()
    told = Event.objects.filter(kind="schedule_changed")
    for event in told:
        moment: Moment = (event.room_id, event.occurred_at)
        data = event.data
        stands = (lines.pop(moment, 0), added.pop(moment, 0), replaced.pop(moment, 0), removed.pop(moment, 0))
        expected = (1, data["added"], len(data["changed"]) + len(data["removed"]), len(data["removed"]))
        if stands != expected or not any(expected[1:]):
            yield f"schedule of room {event.room_id} at {event.occurred_at}: {stands}, told {expected}"
    yield from (f"schedule: written and not told {moment}" for moment in lines + added + replaced + removed)
    yield from _history()


def _written() -> tuple[Counter[Moment], Counter[Moment], Counter[Moment]]:
    milestones = Milestone.objects.values_list
    return (
        Counter(milestones("room", "shared_at")),
        Counter(MilestoneChange.objects.values_list("milestone__room", "changed_at")),
        Counter((room, at) for room, at in milestones("room", "removed_at") if at),
    )


def _history() -> Iterator[str]:
    """Each version differs from the one after it, and follows it in time; a removal keeps the last one."""
    for milestone in Milestone.objects.prefetch_related("changes"):
        changes = list(milestone.changes.all())
        versions = [(each.title, each.due_on, bool(each.done_at)) for each in changes]
        if milestone.removed_at is None:
            versions.append((milestone.title, milestone.due_on, bool(milestone.done_at)))
        times = [milestone.shared_at, *(each.changed_at for each in changes)]
        if any(before == after for before, after in pairwise(versions)):
            yield f"milestone {milestone.pk}: a change that changes nothing: {versions}"
        if any(before >= after for before, after in pairwise(times)):
            yield f"milestone {milestone.pk}: its history is not in order: {times}"
