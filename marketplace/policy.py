"""Every number of the rules, once, beside the sentence that it comes from (R12: policy is data).

A deal takes the durations in force at its purchase along with it; the rules read them there.
The rest is the marketplace's present policy and holds for everybody at once.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from marketplace.vocabulary import Rank

LONGEST_DURATION = timedelta(days=366)


class PolicyError(ValueError):
    """A number that no marketplace can run on. `field` names it."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class RankLine:
    """What a rank asks of the figures in the window; None asks nothing. No figure fails a line."""

    rank: Rank
    sales: int | None = None
    revenue_yen: int | None = None
    completion_rate: Fraction | None = None
    rating: Fraction | None = None


RANK_LINES = (
    RankLine(rank=Rank.PLATINUM, revenue_yen=100_000, completion_rate=Fraction(90, 100), rating=Fraction(48, 10)),
    RankLine(rank=Rank.GOLD, revenue_yen=50_000, completion_rate=Fraction(90, 100), rating=Fraction(48, 10)),
    RankLine(rank=Rank.SILVER, sales=10, completion_rate=Fraction(80, 100)),
    RankLine(rank=Rank.BRONZE, sales=10),
    RankLine(rank=Rank.REGULAR),
)
"""Highest first: the first line that is met is the rank (R11)."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The policy in force. Durations are `timedelta`, money is yen.

    Raises `PolicyError` for a duration that is not above zero (`owed_before_request` may be zero) or longer than
    366 days.
    """

    silence_before_request: timedelta = timedelta(days=4)  # 「出品者からの最終連絡から4日以上経過」
    owed_before_request: timedelta = timedelta(0)  # R1: "lets a marketplace ask for more"; zero is the page's rule
    reply_window: timedelta = timedelta(hours=24)  # 「24時間以内に出品者から返信がない場合」
    approval_window: timedelta = timedelta(hours=72)  # R13: "neither approves nor sends back within 72 h"
    first_contact_window: timedelta | None = None  # R13: "off by default, the first-contact limit"

    requests_per_party: int = 3  # R8: "at most 3 placed in a room by one party in the last 24 h"
    requests_counted_over: timedelta = timedelta(hours=24)

    automatic_rating: int = 1  # 評価「★☆☆☆☆」

    figures_window_months: int = 3  # R11: "within 3 calendar months before now"
    rank_lines: tuple[RankLine, ...] = RANK_LINES
    search_points_per_level: int = 1000
    search_points_per_star: int = 100
    rating_when_none: Fraction = Fraction(35, 10)
    search_penalty: int = 3000  # 「一定ライン」: below it, seller rank and search rank follow
    penalty_below_rate: Fraction = Fraction(80, 100)
    penalty_from_ended_deals: int = 5

    def __post_init__(self) -> None:
        for name in ("silence_before_request", "reply_window", "approval_window", "first_contact_window"):
            duration = getattr(self, name)
            if duration is not None and not timedelta(0) < duration <= LONGEST_DURATION:
                raise PolicyError(name, "must be longer than zero and at most P366D")
        if not timedelta(0) <= self.owed_before_request <= LONGEST_DURATION:
            raise PolicyError("owed_before_request", "must not be negative, and at most P366D")

    @property
    def fingerprint(self) -> str:
        """A short hash of every number: processes that differ in one must not run together (R12).

        Of the values alone, not of the classes that hold them: an upgrade that changes no number keeps it.
        """
        numbers = json.dumps(asdict(self), default=str, sort_keys=True)
        return hashlib.sha256(numbers.encode()).hexdigest()[:16]


SEARCH_RANK_PLACES = Decimal("0.01")
"""Search rank is kept to a hundredth of a point."""
