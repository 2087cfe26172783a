"""Reads the facts of the four tips for a seller's running deals: nine statements, however many deals."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings

from marketplace.models import Message, Milestone, MilestoneChange, TalkRoom, User
from marketplace.vocabulary import MessageKind, Party
from notifications import tips
from notifications.models import PushSubscription, Reach
from notifications.stories import Story, read_stories
from notifications.tips import DealFacts, Mark, Progress, Promise, Reached, Tip, Version
from notifications.todos import Todo, TodoKind
from notifications.vocabulary import Channel

REPORTS = (MessageKind.PROGRESS_REPORT, MessageKind.DELIVERY)
OF_THE_PERSON = frozenset({TodoKind.UNREACHABLE})
"""To-dos that belong to no deal."""


@dataclass(frozen=True, kw_only=True)
class DealTips:
    room: TalkRoom
    schedule: Mark
    progress: Progress
    waiting: Mark
    number_waiting: int

    def marks(self, notices: Mark) -> dict[Tip, Mark]:
        """Return its four marks, in the order of the help page; whether one can be reached holds for every deal."""
        return {
            Tip.SCHEDULE: self.schedule,
            Tip.PROGRESS: self.progress.mark,
            Tip.NOTICES: notices,
            Tip.WAITING: self.waiting,
        }


@dataclass(frozen=True, kw_only=True)
class Checklist:
    """The four tips for one seller, and each running deal."""

    deals: tuple[DealTips, ...]
    """The most urgent first."""
    notices: Mark
    waiting: Mark
    """Of everything that waits, in ended deals too."""

    def mark(self, tip: Tip) -> Mark:
        """Return how a tip is followed over all deals: the most urgent mark counts."""
        own = {Tip.NOTICES: self.notices, Tip.WAITING: self.waiting}
        return own[tip] if tip in own else tips.overall(deal.marks(self.notices)[tip] for deal in self.deals)

    def followed(self, tip: Tip) -> int:
        """Return in how many deals nothing is left to do for a tip."""
        return sum(deal.marks(self.notices)[tip] <= Mark.GOOD for deal in self.deals)

    @property
    def marks(self) -> dict[Tip, Mark]:
        return {tip: self.mark(tip) for tip in Tip}


def judge_deals(person: User, selling: Iterable[UUID], todos: Sequence[Todo], now: datetime) -> Checklist:
    """Judge these running rooms of a seller. `todos` is what waits for this person (`todos.waiting_for`)."""
    told = read_stories(selling)
    facts = _facts(told, todos, now)
    deals = [_judged(told[room].room, each, now) for room, each in facts.items()]
    unreachable = any(todo.kind in OF_THE_PERSON for todo in todos)
    return Checklist(
        deals=tuple(sorted(deals, key=_most_urgent_first)),
        notices=tips.notices(_reached(person), unreachable=unreachable),
        waiting=tips.waiting(len(todos), sum(_is_overdue(todo, now) for todo in todos)),
    )


def _most_urgent_first(deal: DealTips) -> tuple[int, int, datetime]:
    marks = (deal.schedule, deal.progress.mark, deal.waiting)
    return -max(marks), -sum(marks), deal.room.opened_at


def _judged(room: TalkRoom, facts: DealFacts, now: datetime) -> DealTips:
    return DealTips(
        room=room,
        schedule=tips.schedule(facts.room, now, settings.CADENCE),
        progress=tips.progress(facts, now, settings.CADENCE),
        waiting=tips.waiting(facts.waiting, facts.overdue),
        number_waiting=facts.waiting,
    )


def _facts(told: Mapping[UUID, Story], todos: Sequence[Todo], now: datetime) -> dict[UUID, DealFacts]:
    promised, reported = _promised(told), _reported(told)
    waiting = Counter(todo.room for todo in todos)
    overdue = Counter(todo.room for todo in todos if _is_overdue(todo, now))
    return {
        room: DealFacts(
            room=story.facts(),
            promises=tuple(promised[room]),
            reported_at=tuple(reported[room]),
            waiting=waiting[room],
            overdue=overdue[room],
        )
        for room, story in told.items()
    }


def _is_overdue(todo: Todo, now: datetime) -> bool:
    return todo.due_at is not None and now > todo.due_at


def _promised(rooms: Iterable[UUID]) -> dict[UUID, list[Promise]]:
    """Return every date that was ever in these schedules. Two statements."""
    found: dict[UUID, list[Promise]] = defaultdict(list)
    for milestone in Milestone.objects.filter(room__in=list(rooms)).prefetch_related("changes"):
        found[milestone.room_id] += tips.promises(list(_versions(milestone)), milestone.removed_at)
    return found


def _versions(milestone: Milestone) -> Iterator[Version]:
    """Return the versions of a milestone, oldest first: a change holds the former one, the row the present one."""
    changes = list(milestone.changes.all())
    begun = [milestone.shared_at, *(change.changed_at for change in changes)]
    states: list[Milestone | MilestoneChange] = [*changes, milestone]
    for since, each in zip(begun, states, strict=True):
        yield Version(milestone=each.title, due_on=each.due_on, since=since, done_at=each.done_at)


def _reported(rooms: Iterable[UUID]) -> dict[UUID, list[datetime]]:
    found: dict[UUID, list[datetime]] = defaultdict(list)
    reports = Message.objects.filter(room__in=list(rooms), sender=Party.SELLER, kind__in=REPORTS)
    for room, at in reports.values_list("room", "posted_at"):
        found[room].append(at)
    return found


def _reached(person: User) -> list[Reached]:
    subscribed = PushSubscription.objects.filter(person=person).exists()
    return [
        Reached(
            channel=Channel(each.channel),
            tested_at=each.confirmed_at,
            leads_there=each.address == person.email if each.channel == Channel.EMAIL else subscribed,
            broken=each.broken_at is not None,
        )
        for each in Reach.objects.filter(person=person)
    ]
