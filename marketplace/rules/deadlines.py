"""Until when what can be done, and which deadline decides (R3, R13)."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta, tzinfo

from marketplace.vocabulary import DeadlineKind, MilestoneState


def reply_deadline(placed_at: datetime, reply_window: timedelta) -> datetime:
    """「24時間以内」: until when, inclusive, a reply revokes a request placed at `placed_at` (R3)."""
    return placed_at + reply_window


def approval_deadline(delivered_at: datetime, approval_window: timedelta) -> datetime:
    """Until when, inclusive, a delivery can be approved or sent back; after it, it is approved (R13: 72 h)."""
    return delivered_at + approval_window


def first_contact_deadline(purchased_at: datetime, first_contact_window: timedelta | None) -> datetime | None:
    """Until when, inclusive, the seller's first contact keeps the deal; None where there is no limit (R13)."""
    return purchased_at + first_contact_window if first_contact_window is not None else None


def first_deadline(deadlines: Mapping[DeadlineKind, datetime | None]) -> tuple[DeadlineKind, datetime] | None:
    """Return the deadline of a room that decides, and its time (inclusive); None when none runs.

    R13: "Whichever deadline comes first decides." Of several at the same moment, the first in `DeadlineKind` does.
    """
    running = [(kind, at) for kind in DeadlineKind if (at := deadlines.get(kind)) is not None]
    return min(running, key=lambda deadline: deadline[1], default=None)


def deciding(deadlines: Mapping[DeadlineKind, datetime | None], now: datetime) -> DeadlineKind | None:
    """Return the kind of deadline that has decided a room at `now`, None when none has passed."""
    first = first_deadline(deadlines)
    return first[0] if first is not None and is_overdue(first[1], now) else None


def is_overdue(deadline: datetime | None, now: datetime) -> bool:
    """Whether the deadline has passed; at the deadline itself it has not (R3: inclusive)."""
    return deadline is not None and now > deadline


def is_milestone_overdue(due_on: date, done_at: datetime | None, now: datetime, zone: tzinfo) -> bool:
    """Whether a milestone's day has gone by, in the marketplace's time zone, and it is not done.

    Dates are approximate (頃): the day itself still counts.
    """
    return done_at is None and due_on < now.astimezone(zone).date()


def milestone_states(
    milestones: Iterable[tuple[date, datetime | None]], now: datetime, zone: tzinfo
) -> list[MilestoneState]:
    """Return the state of each milestone, given as (due on, done at) in the order of dates. At most one is next."""
    states: list[MilestoneState] = []
    for due_on, done_at in milestones:
        if done_at is not None:
            states.append(MilestoneState.DONE)
        elif is_milestone_overdue(due_on, done_at, now, zone):
            states.append(MilestoneState.OVERDUE)
        else:
            states.append(MilestoneState.AHEAD if MilestoneState.NEXT in states else MilestoneState.NEXT)
    return states
