"""The words of the product, as they stand in JSON, in the database and in the code.

The left column is the code's word, the comment is the help page's.
"""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Party(TextChoices):
    """One of the two sides of a deal. Rules are written for a party and its counterpart."""

    BUYER = "buyer", _("buyer")  # 購入者
    SELLER = "seller", _("seller")  # 出品者

    @property
    def counterpart(self) -> "Party":
        """The other side (相手): 「購入者・出品者の双方に共通」."""
        return Party.SELLER if self is Party.BUYER else Party.BUYER


class DealStatus(TextChoices):
    """Where a deal (取引) stands."""

    IN_PROGRESS = "in_progress", _("in progress")
    DELIVERED = "delivered", _("delivered")
    COMPLETED = "completed", _("completed")
    CANCELLED = "cancelled", _("cancelled")


class CancelCause(TextChoices):
    """Why a deal was cancelled."""

    NO_CONTACT = "no_contact", _("no reply")  # 出品者連絡なしキャンセル, and its mirror for a silent buyer
    NO_FIRST_CONTACT = "no_first_contact", _("no first contact")  # the seller never wrote within the limit (R13)


class ApprovedBy(StrEnum):
    """Who completed a delivered deal: the buyer, or the approval window that ran out (R13)."""

    BUYER = "buyer"
    WINDOW = "window"


class DeadlineKind(TextChoices):
    """What kinds of deadline run in a talk room, all on one mechanism (R13)."""

    REPLY = "reply", _("reply to a cancel request")  # 24時間以内: of a cancel request
    FIRST_CONTACT = "first_contact", _("first contact of the seller")  # of the seller, after a purchase; off by default
    APPROVAL = "approval", _("approval of a delivery")  # of a delivery


class RequestStatus(TextChoices):
    """What became of a cancel request (キャンセルリクエスト)."""

    AWAITING_REPLY = "awaiting_reply", _("awaiting reply")
    REVOKED_BY_REPLY = "revoked_by_reply", _("revoked by a reply")
    WITHDRAWN = "withdrawn", _("withdrawn")
    AUTO_CANCELLED = "auto_cancelled", _("auto-cancelled")
    ENDED_WITH_DEAL = "ended_with_deal", _("ended with the deal")


class AtFault(TextChoices):
    """Whose silence a verdict rests on; nobody's once it was reversed (R10)."""

    BUYER = "buyer", _("buyer")
    SELLER = "seller", _("seller")
    NOBODY = "nobody", _("nobody (reversed)")


class WokenBy(TextChoices):
    """What looked at the row and found the deadline passed. It never changes the verdict."""

    ETA = "eta", _("wake-up task")
    SWEEP = "sweep", _("sweep")
    VISIT = "visit", _("a visitor")
    STAFF = "staff", _("staff")


class ServiceStatus(TextChoices):
    """A service's own state, and the state that others see."""

    DRAFT = "draft", _("draft")
    ACCEPTING = "accepting", _("accepting")  # 受付中
    PAUSED = "paused", _("paused")  # 受付休止中


class NotAccepting(StrEnum):
    """Why a service takes no purchases (R9); several may hold at once."""

    DRAFT = "draft"
    OWN_PAUSE = "own_pause"  # its owner's wish
    NOT_ACKNOWLEDGED = "not_acknowledged"  # its seller has not acknowledged a verdict yet
    PENALTY_PAUSE = "penalty_pause"  # 「全サービスが受付休止中」, not lifted yet


class MessageKind(TextChoices):
    """What a line in a talk room is. Only what `CONTACT` lists moves a clock."""

    TEXT = "text", _("message")
    PROGRESS_REPORT = "progress_report", _("progress report")  # 進捗の共有
    SCHEDULE_CHANGE = "schedule_change", _("schedule change")
    DELIVERY = "delivery", _("delivery")
    SEND_BACK = "send_back", _("send-back")
    AUTOMATIC = "automatic", _("automatic message")  # written by an auto-responder
    SYSTEM = "system", _("system line")


CONTACT = frozenset(MessageKind) - {MessageKind.AUTOMATIC, MessageKind.SYSTEM}
"""The kinds of message that are a party's contact (R6)."""


class SystemLine(TextChoices):
    """What a line of kind `system` tells."""

    PURCHASE = "purchase", _("The service was purchased.")
    REQUEST_PLACED = "request_placed", _("A cancel request was sent. A reply before its deadline revokes it.")
    REQUEST_WITHDRAWN = "request_withdrawn", _("The cancel request was withdrawn.")
    REQUEST_ENDED_WITH_DEAL = "request_ended_with_deal", _("The cancel request ended: the work was delivered.")
    REQUEST_HELD = "request_held", _("Our staff hold the cancel request: its clock stands still.")
    REQUEST_RELEASED = "request_released", _("The cancel request is no longer held: its clock runs on.")
    REQUEST_EXTENDED = "request_extended", _("The deadline of the cancel request was extended.")
    CANCELLED = "cancelled", _("The deal was cancelled: there was no reply before the deadline.")
    CANCELLED_WITHOUT_FIRST_CONTACT = (
        "cancelled_without_first_contact",
        _("The deal was cancelled: the seller did not write within the limit after the purchase."),
    )
    APPROVED = "approved", _("The delivery was approved: the deal is completed.")
    APPROVED_BY_WINDOW = (
        "approved_by_window",
        _("The approval window passed: the delivery counts as approved, and the deal is completed."),
    )
    VERDICT_REVERSED = (
        "verdict_reversed",
        _("Our staff reversed the cancellation's consequences: nobody is at fault. The deal stays cancelled."),
    )


