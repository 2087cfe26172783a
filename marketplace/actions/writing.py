"""Every write into a talk room begins here: lock the room, read the clock, check the deadlines.

A writer that finds, under its lock, that a deadline has passed writes nothing and leaves its
transaction. The room is settled in another transaction, and committed. Then the writer starts again
and is refused. (In one transaction the refusal would roll the verdict back.)
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from django.db import transaction

from marketplace import clock, errors, events, locks, rules
from marketplace.actions import deadlines
from marketplace.models import CancelRequest, Deal, TalkRoom, User, Verdict
from marketplace.reads import facts
from marketplace.reads.deadlines import DEADLINES, row_of, running_in
from marketplace.vocabulary import ApprovedBy, DealStatus, EventKind, MessageKind, Party, RequestStatus, WokenBy

P = ParamSpec("P")
R = TypeVar("R")

Check = Callable[[], None]
"""Asked under the lock, before anything is written; raises what stands in the way."""


def no_check() -> None:
    """Let everything pass."""


_writing: ContextVar[bool] = ContextVar("writing", default=False)


@dataclass(frozen=True, kw_only=True)
class Words:
    """The words that somebody wanted to write in a room."""

    kind: MessageKind
    body: str


@dataclass(frozen=True, kw_only=True)
class Locked:
    """A locked room with the facts that hold while it is locked."""

    room: TalkRoom
    deal: Deal
    requests: list[CancelRequest]
    """Those that are open or count for R8, newest first."""
    now: datetime
    """The database's clock, read after the room was locked (R7)."""
    person: User | None
    """The person who acts; None for the system itself."""

    @property
    def open_request(self) -> CancelRequest | None:
        return next((each for each in self.requests if each.status == RequestStatus.AWAITING_REPLY), None)

    def record(self, kind: EventKind, **data: Any) -> None:
        events.record(kind, at=self.now, room=self.room, actor=self.person, **data)


@dataclass(frozen=True, kw_only=True)
class Entered(Locked):
    """A room locked by one of its parties."""

    person: User
    party: Party
    waited: timedelta
    """How long the writer waited for the lock."""
    words: Words | None = None


class DeadlinePassed(Exception):  # noqa: N818 - an interruption, not an error: `writing` acts on it
    """A deadline of the room has passed: settle the room first. `answer` is the refusal if that fails."""

    def __init__(self, room: TalkRoom, answer: errors.Refusal, woken_by: WokenBy = WokenBy.VISIT) -> None:
        super().__init__(f"room {room.pk}")
        self.room_id = room.pk
        self.answer = answer
        self.woken_by = woken_by


def writing(action: Callable[P, R]) -> Callable[P, R]:
    """Run an action in a transaction; when a deadline has passed, settle the room and run it again.

    An action within an action (or within a kept answer) belongs to the outer one's transaction.
    A reply that is refused as late is kept as an event, after its transaction has ended (R7).
    """

    @wraps(action)
    def carried_out(*args: P.args, **kwargs: P.kwargs) -> R:
        if _writing.get():
            return action(*args, **kwargs)
        token = _writing.set(True)
        try:
            return _settle_and_retry(lambda: action(*args, **kwargs))
        except (errors.ReplyDeadlinePassed, errors.ApprovalWindowPassed) as late:
            _record_late_reply(late)
            raise
        finally:
            _writing.reset(token)

    return carried_out


@contextmanager
def in_callers_transaction() -> Iterator[None]:
    """Run actions inside the transaction that is open already.

    After a passed deadline they are refused, as after its verdict, and the room is not settled: a rollback of
    this transaction would take the verdict with it.
    """
    token = _writing.set(True)
    try:
        yield
    except DeadlinePassed as passed:
        raise passed.answer from passed
    finally:
        _writing.reset(token)


def _settle_and_retry(write: Callable[[], R]) -> R:
    try:
        with transaction.atomic():
            return write()
    except DeadlinePassed as passed:
        found = passed
    deadlines.settle_room(found.room_id, woken_by=found.woken_by)
    try:
        with transaction.atomic():
            return write()
    except (DeadlinePassed, errors.ReplyDeadlinePassed, errors.ApprovalWindowPassed) as still:
        # The first answer holds how long that try waited for the lock. It is right too if settling failed.
        raise found.answer from still


