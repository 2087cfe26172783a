"""The words of notifications, as they stand in JSON, in the database and in the code."""

from enum import StrEnum


class Channel(StrEnum):
    """How a person is told."""

    INAPP = "inapp"
    EMAIL = "email"
    PUSH = "push"


class Kind(StrEnum):
    """What a person is told about: a row of the notification settings (通知設定)."""

    PURCHASE = "purchase"
    MESSAGE = "message"
    REQUEST_PLACED = "request_placed"
    REQUEST_DUE = "request_due"
    REQUEST_CHANGED = "request_changed"
    CANCELLED = "cancelled"
    REVERSED = "reversed"
    DELIVERED = "delivered"
    APPROVAL_DUE = "approval_due"
    SENT_BACK = "sent_back"
    COMPLETED = "completed"
    REVIEW = "review"
    SCHEDULE = "schedule"
    SILENCE = "silence"
    FIRST_ANSWER = "first_answer"
    NO_SCHEDULE = "no_schedule"
    MILESTONE = "milestone"
    PROGRESS = "progress"
    DIGEST = "digest"
    TEST = "test"


CRITICAL = frozenset(
    {Kind.PURCHASE, Kind.REQUEST_PLACED, Kind.REQUEST_DUE, Kind.REQUEST_CHANGED, Kind.CANCELLED, Kind.FIRST_ANSWER}
)
"""What keeps e-mail or push on, is always told in-app, and goes through quiet hours: income hangs on it."""

SWITCHABLE = tuple(kind for kind in Kind if kind is not Kind.TEST)
"""What a person can switch; a test is asked for each time."""


class State(StrEnum):
    """What became of a notification on its channel."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"  # a dead letter: refused for good, or tried too often
    DROPPED = "dropped"  # pointless by the time that it could be sent


class Ladder(StrEnum):
    """A row of reminders that lead up to something."""

    SILENCE = "silence"
    REQUEST = "request"
    FIRST_CONTACT = "first_contact"
    UNANSWERED = "unanswered"
    NO_SCHEDULE = "no_schedule"
    MILESTONE = "milestone"
    PROGRESS = "progress"
    APPROVAL = "approval"


class Fairness(StrEnum):
    """What came of a cancel request of which a notice was refused for good."""

    EXTENDED = "extended"
    REACHED = "reached"  # another notice of it arrived
    NOT_FOR_GOOD = "not_for_good"  # another one failed, but not for good
    TOO_LATE = "too_late"  # an answer came after half of the window
    UNCONFIRMED = "unconfirmed"  # no channel was confirmed when it was placed
    RECENTLY = "recently"  # a window was extended for this person within 90 days
    HELD = "held"  # staff hold it, and see that notice failed
    OVERDUE = "overdue"
    ENDED = "ended"
