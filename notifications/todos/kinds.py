"""What can wait for a person."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.utils.translation import gettext_lazy as _


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


TEXTS = {
    TodoKind.CANCEL_REQUEST: _("Please reply about “{service}”: any message of yours revokes the cancel request."),
    TodoKind.REPLY: _("Please look at the talk room of “{service}”: your reply is awaited."),
    TodoKind.APPROVE: _("“{service}” was delivered: please approve it or send it back."),
    TodoKind.SCHEDULE: _("Please share a schedule for “{service}”, up to the delivery."),
    TodoKind.MILESTONE: _(
        "{milestone} of “{service}” is past its date: please say when it will come, or mark it done."
    ),
    TodoKind.PAUSED: _(
        "“{service}” was cancelled because you did not reply in time. Your services are paused: please resume them."
    ),
    TodoKind.REVIEW: _("“{service}” is completed: please write a review."),
    TodoKind.UNREACHABLE: _(
        "We cannot reach you outside of this site: please confirm your e-mail address, or switch push on."
    ),
}


@dataclass(frozen=True)
class Todo:
    """A row of `statements.LIST`, column by column."""

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
        return f"{self.kind}:{self.subject}"

    @property
    def text(self) -> str:
        return TEXTS[self.kind].format(service=self.service, milestone=self.milestone)
