"""Who gets which notice: a table. Every kind of event is in it; one without a notice tells nobody."""

from dataclasses import dataclass
from enum import StrEnum

from marketplace.vocabulary import EventKind
from notifications.vocabulary import Kind, Ladder


class Recipient(StrEnum):
    """Who gets a notice, relative to what happened."""

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
class Announcement:
    """One notice: its kind, its recipient and its phrase (`phrases.PHRASES`)."""

    kind: Kind
    to: Recipient
    phrase: str
    approved_by: str | None = None
    """For `deal_completed` only: who completed it."""


CATALOG: dict[EventKind, tuple[Announcement, ...]] = {
    EventKind.DEAL_PURCHASED: (Announcement(kind=Kind.PURCHASE, to=Recipient.SELLER, phrase="purchase"),),
    EventKind.MESSAGE_POSTED: (Announcement(kind=Kind.MESSAGE, to=Recipient.COUNTERPART, phrase="message"),),
    EventKind.SCHEDULE_CHANGED: (Announcement(kind=Kind.SCHEDULE, to=Recipient.COUNTERPART, phrase="schedule"),),
    EventKind.REQUEST_PLACED: (
        Announcement(kind=Kind.REQUEST_PLACED, to=Recipient.RESPONDENT, phrase="request_placed"),
    ),
    EventKind.REQUEST_REVOKED: (
        Announcement(kind=Kind.REQUEST_CHANGED, to=Recipient.REQUESTER, phrase="request_revoked"),
    ),
    EventKind.REQUEST_WITHDRAWN: (
        Announcement(kind=Kind.REQUEST_CHANGED, to=Recipient.RESPONDENT, phrase="request_withdrawn"),
    ),
    EventKind.REQUEST_ENDED_WITH_DEAL: (
        Announcement(kind=Kind.REQUEST_CHANGED, to=Recipient.RESPONDENT, phrase="request_ended"),
    ),
    EventKind.REQUEST_HELD: (Announcement(kind=Kind.REQUEST_CHANGED, to=Recipient.BOTH, phrase="request_held"),),
    EventKind.REQUEST_RELEASED: (
        Announcement(kind=Kind.REQUEST_CHANGED, to=Recipient.BOTH, phrase="request_released"),
    ),
    EventKind.REQUEST_EXTENDED: (
        Announcement(kind=Kind.REQUEST_CHANGED, to=Recipient.BOTH, phrase="request_extended"),
    ),
    EventKind.DEAL_DELIVERED: (Announcement(kind=Kind.DELIVERED, to=Recipient.BUYER, phrase="delivered"),),
    EventKind.DEAL_SENT_BACK: (Announcement(kind=Kind.SENT_BACK, to=Recipient.SELLER, phrase="sent_back"),),
    EventKind.DEAL_COMPLETED: (
        Announcement(kind=Kind.COMPLETED, to=Recipient.SELLER, phrase="approved", approved_by="buyer"),
        Announcement(kind=Kind.COMPLETED, to=Recipient.BOTH, phrase="approved_by_window", approved_by="window"),
    ),
    EventKind.DEAL_CANCELLED: (
        Announcement(kind=Kind.CANCELLED, to=Recipient.AT_FAULT, phrase="cancelled_at_fault"),
        Announcement(kind=Kind.CANCELLED, to=Recipient.NOT_AT_FAULT, phrase="cancelled_not_at_fault"),
    ),
    EventKind.VERDICT_REVERSED: (Announcement(kind=Kind.REVERSED, to=Recipient.BOTH, phrase="reversed"),),
    EventKind.REVIEW_WRITTEN: (Announcement(kind=Kind.REVIEW, to=Recipient.SELLER, phrase="review"),),
    # What its own actor did, what only staff look at, and what another of these notices tells already:
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
    """The notice of a ladder's step. `to_counterpart`: the phrase for the other party, who is told too."""

    kind: Kind
    phrase: str
    to_counterpart: str | None = None
    once_possible: str | None = None
    """Instead of `phrase`, where a request is possible already."""


REMINDERS: dict[Ladder, tuple[Reminder, ...]] = {
    Ladder.SILENCE: (
        Reminder(kind=Kind.SILENCE, phrase="silence", once_possible="silence_possible"),
        Reminder(kind=Kind.SILENCE, phrase="silence", once_possible="silence_possible"),
        Reminder(kind=Kind.SILENCE, phrase="silence_over", to_counterpart="silence_over_for_requester"),
    ),
    Ladder.REQUEST: (Reminder(kind=Kind.REQUEST_DUE, phrase="request_due"),) * 3,
    Ladder.FIRST_CONTACT: (Reminder(kind=Kind.FIRST_ANSWER, phrase="first_contact_due"),) * 2,
    Ladder.UNANSWERED: (Reminder(kind=Kind.FIRST_ANSWER, phrase="unanswered"),) * 2,
    Ladder.NO_SCHEDULE: (Reminder(kind=Kind.NO_SCHEDULE, phrase="no_schedule"),),
    Ladder.MILESTONE: (
        Reminder(kind=Kind.MILESTONE, phrase="milestone_tomorrow"),
        Reminder(kind=Kind.MILESTONE, phrase="milestone_overdue"),
    ),
    Ladder.PROGRESS: (Reminder(kind=Kind.PROGRESS, phrase="no_progress"),),
    Ladder.APPROVAL: (Reminder(kind=Kind.APPROVAL_DUE, phrase="approval_due"),) * 2,
}
"""By ladder, step by step; a ladder with more steps than lines repeats its last one."""