def enter(
    room_id: UUID,
    person: User,
    *,
    only: Party | None = None,
    when_ended: type[errors.Refusal] | None = errors.RoomClosed,
    when_approved: type[errors.Refusal] | None = None,
    words: Words | None = None,
) -> Entered:
    """Lock the room for this person and read the facts that the rules need.

    Raises `NotFound` for a room that is not the person's, `NotYoursToDo` for staff, who see every
    room and write in none, and for the party that `only` leaves out, `DeadlinePassed` when a passed
    deadline must be settled first, `ReplyDeadlinePassed` for the party at fault of a cancelled deal,
    `when_approved` where the approval window completed the deal and `when_ended` for any other end
    (None: an ended deal is no hindrance).
    """
    before = time.monotonic()
    room = locks.talk_room(room_id, person)
    waited = timedelta(seconds=time.monotonic() - before)
    if room is None:
        staff_see_it = person.is_staff and TalkRoom.objects.filter(pk=room_id).exists()
        raise errors.NotYoursToDo if staff_see_it else errors.NotFound
    party = room.party_of(person)
    if party is None or (only is not None and party is not only):
        raise errors.NotYoursToDo
    entered = Entered(person=person, party=party, waited=waited, words=words, **_read(room))
    _meet_the_deadline(entered, when_ended, when_approved)
    _refuse_if_ended(entered, when_ended, when_approved)
    return entered


def steer(room_id: UUID, staff: User | None, *, when_ended: type[errors.Refusal] | None) -> Locked:
    """Lock the room for staff, or for the system itself, and read the facts that the rules need.

    Raises `DeadlinePassed` when a passed deadline must be settled first, `when_ended` for an ended deal.
    """
    locked = Locked(person=staff, **_read(locks.any_talk_room(room_id)))
    if rules.deciding(running_in(locked.deal, locked.open_request), locked.now):
        raise DeadlinePassed(locked.room, (when_ended or errors.RoomClosed)(), WokenBy.STAFF)
    if when_ended and locked.deal.status in {DealStatus.CANCELLED, DealStatus.COMPLETED}:
        raise when_ended
    return locked


def _read(room: TalkRoom) -> dict[str, Any]:
    now = clock.now()
    return {
        "room": room,
        "now": now,
        "deal": Deal.objects.get(pk=room.deal_id),
        "requests": facts.requests_that_matter([room.pk], now)[room.pk],
    }


def _meet_the_deadline(
    entered: Entered, when_ended: type[errors.Refusal] | None, when_approved: type[errors.Refusal] | None
) -> None:
    running = running_in(entered.deal, entered.open_request)
    kind = rules.deciding(running, entered.now)
    if kind is None:
        return
    late = {"entered": entered, "deadline": running[kind]}
    silent = DEADLINES[kind].silent
    if silent is None:
        answer = when_approved or when_ended or errors.RoomClosed
        raise DeadlinePassed(entered.room, answer(**late))
    if silent(row_of(kind, entered.deal, entered.open_request)) is entered.party:
        raise DeadlinePassed(entered.room, errors.ReplyDeadlinePassed(**late))
    raise DeadlinePassed(entered.room, (when_ended or errors.RoomClosed)())


def _refuse_if_ended(
    entered: Entered, when_ended: type[errors.Refusal] | None, when_approved: type[errors.Refusal] | None
) -> None:
    deal = entered.deal
    if deal.status == DealStatus.CANCELLED:
        verdict = Verdict.objects.filter(deal=deal, at_fault=entered.party.value).first()
        if verdict:
            raise errors.ReplyDeadlinePassed(entered=entered, deadline=verdict.effective_at)
    if when_approved and deal.approved_by == ApprovedBy.WINDOW:
        raise when_approved(entered=entered, deadline=deal.approval_deadline)
    if when_ended and deal.status in {DealStatus.CANCELLED, DealStatus.COMPLETED}:
        raise when_ended


def _record_late_reply(late: errors.Refusal) -> None:
    """Keep the words that came too late, how late, and how long the writer waited for the lock, for staff (R7)."""
    entered, deadline = late.facts.get("entered"), late.facts.get("deadline")
    if not isinstance(entered, Entered) or not isinstance(deadline, datetime) or entered.words is None:
        return
    entered.record(
        EventKind.REPLY_REFUSED_LATE,
        party=entered.party,
        late_by_seconds=(entered.now - deadline).total_seconds(),
        waited_for_lock_seconds=entered.waited.total_seconds(),
        message_kind=entered.words.kind,
        body=entered.words.body,
    )
