"""The words of notifications, as they stand in JSON, in the database and in the code."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Channel(TextChoices):
    """How a person is told."""

    INAPP = "inapp", pgettext_lazy("channel", "in-app")
    EMAIL = "email", pgettext_lazy("channel", "e-mail")
    PUSH = "push", pgettext_lazy("channel", "push")


class Kind(TextChoices):
    """What a person is told about: a row of the notification settings (通知設定)."""

    PURCHASE = "purchase", _("Purchases of your services")
    MESSAGE = "message", _("Messages")
    REQUEST_PLACED = "request_placed", _("Cancel requests against you")
    REQUEST_DUE = "request_due", _("Reminders of a reply deadline")
    REQUEST_CHANGED = "request_changed", _("What becomes of a cancel request")
    CANCELLED = "cancelled", _("Cancellations")
    REVERSED = "reversed", _("Reversed cancellations")
    DELIVERED = "delivered", _("Deliveries")
    APPROVAL_DUE = "approval_due", _("Reminders of an approval")
    SENT_BACK = "sent_back", _("Deliveries sent back")
    COMPLETED = "completed", _("Completed deals")
    REVIEW = "review", _("Reviews")
    SCHEDULE = "schedule", _("Changes of a schedule")
    SILENCE = "silence", _("Reminders to keep in touch")
    FIRST_ANSWER = "first_answer", _("Purchases without an answer")
    NO_SCHEDULE = "no_schedule", _("Reminders to share a schedule")
    MILESTONE = "milestone", _("Reminders of a schedule's dates")
    PROGRESS = "progress", _("Reminders to report progress")
    DIGEST = "digest", _("The daily digest")
    TEST = "test", _("Tests")


CRITICAL = frozenset(
    {Kind.PURCHASE, Kind.REQUEST_PLACED, Kind.REQUEST_DUE, Kind.REQUEST_CHANGED, Kind.CANCELLED, Kind.FIRST_ANSWER}
)
"""What keeps e-mail or push on, is always told in-app, and goes through quiet hours: income hangs on it."""

SWITCHABLE = tuple(kind for kind in Kind if kind is not Kind.TEST)
"""What a person can switch; a test is asked for each time."""


class State(TextChoices):
    """What became of a notification on its channel."""

    WAITING = "waiting", pgettext_lazy("notice", "waiting")
    SENT = "sent", pgettext_lazy("notice", "sent")
    FAILED = "failed", pgettext_lazy("notice", "failed")  # a dead letter: refused for good, or tried too often
    DROPPED = "dropped", pgettext_lazy("notice", "dropped: pointless by then")


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
