"""Races of staff's hand on a request: hold, release and extend, against a reply, a withdrawal, a verdict."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from marketplace import clock, errors
from marketplace.actions import cancel_requests, steering, talk
from marketplace.models import CancelRequest, Message, TalkRoom, User, Verdict
from marketplace.vocabulary import Party
from tests.races.settlers import SETTLERS, Due, while_it_runs
from tests.support.factories import days, hours, open_request, person, room
from tests.support.rivals import Aim, Countdown, Rivals

pytestmark = pytest.mark.django_db(transaction=True)

Rounds = Callable[[], Iterator[int]]
PARTIES = [Party.SELLER, Party.BUYER]
BECAUSE = "The seller is in hospital"


@pytest.fixture
def operator(transactional_db: None) -> User:
    return person("operator", is_staff=True, is_superuser=True)


def reply(talk_room: TalkRoom, party: Party) -> Message:
    author = talk_room.seller if party is Party.SELLER else talk_room.buyer
    return talk.post_message(room_id=talk_room.pk, author=author, body="Sorry!")


def asked(number: int) -> tuple[Party, TalkRoom, CancelRequest]:
    """Make a request with an hour left, against the seller and the buyer in turn."""
    silent = PARTIES[number % 2]
    talk_room = room(silent_for=days(6), silent=silent)
    deadline = clock.now() + hours(1)
    return silent, talk_room, open_request(talk_room, deadline=deadline, requester=silent.counterpart)


def test_holding_against_the_verdict(two: Rivals, countdown: Countdown, rounds: Rounds, operator: User) -> None:
    for number in rounds():
        silent, settler = PARTIES[number % 2], SETTLERS[number % 3]
        talk_room = room(silent_for=days(6), silent=silent)
        request = open_request(talk_room, deadline=countdown.deadline(), requester=silent.counterpart)
        due = Due.reply_in(talk_room)
        held, ended = two.race(
            lambda: steering.hold(request_id=request.pk, staff=operator, reason=BECAUSE),  # noqa: B023
            lambda: while_it_runs(settler, due),  # noqa: B023
        )
        request.refresh_from_db()
        in_time = request.status == "awaiting_reply"
        if in_time:
            assert (held, ended, request.reply_deadline) == (request, 0, None)
            assert request.held_at is not None
            assert request.remaining_when_held == due.at - request.held_at >= timedelta(0)
            assert settler(due) == 0  # what is held never falls due
            assert not Verdict.objects.filter(cancel_request=request).exists()
        else:
            assert isinstance(held, errors.RequestNotOpen)
            assert (request.status, request.held_at) == ("auto_cancelled", None)
            assert Verdict.objects.get(cancel_request=request).effective_at == due.at
        countdown.met("held" if in_time else "cancelled", in_time=in_time)
    assert set(countdown.tally) == {"held", "cancelled"}


def test_extending_against_the_verdict(two: Rivals, countdown: Countdown, rounds: Rounds, operator: User) -> None:
    for number in rounds():
        silent, settler = PARTIES[number % 2], SETTLERS[number % 3]
        talk_room = room(silent_for=days(6), silent=silent)
        request = open_request(talk_room, deadline=countdown.deadline(), requester=silent.counterpart)
        due = Due.reply_in(talk_room)
        extended, ended = two.race(
            lambda: steering.extend(request_id=request.pk, by=hours(2), staff=operator, reason=BECAUSE),  # noqa: B023
            lambda: while_it_runs(settler, due),  # noqa: B023
        )
        request.refresh_from_db()
        in_time = request.status == "awaiting_reply"
        if in_time:
            assert (extended, ended, request.reply_deadline) == (request, 0, due.at + hours(2))
            assert settler(due) == 0  # the old wake-up is of an older generation, and nothing is overdue
        else:
            assert isinstance(extended, errors.RequestNotOpen)
            assert Verdict.objects.get(cancel_request=request).effective_at == due.at
        countdown.met("extended" if in_time else "cancelled", in_time=in_time)
    assert set(countdown.tally) == {"extended", "cancelled"}


@pytest.mark.parametrize("what", ["hold", "release", "extend"])
def test_steering_against_a_reply(two: Rivals, aim: Aim, rounds: Rounds, operator: User, what: str) -> None:
    """The reply revokes in either order; staff come before it or are refused."""
    for number in rounds():
        silent, talk_room, request = asked(number)
        if what == "release":
            steering.hold(request_id=request.pk, staff=operator, reason=BECAUSE)
        steered, said = two.race(
            lambda: steer(what, request, operator),  # noqa: B023
            lambda: reply(talk_room, silent),  # noqa: B023
            delays=aim.delays,
        )
        assert isinstance(said, Message)
        generation = request.generation + (1 if what == "release" else 0)
        request.refresh_from_db()
        assert (request.status, request.ended_at) == ("revoked_by_reply", said.posted_at)
        before = not isinstance(steered, errors.RequestNotOpen)
        assert request.generation == generation + before
        aim.first_won("steered, then revoked" if before else "revoked", won=before)
    assert set(aim.tally) == {"steered, then revoked", "revoked"}


@pytest.mark.parametrize("what", ["hold", "extend"])
def test_steering_against_a_withdrawal(two: Rivals, aim: Aim, rounds: Rounds, operator: User, what: str) -> None:
    for number in rounds():
        silent, talk_room, request = asked(number)
        requester = talk_room.buyer if silent is Party.SELLER else talk_room.seller
        steered, withdrawn = two.race(
            lambda: steer(what, request, operator),  # noqa: B023
            lambda: cancel_requests.withdraw(request_id=request.pk, person=requester),  # noqa: B023
            delays=aim.delays,
        )
        assert withdrawn == request
        request.refresh_from_db()
        assert request.status == "withdrawn"
        before = not isinstance(steered, errors.RequestNotOpen)
        assert request.generation == 1 + before
        assert (request.held_at is not None) == (before and what == "hold")
        aim.first_won("steered, then withdrawn" if before else "withdrawn", won=before)
    assert set(aim.tally) == {"steered, then withdrawn", "withdrawn"}


def test_two_holds_at_once(two: Rivals, aim: Aim, rounds: Rounds, operator: User) -> None:
    for number in rounds():
        _, _, request = asked(number)
        outcomes = two.race(*[lambda: steer("hold", request, operator)] * 2, delays=aim.delays)  # noqa: B023
        refused = [number for number, each in enumerate(outcomes) if isinstance(each, errors.RequestAlreadyHeld)]
        assert len(refused) == 1
        aim.first_won("first" if refused == [1] else "second", won=refused == [1])
    assert set(aim.tally) == {"first", "second"}


def steer(what: str, request: CancelRequest, operator: User) -> Any:
    if what == "extend":
        return steering.extend(request_id=request.pk, by=hours(2), staff=operator, reason=BECAUSE)
    action = steering.hold if what == "hold" else steering.release
    return action(request_id=request.pk, staff=operator, reason=BECAUSE)
