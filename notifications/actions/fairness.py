"""Fair notice: a respondent whose notices of a cancel request were all refused for good gets one more window.

A refusal leaves a `FailedNotice` in its own transaction. What comes of it is decided in another one, at
once, and by beat for what was left undecided: because another notice may still arrive, or because
the process died. Extension and decision are one transaction, so there is never a second extension. A
deadline that has passed is not settled in it: it is refused, and left to whoever settles.
"""

import logging
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection, transaction

from marketplace import clock, failing, outages
from marketplace.errors import Refusal
from marketplace.models import CancelRequest, User
from marketplace.vocabulary import Matter, Party, RequestStatus
from notifications import locks, signals
from notifications.models import FailedNotice, Notification, Reach
from notifications.vocabulary import Channel, Fairness, State

logger = logging.getLogger(__name__)

REASON = "notice_failed"
"""What the event of the extension gives as its reason; `marketplace.vocabulary.REASONS` says it in words."""
ONCE_IN = timedelta(days=90)
"""A person's window is extended at most once in this time."""
DECIDE_FOR = 20.0
"""Seconds that one round of beat goes on."""


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What became of one e-mail or push about the request."""

    state: State
    refused_for_good: bool
    answered_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Facts:
    status: RequestStatus
    reply_deadline: datetime | None
    """None while staff hold the request."""
    half: datetime
    """When half of the window has passed (inclusive)."""
    tried: tuple[Tried, ...]
    """What was to be sent before that; nothing that was dropped."""
    confirmed: bool
    """Whether the respondent had a confirmed channel when the request was placed."""
    extended_recently: bool


def note_failure(notification: Notification, now: datetime) -> None:
    """Record that a notice to the respondent of a request was refused for good. Once a request.

    Call it in the transaction that writes the refusal.
    """
    if notification.request_id is None:
        return
    request = CancelRequest.objects.select_related("room").get(pk=notification.request_id)
    if _respondent(request) == notification.person_id:
        failed = FailedNotice(request=request, respondent_id=notification.person_id, failed_at=now)
        FailedNotice.objects.bulk_create([failed], ignore_conflicts=True)


def decide(request_id: UUID | None) -> None:
    """Decide about this request, if one of its notices was refused for good and all that could come has come.

    A bug here stops no delivery: it is logged, and beat's round tries again.
    """
    if request_id is None:
        return
    try:
        _decide_unless_refused(request_id)
    except SoftTimeLimitExceeded:
        raise
    except Exception:
        logger.exception("request %s: fair notice could not be decided", request_id)


def _decide_unless_refused(request_id: UUID) -> None:
    try:
        _decide_fair_notice(request_id)
    except Refusal as refused:  # its deadline passed just now, or it ended: the next round sees that
        logger.info("request %s was not extended: %s", request_id, refused)


def decide_all() -> int:
    """Decide about every undecided request: beat's round. Returns how many it looked at.

    All are looked at, as far as the time goes: those at the head may wait for another notice, and hide no other.
    """
    until = time.monotonic() + DECIDE_FOR
    ready = FailedNotice.objects.filter(~failing.waits(Matter.FAIR_NOTICE, "request_id", clock.now()), outcome=None)
    looked_at = 0
    for request_id in list(ready.order_by("failed_at").values_list("pk", flat=True)):
        if time.monotonic() > until:
            break
        try:
            _decide_unless_refused(request_id)
        except (SoftTimeLimitExceeded, outages.AwayError):
            raise
        except Exception as failure:
            if not connection.is_usable():
                raise
            failing.put_off(Matter.FAIR_NOTICE, str(request_id), failure)
        looked_at += 1
    return looked_at


@transaction.atomic
def _decide_fair_notice(request_id: UUID) -> None:
    failed = locks.undecided(request_id)
    if failed is None:
        return
    locks.windows_of(failed.respondent_id)
    request = CancelRequest.objects.select_related("room__deal").get(pk=request_id)
    now = clock.now()
    outcome = judge(_facts(request, failed.respondent, now), now)
    if outcome is None:
        return
    if outcome is Fairness.EXTENDED:
        by = request.room.deal.reply_window
        signals.notice_failed.send(sender=FailedNotice, request_id=request_id, by=by, reason=REASON)
    FailedNotice.objects.filter(pk=request_id).update(outcome=outcome, decided_at=now)
    failing.forgive(Matter.FAIR_NOTICE, [str(request_id)])
    logger.info("request %s: a notice failed: %s", request_id, outcome)


def judge(facts: Facts, now: datetime) -> Fairness | None:
    """Return what comes of it; None while another notice may still arrive in time. Pure.

    The window is extended if at least one e-mail or push was tried, all were refused for good before half of
    it had passed, and the respondent had a confirmed channel; at most once in 90 days; not when held or overdue.
    """
    settled = _why_past(facts, now) or _why_answered(facts)
    if settled is not None:
        return settled
    if any(each.state is State.WAITING for each in facts.tried):
        return None if now <= facts.half else Fairness.TOO_LATE
    if not facts.confirmed:
        return Fairness.UNCONFIRMED
    return Fairness.RECENTLY if facts.extended_recently else Fairness.EXTENDED


def _why_answered(facts: Facts) -> Fairness | None:
    """Return which of the answers so far settles it; None when all are refusals for good in the first half."""
    if any(each.state is State.SENT for each in facts.tried):
        return Fairness.REACHED
    failed = [each for each in facts.tried if each.state is State.FAILED]
    if not all(each.refused_for_good for each in failed):
        return Fairness.NOT_FOR_GOOD
    in_time = [each for each in failed if each.answered_at and each.answered_at <= facts.half]
    return Fairness.TOO_LATE if not failed or in_time != failed else None


def _why_past(facts: Facts, now: datetime) -> Fairness | None:
    if facts.status is not RequestStatus.AWAITING_REPLY:
        return Fairness.ENDED
    if facts.reply_deadline is None:
        return Fairness.HELD
    return Fairness.OVERDUE if now > facts.reply_deadline else None


def _facts(request: CancelRequest, respondent: User, now: datetime) -> Facts:
    window = request.room.deal.reply_window
    half = (request.reply_deadline or request.placed_at + window) - window / 2
    extended = FailedNotice.objects.filter(
        respondent=respondent, outcome=Fairness.EXTENDED, decided_at__gt=now - ONCE_IN
    )
    return Facts(
        status=RequestStatus(request.status),
        reply_deadline=request.reply_deadline,
        half=half,
        tried=tuple(_tried(request, respondent, half)),
        confirmed=_had_a_confirmed_channel(respondent, request.placed_at),
        extended_recently=extended.exists(),
    )


def _tried(request: CancelRequest, respondent: User, half: datetime) -> Collection[Tried]:
    """Leave out what the half itself brings (the reminder at 1/2): it comes too late to count for or against."""
    notices = Notification.objects.filter(request=request, person=respondent, made_at__lt=half)
    counted = notices.exclude(channel=Channel.INAPP).exclude(state=State.DROPPED)
    return [
        Tried(state=State(state), refused_for_good=for_good, answered_at=answered_at)
        for state, for_good, answered_at in counted.values_list("state", "refused_for_good", "answered_at")
    ]


def _had_a_confirmed_channel(person: User, at: datetime) -> bool:
    if person.email_confirmed_at is not None and person.email_confirmed_at <= at:
        return True
    return Reach.objects.filter(person=person, channel=Channel.PUSH, confirmed_at__lte=at).exists()


def _respondent(request: CancelRequest) -> UUID:
    room = request.room
    respondent: UUID = room.buyer_id if request.respondent is Party.BUYER else room.seller_id
    return respondent
