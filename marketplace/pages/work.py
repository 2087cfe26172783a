"""What a talk room's page knows of the work: schedule, delivery, review. Nothing here decides."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from marketplace import formats, rules
from marketplace.http.serializers.deals import ReviewShown
from marketplace.http.serializers.talk import MessageShown
from marketplace.models import Message, Milestone
from marketplace.pages.room import Room
from marketplace.reads import schedule
from marketplace.reads.talk import last_by
from marketplace.vocabulary import DealStatus, MessageKind, MilestoneState, Party

STEPS = (
    _("Purchase"),
    _("Work"),
    _("Delivery"),
    _("Done"),
)


@dataclass(frozen=True, kw_only=True)
class Planned:
    milestone: Milestone
    state: MilestoneState
    days_left: int
    """Days until it is due; negative when overdue."""
    due_before: tuple[date, ...]
    """Earlier due dates, oldest first."""

    @property
    def can_be_marked(self) -> bool:
        """Whether the room has a button to mark it done: for what is overdue, and what is next."""
        return self.state in {MilestoneState.OVERDUE, MilestoneState.NEXT}

    @property
    def days_over(self) -> int:
        return -self.days_left


@dataclass(frozen=True)
class Work:
    room: Room

    @cached_property
    def schedule(self) -> list[Planned]:
        milestones = schedule.with_dates_before(self.room.visit.room.pk)
        return as_planned([(each, each.due_before) for each in milestones], self.room.visit.now)

    @property
    def is_late(self) -> bool:
        return any(each.state is MilestoneState.OVERDUE for each in self.schedule)

    @property
    def steps(self) -> list[dict[str, str]]:
        at = {DealStatus.IN_PROGRESS: 1, DealStatus.DELIVERED: 2}.get(
            DealStatus(self.room.visit.deal.status), len(STEPS)
        )
        states = ["past"] * at + ["now"] + ["later"] * len(STEPS)
        return [{"name": str(name), "state": state} for name, state in zip(STEPS, states, strict=False)]

    @property
    def done(self) -> int:
        return sum(each.state is MilestoneState.DONE for each in self.schedule)

    @property
    def can_plan(self) -> bool:
        return self.room.you is Party.SELLER and self.room.is_open

    @property
    def can_deliver(self) -> bool:
        return self.room.you is Party.SELLER and self.room.is_in_progress

    @property
    def can_judge(self) -> bool:
        return self.room.you is Party.BUYER and self.room.visit.deal.status == DealStatus.DELIVERED

    @property
    def can_review(self) -> bool:
        completed = self.room.visit.deal.status == DealStatus.COMPLETED
        return self.room.you is Party.BUYER and completed and self.review is None

    @property
    def approve_until(self) -> str:
        deadline = self.room.visit.deal.approval_deadline
        return formats.deadline(deadline) if deadline else ""

    @cached_property
    def delivery(self) -> dict[str, Any] | None:
        """The message of the last delivery, as the room shows it to this reader."""
        message = last_by(Party.SELLER, MessageKind.DELIVERY, self.room.visit.room.pk)
        return dict(MessageShown(message, context=self._reader).data) if message else None

    @cached_property
    def last_report(self) -> Message | None:
        """The seller's last progress report, while the deal is in progress."""
        if not self.room.is_in_progress:
            return None
        report: Message | None = last_by(Party.SELLER, MessageKind.PROGRESS_REPORT, self.room.visit.room.pk)
        return report

    @cached_property
    def review(self) -> dict[str, Any] | None:
        review = getattr(self.room.visit.deal, "review", None)
        return dict(ReviewShown(review, context=self._reader).data) if review else None

    @property
    def _reader(self) -> dict[str, Any]:
        person = self.room.person
        return {"person": person, "by_staff": self.room.visit.by_staff(person)}


def as_planned(milestones: list[tuple[Milestone, list[date]]], now: datetime) -> list[Planned]:
    """Return how each milestone stands today, in the marketplace's time zone.

    They come in the order of their dates, each with the days that it was due on before.
    """
    zone = ZoneInfo(settings.TIME_ZONE)
    today = now.astimezone(zone).date()
    states = rules.milestone_states(((each.due_on, each.done_at) for each, _before in milestones), now, zone)
    return [
        Planned(
            milestone=each,
            state=state,
            days_left=(each.due_on - today).days,
            due_before=tuple(dict.fromkeys(day for day in before if day != each.due_on)),
        )
        for (each, before), state in zip(milestones, states, strict=True)
    ]
