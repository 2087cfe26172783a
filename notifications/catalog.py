"""Who is told what: a table. An event that is not in it does not exist; one with no line tells nobody."""

from dataclasses import dataclass
from enum import StrEnum

from marketplace.vocabulary import EventKind
from notifications.vocabulary import Kind, Ladder


class To(StrEnum):
    """Whom a line tells, relative to what happened."""

    BUYER = "buyer"
    SELLER = "seller"
    BOTH = "both"
    COUNTERPART = "counterpart"
    """The other one than who acted."""
    REQUESTER = "requester"
    RESPONDENT = "respondent"
    AT_FAULT = "at_fault"
    NOT_AT_FAULT = "not_at_fault"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One notice: of which kind, to whom, in which words (`phrases.WORDS`)."""

    kind: Kind
    to: To
    words: str
    approved_by: str | None = None
    """For `deal_completed` only: who completed it."""


CATALOG: dict[EventKind, tuple[Line, ...]] = {
    EventKind.DEAL_PURCHASED: (Line(kind=Kind.PURCHASE, to=To.SELLER, words="purchase"),),
    EventKind.MESSAGE_POSTED: (Line(kind=Kind.MESSAGE, to=To.COUNTERPART, words="message"),),
    EventKind.SCHEDULE_CHANGED: (Line(kind=Kind.SCHEDULE, to=To.COUNTERPART, words="schedule"),),
    EventKind.REQUEST_PLACED: (Line(kind=Kind.REQUEST_PLACED, to=To.RESPONDENT, words="request_placed"),),
    EventKind.REQUEST_REVOKED: (Line(kind=Kind.REQUEST_CHANGED, to=To.REQUESTER, words="request_revoked"),),
    EventKind.REQUEST_WITHDRAWN: (Line(kind=Kind.REQUEST_CHANGED, to=To.RESPONDENT, words="request_withdrawn"),),
    EventKind.REQUEST_ENDED_WITH_DEAL: (Line(kind=Kind.REQUEST_CHANGED, to=To.RESPONDENT, words="request_ended"),),
    EventKind.REQUEST_HELD: (Line(kind=Kind.REQUEST_CHANGED, to=To.BOTH, words="request_held"),),
    EventKind.REQUEST_RELEASED: (Line(kind=Kind.REQUEST_CHANGED, to=To.BOTH, words="request_released"),),
    EventKind.REQUEST_EXTENDED: (Line(kind=Kind.REQUEST_CHANGED, to=To.BOTH, words="request_extended"),),
    EventKind.DEAL_DELIVERED: (Line(kind=Kind.DELIVERED, to=To.BUYER, words="delivered"),),
    EventKind.DEAL_SENT_BACK: (Line(kind=Kind.SENT_BACK, to=To.SELLER, words="sent_back"),),
    EventKind.DEAL_COMPLETED: (
        Line(kind=Kind.COMPLETED, to=To.SELLER, words="approved", approved_by="buyer"),
        Line(kind=Kind.COMPLETED, to=To.BOTH, words="approved_by_window", approved_by="window"),
    ),
    EventKind.DEAL_CANCELLED: (
        Line(kind=Kind.CANCELLED, to=To.AT_FAULT, words="cancelled_at_fault"),
        Line(kind=Kind.CANCELLED, to=To.NOT_AT_FAULT, words="cancelled_not_at_fault"),
    ),
    EventKind.VERDICT_REVERSED: (Line(kind=Kind.REVERSED, to=To.BOTH, words="reversed"),),
    EventKind.REVIEW_WRITTEN: (Line(kind=Kind.REVIEW, to=To.SELLER, words="review"),),
    # What its own actor did, what only staff look at, and what others of these lines tell already:
    EventKind.MESSAGE_HIDDEN: (),
    EventKind.REPLY_REFUSED_LATE: (),
    EventKind.SELLER_RESUMED: (),
    EventKind.SERVICE_CHANGED: (),
    EventKind.SERVICE_CREATED: (),
    EventKind.SERVICE_PAUSED: (),
    EventKind.SERVICE_PUBLISHED: (),
    EventKind.SERVICE_RESUMED: (),
    EventKind.SETTLEMENT_PUT_OFF: (),
    EventKind.RETRY_ASKED: (),
    EventKind.RESTORED_FROM_BACKUP: (),
    EventKind.NOTICE_SENT_AGAIN: (),
    EventKind.ACCOUNT_CHANGED: (),
    EventKind.LIST_EXPORTED: (),
    EventKind.SERVICE_TAKEN_DOWN: (),
    EventKind.SERVICE_PUT_BACK: (),
    EventKind.REVIEW_HIDDEN: (),
    EventKind.ACCESS_ENDED: (),
    EventKind.STANDING_CHANGED: (),
}


@dataclass(frozen=True, kw_only=True)
class Reminder:
    """What a step of a ladder says. `to_counterpart` tells the other party too, in words of their own."""

    kind: Kind
    words: str
    to_counterpart: str | None = None
    once_possible: str | None = None
    """Instead of `words`, where a request is possible already."""


REMINDERS: dict[Ladder, tuple[Reminder, ...]] = {
    Ladder.SILENCE: (
        Reminder(kind=Kind.SILENCE, words="silence", once_possible="silence_possible"),
        Reminder(kind=Kind.SILENCE, words="silence", once_possible="silence_possible"),
        Reminder(kind=Kind.SILENCE, words="silence_over", to_counterpart="silence_over_for_requester"),
    ),
    Ladder.REQUEST: (Reminder(kind=Kind.REQUEST_DUE, words="request_due"),) * 3,
    Ladder.FIRST_CONTACT: (Reminder(kind=Kind.FIRST_ANSWER, words="first_contact_due"),) * 2,
    Ladder.UNANSWERED: (Reminder(kind=Kind.FIRST_ANSWER, words="unanswered"),) * 2,
    Ladder.NO_SCHEDULE: (Reminder(kind=Kind.NO_SCHEDULE, words="no_schedule"),),
    Ladder.MILESTONE: (
        Reminder(kind=Kind.MILESTONE, words="milestone_tomorrow"),
        Reminder(kind=Kind.MILESTONE, words="milestone_overdue"),
    ),
    Ladder.PROGRESS: (Reminder(kind=Kind.PROGRESS, words="no_progress"),),
    Ladder.APPROVAL: (Reminder(kind=Kind.APPROVAL_DUE, words="approval_due"),) * 2,
}
"""By ladder, step by step; a ladder with more steps than lines repeats its last one."""
