"""Each race of the product on real connections: exactly one end, and every end true to its time stamps."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

import pytest

from marketplace import clock, errors
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
from marketplace.vocabulary import DeadlineKind, EventKind, Party, WokenBy
from tests.support import factories
from tests.support.factories import days, hours, open_request, overdue_room, person, room
from tests.support.rivals import Aim, Rivals

pytestmark = pytest.mark.django_db(transaction=True)

Rounds = Callable[[], Iterator[int]]
PARTIES = [Party.SELLER, Party.BUYER]


def the(talk_room: TalkRoom, party: Party) -> User:
    return talk_room.seller if party is Party.SELLER else talk_room.buyer


def say(talk_room: TalkRoom, party: Party) -> Message:
    return talk.post_message(room_id=talk_room.pk, author=the(talk_room, party), body="Sorry!")


def by_wake_up(request: CancelRequest) -> int:
    return deadlines.wake_up(WakeUp(DeadlineKind.REPLY, request.pk, 1), rings=0).ended


def by_sweep(_: CancelRequest) -> int:
    return deadlines.settle_overdue(woken_by=WokenBy.SWEEP).ended


def by_visit(request: CancelRequest) -> int:
    return deadlines.settle_room(request.room_id, woken_by=WokenBy.VISIT).ended


SETTLERS = [by_wake_up, by_sweep, by_visit]


def until_it_has_ended(settler: Callable[[CancelRequest], int], request: CancelRequest) -> int:
    """Look again and again, as the deadline comes, for the end that one of the rivals brings."""
    written = 0
    while CancelRequest.objects.open().filter(pk=request.pk).exists():
        written += settler(request)
    return written


def overdue_request(of: Seller | None = None) -> CancelRequest:
    return CancelRequest.objects.get(room=overdue_room(of=of))


def test_a_reply_against_the_verdict(two: Rivals, aim: Aim, rounds: Rounds) -> None:
    """The deadline falls into the race: the reply is in time when the clock under its lock says so."""
    lead, step = timedelta(milliseconds=5), timedelta(microseconds=400)
    for number in rounds():
        silent, settler = PARTIES[number % 2], SETTLERS[number % 3]
        talk_room = room(silent_for=days(6), silent=silent)
        request = open_request(talk_room, deadline=clock.now() + lead, requester=silent.counterpart)

        said, written = two.race(
            lambda: say(talk_room, silent),  # noqa: B023 - each round runs what it made
            lambda: until_it_has_ended(settler, request),  # noqa: B023
        )

        request.refresh_from_db()
        assert request.reply_deadline is not None
        revoked = request.status == "revoked_by_reply"
        if revoked:
            assert request.ended_at == said.posted_at <= request.reply_deadline
            assert written == 0
            assert not Verdict.objects.filter(cancel_request=request).exists()
        else:
            assert request.status == "auto_cancelled"
            assert isinstance(said, errors.ReplyDeadlinePassed)
            assert Verdict.objects.get(cancel_request=request).at_fault == silent
            near_miss = Event.objects.get(kind=EventKind.REPLY_REFUSED_LATE, room=talk_room)
            assert near_miss.occurred_at > request.reply_deadline
        aim.tally[request.status] += 1
        lead += -step if revoked else step
    assert set(aim.tally) == {"revoked_by_reply", "auto_cancelled"}


@pytest.mark.parametrize(
    ("first", "second"),
    [(by_wake_up, by_sweep), (by_wake_up, by_visit), (by_visit, by_sweep), (by_wake_up, by_wake_up)],
)
def test_two_verdicts_on_one_room(
    two: Rivals, aim: Aim, rounds: Rounds, first: Callable[[CancelRequest], int], second: Callable[[CancelRequest], int]
) -> None:
    for _ in rounds():
        request = overdue_request()
        by_first, by_second = two.race(
            lambda: first(request),  # noqa: B023
            lambda: second(request),  # noqa: B023
            delays=aim.delays,
        )
        assert by_first + by_second == 1
        assert Verdict.objects.filter(cancel_request=request).count() == 1
        aim.first_won("first" if by_first else "second", won=bool(by_first))
    assert set(aim.tally) == {"first", "second"}


def test_a_request_against_a_reply(two: Rivals, aim: Aim, rounds: Rounds) -> None:
    for number in rounds():
        silent = PARTIES[number % 2]
        talk_room = room(silent_for=days(4), silent=silent)
        placed, said = two.race(
            lambda: cancel_requests.place(room_id=talk_room.pk, requester=the(talk_room, silent.counterpart)),  # noqa: B023
            lambda: say(talk_room, silent),  # noqa: B023
            delays=aim.delays,
        )
        assert isinstance(said, Message)
        request = CancelRequest.objects.filter(room=talk_room).first()
        if request is None:
            assert isinstance(placed, errors.LastMessageNotYours)
        else:
            assert request.status == "revoked_by_reply"
            assert request.placed_at < said.posted_at == request.ended_at
        aim.first_won("revoked" if request else "refused", won=bool(request))
    assert set(aim.tally) == {"revoked", "refused"}


def test_two_requests_at_once(two: Rivals, aim: Aim, rounds: Rounds) -> None:
    for number in rounds():
        silent = PARTIES[number % 2]
        talk_room = room(silent_for=days(4), silent=silent)

        def ask(reason: str) -> CancelRequest:
            who = the(talk_room, silent.counterpart)  # noqa: B023
            return cancel_requests.place(room_id=talk_room.pk, requester=who, reason=reason)  # noqa: B023

        outcomes = two.race(lambda: ask("first"), lambda: ask("second"), delays=aim.delays)
        placed = CancelRequest.objects.get(room=talk_room)
        assert [type(each) for each in outcomes if each != placed] == [errors.RequestAlreadyOpen]
        aim.first_won(placed.reason, won=placed.reason == "first")
    assert set(aim.tally) == {"first", "second"}


# Purchase and publishing against a pause


def test_a_purchase_against_her_own_pause(two: Rivals, aim: Aim, rounds: Rounds) -> None:
    seller = factories.seller(services=0)
    for _ in rounds():
        service, buyer = factories.service(seller), person("buyer")
        bought, paused = two.race(
            lambda: deals.buy(service_id=service.pk, buyer=buyer, message="Hello"),  # noqa: B023
            lambda: selling.pause(service_id=service.pk, owner=seller.user),  # noqa: B023
            delays=aim.delays,
        )
        assert paused.status == "paused"
        stands = isinstance(bought, Deal)
        if stands:
            pause = Event.objects.get(kind=EventKind.SERVICE_PAUSED, data__service=str(service.pk))
            assert bought.purchased_at < pause.occurred_at
        else:
            assert isinstance(bought, errors.ServiceNotAccepting)
            assert not Deal.objects.filter(service=service).exists()
        aim.first_won("bought" if stands else "refused", won=stands)
    assert set(aim.tally) == {"bought", "refused"}


def test_a_purchase_against_the_pause_of_a_verdict(two: Rivals, aim: Aim, rounds: Rounds) -> None:
    buyer = person("buyer")
    for number in rounds():
        seller = factories.seller(services=2)
        request, settler = overdue_request(of=seller), SETTLERS[number % 3]
        _, service = seller.services.order_by("pk")
        bought, written = two.race(
            lambda: deals.buy(service_id=service.pk, buyer=buyer, message="Hello"),  # noqa: B023
            lambda: settler(request),  # noqa: B023
            delays=aim.delays,
        )
        assert written == 1
        pause = PenaltyPause.objects.get(service=service)
        stands = isinstance(bought, Deal)
        if stands:
            assert bought.purchased_at < pause.paused_at
            assert bought.status == "in_progress"
        else:
            assert isinstance(bought, errors.ServiceNotAccepting)
            assert not Deal.objects.filter(buyer=buyer, seller=seller).exists()
        assert not Service.objects.accepting().filter(seller=seller).exists()
        aim.first_won("bought" if stands else "refused", won=stands)
    assert set(aim.tally) == {"bought", "refused"}


def test_create_and_publish_against_the_pause_of_a_verdict(two: Rivals, aim: Aim, rounds: Rounds) -> None:
    def create_and_publish(owner: User) -> Service:
        draft = selling.create(owner=owner, title="New", description="", price=100)
        return selling.publish(service_id=draft.pk, owner=owner)

    for number in rounds():
        seller = factories.seller(services=1)
        request, settler = overdue_request(of=seller), SETTLERS[number % 3]
        published, written = two.race(
            lambda: create_and_publish(seller.user),  # noqa: B023
            lambda: settler(request),  # noqa: B023
            delays=aim.delays,
        )
        assert written == 1
        told = Event.objects.get(kind=EventKind.SERVICE_PUBLISHED, data__service=str(published.pk))
        old = PenaltyPause.objects.exclude(service=published.pk).get(verdict__seller=seller)
        new = PenaltyPause.objects.filter(service=published.pk).first()
        assert (told.occurred_at < old.paused_at) == (new is not None)
        assert not Service.objects.accepting().filter(seller=seller).exists()
        aim.first_won("with its own pause" if new else "held by the verdict", won=bool(new))
    assert set(aim.tally) == {"with its own pause", "held by the verdict"}


# Coming back against a verdict


def test_acknowledging_against_a_second_verdict(two: Rivals, aim: Aim, rounds: Rounds) -> None:
    """Each verdict needs an acknowledgement made after it was written."""
    for number in rounds():
        seller = factories.seller(services=2)
        by_wake_up(overdue_request(of=seller))
        second, settler = overdue_request(of=seller), SETTLERS[number % 3]
        _, written = two.race(
            lambda: selling.acknowledge(owner=seller.user),  # noqa: B023
            lambda: settler(second),  # noqa: B023
            delays=aim.delays,
        )
        assert written == 1
        unacknowledged = list(Verdict.objects.unacknowledged().filter(seller=seller))
        accepting = Service.objects.accepting().filter(seller=seller).count()
        if unacknowledged:
            assert [verdict.cancel_request_id for verdict in unacknowledged] == [second.pk]
            assert accepting == 0
        else:
            assert accepting == 2
        aim.first_won("for the first alone" if unacknowledged else "for both", won=bool(unacknowledged))
    assert set(aim.tally) == {"for the first alone", "for both"}


def test_resuming_one_service_against_a_second_verdict(two: Rivals, aim: Aim, rounds: Rounds) -> None:
    for number in rounds():
        seller = factories.seller(services=2)
        by_wake_up(overdue_request(of=seller))
        selling.acknowledge(owner=seller.user, services=[])
        second, settler = overdue_request(of=seller), SETTLERS[number % 3]
        one, _ = seller.services.order_by("pk")
        resumed, written = two.race(
            lambda: selling.resume(service_id=one.pk, owner=seller.user),  # noqa: B023
            lambda: settler(second),  # noqa: B023
            delays=aim.delays,
        )
        assert written == 1
        still_paused = set(
            PenaltyPause.objects.filter(service=one, lifted_at=None).values_list("verdict__cancel_request", flat=True)
        )
        assert second.pk in still_paused
        refused = isinstance(resumed, errors.SellerPaused)
        assert refused == (len(still_paused) == 2)
        assert not Service.objects.accepting().filter(seller=seller).exists()
        aim.first_won("refused" if refused else "resumed before", won=not refused)
    assert set(aim.tally) == {"refused", "resumed before"}


# Figures


def test_verdicts_for_one_seller_from_two_workers(two: Rivals, aim: Aim, rounds: Rounds) -> None:
    """Each counts both; a script shows what happens when the later writer read its clock first."""
    for number in rounds():
        seller = factories.seller(services=2)
        long_ago = open_request(room(of=seller, silent_for=days(6)), deadline=clock.now() - hours(1))
        just_now = open_request(room(of=seller, silent_for=days(6)), deadline=clock.now())
        settler = [by_wake_up, by_visit][number % 2]
        written = two.race(
            lambda: settler(long_ago),  # noqa: B023
            lambda: settler(just_now),  # noqa: B023
            delays=aim.delays,
        )
        assert sum(written) == 2
        seller.refresh_from_db()
        assert (seller.cancelled_at_fault, seller.rating_sum, seller.rating_count) == (2, 2, 2)
        assert PenaltyPause.objects.filter(verdict__seller=seller).count() == 4
        first = PenaltyPause.objects.filter(verdict__seller=seller).earliest("paused_at").verdict.cancel_request_id
        aim.first_won("first" if first == long_ago.pk else "second", won=first == long_ago.pk)
    assert set(aim.tally) == {"first", "second"}


def test_of_two_purchases_at_once_only_one_is_the_tenth(two: Rivals) -> None:
    """R8: at most `MOST_RUNNING_DEALS_WITH_ONE_SELLER` deals run between a buyer and a seller."""
    for _ in range(10):
        of, buyer = factories.seller(services=2), person("buyer")
        for _running in range(9):
            factories.deal(of=of, buyer=buyer)
        purchases = [partial(deals.buy, service_id=each.pk, buyer=buyer) for each in of.services.all()]
        outcomes = {type(each) for each in two.race(*purchases)}
        assert outcomes == {Deal, errors.TooManyRunningDeals}
        assert Deal.objects.filter(buyer=buyer, seller=of).count() == 10
