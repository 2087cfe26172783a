"""Fair notice: whose notices of a cancel request were all refused for good gets one more window, once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.contrib.auth.models import Permission
from django.db import IntegrityError
from django.utils import translation
from pytest_django import Settings

from marketplace import clock, outages
from marketplace.actions import cancel_requests, deadlines, steering
from marketplace.models import CancelRequest, Event, Message, PutOff, Seller, User
from marketplace.vocabulary import Matter, Party, RequestStatus, WokenBy
from notifications import signals
from notifications.actions import delivery, fairness, hearing
from notifications.models import FailedNotice, Notification, Reach
from notifications.vocabulary import Channel, Fairness, State
from notifications.wording import render
from tests.conftest import Clock
from tests.support import factories
from tests.support.factories import MICROSECOND, days, hours, room
from tests.support.mail_server import MailServer, mail_server, send_to
from tests.support.notices import became, notice, reachable
from tests.support.push_service import Browser, PushService, push_is_on, push_service
from tests.support.rivals import rivals

pytestmark = pytest.mark.django_db

NO_SUCH_USER = "550 5.1.1 no such user"


@pytest.fixture
def mail(settings: Settings) -> Iterator[MailServer]:
    """Have a mail server that knows nobody."""
    with mail_server() as server:
        send_to(server.port, settings)
        server.at["RCPT"] = NO_SUCH_USER
        yield server


@pytest.fixture
def push(settings: Settings) -> Iterator[PushService]:
    push_is_on(settings)
    with push_service() as service:
        yield service


@pytest.fixture
def silent(frozen: Clock, seller: Seller) -> User:
    """Have a seller with a confirmed address, who says nothing."""
    return reachable(seller.user)


@pytest.fixture
def steerer(staff: User) -> User:
    staff.user_permissions.add(Permission.objects.get(codename="steer_cancelrequest"))
    return User.objects.get(pk=staff.pk)


def asked(silent: User, frozen: Clock) -> CancelRequest:
    """Place a request against this seller, and hear of it; of nothing else."""
    talk_room = room(of=silent.seller, silent_for=days(5), now=frozen.at)
    request = cancel_requests.place(room_id=talk_room.pk, requester=talk_room.buyer)
    hearing.hear()
    Notification.objects.exclude(request=request).delete()
    return request


def refused() -> None:
    assert delivery.deliver(Channel.EMAIL) == 1


def died_before_it_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the process end between the refusal, which is committed, and the look at what follows from it."""

    def dies(_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as until_then:
        until_then.setattr(fairness, "decide", dies)
        with pytest.raises(SystemExit):
            delivery.deliver(Channel.EMAIL)


def extensions(request: CancelRequest) -> list[Event]:
    """Return the events of extensions; also that deadline, event and line in the room agree."""
    placed_until = request.placed_at + hours(24)
    found = list(Event.objects.filter(kind="request_extended", room=request.room_id))
    request.refresh_from_db()
    lines = Message.objects.filter(room=request.room_id, line="request_extended").count()
    assert lines == len(found)
    if request.reply_deadline is not None:
        assert request.reply_deadline == placed_until + len(found) * hours(24)
    return found


def outcome(request: CancelRequest) -> str | None:
    return FailedNotice.objects.get(request=request).outcome


def test_all_refused_for_good_gives_one_whole_window_more_with_an_event_that_says_why_and_both_are_told(
    mail: MailServer, silent: User, frozen: Clock
) -> None:
    request = asked(silent, frozen)
    frozen.advance(hours(1))
    refused()
    [extension] = extensions(request)
    assert (extension.data["reason"], extension.data["by_seconds"], extension.actor) == ("notice_failed", 86400, None)
    assert extension.occurred_at == frozen.at
    assert (outcome(request), FailedNotice.objects.get().decided_at) == (Fairness.EXTENDED, frozen.at)
    hearing.hear()
    told = Notification.objects.filter(words="request_extended", channel=Channel.INAPP)
    assert {each.person for each in told} == {silent, request.room.buyer}
    for language, reason in (
        ("en", "none of our notices reached the one who is to reply"),
        ("ja", "通知をお届けできなかったため"),
    ):
        with translation.override(language):
            assert reason in render("request_extended", told[0].facts, frozen.at).body


def test_the_notice_of_the_extension_fails_too_and_extends_nothing(
    mail: MailServer, silent: User, frozen: Clock
) -> None:
    request = asked(silent, frozen)
    refused()
    hearing.hear()
    refused()
    assert fairness.decide_all() == 0
    assert len(extensions(request)) == 1


@pytest.mark.parametrize(("late_by", "then"), [(timedelta(0), "extended"), (MICROSECOND, "too_late")])
def test_the_last_refusal_counts_at_half_of_the_window_and_not_a_microsecond_after(
    mail: MailServer, silent: User, frozen: Clock, late_by: timedelta, then: str
) -> None:
    request = asked(silent, frozen)
    frozen.advance(hours(12) + late_by)
    refused()
    assert outcome(request) == then
    assert len(extensions(request)) == (then == "extended")


@pytest.mark.parametrize(("confirmed_after", "then"), [(timedelta(0), "extended"), (MICROSECOND, "unconfirmed")])
def test_a_channel_counts_if_it_was_confirmed_when_the_request_was_placed_and_not_a_microsecond_later(
    mail: MailServer, silent: User, frozen: Clock, confirmed_after: timedelta, then: str
) -> None:
    silent.email_confirmed_at = frozen.at + confirmed_after
    silent.save(update_fields=["email_confirmed_at"])
    request = asked(silent, frozen)
    frozen.advance(hours(1))
    refused()
    assert outcome(request) == then
    assert len(extensions(request)) == (then == "extended")


@pytest.mark.parametrize(("later_by", "then"), [(days(90) - MICROSECOND, "recently"), (days(90), "extended")])
def test_it_happens_once_in_90_days_to_a_person(
    mail: MailServer, silent: User, frozen: Clock, later_by: timedelta, then: str
) -> None:
    first = asked(silent, frozen)
    refused()
    assert outcome(first) == "extended"
    frozen.advance(later_by)
    second = asked(silent, frozen)
    refused()
    assert outcome(second) == then
    assert len(extensions(second)) == (then == "extended")


def test_what_staff_hold_is_not_extended(mail: MailServer, silent: User, frozen: Clock, steerer: User) -> None:
    request = asked(silent, frozen)
    steering.hold(request_id=request.pk, staff=steerer, reason="illness")
    refused()
    assert outcome(request) == Fairness.HELD
    assert extensions(request) == []
    steering.release(request_id=request.pk, staff=steerer, reason="well again")
    assert fairness.decide_all() == 0
    assert extensions(request) == []


def test_the_window_of_a_request_that_was_held_is_counted_from_what_remained(
    mail: MailServer, silent: User, frozen: Clock, steerer: User
) -> None:
    """13 hours after it was placed, of which 2 were held: half of the window has not passed."""
    request = asked(silent, frozen)
    steering.hold(request_id=request.pk, staff=steerer, reason="illness")
    frozen.advance(hours(2))
    steering.release(request_id=request.pk, staff=steerer, reason="well again")
    frozen.advance(hours(11))
    refused()
    assert outcome(request) == Fairness.EXTENDED


def test_what_is_overdue_is_not_extended(
    mail: MailServer, silent: User, frozen: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = asked(silent, frozen)
    died_before_it_decided(monkeypatch)
    frozen.advance(hours(24) + MICROSECOND)
    assert fairness.decide_all() == 1
    assert outcome(request) == Fairness.OVERDUE
    assert extensions(request) == []


def test_a_deadline_that_passes_meanwhile_is_refused_and_never_settled_in_this_transaction(
    mail: MailServer, silent: User, frozen: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The deadline passes between the decision and the room's lock."""
    request = asked(silent, frozen)
    judge = fairness.judge

    def judge_slowly(facts: fairness.Facts, now: datetime) -> Fairness | None:
        outcome = judge(facts, now)
        frozen.advance(hours(25))
        return outcome

    def settle(*_: object, **__: object) -> None:
        pytest.fail("settled inside the transaction of fair notice")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(fairness, "judge", judge_slowly)
        meanwhile.setattr(deadlines, "settle_room", settle)
        refused()
    request.refresh_from_db()
    assert (request.status, outcome(request), extensions(request)) == (RequestStatus.AWAITING_REPLY, None, [])
    assert fairness.decide_all() == 1
    assert outcome(request) == Fairness.OVERDUE
    deadlines.settle_room(request.room_id, woken_by=WokenBy.SWEEP)
    request.refresh_from_db()
    assert (request.status, extensions(request)) == (RequestStatus.AUTO_CANCELLED, [])


def test_what_has_ended_is_not_extended(
    mail: MailServer, silent: User, frozen: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = asked(silent, frozen)
    died_before_it_decided(monkeypatch)
    cancel_requests.withdraw(request_id=request.pk, person=request.room.buyer)
    assert fairness.decide_all() == 1
    assert outcome(request) == Fairness.ENDED
    assert extensions(request) == []


def test_a_crash_between_refusal_and_extension_loses_nothing_and_doubles_nothing(
    mail: MailServer, silent: User, frozen: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = asked(silent, frozen)
    died_before_it_decided(monkeypatch)
    assert (outcome(request), extensions(request)) == (None, [])
    frozen.advance(hours(20))
    assert [fairness.decide_all(), fairness.decide_all()] == [1, 0]
    assert outcome(request) == Fairness.EXTENDED
    assert len(extensions(request)) == 1


def test_extension_and_decision_stand_or_fall_together(mail: MailServer, silent: User, frozen: Clock) -> None:
    """What fails after the extension takes it back, and the next look extends once."""
    request = asked(silent, frozen)

    def fails(**_: Any) -> None:
        assert len(Event.objects.filter(kind="request_extended")) == 1
        raise IntegrityError

    signals.notice_failed.connect(fails)
    try:
        refused()
    finally:
        signals.notice_failed.disconnect(fails)
    assert (outcome(request), extensions(request)) == (None, [])
    fairness.decide_all()
    assert len(extensions(request)) == 1


def test_while_another_channel_may_still_arrive_nothing_is_decided_and_if_it_does_nothing_is_extended(
    mail: MailServer, push: PushService, silent: User, frozen: Clock
) -> None:
    Browser(f"{push.url}/1").subscribe(silent)
    push.status = 500
    request = asked(silent, frozen)
    refused()
    delivery.deliver(Channel.PUSH)
    assert (outcome(request), extensions(request)) == (None, [])
    push.status = 201
    frozen.advance(hours(1))
    delivery.deliver(Channel.PUSH)
    assert fairness.decide_all() == 1
    assert (outcome(request), extensions(request)) == (Fairness.REACHED, [])


@pytest.mark.usefixtures("mail")
@pytest.mark.parametrize(("answer_after", "then"), [(hours(12), "extended"), (hours(12) + MICROSECOND, "too_late")])
def test_the_second_channel_s_refusal_counts_until_half_of_the_window(
    push: PushService, silent: User, frozen: Clock, answer_after: timedelta, then: str
) -> None:
    Browser(f"{push.url}/1").subscribe(silent)
    request = asked(silent, frozen)
    refused()
    assert outcome(request) is None
    frozen.advance(answer_after)
    push.status = 410
    delivery.deliver(Channel.PUSH)
    assert outcome(request) == then
    assert len(extensions(request)) == (then == "extended")


def test_a_channel_that_only_failed_for_now_until_half_of_the_window_extends_nothing(
    mail: MailServer, push: PushService, silent: User, frozen: Clock
) -> None:
    Browser(f"{push.url}/1").subscribe(silent)
    push.status = 500
    request = asked(silent, frozen)
    refused()
    delivery.deliver(Channel.PUSH)
    frozen.advance(hours(12))
    fairness.decide_all()
    assert (outcome(request), PutOff.objects.exists()) == (None, False)
    frozen.advance(MICROSECOND)
    fairness.decide_all()
    assert (outcome(request), extensions(request)) == (Fairness.TOO_LATE, [])


def test_a_refusal_of_the_requester_s_notice_extends_nothing(mail: MailServer, silent: User, frozen: Clock) -> None:
    silent.email_confirmed_at = None
    silent.save(update_fields=["email_confirmed_at"])
    request = asked(silent, frozen)
    reachable(request.room.buyer)
    steering.extend(request_id=request.pk, by=hours(24), staff=None, reason="a trial")
    hearing.hear()
    refused()
    assert not FailedNotice.objects.exists()


def test_a_refusal_of_what_is_about_no_request_is_noted_nowhere(mail: MailServer, silent: User) -> None:
    refused_notice = notice(silent)
    refused()
    assert became(refused_notice)[0] is State.FAILED
    assert not FailedNotice.objects.exists()


def test_a_silent_buyer_gets_one_more_window_too(mail: MailServer, frozen: Clock, seller: Seller) -> None:
    talk_room = room(of=seller, silent=Party.BUYER, silent_for=days(5), now=frozen.at)
    reachable(talk_room.buyer)
    request = cancel_requests.place(room_id=talk_room.pk, requester=talk_room.seller)
    hearing.hear()
    Notification.objects.exclude(request=request).delete()
    refused()
    assert (outcome(request), len(extensions(request))) == (Fairness.EXTENDED, 1)


def test_a_refusal_for_now_extends_nothing(mail: MailServer, silent: User, frozen: Clock) -> None:
    mail.at["RCPT"] = "450 4.2.0 busy"
    request = asked(silent, frozen)
    refused()
    assert not FailedNotice.objects.exists()
    assert extensions(request) == []


def facts(**changed: Any) -> fairness.Facts:
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    failed = fairness.Tried(state=State.FAILED, refused_for_good=True, answered_at=noon)
    standard: dict[str, Any] = {
        "status": RequestStatus.AWAITING_REPLY,
        "reply_deadline": noon + hours(12),
        "half": noon,
        "tried": (failed,),
        "confirmed": True,
        "extended_recently": False,
    }
    return fairness.Facts(**(standard | changed))


# Which notices and which channels count


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize(("earlier_by", "then"), [(MICROSECOND, "extended"), (timedelta(0), "too_late")])
def test_a_notice_made_at_half_of_the_window_comes_too_late_to_count(
    seller: Seller, earlier_by: timedelta, then: str
) -> None:
    request = waits_for_a_decision(reachable(seller.user))
    half = request.placed_at + hours(12)
    Notification.objects.filter(request=request).update(made_at=half - earlier_by)
    fairness.decide(request.pk)
    assert outcome(request) == then


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize(("later_by", "then"), [(timedelta(0), "extended"), (MICROSECOND, "unconfirmed")])
def test_push_that_was_confirmed_when_the_request_was_placed_counts_as_an_address_does(
    seller: Seller, later_by: timedelta, then: str
) -> None:
    request = waits_for_a_decision(reachable(seller.user))
    User.objects.filter(pk=seller.user_id).update(email_confirmed_at=None)
    Reach.objects.create(person=seller.user, channel=Channel.PUSH, confirmed_at=request.placed_at + later_by)
    fairness.decide(request.pk)
    assert outcome(request) == then


# Beat's round


@contextmanager
def undecidable(request: CancelRequest) -> Iterator[None]:
    """Let whatever is decided about this request fail after its extension."""

    def fails(request_id: UUID, **_: Any) -> None:
        if request_id == request.pk:
            raise IntegrityError

    signals.notice_failed.connect(fails)
    try:
        yield
    finally:
        signals.notice_failed.disconnect(fails)


def test_a_request_that_cannot_be_decided_is_put_off_and_stops_no_other(frozen: Clock, seller: Seller) -> None:
    bad, good = (waits_for_a_decision(reachable(each.user)) for each in (seller, factories.seller()))
    with undecidable(bad):
        assert fairness.decide_all() == 2
        assert (outcome(bad), outcome(good)) == (None, Fairness.EXTENDED)
        waiting = PutOff.objects.get()
        assert (waiting.matter, waiting.row) == (Matter.FAIR_NOTICE, str(bad.pk))
        frozen.advance(timedelta(minutes=5) - MICROSECOND)
        assert fairness.decide_all() == 0
    frozen.advance(MICROSECOND)
    assert fairness.decide_all() == 1
    assert outcome(bad) == Fairness.EXTENDED
    assert not PutOff.objects.exists()


def broken(failure: Exception) -> Callable[..., Fairness]:
    def judge(*_: object) -> Fairness:
        raise failure

    return judge


@pytest.mark.parametrize("failure", [SoftTimeLimitExceeded(), outages.AwayError("gone")])
def test_a_round_whose_time_is_over_or_whose_database_is_away_ends_and_blames_no_request(
    seller: Seller, failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = waits_for_a_decision(reachable(seller.user))
    monkeypatch.setattr(fairness, "judge", broken(failure))
    with pytest.raises(type(failure)):
        fairness.decide_all()
    assert (outcome(request), PutOff.objects.exists()) == (None, False)


def test_a_round_whose_connection_broke_ends_and_blames_no_request(
    seller: Seller, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits_for_a_decision(reachable(seller.user))
    monkeypatch.setattr(fairness, "judge", broken(ValueError("about whatever came back")))
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(fairness, "connection", SimpleNamespace(is_usable=lambda: False))
        with pytest.raises(ValueError, match="came back"):
            fairness.decide_all()
    assert not PutOff.objects.exists()


def test_a_delivery_goes_on_after_a_bug_in_the_decision_and_ends_with_its_task(
    seller: Seller, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = waits_for_a_decision(reachable(seller.user))
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(fairness, "judge", broken(ValueError("a bug")))
        fairness.decide(request.pk)
        meanwhile.setattr(fairness, "judge", broken(SoftTimeLimitExceeded()))
        with pytest.raises(SoftTimeLimitExceeded):
            fairness.decide(request.pk)
    assert outcome(request) is None


@pytest.mark.parametrize("each_takes", [10, 7])
def test_a_round_goes_on_for_20_seconds_with_those_who_wait_longest(
    frozen: Clock, seller: Seller, monkeypatch: pytest.MonkeyPatch, each_takes: int
) -> None:
    """A third decision begins neither after 3 times 10 seconds nor after 3 times 7."""
    waiting = []
    for each in (seller, factories.seller(), factories.seller()):
        waiting.append(waits_for_a_decision(reachable(each.user)))
        frozen.advance(MICROSECOND)
    passing = count(0, each_takes)
    monkeypatch.setattr(fairness, "time", SimpleNamespace(monotonic=lambda: next(passing)))
    assert fairness.decide_all() == 2
    assert [outcome(each) for each in waiting] == [Fairness.EXTENDED, Fairness.EXTENDED, None]
    assert fairness.decide_all() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_decide_at_once_extend_once(silent_for_real: CancelRequest) -> None:
    with rivals(2) as two:
        two.race(*[lambda: fairness.decide(silent_for_real.pk)] * 2)
    assert outcome(silent_for_real) == Fairness.EXTENDED
    assert len(extensions(silent_for_real)) == 1


@pytest.mark.django_db(transaction=True)
def test_two_requests_against_one_person_decided_at_once_extend_one_of_them(silent_for_real: CancelRequest) -> None:
    other = waits_for_a_decision(silent_for_real.room.seller)
    both = (silent_for_real, other)
    with rivals(2) as two:
        two.race(*[lambda each=each: fairness.decide(each.pk) for each in both])
    assert sorted(str(outcome(each)) for each in both) == ["extended", "recently"]
    assert sum(len(extensions(each)) for each in both) == 1


@pytest.fixture
def silent_for_real(seller: Seller) -> CancelRequest:
    """Have a request whose one notice was refused for good just now, by the real clock."""
    return waits_for_a_decision(reachable(seller.user))


def waits_for_a_decision(silent: User) -> CancelRequest:
    talk_room = room(of=silent.seller, silent_for=days(5))
    request = cancel_requests.place(room_id=talk_room.pk, requester=talk_room.buyer)
    hearing.hear()
    now = clock.now()
    answer = {"state": State.FAILED, "refused_for_good": True, "answered_at": now, "next_attempt_at": None}
    Notification.objects.filter(request=request, channel=Channel.EMAIL).update(**answer)
    FailedNotice.objects.create(request=request, respondent=silent, failed_at=now)
    return request


def tried(state: State = State.FAILED, *, for_good: bool = True, after_half: timedelta | None = timedelta(0)) -> Any:
    """Return what became of one notice; answered never where `after_half` is None."""
    answered_at = None if after_half is None else facts().half + after_half
    return fairness.Tried(state=state, refused_for_good=for_good, answered_at=answered_at)


JUDGED: dict[str, tuple[Callable[[], fairness.Facts], str]] = {
    "nothing was tried": (lambda: facts(tried=()), "too_late"),
    "given up after many tries": (
        lambda: facts(tried=(fairness.Tried(state=State.FAILED, refused_for_good=False, answered_at=facts().half),)),
        "not_for_good",
    ),
    "extended before": (lambda: facts(extended_recently=True), "recently"),
    "one arrived": (lambda: facts(tried=(tried(), tried(State.SENT))), "reached"),
    "one for good, one given up": (lambda: facts(tried=(tried(), tried(for_good=False))), "not_for_good"),
    "one in time, one too late": (lambda: facts(tried=(tried(), tried(after_half=MICROSECOND))), "too_late"),
    "one in time, of one nobody knows when": (lambda: facts(tried=(tried(), tried(after_half=None))), "too_late"),
    "held before it was confirmed": (lambda: facts(reply_deadline=None, confirmed=False), "held"),
    "ended while held": (lambda: facts(status=RequestStatus.WITHDRAWN, reply_deadline=None), "ended"),
    "at the deadline itself": (lambda: facts(reply_deadline=facts().half), "extended"),
    "just after the deadline": (lambda: facts(reply_deadline=facts().half - MICROSECOND), "overdue"),
    "unconfirmed and extended before": (lambda: facts(confirmed=False, extended_recently=True), "unconfirmed"),
    "all as it must be": (facts, "extended"),
}


@pytest.mark.parametrize("case", JUDGED)
def test_what_else_decides(case: str) -> None:
    made, then = JUDGED[case]
    assert fairness.judge(made(), facts().half) == then
