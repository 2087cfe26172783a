"""Table of notices by kind of event. Every kind is listed; some have no notice."""

from dataclasses import dataclass
from enum import StrEnum

from marketplace.vocabulary import EventKind
from notifications.vocabulary import Kind, Ladder


class Recipient(StrEnum):
    """The recipient of a notice, relative to the event."""

    BUYER = "buyer"
    SELLER = "seller"
    BOTH = "both"
    COUNTERPART = "counterpart"
    """Of the party that acted."""
    REQUESTER = "requester"
    RESPONDENT = "respondent"
    AT_FAULT = "at_fault"
    NOT_AT_FAULT = "not_at_fault"


@dataclass(frozen=True)
class Announcement:
    """One notice: its kind, its recipient and its phrase (`phrases.PHRASES`)."""

    kind: Kind
    to: Recipient
    phrase: str
    approved_by: str | None = None
    """For `deal_completed` only."""


CATALOG: dict[EventKind, tuple[Announcement, ...]] = {
    EventKind.DEAL_PURCHASED: (Announcement(Kind.PURCHASE, Recipient.SELLER, "purchase"),),
    EventKind.MESSAGE_POSTED: (Announcement(Kind.MESSAGE, Recipient.COUNTERPART, "message"),),
    EventKind.SCHEDULE_CHANGED: (Announcement(Kind.SCHEDULE, Recipient.COUNTERPART, "schedule"),),
    EventKind.REQUEST_PLACED: (Announcement(Kind.REQUEST_PLACED, Recipient.RESPONDENT, "request_placed"),),
    EventKind.REQUEST_REVOKED: (Announcement(Kind.REQUEST_CHANGED, Recipient.REQUESTER, "request_revoked"),),
    EventKind.REQUEST_WITHDRAWN: (Announcement(Kind.REQUEST_CHANGED, Recipient.RESPONDENT, "request_withdrawn"),),
    EventKind.REQUEST_ENDED_WITH_DEAL: (Announcement(Kind.REQUEST_CHANGED, Recipient.RESPONDENT, "request_ended"),),
    EventKind.REQUEST_HELD: (Announcement(Kind.REQUEST_CHANGED, Recipient.BOTH, "request_held"),),
    EventKind.REQUEST_RELEASED: (Announcement(Kind.REQUEST_CHANGED, Recipient.BOTH, "request_released"),),
    EventKind.REQUEST_EXTENDED: (Announcement(Kind.REQUEST_CHANGED, Recipient.BOTH, "request_extended"),),
    EventKind.DEAL_DELIVERED: (Announcement(Kind.DELIVERED, Recipient.BUYER, "delivered"),),
    EventKind.DEAL_SENT_BACK: (Announcement(Kind.SENT_BACK, Recipient.SELLER, "sent_back"),),
    EventKind.DEAL_COMPLETED: (
        Announcement(Kind.COMPLETED, Recipient.SELLER, "approved", approved_by="buyer"),
        Announcement(Kind.COMPLETED, Recipient.BOTH, "approved_by_window", approved_by="window"),
    ),
    EventKind.DEAL_CANCELLED: (
        Announcement(Kind.CANCELLED, Recipient.AT_FAULT, "cancelled_at_fault"),
        Announcement(Kind.CANCELLED, Recipient.NOT_AT_FAULT, "cancelled_not_at_fault"),
    ),
    EventKind.VERDICT_REVERSED: (Announcement(Kind.REVERSED, Recipient.BOTH, "reversed"),),
    EventKind.REVIEW_WRITTEN: (Announcement(Kind.REVIEW, Recipient.SELLER, "review"),),
    # The actor knows it, only staff need it, or another notice covers it:
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


@dataclass(frozen=True)
class Reminder:
    """The notice of a ladder's step. `to_counterpart`: the phrase of a notice to the other party too."""

    kind: Kind
    phrase: str
    to_counterpart: str | None = None
    once_possible: str | None = None
    """Instead of `phrase`, where a request is possible already."""


REMINDERS: dict[Ladder, tuple[Reminder, ...]] = {
    Ladder.SILENCE: (
        Reminder(Kind.SILENCE, "silence", once_possible="silence_possible"),
        Reminder(Kind.SILENCE, "silence", once_possible="silence_possible"),
        Reminder(Kind.SILENCE, "silence_over", to_counterpart="silence_over_for_requester"),
    ),
    Ladder.REQUEST: (Reminder(Kind.REQUEST_DUE, "request_due"),),
    Ladder.FIRST_CONTACT: (Reminder(Kind.FIRST_ANSWER, "first_contact_due"),),
    Ladder.UNANSWERED: (Reminder(Kind.FIRST_ANSWER, "unanswered"),),
    Ladder.NO_SCHEDULE: (Reminder(Kind.NO_SCHEDULE, "no_schedule"),),
    Ladder.MILESTONE: (
        Reminder(Kind.MILESTONE, "milestone_tomorrow"),
        Reminder(Kind.MILESTONE, "milestone_overdue"),
    ),
    Ladder.PROGRESS: (Reminder(Kind.PROGRESS, "no_progress"),),
    Ladder.APPROVAL: (Reminder(Kind.APPROVAL_DUE, "approval_due"),),
}
"""By ladder, step by step; a ladder with more steps than lines repeats its last one."""
