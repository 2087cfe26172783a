"""Races around a delivery: the approval window, the verdict, the review, the schedule."""

from collections.abc import Callable, Iterator
from datetime import date

import pytest

from marketplace import clock, errors
from marketplace.actions import delivery, schedule
from marketplace.actions.schedule import Line
from marketplace.models import Deal, Event, Message, Milestone, MilestoneChange, Review, TalkRoom, Verdict
from marketplace.vocabulary import Party
from tests.races.settlers import SETTLERS, Due, while_it_runs
from tests.support import factories
from tests.support.factories import days, delivered_room, hours, open_request, overdue_room, room, untouched_room
from tests.support.rivals import Aim, Countdown, Rivals

pytestmark = pytest.mark.django_db(transaction=True)

Rounds = Callable[[], Iterator[int]]
PARTIES = [Party.SELLER, Party.BUYER]


def approve(talk_room: TalkRoom) -> Deal:
    return delivery.approve(room_id=talk_room.pk, buyer=talk_room.buyer)


def send_back(talk_room: TalkRoom) -> Deal:
    return delivery.send_back(room_id=talk_room.pk, buyer=talk_room.buyer, body="The colour is wrong")


def deliver(talk_room: TalkRoom) -> Deal:
    return delivery.deliver(room_id=talk_room.pk, seller=talk_room.seller, body="Here it is")


def near_misses(talk_room: TalkRoom) -> list[str]:
    events = Event.objects.filter(kind="reply_refused_late", room=talk_room)
    return [event.data["message_kind"] for event in events]


# The approval window


def test_approving_against_the_approval_window(two: Rivals, countdown: Countdown, rounds: Rounds) -> None:
    for number in rounds():
        seller, settler = factories.seller(), SETTLERS[number % 3]
        talk_room = delivered_room(of=seller, deadline=countdown.deadline())
        due = Due.approval_in(talk_room)
        approved, by_window = two.race(lambda: approve(talk_room), lambda: while_it_runs(settler, due))  # noqa: B023

        deal = Deal.objects.get(talk_room=talk_room)
        in_time = deal.approved_by == "buyer"
        if in_time:
            assert approved == deal
            assert (deal.ended_at, by_window) == (approved.ended_at, 0)
            assert approved.ended_at <= due.at
        else:
            assert isinstance(approved, errors.ApprovalWindowPassed)
            assert (deal.status, deal.approved_by, deal.ended_at) == ("completed", "window", due.at)
        seller.refresh_from_db()
        assert (seller.completed, seller.revenue_yen) == (1, deal.price)
        countdown.met(f"approved by {deal.approved_by}", in_time=in_time)
    assert set(countdown.tally) == {"approved by buyer", "approved by window"}


def test_sending_back_against_the_approval_window(two: Rivals, countdown: Countdown, rounds: Rounds) -> None:
    for number in rounds():
        seller, settler = factories.seller(), SETTLERS[number % 3]
        talk_room = delivered_room(of=seller, deadline=countdown.deadline())
        due = Due.approval_in(talk_room)
        sent_back, by_window = two.race(lambda: send_back(talk_room), lambda: while_it_runs(settler, due))  # noqa: B023

        deal = Deal.objects.get(talk_room=talk_room)
        seller.refresh_from_db()
        in_time = deal.status == "in_progress"
        if in_time:
            assert sent_back == deal
            assert (by_window, seller.completed, near_misses(talk_room)) == (0, 0, [])
            assert Message.objects.get(room=talk_room, kind="send_back").posted_at <= due.at
        else:
            assert isinstance(sent_back, errors.ApprovalWindowPassed)
            assert (deal.approved_by, deal.ended_at, seller.completed) == ("window", due.at, 1)
            assert near_misses(talk_room) == ["send_back"]
        countdown.met(deal.status, in_time=in_time)
    assert set(countdown.tally) == {"in_progress", "completed"}


# A delivery against a verdict


