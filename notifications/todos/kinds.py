"""What can wait for a person."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


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
    """The request, room, deal, milestone, verdict or person that it hangs on."""
    room: UUID | None
    since: datetime
    """From when on it waits."""
    due_at: datetime | None
    """Until when it can be done before something happens; None when nothing does by itself."""
    service: str = ""
    """The title of what was bought."""
    milestone: str = ""
    """The title of the milestone that is overdue."""

    @property
    def key(self) -> str:
        """Return `kind:object id`."""
        return f"{self.kind}:{self.subject}"
