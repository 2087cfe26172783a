"""Opening a room: a visitor to an overdue room meets the verdict that the deadline already gave (R7).

The room is settled first, in a transaction of its own. Should that fail, the derived verdict is
shown with `settling: true`, and not written.
"""

import logging
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import DatabaseError, connection

from marketplace import clock, errors, rules, window
from marketplace.actions import deadlines
from marketplace.models import CancelRequest, Deal, TalkRoom, User, Verdict
from marketplace.reads import facts
from marketplace.reads.deadlines import DEADLINES, row_of, running_in
from marketplace.reads.people import BuyerRecord, buyer_record
from marketplace.reads.shown import rooms_as_shown
from marketplace.rules import Talk
from marketplace.vocabulary import ApprovedBy, AtFault, DeadlineKind, DealStatus, Party, RequestStatus, WokenBy

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A room as its visitor sees it at `now`."""

    room: TalkRoom
    now: datetime
    settling: bool = False

    @property
    def deal(self) -> Deal:
        """The room's deal, which knows what was read with the room."""
        deal = self.room.deal
        deal.talk_room, deal.buyer = self.room, self.room.buyer
        return deal

    @property
    def latest_request(self) -> CancelRequest | None:
        """The open request, else the last one."""
        latest = self.room.latest_requests
        return latest[0] if latest else None

    def request(self, request_id: UUID) -> CancelRequest:
        latest = self.latest_request
        return latest if latest and latest.pk == request_id else CancelRequest.objects.get(pk=request_id)

    def as_party(self, person: User) -> Party:
        """Return which side the visitor is on. Raises `NotYoursToDo` for staff, who are on none."""
        party = self.room.party_of(person)
        if party is None:
            raise errors.NotYoursToDo
        return party

    def by_staff(self, person: User) -> bool:
        """Whether the visitor is staff, and on neither side."""
        return person.is_staff and self.room.party_of(person) is None

    def facts(self) -> Talk:
        """Return the facts that the rules need: the same for the button as for the action."""
        known = facts.talk(self.room, self.deal, self.now)
        return replace(known, open_request_placed_at=None) if self.settling else known

    def buyer_record(self) -> BuyerRecord:
        """Count the buyer's record, with what a deadline gave that is still being written. One statement."""
        start, deal = window.start(self.now), self.deal
        record = buyer_record(self.room.buyer, start, self.now)
        if self.settling and deal.ended_at is not None and deal.ended_at >= start:
            silent = deal.status == DealStatus.CANCELLED and deal.verdict.at_fault == AtFault.BUYER
            record["completed"] += deal.status == DealStatus.COMPLETED
            record["cancelled_for_silence"] += silent
        return record


def see(person: User, **which: UUID) -> Visit:
    """Open the room that `which` names (`pk`, `deal` or `cancel_requests`), settled first if it is overdue.

    Raises `NotFound` for a room that is not this person's to see.
    """
    visit = look(person, **which)
    if not _passed(visit):
        return visit
    _settle(visit.room)
    visit = look(person, **which)
    still = _passed(visit)
    return _derived(visit, *still) if still else visit


def look(person: User, **which: UUID) -> Visit:
    """Open the same room as it stands. Raises `NotFound`."""
    rooms = rooms_as_shown(TalkRoom.objects.visible_to(person).filter(**which))
    return Visit(room=errors.found(rooms[0] if rooms else None), now=clock.now())


def _passed(visit: Visit) -> tuple[DeadlineKind, datetime] | None:
    """Return the deadline of the room that has decided, None when none has passed."""
    running = running_in(visit.room.deal, visit.latest_request)
    kind = rules.deciding(running, visit.now)
    deadline = running[kind] if kind else None
    return (kind, deadline) if kind and deadline else None


def _settle(room: TalkRoom) -> None:
    try:
        deadlines.settle_room(room.pk, woken_by=WokenBy.VISIT)
    except DatabaseError:
        if not connection.is_usable():
            raise
        logger.exception("room %s is overdue and could not be settled by its visitor", room.pk)


def _derived(visit: Visit, kind: DeadlineKind, deadline: datetime) -> Visit:
    """Return the visit with the outcome of the deadline, in memory only: a sweep will write it."""
    request, deal = visit.latest_request, visit.room.deal
    deal.ended_at = deadline
    cause, silent, row = DEADLINES[kind].cause, DEADLINES[kind].silent, row_of(kind, deal, request)
    if cause is None or silent is None:
        deal.status, deal.approved_by = DealStatus.COMPLETED, ApprovedBy.WINDOW
        return replace(visit, settling=True)
    at_fault = silent(row).value
    if request is not None and request.status == RequestStatus.AWAITING_REPLY:
        request.status = RequestStatus.AUTO_CANCELLED if row is request else RequestStatus.ENDED_WITH_DEAL
        request.ended_at = deadline
    deal.status, deal.cancel_cause = DealStatus.CANCELLED, cause
    deal.verdict = Verdict(deal=deal, cause=cause, at_fault=at_fault, effective_at=deadline)
    deal.verdict.id = None
    return replace(visit, settling=True)