def test_delivering_against_the_verdict(two: Rivals, countdown: Countdown, rounds: Rounds) -> None:
    """The seller's delivery is a reply to the buyer's request; it ends the seller's own (R8)."""
    for number in rounds():
        silent, settler = PARTIES[number % 2], SETTLERS[number % 3]
        talk_room = room(silent_for=days(6), silent=silent)
        request = open_request(talk_room, deadline=countdown.deadline(), requester=silent.counterpart)
        due = Due.reply_in(talk_room)
        delivered, ended = two.race(lambda: deliver(talk_room), lambda: while_it_runs(settler, due))  # noqa: B023

        deal = Deal.objects.get(talk_room=talk_room)
        request.refresh_from_db()
        in_time = deal.status == "delivered"
        if in_time:
            assert request.status == ("revoked_by_reply" if silent is Party.SELLER else "ended_with_deal")
            assert (ended, Verdict.objects.filter(deal=deal).exists()) == (0, False)
            assert request.ended_at is not None
            assert request.ended_at <= due.at
        else:
            refused = errors.ReplyDeadlinePassed if silent is Party.SELLER else errors.DealNotInProgress
            assert (type(delivered), deal.status, request.status) == (refused, "cancelled", "auto_cancelled")
            assert near_misses(talk_room) == (["delivery"] if silent is Party.SELLER else [])
            assert not Message.objects.filter(room=talk_room, kind="delivery").exists()
        countdown.met(request.status, in_time=in_time)
    assert set(countdown.tally) == {"revoked_by_reply", "ended_with_deal", "auto_cancelled"}


def test_delivering_against_the_first_contact_verdict(two: Rivals, countdown: Countdown, rounds: Rounds) -> None:
    for number in rounds():
        settler = SETTLERS[number % 3]
        talk_room = untouched_room(limit=countdown.deadline())
        due = Due.first_contact_in(talk_room)
        delivered, ended = two.race(lambda: deliver(talk_room), lambda: while_it_runs(settler, due))  # noqa: B023

        deal = Deal.objects.get(talk_room=talk_room)
        in_time = deal.status == "delivered"
        if in_time:
            assert (delivered, ended, deal.first_contact_deadline) == (deal, 0, None)
            assert not Verdict.objects.filter(deal=deal).exists()
        else:
            assert isinstance(delivered, errors.ReplyDeadlinePassed)
            assert Verdict.objects.get(deal=deal).cause == "no_first_contact"
            assert near_misses(talk_room) == ["delivery"]
        countdown.met(deal.status, in_time=in_time)
    assert set(countdown.tally) == {"delivered", "cancelled"}


# Reviews


def test_a_review_against_a_verdict_on_the_same_seller(two: Rivals, aim: Aim, rounds: Rounds) -> None:
    """Whoever counts last counts both."""
    for number in rounds():
        seller, settler = factories.seller(services=2), SETTLERS[number % 3]
        done = delivered_room(of=seller, deadline=clock.now() + hours(1))
        approve(done)
        due = Due.reply_in(overdue_room(of=seller))
        reviewed, ended = two.race(
            lambda: delivery.review(deal_id=done.deal_id, buyer=done.buyer, rating=5),  # noqa: B023
            lambda: settler(due),  # noqa: B023
            delays=aim.delays,
        )
        assert (reviewed, ended) == (Review.objects.get(deal=done.deal_id), 1)
        seller.refresh_from_db()
        assert (seller.completed, seller.cancelled_at_fault, seller.rating_sum, seller.rating_count) == (1, 1, 6, 2)
        first_recount = Event.objects.filter(kind="standing_changed", seller=seller, data__completed=[1, 1]).earliest(
            "id"
        )
        review_first = first_recount.data["cancelled_at_fault"] == [0, 0]
        aim.first_won("review" if review_first else "verdict", won=review_first)
    assert set(aim.tally) == {"review", "verdict"}


