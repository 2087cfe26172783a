"""The to-do list (やることリスト): derived from marketplace's state, with no row of its own: it cannot be wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from marketplace.models import User
from marketplace.vocabulary import Language


class TodoKind(StrEnum):
    """What waits for a person. Each is handled by an act, not by looking."""

    CANCEL_REQUEST = "cancel_request"
    REPLY = "reply"
    APPROVE = "approve"
    SCHEDULE = "schedule"
    MILESTONE = "milestone"
    PAUSED = "paused"
    REVIEW = "review"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, kw_only=True)
class Todo:
    """One thing that waits for a person."""

    kind: TodoKind
    subject: UUID
    room: UUID | None
    since: datetime
    due_at: datetime | None
    about: str = ""
    """What it is about: a service's or a milestone's title."""

    @property
    def key(self) -> str:
        """Return `kind:object id`."""
        return f"{self.kind}:{self.subject}"


def of(person: User, now: datetime) -> Sequence[Todo]:
    """Return what waits for this person, soonest due first, without a date last; at most 200."""
    raise NotImplementedError


def count(person: User, now: datetime) -> int:
    """Return how many things wait (赤丸の数字): a bounded number of statements."""
    raise NotImplementedError


def said(todo: Todo, language: Language) -> str:
    """Say a to-do in one line."""
    raise NotImplementedError
