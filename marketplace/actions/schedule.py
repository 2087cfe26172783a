"""「あらかじめ納品までのスケジュールを相手に共有」: the seller shares milestones, changes them, marks them done."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from marketplace import errors
from marketplace.actions import talk
from marketplace.actions.writing import Check, Entered, Words, enter, no_check, writing
from marketplace.characters import what_is_seen
from marketplace.models import Milestone, MilestoneChange, User
from marketplace.reads.schedule import shared_in
from marketplace.vocabulary import EventKind, MessageKind, Party


@dataclass(frozen=True, kw_only=True)
class Line:
    """A milestone as the seller wants it; a new one has no id."""

    title: str
    due_on: date
    done: bool = False
    id: UUID | None = None

    def equals(self, milestone: Milestone) -> bool:
        """Whether the milestone is so already. Invisible characters make no difference (R6)."""
        same_title = what_is_seen(self.title) == what_is_seen(milestone.title)
        return same_title and (self.due_on, self.done) == (milestone.due_on, milestone.done_at is not None)


@writing
def share(*, room_id: UUID, seller: User, lines: Sequence[Line], check: Check = no_check) -> list[Milestone]:
    """Replace the schedule by these lines. A change is kept in the history, and is the seller's contact (R6).

    Milestones that are left out are removed. An equal schedule changes nothing, posts nothing and moves no
    clock. Raises `RoomClosed`, `ReplyDeadlinePassed`, `NotYoursToDo` for the buyer, `UnknownMilestone`, and
    whatever `check` raises. A change that comes too late is kept as any late reply (R7).
    """
    entered = enter(room_id, seller, only=Party.SELLER, words=_words(room_id, lines))
    check()
    shared = _shared(room_id)
    wrong = _unknown(lines, shared)
    if wrong:
        raise errors.UnknownMilestone(fields=tuple(f"{place}.id" for place in wrong))
    return _change(entered, shared, lines)


@writing
def mark_done(*, room_id: UUID, seller: User, milestone_id: UUID) -> list[Milestone]:
    """Mark this milestone done, and leave the rest of the schedule as it stands. Done already, it changes nothing.

    Raises what `share` raises.
    """
    words = _words(room_id, _with_done(_shared(room_id), milestone_id))
    entered = enter(room_id, seller, only=Party.SELLER, words=words)
    shared = _shared(room_id)
    if milestone_id not in shared:
        raise errors.UnknownMilestone
    return _change(entered, shared, _with_done(shared, milestone_id))


def _with_done(shared: dict[UUID, Milestone], milestone_id: UUID) -> list[Line]:
    return [
        Line(id=pk, title=each.title, due_on=each.due_on, done=each.done_at is not None or pk == milestone_id)
        for pk, each in shared.items()
    ]


def _change(entered: Entered, shared: dict[UUID, Milestone], lines: Sequence[Line]) -> list[Milestone]:
    changes = _compare(lines, shared)
    if any(changes):
        _write(entered, shared, *changes)
    return shared_in(entered.room.pk)


def _shared(room_id: UUID) -> dict[UUID, Milestone]:
    return {milestone.pk: milestone for milestone in Milestone.objects.filter(room=room_id, removed_at=None)}


def _words(room_id: UUID, lines: Sequence[Line]) -> Words | None:
    """Return the words to keep if this comes too late; None for a schedule that changes nothing.

    Read before the lock: they are kept only after the deal's end, when its schedule no longer changes.
    """
    shared = _shared(room_id)
    if _unknown(lines, shared) or not any(_compare(lines, shared)):
        return None
    return Words(kind=MessageKind.SCHEDULE_CHANGE, body="\n".join(f"{line.due_on} {line.title}" for line in lines))


def _unknown(lines: Sequence[Line], shared: dict[UUID, Milestone]) -> list[int]:
    """Return the positions of ids that are not in this schedule, or appear twice."""
    ids = [line.id for line in lines]
    return [place for place, pk in enumerate(ids) if pk is not None and (pk not in shared or pk in ids[:place])]


def _compare(lines: Sequence[Line], shared: dict[UUID, Milestone]) -> tuple[list[Line], list[Line], list[Milestone]]:
    lines = _recognised(lines, shared)
    kept = {line.id for line in lines}
    return (
        [line for line in lines if line.id is None],
        [line for line in lines if line.id is not None and not line.equals(shared[line.id])],
        [milestone for milestone in shared.values() if milestone.pk not in kept],
    )


def _recognised(lines: Sequence[Line], shared: dict[UUID, Milestone]) -> list[Line]:
    """Return the lines, with the id of an equal milestone where a line has none.

    So a schedule that is sent twice changes nothing the second time, and is no contact then.
    """
    named = {line.id for line in lines}
    free = [milestone for milestone in shared.values() if milestone.pk not in named]
    found = []
    for line in lines:
        same = next((each for each in free if line.id is None and line.equals(each)), None)
        if same is not None:
            free.remove(same)
        found.append(replace(line, id=same.pk) if same is not None else line)
    return found


def _write(
    entered: Entered,
    shared: dict[UUID, Milestone],
    added: Sequence[Line],
    changed: Sequence[Line],
    removed: Sequence[Milestone],
) -> None:
    now = entered.now
    replaced = [shared[line.id] for line in changed if line.id is not None]
    MilestoneChange.objects.bulk_create([_as_it_was(milestone, now) for milestone in (*replaced, *removed)])
    for line, milestone in zip(changed, replaced, strict=True):
        milestone.title, milestone.due_on = line.title, line.due_on
        milestone.done_at = (milestone.done_at or now) if line.done else None
    for milestone in removed:
        milestone.removed_at = now
    Milestone.objects.bulk_update([*replaced, *removed], ["title", "due_on", "done_at", "removed_at"])
    Milestone.objects.bulk_create([_new(line, entered) for line in added])
    talk.say(
        entered,
        MessageKind.SCHEDULE_CHANGE,
        "",
        EventKind.SCHEDULE_CHANGED,
        added=len(added),
        changed=[str(milestone.pk) for milestone in replaced],
        removed=[str(milestone.pk) for milestone in removed],
    )


def _as_it_was(milestone: Milestone, now: datetime) -> MilestoneChange:
    return MilestoneChange(
        milestone=milestone,
        title=milestone.title,
        due_on=milestone.due_on,
        done_at=milestone.done_at,
        changed_at=now,
    )


def _new(line: Line, entered: Entered) -> Milestone:
    return Milestone(
        room=entered.room,
        title=line.title,
        due_on=line.due_on,
        done_at=entered.now if line.done else None,
        shared_at=entered.now,
    )
