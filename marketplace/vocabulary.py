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


class RequestStatus(StrEnum):
    """What became of a cancel request (キャンセルリクエスト)."""

    AWAITING_REPLY = "awaiting_reply"
    REVOKED_BY_REPLY = "revoked_by_reply"
    WITHDRAWN = "withdrawn"
    AUTO_CANCELLED = "auto_cancelled"


class AtFault(StrEnum):
    """Whose silence a verdict rests on."""

    BUYER = "buyer"
    SELLER = "seller"


class WokenBy(StrEnum):
    """What looked at the row and found the deadline passed. It never changes the verdict."""

    ETA = "eta"
    SWEEP = "sweep"
    VISIT = "visit"


class ServiceStatus(StrEnum):
    """A service's own state, and the state that others see."""

    DRAFT = "draft"
    ACCEPTING = "accepting"  # 受付中
    PAUSED = "paused"  # 受付休止中


class MessageKind(StrEnum):
    """What a line in a talk room is. Only what `CONTACT` lists moves a clock."""

    TEXT = "text"
    PROGRESS_REPORT = "progress_report"  # 進捗の共有
    AUTOMATIC = "automatic"  # written by an auto-responder
    SYSTEM = "system"


CONTACT = frozenset({MessageKind.TEXT, MessageKind.PROGRESS_REPORT})
"""The kinds of message that are a party's contact (R6)."""


class SystemLine(StrEnum):
    """What a line of kind `system` tells."""

    PURCHASE = "purchase"
    REQUEST_PLACED = "request_placed"
    REQUEST_WITHDRAWN = "request_withdrawn"
    CANCELLED = "cancelled"


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


class EventKind(StrEnum):
    """What happened, as the audit trail names it."""

    SERVICE_CREATED = "service_created"
    SERVICE_CHANGED = "service_changed"
    SERVICE_PUBLISHED = "service_published"
    SERVICE_PAUSED = "service_paused"
    SERVICE_RESUMED = "service_resumed"
    DEAL_PURCHASED = "deal_purchased"
    MESSAGE_POSTED = "message_posted"
    REQUEST_PLACED = "request_placed"
    REQUEST_REVOKED = "request_revoked"
    REQUEST_WITHDRAWN = "request_withdrawn"
    REPLY_REFUSED_LATE = "reply_refused_late"
    DEAL_CANCELLED = "deal_cancelled"
    STANDING_CHANGED = "standing_changed"
    SELLER_RESUMED = "seller_resumed"
    SETTLEMENT_PUT_OFF = "settlement_put_off"


class Language(StrEnum):
    """The languages that people read Renraku in."""

    JAPANESE = "ja"
    ENGLISH = "en"
