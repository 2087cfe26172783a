"""Where each kind of deadline stands: a column of a row, and while what it runs (R13).

A new kind is a line here, with its column and partial index in the models, its rule in `rules`,
its action in `actions.deadlines` and its line in the schedule; the others' `decided_before` name it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import models

from marketplace.models import CancelRequest, Deal
from marketplace.vocabulary import CancelCause, DeadlineKind, DealStatus, Party, RequestStatus


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """A kind of deadline. The parts in SQL call the row `due` and its talk room `room`."""

    kind: DeadlineKind
    model: type[CancelRequest] | type[Deal]
    column: str
    status: str
    """The deadline runs while the row's status is this."""
    joins_room: str
    to_room: str
    """From the row to its talk room, for the ORM."""
    cause: CancelCause | None = None
    """The verdict that it gives; None: it completes the deal."""
    silent: Callable[[Any], Party] | None = None
    """Whose silence that verdict rests on, asked of the row."""
    decided_before: str
    """In SQL: whether another deadline of the same room came first."""

    @property
    def table(self) -> str:
        return self.model._meta.db_table  # noqa: SLF001 - the name is public

    def rows(self) -> "models.QuerySet[Any]":
        return self.model.objects.all()

    def sql(self, statement: str, **parts: object) -> str:
        """Fill the names of this kind of deadline into a statement."""
        return statement.format(**vars(self), table=self.table, **parts)

    def running(self) -> "models.QuerySet[Any]":
        """Keep those whose deadline runs (a held one has none)."""
        return self.rows().filter(**{"status": self.status, f"{self.column}__isnull": False})

    def overdue(self, now: datetime) -> "models.QuerySet[Any]":
        """Keep those whose deadline has passed at `now`, longest overdue first."""
        return self.running().filter(**{f"{self.column}__lt": now}).order_by(self.column)

    def due_between(self, now: datetime, until: datetime) -> "models.QuerySet[Any]":
        """Keep those that fall due from `now` on and before `until`, soonest first."""
        due = {f"{self.column}__gte": now, f"{self.column}__lt": until}
        return self.running().filter(**due).order_by(self.column)

    def of(self, row: Any) -> datetime | None:
        """Return the row's deadline if it runs."""
        return getattr(row, self.column) if row.status == self.status else None


# "Whichever deadline comes first decides": which rows make another one decide, in SQL. `rules.first_deadline` says
# the same of one room. At the very same moment the order of `DeadlineKind` decides, hence `<=` and `<`.

DEAL_DECIDED_BEFORE_REPLY = """
    EXISTS (
        SELECT FROM marketplace_deal other
        WHERE other.id = room.deal_id
          AND (other.status = 'in_progress' AND other.first_contact_deadline < due.reply_deadline
               OR other.status = 'delivered' AND other.approval_deadline < due.reply_deadline))
"""

REPLY_DECIDED_BEFORE_FIRST_CONTACT = """
    EXISTS (
        SELECT FROM marketplace_cancelrequest other
        WHERE other.room_id = room.id
          AND other.status = 'awaiting_reply' AND other.reply_deadline <= due.first_contact_deadline)
"""

REPLY_DECIDED_BEFORE_APPROVAL = """
    EXISTS (
        SELECT FROM marketplace_cancelrequest other
        WHERE other.room_id = room.id
          AND other.status = 'awaiting_reply' AND other.reply_deadline <= due.approval_deadline)
"""

DEADLINES = {
    each.kind: each
    for each in (
        Deadline(
            kind=DeadlineKind.REPLY,
            model=CancelRequest,
            column="reply_deadline",
            status=RequestStatus.AWAITING_REPLY,
            joins_room="room.id = due.room_id",
            to_room="room",
            cause=CancelCause.NO_CONTACT,
            silent=lambda request: request.respondent,
            decided_before=DEAL_DECIDED_BEFORE_REPLY,
        ),
        Deadline(
            kind=DeadlineKind.FIRST_CONTACT,
            model=Deal,
            column="first_contact_deadline",
            status=DealStatus.IN_PROGRESS,
            joins_room="room.deal_id = due.id",
            to_room="talk_room",
            cause=CancelCause.NO_FIRST_CONTACT,
            silent=lambda _deal: Party.SELLER,
            decided_before=REPLY_DECIDED_BEFORE_FIRST_CONTACT,
        ),
        Deadline(
            kind=DeadlineKind.APPROVAL,
            model=Deal,
            column="approval_deadline",
            status=DealStatus.DELIVERED,
            joins_room="room.deal_id = due.id",
            to_room="talk_room",
            decided_before=REPLY_DECIDED_BEFORE_APPROVAL,
        ),
    )
}


def is_any_late(now: datetime, by: timedelta) -> bool:
    """Whether an unsettled deadline passed longer ago than `by`. Rows that were put off do not count."""
    late = [each.overdue(now - by).exclude(settle_after__gt=now) for each in DEADLINES.values()]
    return any(bool(rows.values("pk")[:1]) for rows in late)


def row_of(kind: DeadlineKind, deal: Deal, open_request: CancelRequest | None) -> Deal | CancelRequest | None:
    """Return the one of a room's rows that carries this kind of deadline."""
    return {Deal: deal, CancelRequest: open_request}[DEADLINES[kind].model]


def running_in(deal: Deal, open_request: CancelRequest | None) -> dict[DeadlineKind, datetime | None]:
    """Return every deadline that runs in a room, from its rows."""
    rows = {kind: row_of(kind, deal, open_request) for kind in DEADLINES}
    return {kind: DEADLINES[kind].of(row) if row is not None else None for kind, row in rows.items()}
