"""Walks the ladders of reminders: a row each holds the time of the next step, `cadence` decides what is due."""

import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from marketplace import clock, failing
from marketplace.failing import Work
from marketplace.vocabulary import Matter, Party
from notifications import cadence, locks
from notifications.actions.notices import Notice, write_notices
from notifications.cadence import RoomFacts, Run, Step
from notifications.catalog import REMINDERS, Reminder
from notifications.models import RunningLadder
from notifications.stories import Story, facts_of_silence, read_stories
from notifications.vocabulary import Ladder

AT_ONCE = 500
TICK_FOR = 20.0
"""Seconds that one tick goes on finding more; the next one continues."""


def tick() -> int:
    """Write every reminder that is due, room by room: the cost grows with these, not with all rooms.

    A room that fails alone is put off, and stops no other. Returns the number of rooms.
    """
    ends = time.monotonic() + TICK_FOR
    return failing.attempt_until(ends, WALKING, lambda: _rooms(locks.due_ladders(clock.now(), AT_ONCE)), batch=1)


def _rooms(due: Iterable[RunningLadder]) -> list[UUID]:
    return list(dict.fromkeys(row.room_id for row in due))


def _walk(rooms: list[UUID]) -> None:
    walk(read_stories(rooms), clock.now())
    failing.forgive(Matter.LADDER, [str(room) for room in rooms])


WALKING = Work(
    matter=Matter.LADDER,
    lock=lambda rooms: _rooms(locks.due_ladders(clock.now(), AT_ONCE, [UUID(room) for room in rooms])),
    key=str,
    carry_out=_walk,
)


def walk(rooms: Mapping[UUID, Story], now: datetime) -> None:
    """Bring every ladder of these rooms up to date: write the newest due reminder, and set the next step.

    A ladder that is pointless by now has no next step.
    """
    rows = {(row.room_id, Ladder(row.ladder), row.subject): row for row in locks.ladders_of(rooms)}
    notices, moved, new = [], [], []
    for room, story in rooms.items():
        running = {(room, run.ladder, run.subject): run for run in cadence.runs(story.facts(), settings.CADENCE)}
        for key, run in running.items():
            row = rows.get(key)
            if row is None:
                row = RunningLadder(room_id=room, ladder=run.ladder, subject=run.subject, generation=run.generation)
                new.append(row)
            else:
                moved.append(row)
            notices += _step(row, run, story, now)
        for key, row in rows.items():
            if key[0] == room and key not in running and row.next_step_at is not None:
                row.next_step_at = None
                moved.append(row)
    write_notices(notices, now)
    RunningLadder.objects.bulk_create(new, ignore_conflicts=True)
    RunningLadder.objects.bulk_update(moved, ["generation", "told_up_to", "next_step_at"])


def _step(row: RunningLadder, run: Run, story: Story, now: datetime) -> list[Notice]:
    """Move the row on. Returns the notices of the step that is due."""
    if row.generation != run.generation:
        row.generation, row.told_up_to = run.generation, 0
    step = run.due(now, row.told_up_to)
    if step is not None:
        row.told_up_to = step.number
    row.next_step_at = run.next_at(now, row.told_up_to)
    return list(_notices(run, step, story, now)) if step is not None else []


def _notices(run: Run, step: Step, story: Story, now: datetime) -> Iterator[Notice]:
    reminders = REMINDERS[run.ladder]
    reminder = reminders[min(step.number, len(reminders)) - 1]
    facts = _facts(run, story, now)
    phrases = {run.told: _phrase(reminder, facts, now), run.told.counterpart: reminder.to_counterpart}
    for party, phrase in phrases.items():
        if phrase:
            yield Notice(
                occasion=f"{run.ladder}:{run.subject}:{run.generation}:{step.number}",
                person=story.person(party),
                kind=reminder.kind,
                words=phrase,
                facts=story.speaks_to(party) | facts,
                room=story.room.pk,
                request=run.subject if run.ladder is Ladder.REQUEST else None,
            )


def _phrase(reminder: Reminder, facts: Mapping[str, Any], now: datetime) -> str:
    """Choose the phrase: a party who waits may be able to ask long before the ladder's last step (R1)."""
    if reminder.once_possible and datetime.fromisoformat(facts["deadline"]) <= now:
        return reminder.once_possible
    return reminder.phrase


def _silence_facts(facts: RoomFacts, owing: Party) -> dict[str, Any]:
    """Return since when the party is silent and owes a word, and from when a request is possible."""
    silent_since, owed_since = facts.last_contact.get(owing, facts.opened_at), cadence.owed_since(facts, owing)
    possible_at = max(silent_since + facts.silence_before_request, owed_since + facts.owed_before_request)
    moments = {"silent_since": silent_since, "owed_since": owed_since, "deadline": possible_at}
    return {name: at.isoformat() for name, at in moments.items()}


def _facts(run: Run, story: Story, now: datetime) -> dict[str, Any]:
    """Return the reminder's facts: the deadline, and what happens otherwise."""
    silent = run.told
    match run.ladder:
        case Ladder.SILENCE:
            return _silence_facts(story.facts(), silent)
        case Ladder.REQUEST | Ladder.FIRST_CONTACT if run.deadline is not None:
            return {"deadline": run.deadline.isoformat(), "preview": facts_of_silence(story, silent, run.deadline, now)}
        case Ladder.APPROVAL if run.deadline is not None:
            return {"deadline": run.deadline.isoformat()}
        case Ladder.MILESTONE:
            milestone = next(each for each in story.milestones if each.pk == run.subject)
            return {"milestone": milestone.title, "due_on": milestone.due_on.isoformat()}
    return {}
