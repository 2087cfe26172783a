"""How every write into a talk room begins: lock the room, read the clock, meet the deadline.

A writer that finds, under its lock, that a deadline has passed writes nothing and leaves its
transaction. That room is settled in another one, committed; then the writer starts again and is
refused. (In one transaction the refusal would roll the verdict back.)
"""

import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import ParamSpec, TypeVar
from uuid import UUID

from django.db import transaction

from marketplace import clock, errors, events, locks, rules
from marketplace.actions import verdicts
from marketplace.models import CancelRequest, Deal, TalkRoom, User, Verdict
from marketplace.vocabulary import DealStatus, EventKind, MessageKind, Party, WokenBy

P = ParamSpec("P")
R = TypeVar("R")

_writing: ContextVar[bool] = ContextVar("writing", default=False)


@dataclass(frozen=True, kw_only=True)
class Words:
    """What somebody wanted to say in a room."""

    kind: MessageKind
    body: str


@dataclass(frozen=True, kw_only=True)
class Entered:
    """A locked room with the facts that hold while it is locked."""

    room: TalkRoom
    deal: Deal
    person: User
    party: Party
    open_request: CancelRequest | None
    now: datetime
    """The database's clock, read after the room was locked (R7)."""
    waited: timedelta
    """How long this writer waited for the lock."""
    words: Words | None = None


class DeadlinePassed(Exception):  # noqa: N818 - an interruption, not an error: `writing` acts on it
    """The room has an overdue request; settle it before anything else. `answer` holds if that fails."""

    def __init__(self, room: TalkRoom, answer: errors.Refusal) -> None:
        super().__init__(f"room {room.pk}")
        self.room_id = room.pk
        self.answer = answer


def writing(action: Callable[P, R]) -> Callable[P, R]:
    """Run an action in a transaction; when it meets a passed deadline, settle and run it again.

    An action within an action (or within a kept answer) belongs to the outer one's transaction.
    A reply that is refused as late is kept as an event, after its transaction is gone (R7).
    """

    @wraps(action)
    def carried_out(*args: P.args, **kwargs: P.kwargs) -> R:
        if _writing.get():
            return action(*args, **kwargs)
        token = _writing.set(True)
        try:
            return _with_the_verdict_first(lambda: action(*args, **kwargs))
        except errors.ReplyDeadlinePassed as late:
            _keep_near_miss(late)
            raise
        finally:
            _writing.reset(token)

    return carried_out


def _with_the_verdict_first(write: Callable[[], R]) -> R:
    try:
        with transaction.atomic():
            return write()
    except DeadlinePassed as passed:
        found = passed
    verdicts.settle_room(found.room_id, woken_by=WokenBy.VISIT)
    try:
        with transaction.atomic():
            return write()
    except (DeadlinePassed, errors.ReplyDeadlinePassed) as still:
        # The first try's answer knows how long it waited for the lock. It stands too if settling failed.
        raise found.answer from still


def enter(
    room_id: UUID, person: User, *, when_ended: type[errors.Refusal] = errors.RoomClosed, words: Words | None = None
) -> Entered:
    """Lock the room for this person and read what a rule may ask.

    Raises `NotFound` for a room that is not the person's, `NotYoursToDo` for staff, who see every
    room and write in none, `DeadlinePassed` when an overdue request must be settled first,
    `ReplyDeadlinePassed` for the party at fault of a cancelled deal and `when_ended` for any
    other end.
    """
    before = time.monotonic()
    room = locks.talk_room(room_id, person)
    waited = timedelta(seconds=time.monotonic() - before)
    if room is None:
        raise _not_theirs(room_id, person)
    party = room.party_of(person)
    if party is None:  # the lock asked for the person's rooms
        raise errors.NotFound
    entered = Entered(
        room=room,
        person=person,
        party=party,
        now=clock.now(),
        deal=Deal.objects.get(pk=room.deal_id),
        open_request=CancelRequest.objects.open().filter(room=room).first(),
        waited=waited,
        words=words,
    )
    _meet_the_deadline(entered, when_ended)
    _refuse_if_ended(entered, when_ended)
    return entered


def _not_theirs(room_id: UUID, person: User) -> errors.Refusal:
    if person.is_staff and TalkRoom.objects.filter(pk=room_id).exists():
        return errors.NotYoursToDo()
    return errors.NotFound()


def _meet_the_deadline(entered: Entered, when_ended: type[errors.Refusal]) -> None:
    request = entered.open_request
    if request is None or not rules.is_overdue(request.reply_deadline, entered.now):
        return
    if request.respondent == entered.party:
        raise DeadlinePassed(entered.room, errors.ReplyDeadlinePassed(entered=entered, deadline=request.reply_deadline))
    raise DeadlinePassed(entered.room, when_ended())


def _refuse_if_ended(entered: Entered, when_ended: type[errors.Refusal]) -> None:
    if entered.deal.status == DealStatus.CANCELLED:
        verdict = Verdict.objects.filter(deal=entered.deal, at_fault=entered.party.value).first()
        if verdict:
            raise errors.ReplyDeadlinePassed(entered=entered, deadline=verdict.effective_at)
    if entered.deal.status in {DealStatus.CANCELLED, DealStatus.COMPLETED}:
        raise when_ended


def _keep_near_miss(late: errors.ReplyDeadlinePassed) -> None:
    entered, deadline = late.facts.get("entered"), late.facts.get("deadline")
    if not isinstance(entered, Entered) or not isinstance(deadline, datetime) or entered.words is None:
        return
    events.record(
        EventKind.REPLY_REFUSED_LATE,
        at=entered.now,
        room=entered.room,
        actor=entered.person,
        party=entered.party,
        late_by_seconds=(entered.now - deadline).total_seconds(),
        waited_for_lock_seconds=entered.waited.total_seconds(),
        message_kind=entered.words.kind,
        body=entered.words.body,
    )
