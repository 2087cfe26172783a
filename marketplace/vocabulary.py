"""The words of the product, as they stand in JSON, in the database and in the code.

The left column is the code's word, the comment is the help page's.
"""

from enum import StrEnum


class Party(StrEnum):
    """One of the two sides of a deal. Rules are written for a party and its counterpart."""

    BUYER = "buyer"  # 購入者
    SELLER = "seller"  # 出品者

    @property
    def counterpart(self) -> "Party":
        """The other side (相手): 「購入者・出品者の双方に共通」."""
        return Party.SELLER if self is Party.BUYER else Party.BUYER


class DealStatus(StrEnum):
    """Where a deal (取引) stands."""

    IN_PROGRESS = "in_progress"
    DELIVERED = "delivered"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class CancelCause(StrEnum):
    """Why a deal was cancelled."""

    NO_CONTACT = "no_contact"  # 出品者連絡なしキャンセル, and its mirror for a silent buyer
    NO_FIRST_CONTACT = "no_first_contact"  # the seller never wrote within the first-contact limit (R13)


class ApprovedBy(StrEnum):
    """Who completed a delivered deal: the buyer, or the approval window that ran out (R13)."""

    BUYER = "buyer"
    WINDOW = "window"


class DeadlineKind(StrEnum):
    """What kinds of deadline run in a talk room, all on one mechanism (R13)."""

    REPLY = "reply"  # 24時間以内: of a cancel request
    FIRST_CONTACT = "first_contact"  # of the seller, after a purchase; off by default
    APPROVAL = "approval"  # of a delivery


class RequestStatus(StrEnum):
    """What became of a cancel request (キャンセルリクエスト)."""

    AWAITING_REPLY = "awaiting_reply"
    REVOKED_BY_REPLY = "revoked_by_reply"
    WITHDRAWN = "withdrawn"
    AUTO_CANCELLED = "auto_cancelled"
    ENDED_WITH_DEAL = "ended_with_deal"


class AtFault(StrEnum):
    """Whose silence a verdict rests on; nobody's once it was reversed (R10)."""

    BUYER = "buyer"
    SELLER = "seller"
    NOBODY = "nobody"


class WokenBy(StrEnum):
    """What looked at the row and found the deadline passed. It never changes the verdict."""

    ETA = "eta"
    SWEEP = "sweep"
    VISIT = "visit"
    STAFF = "staff"


class ServiceStatus(StrEnum):
    """A service's own state, and the state that others see."""

    DRAFT = "draft"
    ACCEPTING = "accepting"  # 受付中
    PAUSED = "paused"  # 受付休止中


class NotAccepting(StrEnum):
    """Why a service takes no purchases (R9); several may hold at once."""

    DRAFT = "draft"
    OWN_PAUSE = "own_pause"  # its owner's wish
    NOT_ACKNOWLEDGED = "not_acknowledged"  # its seller has not acknowledged a verdict yet
    PENALTY_PAUSE = "penalty_pause"  # 「全サービスが受付休止中」, not lifted yet


class MessageKind(StrEnum):
    """What a line in a talk room is. Only what `CONTACT` lists moves a clock."""

    TEXT = "text"
    PROGRESS_REPORT = "progress_report"  # 進捗の共有
    SCHEDULE_CHANGE = "schedule_change"
    DELIVERY = "delivery"
    SEND_BACK = "send_back"
    AUTOMATIC = "automatic"  # written by an auto-responder
    SYSTEM = "system"


CONTACT = frozenset(MessageKind) - {MessageKind.AUTOMATIC, MessageKind.SYSTEM}
"""The kinds of message that are a party's contact (R6)."""


class SystemLine(StrEnum):
    """What a line of kind `system` tells."""

    PURCHASE = "purchase"
    REQUEST_PLACED = "request_placed"
    REQUEST_WITHDRAWN = "request_withdrawn"
    REQUEST_ENDED_WITH_DEAL = "request_ended_with_deal"
    REQUEST_HELD = "request_held"
    REQUEST_RELEASED = "request_released"
    REQUEST_EXTENDED = "request_extended"
    CANCELLED = "cancelled"
    CANCELLED_WITHOUT_FIRST_CONTACT = "cancelled_without_first_contact"
    APPROVED = "approved"
    APPROVED_BY_WINDOW = "approved_by_window"
    VERDICT_REVERSED = "verdict_reversed"


class Rank(StrEnum):
    """Seller rank (出品者ランク), lowest first."""

    REGULAR = "regular"
    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"
    PLATINUM = "platinum"

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


class EventKind(StrEnum):
    """What happened, as the audit trail names it."""

    SERVICE_CREATED = "service_created"
    SERVICE_CHANGED = "service_changed"
    SERVICE_PUBLISHED = "service_published"
    SERVICE_PAUSED = "service_paused"
    SERVICE_RESUMED = "service_resumed"
    DEAL_PURCHASED = "deal_purchased"
    MESSAGE_POSTED = "message_posted"
    MESSAGE_HIDDEN = "message_hidden"
    SCHEDULE_CHANGED = "schedule_changed"
    REQUEST_PLACED = "request_placed"
    REQUEST_REVOKED = "request_revoked"
    REQUEST_WITHDRAWN = "request_withdrawn"
    REQUEST_ENDED_WITH_DEAL = "request_ended_with_deal"
    REQUEST_HELD = "request_held"
    REQUEST_RELEASED = "request_released"
    REQUEST_EXTENDED = "request_extended"
    REPLY_REFUSED_LATE = "reply_refused_late"
    DEAL_DELIVERED = "deal_delivered"
    DEAL_SENT_BACK = "deal_sent_back"
    DEAL_COMPLETED = "deal_completed"
    DEAL_CANCELLED = "deal_cancelled"
    VERDICT_REVERSED = "verdict_reversed"
    REVIEW_WRITTEN = "review_written"
    STANDING_CHANGED = "standing_changed"
    SELLER_RESUMED = "seller_resumed"
    SETTLEMENT_PUT_OFF = "settlement_put_off"
    RETRY_ASKED = "retry_asked"
    RESTORED_FROM_BACKUP = "restored_from_backup"
    NOTICE_SENT_AGAIN = "notice_sent_again"
    ACCOUNT_CHANGED = "account_changed"
    LIST_EXPORTED = "list_exported"
    SERVICE_TAKEN_DOWN = "service_taken_down"
    SERVICE_PUT_BACK = "service_put_back"
    REVIEW_HIDDEN = "review_hidden"
    ACCESS_ENDED = "access_ended"


class Matter(StrEnum):
    """Work that is done in batches, in which a row that fails alone is put off."""

    EVENT = "event"
    LADDER = "ladder"
    DIGEST = "digest"
    FAIR_NOTICE = "fair_notice"
    WINDOW = "window"
    OLD_ANSWER = "old_answer"
    OLD_COUNT = "old_count"
    OLD_PRESENCE = "old_presence"


class Language(StrEnum):
    """The languages that people read Renraku in."""

    JAPANESE = "ja"
    ENGLISH = "en"


REASONS: dict[str, tuple[str, str]] = {
    "notice_failed": (
        "none of our notices reached the one who is to reply.",
        "返信する方に通知をお届けできなかったため。",
    ),
}
"""Reasons that no person wrote, by their code."""