def test_two_reviews_of_one_deal(two: Rivals, aim: Aim, rounds: Rounds) -> None:
    for _ in rounds():
        seller = factories.seller()
        done = delivered_room(of=seller, deadline=clock.now() + hours(1))
        approve(done)
        first, second = two.race(
            lambda: delivery.review(deal_id=done.deal_id, buyer=done.buyer, rating=5),  # noqa: B023
            lambda: delivery.review(deal_id=done.deal_id, buyer=done.buyer, rating=2),  # noqa: B023
            delays=aim.delays,
        )
        written = Review.objects.get(deal=done.deal_id)
        assert [type(each) for each in (first, second) if each != written] == [errors.AlreadyReviewed]
        seller.refresh_from_db()
        assert (seller.rating_sum, seller.rating_count) == (written.rating, 1)
        aim.first_won(f"{written.rating} stars", won=written == first)
    assert set(aim.tally) == {"5 stars", "2 stars"}


# The schedule


def test_two_puts_of_one_schedule(two: Rivals, aim: Aim, rounds: Rounds) -> None:
    """The later one meets what the earlier one left: its change has a history, or the milestone is gone."""
    due_on = date(2026, 5, 1)
    for number in rounds():
        talk_room = room()
        [draft] = _put(talk_room, Line(title="Draft", due_on=due_on))
        removes = number % 2 == 0
        other = [] if removes else [Line(id=draft.pk, title="First draft", due_on=due_on)]
        renamed, answered = two.race(
            lambda: _put(talk_room, Line(id=draft.pk, title="Rough draft", due_on=due_on)),  # noqa: B023
            lambda: _put(talk_room, *other),  # noqa: B023
            delays=aim.delays,
        )
        assert not isinstance(answered, errors.Refusal)
        kept = [(each.title, each.done_at) for each in MilestoneChange.objects.filter(milestone=draft)]
        stands = Milestone.objects.get(pk=draft.pk)
        renamed_first = ("Rough draft", None) in kept
        if removes:
            assert isinstance(renamed, errors.UnknownMilestone) != renamed_first
            assert stands.removed_at is not None
            assert len(kept) == (2 if renamed_first else 1)
        else:
            assert stands.title == ("First draft" if renamed_first else "Rough draft")
            assert len(kept) == 2
        outcome = "before" if renamed_first else "after"
        aim.first_won(f"renamed {outcome} {'removed' if removes else 'renamed'}", won=renamed_first)
    orders = {"renamed before removed", "renamed after removed", "renamed before renamed", "renamed after renamed"}
    assert set(aim.tally) == orders


def _put(talk_room: TalkRoom, *lines: Line) -> list[Milestone]:
    return schedule.share(room_id=talk_room.pk, seller=talk_room.seller, lines=lines)


def test_a_schedule_against_the_verdict(two: Rivals, countdown: Countdown, rounds: Rounds) -> None:
    """A change of the schedule is contact (R6), and so a reply."""
    for number in rounds():
        settler = SETTLERS[number % 3]
        talk_room = room(silent_for=days(6))
        request = open_request(talk_room, deadline=countdown.deadline())
        due = Due.reply_in(talk_room)
        shared, ended = two.race(
            lambda: _put(talk_room, Line(title="Draft", due_on=date(2026, 5, 1))),  # noqa: B023
            lambda: while_it_runs(settler, due),  # noqa: B023
        )
        request.refresh_from_db()
        in_time = request.status == "revoked_by_reply"
        if in_time:
            assert (len(shared), ended) == (1, 0)
        else:
            assert isinstance(shared, errors.ReplyDeadlinePassed)
            assert near_misses(talk_room) == ["schedule_change"]
            assert not Milestone.objects.filter(room=talk_room).exists()
        countdown.met(request.status, in_time=in_time)
    assert set(countdown.tally) == {"revoked_by_reply", "auto_cancelled"}


def test_two_deliveries_at_once(two: Rivals, aim: Aim, rounds: Rounds) -> None:
    for _ in rounds():
        talk_room = room()
        first, second = two.race(lambda: deliver(talk_room), lambda: deliver(talk_room), delays=aim.delays)  # noqa: B023
        refused = [each for each in (first, second) if isinstance(each, errors.DealNotInProgress)]
        assert len(refused) == 1
        assert Message.objects.filter(room=talk_room, kind="delivery").count() == 1
        aim.first_won("first" if refused == [second] else "second", won=refused == [second])
    assert set(aim.tally) == {"first", "second"}
