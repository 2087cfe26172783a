"""Races around the first-contact limit: a reply against it, and against the reply deadline beside it."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from marketplace import clock, errors
from marketplace.actions import talk
from marketplace.models import Deal, Message, Verdict
from tests.races.settlers import SETTLERS, Due, by_sweep, by_visit, by_wake_up, while_it_runs
from tests.support import factories
from tests.support.factories import open_request, untouched_room
from tests.support.rivals import Aim, Countdown, Rivals

pytestmark = pytest.mark.django_db(transaction=True)

Rounds = Callable[[], Iterator[int]]


def test_a_first_reply_against_the_first_contact_verdict(two: Rivals, countdown: Countdown, rounds: Rounds) -> None:
    for number in rounds():
        seller, settler = factories.seller(services=2), SETTLERS[number % 3]
        talk_room = untouched_room(of=seller, limit=countdown.deadline())
        due = Due.first_contact_in(talk_room)
        said, ended = two.race(
            lambda: talk.post_message(room_id=talk_room.pk, author=talk_room.seller, body="Welcome!"),  # noqa: B023
            lambda: while_it_runs(settler, due),  # noqa: B023
        )
        deal = Deal.objects.get(talk_room=talk_room)
        seller.refresh_from_db()
        in_time = deal.status == "in_progress"
        if in_time:
            assert isinstance(said, Message)
            assert said.posted_at <= due.at
            assert (ended, deal.first_contact_deadline, seller.cancelled_at_fault) == (0, None, 0)
        else:
            assert isinstance(said, errors.ReplyDeadlinePassed)
            verdict = Verdict.objects.get(deal=deal)
            assert (verdict.cause, verdict.effective_at, verdict.cancel_request) == ("no_first_contact", due.at, None)
            assert (seller.cancelled_at_fault, seller.rating_sum) == (1, 1)
        countdown.met(deal.status, in_time=in_time)
    assert set(countdown.tally) == {"in_progress", "cancelled"}


LATER_BY = [timedelta(seconds=-1), timedelta(0), timedelta(seconds=1)]
"""How much later than the reply the first contact is due; at the very same moment the request decides."""


def test_of_two_deadlines_that_are_over_the_first_decides_whoever_comes_first(
    two: Rivals, aim: Aim, rounds: Rounds
) -> None:
    for number in rounds():
        later_by = LATER_BY[number // 3 % 3]
        reply_deadline = clock.now() - timedelta(seconds=5)
        talk_room = untouched_room(limit=reply_deadline + later_by)
        request = open_request(talk_room, deadline=reply_deadline)
        reply_due, contact_due = Due.reply_in(talk_room), Due.first_contact_in(talk_room)
        first, second = [(by_wake_up, by_visit), (by_visit, by_wake_up), (by_wake_up, by_wake_up)][number % 3]
        outcomes = two.race(
            lambda: first(reply_due),  # noqa: B023
            lambda: second(contact_due),  # noqa: B023
            delays=aim.delays,
        )
        assert sorted(outcomes) == [0, 1]
        verdict = Verdict.objects.get(deal=talk_room.deal)
        request.refresh_from_db()
        if later_by < timedelta(0):
            assert (verdict.cause, verdict.effective_at) == ("no_first_contact", contact_due.at)
            assert (request.status, request.ended_at) == ("ended_with_deal", contact_due.at)
        else:
            assert (verdict.cause, verdict.effective_at) == ("no_contact", reply_due.at)
            assert (request.status, request.ended_at) == ("auto_cancelled", reply_due.at)
        aim.first_won("first" if outcomes[0] else "second", won=bool(outcomes[0]))
    assert set(aim.tally) == {"first", "second"}


def test_of_two_sweeps_only_the_one_whose_deadline_came_first_finds_the_room(two: Rivals, rounds: Rounds) -> None:
    for number in rounds():
        later_by = LATER_BY[number % 3]
        reply_deadline = clock.now() - timedelta(seconds=5)
        talk_room = untouched_room(limit=reply_deadline + later_by)
        open_request(talk_room, deadline=reply_deadline)
        reply_due, contact_due = Due.reply_in(talk_room), Due.first_contact_in(talk_room)
        outcomes = two.race(lambda: by_sweep(reply_due), lambda: by_sweep(contact_due))  # noqa: B023
        assert outcomes == ([0, 1] if later_by < timedelta(0) else [1, 0])
        assert Verdict.objects.filter(deal=talk_room.deal).count() == 1