class Rank(TextChoices):
    """Seller rank (出品者ランク), lowest first."""

    REGULAR = "regular", _("Regular")
    BRONZE = "bronze", _("Bronze")
    SILVER = "silver", _("Silver")
    GOLD = "gold", _("Gold")
    PLATINUM = "platinum", _("Platinum")

    @property
    def level(self) -> int:
        """0 for regular to 4 for platinum."""
        return list(Rank).index(self)


class MilestoneState(StrEnum):
    """Where a milestone of the schedule (スケジュール) stands."""

    DONE = "done"
    OVERDUE = "overdue"  # its day has gone by
    NEXT = "next"  # the first that is still to come
    AHEAD = "ahead"


class EventKind(TextChoices):
    """What happened, as the audit trail names it."""

    SERVICE_CREATED = "service_created", _("service created")
    SERVICE_CHANGED = "service_changed", _("service changed")
    SERVICE_PUBLISHED = "service_published", _("service published")
    SERVICE_PAUSED = "service_paused", _("service paused")
    SERVICE_RESUMED = "service_resumed", _("service resumed")
    DEAL_PURCHASED = "deal_purchased", _("service bought")
    MESSAGE_POSTED = "message_posted", _("message posted")
    MESSAGE_HIDDEN = "message_hidden", _("message hidden from both parties")
    SCHEDULE_CHANGED = "schedule_changed", _("schedule changed")
    REQUEST_PLACED = "request_placed", _("cancel request placed")
    REQUEST_REVOKED = "request_revoked", _("cancel request revoked by a reply")
    REQUEST_WITHDRAWN = "request_withdrawn", _("cancel request withdrawn")
    REQUEST_ENDED_WITH_DEAL = "request_ended_with_deal", _("cancel request ended with the deal")
    REQUEST_HELD = "request_held", _("cancel request held")
    REQUEST_RELEASED = "request_released", _("cancel request released")
    REQUEST_EXTENDED = "request_extended", _("cancel request extended")
    REPLY_REFUSED_LATE = "reply_refused_late", _("near miss: late reply refused")
    DEAL_DELIVERED = "deal_delivered", _("work delivered")
    DEAL_SENT_BACK = "deal_sent_back", _("delivery sent back")
    DEAL_COMPLETED = "deal_completed", _("deal completed")
    DEAL_CANCELLED = "deal_cancelled", _("deal cancelled for silence")
    VERDICT_REVERSED = "verdict_reversed", _("verdict reversed")
    REVIEW_WRITTEN = "review_written", _("review written")
    STANDING_CHANGED = "standing_changed", _("standing changed")
    SELLER_RESUMED = "seller_resumed", _("seller resumed")
    SETTLEMENT_PUT_OFF = "settlement_put_off", _("put off after an error")
    RETRY_ASKED = "retry_asked", _("tried again by staff")
    RESTORED_FROM_BACKUP = "restored_from_backup", _("restored from a backup")
    NOTICE_SENT_AGAIN = "notice_sent_again", _("notice sent again")
    ACCOUNT_CHANGED = "account_changed", _("account changed")
    LIST_EXPORTED = "list_exported", _("list saved as CSV")
    SERVICE_TAKEN_DOWN = "service_taken_down", _("service taken down")
    SERVICE_PUT_BACK = "service_put_back", _("service put back")
    REVIEW_HIDDEN = "review_hidden", _("review hidden")
    ACCESS_ENDED = "access_ended", _("all log-ins of a person ended")


class Matter(TextChoices):
    """Work that is done in batches, in which a row that fails alone is put off."""

    EVENT = "event", _("passing on an event")
    LADDER = "ladder", _("reminders of a room")
    DIGEST = "digest", _("a daily digest")
    FAIR_NOTICE = "fair_notice", _("fair notice of a request")
    WINDOW = "window", _("recount of a seller")
    OLD_ANSWER = "old_answer", _("deleting an old answer")
    OLD_COUNT = "old_count", _("deleting an old count")
    OLD_PRESENCE = "old_presence", _("deleting an ended process")


VERDICTS = {
    AtFault.SELLER: _("cancellation for the seller's silence"),
    AtFault.BUYER: _("cancellation for the buyer's silence"),
}
"""What the help page calls a cancellation by silence."""

REASONS = {"notice_failed": _("none of our notices reached the one who is to reply.")}
"""Reasons that no person wrote, by their code."""
