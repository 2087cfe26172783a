"""Whatever looks at a deadline: the wake-up, the sweep, a visitor; once, or again and again as it comes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from marketplace.actions import deadlines
from marketplace.alarms import WakeUp
from marketplace.models import CancelRequest, Deal, TalkRoom
from marketplace.vocabulary import DeadlineKind, WokenBy


@dataclass(frozen=True, kw_only=True)
class Due:
    """A deadline that runs in a room, as it stood when it was looked at."""

    kind: DeadlineKind
    row: UUID
    room: UUID
    generation: int
    at: datetime

    @classmethod
    def reply_in(cls, room: TalkRoom) -> Self:
        """Return the reply deadline of the room's open request."""
        request = CancelRequest.objects.get(room=room, status="awaiting_reply")
        assert request.reply_deadline
        return cls(
            kind=DeadlineKind.REPLY,
            row=request.pk,
            room=room.pk,
            generation=request.generation,
            at=request.reply_deadline,
        )

    @classmethod
    def approval_in(cls, room: TalkRoom) -> Self:
        """Return until when the buyer may approve or send back."""
        deal = Deal.objects.get(talk_room=room)
        assert deal.approval_deadline
        at = deal.approval_deadline
        return cls(kind=DeadlineKind.APPROVAL, row=deal.pk, room=room.pk, generation=deal.generation, at=at)

    @classmethod
    def first_contact_in(cls, room: TalkRoom) -> Self:
        """Return until when the seller's first contact keeps the deal."""
        deal = Deal.objects.get(talk_room=room)
        assert deal.first_contact_deadline
        at = deal.first_contact_deadline
        return cls(kind=DeadlineKind.FIRST_CONTACT, row=deal.pk, room=room.pk, generation=deal.generation, at=at)

    @classmethod
    def all_in(cls, room: TalkRoom) -> list[Self]:
        """Return every deadline that runs in the room."""
        deal = Deal.objects.get(talk_room=room)
        found = (
            [cls.reply_in(room)] if CancelRequest.objects.filter(room=room, status="awaiting_reply").exists() else []
        )
        found += [cls.approval_in(room)] if deal.status == "delivered" else []
        return found + ([cls.first_contact_in(room)] if deal.first_contact_deadline else [])

    def runs(self) -> bool:
        """Whether it still stands there."""
        if self.kind is DeadlineKind.REPLY:
            requests = CancelRequest.objects.filter(pk=self.row, status="awaiting_reply", reply_deadline=self.at)
            return requests.exists()
        deals = Deal.objects.filter(pk=self.row)
        if self.kind is DeadlineKind.APPROVAL:
            return deals.filter(status="delivered", approval_deadline=self.at).exists()
        return deals.filter(status="in_progress", first_contact_deadline=self.at).exists()


Settler = Callable[[Due], int]
"""Returns how many deals it ended."""


def by_wake_up(due: Due) -> int:
    wake_up = WakeUp(due.kind, due.row, due.generation)
    return deadlines.wake_up(wake_up, rings=0).ended


def by_sweep(due: Due) -> int:
    return deadlines.settle_overdue(kind=due.kind, woken_by=WokenBy.SWEEP).ended


def by_visit(due: Due) -> int:
    return deadlines.settle_room(due.room, woken_by=WokenBy.VISIT).ended


SETTLERS = [by_wake_up, by_sweep, by_visit]


def while_it_runs(settler: Settler, due: Due) -> int:
    """Look again and again, as the deadline comes, until one of the rivals has brought an end or moved it."""
    ended = 0
    while due.runs():
        ended += settler(due)
    return ended
