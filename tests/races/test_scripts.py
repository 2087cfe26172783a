"""Races as scripts: what happens between two statements of an action, in the order told here."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from marketplace import clock, errors, locks
from marketplace.actions import cancel_requests, deadlines, deals, selling, talk
from marketplace.alarms import WakeUp
from marketplace.models import (
    CancelRequest,
    Deal,
    Event,
    Message,
    PenaltyPause,
    Seller,
    Service,
    TalkRoom,
    User,
    Verdict,
)
from marketplace.vocabulary import DeadlineKind, EventKind, Party, ServiceStatus, WokenBy
from tests.races.invariants import assert_all_is_well
from tests.support.factories import days, hours, on_sale, open_request, overdue_room, room, service
from tests.support.interleave import aside, run_before

pytestmark = pytest.mark.django_db(transaction=True)

RECENTLY = timedelta(seconds=1)


def request_in(talk_room: TalkRoom) -> CancelRequest:
    return CancelRequest.objects.get(room=talk_room)


def wake_up(talk_room: TalkRoom) -> int:
    return deadlines.wake_up(WakeUp(DeadlineKind.REPLY, request_in(talk_room).pk, 1), rings=0).ended


def reply(talk_room: TalkRoom) -> Message:
    return talk.post_message(room_id=talk_room.pk, author=talk_room.seller, body="Sorry!")


def fall_due_now(talk_room: TalkRoom) -> None:
    """Move request and deadline so that the deadline is this very instant."""
    window = talk_room.deal.reply_window
    now = clock.now()
    CancelRequest.objects.filter(room=talk_room).update(placed_at=now - window, reply_deadline=now)


# A reply against the verdict


def test_a_reply_stamped_in_time_revokes_although_it_commits_after_the_deadline() -> None:
    talk_room = room(silent_for=days(6))
    open_request(talk_room, deadline=clock.now() + hours(1))

    def meanwhile() -> int:
        fall_due_now(talk_room)  # the reply's clock was read before
        return wake_up(talk_room)

    with run_before("marketplace.events.record", meanwhile, until_blocked=True) as settler:
        reply(talk_room)
        assert settler.result() == 0
    assert request_in(talk_room).status == "revoked_by_reply"
    assert not Verdict.objects.exists()
    assert_all_is_well()


def test_a_reply_that_waits_for_the_verdict_s_lock_is_too_late() -> None:
    talk_room = overdue_room(by=RECENTLY)
    with run_before(
        "marketplace.actions.verdict_statements.end_requests", lambda: reply(talk_room), until_blocked=True
    ) as respondent:
        assert wake_up(talk_room) == 1
        with pytest.raises(errors.ReplyDeadlinePassed):
            respondent.result()
    assert not Message.objects.filter(body="Sorry!").exists()
    assert Event.objects.filter(kind=EventKind.REPLY_REFUSED_LATE, room=talk_room).count() == 1
    assert_all_is_well()


def test_a_late_visitor_between_the_wake_up_s_look_and_its_lock_writes_the_verdict_instead() -> None:
    talk_room = overdue_room(by=RECENTLY)

    def visit() -> None:
        with pytest.raises(errors.ReplyDeadlinePassed):
            reply(talk_room)

    with run_before("marketplace.locks.rooms_of_rows", visit):
        assert wake_up(talk_room) == 0
    assert Verdict.objects.get().woken_by == WokenBy.VISIT
    assert_all_is_well()


def test_the_sweep_skips_a_room_that_a_wake_up_holds() -> None:
    talk_room = overdue_room(by=RECENTLY)
    with run_before(
        "marketplace.actions.verdict_statements.end_requests",
        lambda: deadlines.settle_overdue(woken_by=WokenBy.SWEEP),
    ) as sweep:
        assert wake_up(talk_room) == 1
        assert sweep.result() == deadlines.Settled()
    assert_all_is_well()


def test_two_wake_ups_of_one_request_write_one_verdict() -> None:
    talk_room = overdue_room(by=RECENTLY)
    with run_before(
        "marketplace.actions.verdict_statements.end_requests", lambda: wake_up(talk_room), until_blocked=True
    ) as twin:
        assert wake_up(talk_room) == 1
        assert twin.result() == 0
    assert_all_is_well()


def test_a_visitor_waits_for_a_room_that_is_locked_and_then_settles_it() -> None:
    talk_room = overdue_room(by=RECENTLY)
    with aside() as visitor:
        with transaction.atomic():
            locks.any_talk_room(talk_room.pk)
            visitor.start(lambda: deadlines.settle_room(talk_room.pk, woken_by=WokenBy.VISIT))
            visitor.wait_until_blocked()
        assert visitor.result() == deadlines.Settled(1, 1)
    assert Verdict.objects.get().woken_by == WokenBy.VISIT
    assert_all_is_well()


def test_a_request_withdrawn_while_a_settler_waits_stays_withdrawn() -> None:
    talk_room = room(silent_for=days(6))
    request = open_request(talk_room, deadline=clock.now() + hours(1))

    def meanwhile() -> int:
        fall_due_now(talk_room)
        return wake_up(talk_room)

    with run_before("marketplace.events.record", meanwhile, until_blocked=True) as settler:
        cancel_requests.withdraw(request_id=request.pk, person=talk_room.buyer)
        assert settler.result() == 0
    assert request_in(talk_room).status == "withdrawn"
    assert not Verdict.objects.exists()


def test_a_near_miss_tells_how_long_the_reply_waited_for_the_lock_and_when_it_had_it() -> None:
    """It began before the deadline; whoever held the room made it late. Staff must be able to see that."""
    talk_room = room(silent_for=days(6))
    open_request(talk_room, deadline=clock.now() + hours(1))
    with aside() as respondent:
        with transaction.atomic():
            locks.talk_room(talk_room.pk, talk_room.buyer)
            respondent.start(lambda: reply(talk_room))
            respondent.wait_until_blocked()
            blocked_at = clock.now()
            fall_due_now(talk_room)
            released_at = clock.now()
        with pytest.raises(errors.ReplyDeadlinePassed):
            respondent.result()
    near_miss = Event.objects.get(kind=EventKind.REPLY_REFUSED_LATE, room=talk_room)
    assert near_miss.data["waited_for_lock_seconds"] >= (released_at - blocked_at).total_seconds()
    assert near_miss.occurred_at < Verdict.objects.get().recorded_at
    assert_all_is_well()


# Asking


def test_a_reply_before_the_request_s_lock_takes_the_right_to_ask() -> None:
    talk_room = room(silent_for=days(4))
    with run_before("marketplace.locks.talk_room", lambda: reply(talk_room)), pytest.raises(errors.LastMessageNotYours):
        cancel_requests.place(room_id=talk_room.pk, requester=talk_room.buyer)
    assert not CancelRequest.objects.exists()
    assert_all_is_well()


def test_a_reply_that_waits_for_the_request_revokes_it() -> None:
    talk_room = room(silent_for=days(4))
    with run_before("marketplace.events.record", lambda: reply(talk_room), until_blocked=True) as respondent:
        request = cancel_requests.place(room_id=talk_room.pk, requester=talk_room.buyer)
        respondent.result()
    request.refresh_from_db()
    assert request.status == "revoked_by_reply"
    assert_all_is_well()


# Purchase, publishing and pause


def test_a_verdict_between_a_purchase_s_look_and_its_lock_refuses_the_purchase(seller: Seller, buyer: User) -> None:
    overdue = overdue_room(of=seller)
    with (
        run_before("marketplace.locks.seller", lambda: wake_up(overdue)),
        pytest.raises(errors.ServiceNotAccepting),
    ):
        deals.buy(service_id=on_sale(seller).pk, buyer=buyer)
    assert not Deal.objects.filter(buyer=buyer).exists()
    assert not Event.objects.filter(kind=EventKind.DEAL_PURCHASED).exists()
    assert_all_is_well()


def test_a_purchase_that_waits_while_the_verdict_pauses_is_refused(seller: Seller, buyer: User) -> None:
    overdue = overdue_room(of=seller)
    with run_before(
        "marketplace.actions.verdict_statements.pause_services",
        lambda: deals.buy(service_id=on_sale(seller).pk, buyer=buyer),
        until_blocked=True,
    ) as purchase:
        assert wake_up(overdue) == 1
        with pytest.raises(errors.ServiceNotAccepting):
            purchase.result()
    assert not Deal.objects.filter(buyer=buyer).exists()
    assert_all_is_well()


def test_a_purchase_committed_before_the_pause_stands_and_is_older_than_the_pause(seller: Seller, buyer: User) -> None:
    overdue = overdue_room(of=seller)
    with run_before("marketplace.clock.now", lambda: wake_up(overdue), until_blocked=True) as settler:
        bought = deals.buy(service_id=on_sale(seller).pk, buyer=buyer)
        assert settler.result() == 1
    assert bought.status == "in_progress"
    pause = PenaltyPause.objects.get(service=bought.service_id)
    assert bought.purchased_at < pause.paused_at
    assert_all_is_well()


def test_a_service_published_before_the_pause_is_paused_like_the_others(seller: Seller) -> None:
    overdue = overdue_room(of=seller)
    draft = service(seller, own_status=ServiceStatus.DRAFT)
    with run_before("marketplace.events.record", lambda: wake_up(overdue), until_blocked=True) as settler:
        selling.publish(service_id=draft.pk, owner=seller.user)
        assert settler.result() == 1
    assert PenaltyPause.objects.filter(service=draft, lifted_at=None).count() == 1
    assert_all_is_well()


def test_a_service_published_while_the_verdict_pauses_does_not_accept_either(seller: Seller) -> None:
    overdue = overdue_room(of=seller)
    draft = service(seller, own_status=ServiceStatus.DRAFT)
    with run_before(
        "marketplace.actions.verdict_statements.pause_services",
        lambda: selling.publish(service_id=draft.pk, owner=seller.user),
        until_blocked=True,
    ) as publishing:
        assert wake_up(overdue) == 1
        assert publishing.result().status == "paused"
    assert not PenaltyPause.objects.filter(service=draft).exists()
    assert not Service.objects.accepting().filter(seller=seller).exists()
    assert_all_is_well()


# Verdicts and returns of one seller


def acknowledge(seller: Seller) -> Any:
    return selling.acknowledge(owner=seller.user)


def test_an_acknowledgement_made_while_a_second_verdict_is_being_written_is_not_for_that_one(seller: Seller) -> None:
    wake_up(overdue_room(of=seller))
    second = overdue_room(of=seller)
    with run_before("marketplace.locks.sellers", lambda: acknowledge(seller)):
        assert wake_up(second) == 1
    open_verdict = Verdict.objects.unacknowledged().get()
    assert open_verdict.deal_id == second.deal_id
    assert not Service.objects.accepting().filter(seller=seller).exists()
    assert_all_is_well()


def test_a_resume_that_waits_while_a_second_verdict_pauses_is_refused(seller: Seller) -> None:
    wake_up(overdue_room(of=seller))
    selling.acknowledge(owner=seller.user, services=[])
    second, one = overdue_room(of=seller), on_sale(seller)
    with run_before(
        "marketplace.actions.verdict_statements.pause_services",
        lambda: selling.resume(service_id=one.pk, owner=seller.user),
        until_blocked=True,
    ) as resuming:
        assert wake_up(second) == 1
        with pytest.raises(errors.SellerPaused):
            resuming.result()
    assert PenaltyPause.objects.filter(service=one, lifted_at=None).count() == 2
    assert_all_is_well()


def test_the_second_of_two_verdicts_counts_the_first_whose_deadline_is_later(seller: Seller) -> None:
    """The later writer read its clock before the earlier one's deadline: its figures must not be of that time."""
    first_read = overdue_room(of=seller, by=hours(1))
    overtaking = room(of=seller, silent_for=days(6))
    open_request(overtaking, deadline=clock.now() + hours(1))

    def overtake() -> int:
        fall_due_now(overtaking)
        return wake_up(overtaking)

    with run_before("marketplace.locks.sellers", overtake) as other:
        assert wake_up(first_read) == 1
        assert other.result() == 1
    seller.refresh_from_db()
    assert (seller.cancelled_at_fault, seller.rating_count) == (2, 2)
    assert_all_is_well()


def test_two_settlers_of_one_seller_lock_it_in_turn(seller: Seller) -> None:
    rooms = [overdue_room(of=seller), overdue_room(of=seller, silent=Party.SELLER)]
    with run_before(
        "marketplace.actions.verdict_statements.pause_services", lambda: wake_up(rooms[1]), until_blocked=True
    ) as other:
        assert wake_up(rooms[0]) + other.result() == 2
    assert_all_is_well()
