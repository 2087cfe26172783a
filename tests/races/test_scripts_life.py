"""Races of a deal's later life as scripts: delivery, approval, staff's hand, reversal, in the order told here."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.db import transaction

from marketplace import clock, errors, locks
from marketplace.actions import cancel_requests, deadlines, deals, delivery, schedule, selling, steering, talk
from marketplace.actions.schedule import Line
from marketplace.models import (
    CancelRequest,
    Deal,
    Event,
    Message,
    Milestone,
    PenaltyPause,
    Seller,
    Service,
    TalkRoom,
    User,
    Verdict,
)
from marketplace.vocabulary import DeadlineKind, EventKind, WokenBy
from tests.races.conftest import Ticking
from tests.races.invariants import assert_all_is_well
from tests.races.settlers import Due, by_sweep, by_wake_up
from tests.support.factories import (
    days,
    delivered_room,
    hours,
    on_sale,
    open_request,
    overdue_room,
    person,
    room,
    untouched_room,
)
from tests.support.interleave import aside, run_before

pytestmark = pytest.mark.django_db(transaction=True)

RECENTLY = timedelta(seconds=1)
SOON = hours(1)
BECAUSE = "The seller is in hospital"


@pytest.fixture
def operator(transactional_db: None) -> User:
    return person("operator", is_staff=True, is_superuser=True)


def near_miss(talk_room: TalkRoom) -> Event:
    return Event.objects.get(kind=EventKind.REPLY_REFUSED_LATE, room=talk_room)


def verdict_on(seller: Seller) -> Verdict:
    due = Due.reply_in(overdue_room(of=seller))
    assert by_wake_up(due) == 1
    return Verdict.objects.get(cancel_request=due.row)


def reverse(verdict: Verdict, operator: User) -> Verdict:
    return steering.reverse(verdict_id=verdict.pk, staff=operator, reason=BECAUSE)


def hold(request: CancelRequest, operator: User) -> CancelRequest:
    return steering.hold(request_id=request.pk, staff=operator, reason=BECAUSE)


def extend(request: CancelRequest, operator: User) -> CancelRequest:
    return steering.extend(request_id=request.pk, by=SOON, staff=operator, reason=BECAUSE)


def asked(deadline: datetime) -> TalkRoom:
    """Make a room in which the seller is asked to reply until `deadline`."""
    talk_room = room(silent_for=days(6))
    open_request(talk_room, deadline=deadline)
    return talk_room


def request_in(talk_room: TalkRoom) -> CancelRequest:
    return CancelRequest.objects.get(room=talk_room)


def share(talk_room: TalkRoom, *lines: Line) -> list[Milestone]:
    return schedule.share(room_id=talk_room.pk, seller=talk_room.seller, lines=lines)


def approve(talk_room: TalkRoom) -> Deal:
    return delivery.approve(room_id=talk_room.pk, buyer=talk_room.buyer)


def send_back(talk_room: TalkRoom) -> Deal:
    return delivery.send_back(room_id=talk_room.pk, buyer=talk_room.buyer, body="The colour is wrong")


def deliver(talk_room: TalkRoom) -> Deal:
    return delivery.deliver(room_id=talk_room.pk, seller=talk_room.seller, body="Here it is")


# Whoever waits for the room while the deadline passes is late: the clock is read under the lock

Act = Callable[[TalkRoom, User], object]

LATE: dict[str, tuple[Callable[[Ticking], TalkRoom], Act, type[errors.Refusal]]] = {
    "an approval": (
        lambda ticking: delivered_room(deadline=ticking() + SOON),
        lambda talk_room, _: approve(talk_room),
        errors.ApprovalWindowPassed,
    ),
    "a send-back": (
        lambda ticking: delivered_room(deadline=ticking() + SOON),
        lambda talk_room, _: send_back(talk_room),
        errors.ApprovalWindowPassed,
    ),
    "a delivery": (
        lambda ticking: asked(ticking() + SOON),
        lambda talk_room, _: deliver(talk_room),
        errors.ReplyDeadlinePassed,
    ),
    "a schedule": (
        lambda ticking: asked(ticking() + SOON),
        lambda talk_room, _: share(talk_room, Line(title="Draft", due_on=date(2026, 5, 1))),
        errors.ReplyDeadlinePassed,
    ),
    "a first contact": (
        lambda ticking: untouched_room(limit=ticking() + SOON),
        lambda talk_room, _: talk.post_message(room_id=talk_room.pk, author=talk_room.seller, body="Welcome!"),
        errors.ReplyDeadlinePassed,
    ),
    "a withdrawal": (
        lambda ticking: asked(ticking() + SOON),
        lambda talk_room, _: cancel_requests.withdraw(request_id=request_in(talk_room).pk, person=talk_room.buyer),
        errors.RequestNotOpen,
    ),
    "a hold": (
        lambda ticking: asked(ticking() + SOON),
        lambda talk_room, operator: hold(request_in(talk_room), operator),
        errors.RequestNotOpen,
    ),
    "an extension": (
        lambda ticking: asked(ticking() + SOON),
        lambda talk_room, operator: extend(request_in(talk_room), operator),
        errors.RequestNotOpen,
    ),
}


@pytest.mark.parametrize("what", LATE)
def test_whoever_waits_for_the_room_while_the_deadline_passes_is_late(
    operator: User, ticking: Ticking, what: str
) -> None:
    make, act, refusal = LATE[what]
    talk_room = make(ticking)
    deadline = min(due.at for due in Due.all_in(talk_room))
    with aside() as other:
        with transaction.atomic():
            locks.any_talk_room(talk_room.pk)
            other.start(lambda: act(talk_room, operator))
            other.wait_until_blocked()
            ticking.pass_by(deadline)
        with pytest.raises(refusal):
            other.result()
    deal = Deal.objects.get(talk_room=talk_room)
    assert deal.ended_at == deadline
    told = Event.objects.get(room=talk_room, kind__in=["deal_completed", "deal_cancelled"])
    assert told.data["woken_by"] == ("staff" if what in {"a hold", "an extension"} else "visit")
    assert_all_is_well()


# The approval window


def test_an_approval_stamped_in_time_stands_although_it_commits_after_the_window(
    seller: Seller, ticking: Ticking
) -> None:
    talk_room = delivered_room(of=seller, deadline=clock.now() + SOON)
    due = Due.approval_in(talk_room)

    def meanwhile() -> int:
        ticking.pass_by(due.at)
        return by_wake_up(due)

    with run_before("marketplace.actions.delivery._move", meanwhile, until_blocked=True) as settler:
        approve(talk_room)
        assert settler.result() == 0
    deal = Deal.objects.get(talk_room=talk_room)
    assert (deal.approved_by, deal.approval_deadline) == ("buyer", due.at)
    assert_all_is_well()


def test_a_send_back_that_waits_for_the_window_s_approval_is_too_late_and_kept_as_a_near_miss(seller: Seller) -> None:
    talk_room = delivered_room(of=seller, deadline=clock.now() - RECENTLY)
    due = Due.approval_in(talk_room)
    with run_before(
        "marketplace.actions.standing.recompute", lambda: send_back(talk_room), until_blocked=True
    ) as buyer:
        assert by_wake_up(due) == 1
        with pytest.raises(errors.ApprovalWindowPassed):
            buyer.result()
    assert near_miss(talk_room).data["body"] == "The colour is wrong"
    assert not Message.objects.filter(room=talk_room, kind="send_back").exists()
    assert_all_is_well()


def test_the_sweep_skips_a_room_whose_buyer_is_approving(seller: Seller, ticking: Ticking) -> None:
    talk_room = delivered_room(of=seller, deadline=clock.now() + SOON)
    due = Due.approval_in(talk_room)

    def meanwhile() -> deadlines.Settled:
        ticking.pass_by(due.at)
        return deadlines.settle_overdue(kind=DeadlineKind.APPROVAL, woken_by=WokenBy.SWEEP)

    with run_before("marketplace.actions.delivery._move", meanwhile) as sweep:
        approve(talk_room)
        assert sweep.result() == deadlines.Settled()
    assert_all_is_well()


def test_a_delivery_made_again_while_a_settler_waits_has_its_own_window(seller: Seller, ticking: Ticking) -> None:
    """Sent back in time, delivered again: the settler of the first window finds the second one, which runs."""
    talk_room = delivered_room(of=seller, deadline=clock.now() + SOON)
    due = Due.approval_in(talk_room)

    def meanwhile() -> int:
        ticking.pass_by(due.at)
        return by_wake_up(due)

    with run_before("marketplace.actions.delivery._move", meanwhile, until_blocked=True) as settler:
        with transaction.atomic():
            send_back(talk_room)
            deliver(talk_room)
        assert settler.result() == 0
    deal = Deal.objects.get(talk_room=talk_room)
    assert (deal.status, deal.generation) == ("delivered", 4)
    assert by_wake_up(due) == by_sweep(due) == 0
    assert_all_is_well()


# Deliveries and first contacts against verdicts


def test_a_delivery_that_waits_for_the_verdict_s_lock_is_too_late() -> None:
    talk_room = overdue_room(by=RECENTLY)
    with run_before(
        "marketplace.actions.verdict_statements.end_requests", lambda: deliver(talk_room), until_blocked=True
    ) as seller:
        assert by_wake_up(Due.reply_in(talk_room)) == 1
        with pytest.raises(errors.ReplyDeadlinePassed):
            seller.result()
    assert near_miss(talk_room).data["message_kind"] == "delivery"
    assert Deal.objects.get(talk_room=talk_room).approval_deadline is None
    assert_all_is_well()


def test_a_first_contact_stamped_in_time_keeps_the_deal_although_it_commits_after_the_limit(ticking: Ticking) -> None:
    talk_room = untouched_room(limit=clock.now() + SOON)
    due = Due.first_contact_in(talk_room)

    def meanwhile() -> int:
        ticking.pass_by(due.at)
        return by_wake_up(due)

    with run_before("marketplace.events.record", meanwhile, until_blocked=True) as settler:
        talk.post_message(room_id=talk_room.pk, author=talk_room.seller, body="Welcome!")
        assert settler.result() == 0
    deal = Deal.objects.get(talk_room=talk_room)
    assert (deal.status, deal.first_contact_deadline) == ("in_progress", None)
    assert not Verdict.objects.exists()
    assert_all_is_well()


def test_a_first_contact_that_waits_for_the_verdict_s_lock_is_too_late(seller: Seller) -> None:
    talk_room = untouched_room(of=seller, limit=clock.now() - RECENTLY)
    with run_before(
        "marketplace.actions.verdict_statements.write_verdicts_without_request",
        lambda: talk.post_message(room_id=talk_room.pk, author=talk_room.seller, body="Welcome!"),
        until_blocked=True,
    ) as late:
        assert by_wake_up(Due.first_contact_in(talk_room)) == 1
        with pytest.raises(errors.ReplyDeadlinePassed):
            late.result()
    assert near_miss(talk_room).data["late_by_seconds"] > RECENTLY.total_seconds()
    assert_all_is_well()


# Staff's hand


def test_a_hold_stamped_in_time_holds_although_it_commits_after_the_deadline(operator: User, ticking: Ticking) -> None:
    talk_room = room(silent_for=days(6))
    request = open_request(talk_room, deadline=clock.now() + SOON)
    due = Due.reply_in(talk_room)

    def meanwhile() -> int:
        ticking.pass_by(due.at)
        return by_wake_up(due)

    with run_before("marketplace.actions.steering._move", meanwhile, until_blocked=True) as settler:
        held = hold(request, operator)
        assert settler.result() == 0
    assert held.remaining_when_held is not None
    assert timedelta(0) <= held.remaining_when_held < SOON
    assert by_sweep(due) == by_wake_up(due) == 0
    assert not Verdict.objects.exists()
    assert_all_is_well()


def test_a_hold_that_waits_while_the_verdict_is_written_is_refused(operator: User) -> None:
    talk_room = overdue_room(by=RECENTLY)
    request = CancelRequest.objects.get(room=talk_room)
    with run_before(
        "marketplace.actions.verdict_statements.end_requests", lambda: hold(request, operator), until_blocked=True
    ) as staff:
        assert by_wake_up(Due.reply_in(talk_room)) == 1
        with pytest.raises(errors.RequestNotOpen):
            staff.result()
    assert not Event.objects.filter(kind=EventKind.REQUEST_HELD).exists()
    assert Verdict.objects.get().woken_by == WokenBy.ETA
    assert_all_is_well()


def test_a_hold_of_an_overdue_request_brings_the_verdict_instead(operator: User) -> None:
    talk_room = overdue_room(by=RECENTLY)
    with pytest.raises(errors.RequestNotOpen):
        hold(CancelRequest.objects.get(room=talk_room), operator)
    assert Verdict.objects.get().woken_by == WokenBy.STAFF
    assert_all_is_well()


def test_a_release_that_waits_for_the_reply_finds_the_request_revoked(operator: User) -> None:
    talk_room = room(silent_for=days(6))
    request = open_request(talk_room, deadline=clock.now() + hours(1))
    hold(request, operator)
    with run_before(
        "marketplace.events.record",
        lambda: steering.release(request_id=request.pk, staff=operator, reason=BECAUSE),
        until_blocked=True,
    ) as staff:
        talk.post_message(room_id=talk_room.pk, author=talk_room.seller, body="Here I am")
        with pytest.raises(errors.RequestNotOpen):
            staff.result()
    request.refresh_from_db()
    assert (request.status, request.reply_deadline) == ("revoked_by_reply", None)
    assert_all_is_well()


# A reversal


def test_a_reversal_between_another_verdict_s_pause_and_its_recount_leaves_only_the_other(
    seller: Seller, operator: User
) -> None:
    first, second = verdict_on(seller), overdue_room(of=seller)
    with run_before(
        "marketplace.actions.standing.recompute_locked", lambda: reverse(first, operator), until_blocked=True
    ) as staff:
        assert by_wake_up(Due.reply_in(second)) == 1
        staff.result()
    seller.refresh_from_db()
    assert (seller.cancelled_at_fault, seller.rating_sum, seller.rating_count) == (1, 1, 1)
    holding = PenaltyPause.objects.filter(lifted_at=None)
    assert {pause.verdict.deal_id for pause in holding} == {second.deal_id}
    assert_all_is_well()


def test_a_reversal_before_another_verdict_s_lock_on_the_seller_is_counted_by_it(
    seller: Seller, operator: User
) -> None:
    first, second = verdict_on(seller), overdue_room(of=seller)
    with run_before("marketplace.locks.sellers", lambda: reverse(first, operator)):
        assert by_wake_up(Due.reply_in(second)) == 1
    seller.refresh_from_db()
    assert (seller.cancelled_at_fault, seller.rating_sum, seller.rating_count) == (1, 1, 1)
    assert not Service.objects.accepting().filter(seller=seller).exists()
    assert_all_is_well()


def test_an_acknowledgement_that_waits_for_the_reversal_has_nothing_left_to_acknowledge(
    seller: Seller, operator: User
) -> None:
    verdict = verdict_on(seller)
    with run_before(
        "marketplace.actions.standing.recompute_locked",
        lambda: selling.acknowledge(owner=seller.user),
        until_blocked=True,
    ) as owner:
        reverse(verdict, operator)
        owner.result()
    verdict.refresh_from_db()
    assert verdict.acknowledged_at is None
    assert not Event.objects.filter(kind=EventKind.SELLER_RESUMED).exists()
    assert_all_is_well()


def test_a_purchase_that_waits_for_the_reversal_stands_and_is_younger_than_it(
    seller: Seller, operator: User, buyer: User
) -> None:
    verdict = verdict_on(seller)
    service = on_sale(seller)
    with run_before(
        "marketplace.actions.standing.recompute_locked",
        lambda: deals.buy(service_id=service.pk, buyer=buyer),
        until_blocked=True,
    ) as purchase:
        reversed_verdict = reverse(verdict, operator)
        bought = purchase.result()
    assert reversed_verdict.reversed_at is not None
    assert bought.purchased_at > reversed_verdict.reversed_at
    assert_all_is_well()


def test_a_second_reversal_that_waits_for_the_first_is_refused(seller: Seller, operator: User) -> None:
    verdict = verdict_on(seller)
    with run_before(
        "marketplace.actions.standing.recompute_locked", lambda: reverse(verdict, operator), until_blocked=True
    ) as twin:
        reverse(verdict, operator)
        with pytest.raises(errors.AlreadyReversed):
            twin.result()
    assert Event.objects.filter(kind=EventKind.VERDICT_REVERSED).count() == 1
    assert_all_is_well()


# A review, and the schedule


def test_a_review_that_waits_for_another_verdict_s_recount_counts_both(seller: Seller) -> None:
    done, overdue = delivered_room(of=seller, deadline=clock.now() + hours(1)), overdue_room(of=seller)
    approve(done)
    with run_before(
        "marketplace.actions.standing.recompute_locked",
        lambda: delivery.review(deal_id=done.deal_id, buyer=done.buyer, rating=5),
        until_blocked=True,
    ) as buyer:
        assert by_wake_up(Due.reply_in(overdue)) == 1
        buyer.result()
    seller.refresh_from_db()
    assert (seller.rating_sum, seller.rating_count) == (6, 2)
    assert_all_is_well()


def test_a_put_that_waits_for_another_one_finds_its_milestone_removed() -> None:
    talk_room = room()
    [draft] = share(talk_room, Line(title="Draft", due_on=date(2026, 5, 1)))
    rename = Line(id=draft.pk, title="Rough draft", due_on=date(2026, 5, 1))
    with run_before(
        "marketplace.actions.schedule._write", lambda: share(talk_room, rename), until_blocked=True
    ) as other:
        assert share(talk_room) == []
        with pytest.raises(errors.UnknownMilestone):
            other.result()
    assert Milestone.objects.get(pk=draft.pk).title == "Draft"
    assert Event.objects.filter(kind=EventKind.SCHEDULE_CHANGED, room=talk_room).count() == 2
    assert_all_is_well()
