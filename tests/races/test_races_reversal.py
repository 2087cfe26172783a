"""Races of a reversal: against the seller's return, another verdict, a purchase, another reversal."""

from collections.abc import Callable, Iterator

import pytest

from marketplace import errors
from marketplace.actions import deals, selling, steering
from marketplace.models import Deal, Event, PenaltyPause, Seller, Service, User, Verdict
from tests.races.settlers import SETTLERS, Due, by_wake_up
from tests.support import factories
from tests.support.factories import overdue_room, person
from tests.support.rivals import Aim, Rivals

pytestmark = pytest.mark.django_db(transaction=True)

Rounds = Callable[[], Iterator[int]]


@pytest.fixture
def operator(transactional_db: None) -> User:
    return person("operator", is_staff=True, is_superuser=True)


def overdue(of: Seller) -> Due:
    return Due.reply_in(overdue_room(of=of))


def verdict_on(seller: Seller) -> Verdict:
    due = overdue(seller)
    assert by_wake_up(due) == 1
    return Verdict.objects.get(cancel_request=due.row)


def accepting(seller: Seller) -> int:
    return Service.objects.accepting().filter(seller=seller).count()


def stands_as_if_nothing_had_been(seller: Seller) -> bool:
    seller.refresh_from_db()
    return (seller.cancelled_at_fault, seller.rating_count, accepting(seller)) == (0, 0, 2)


def test_reversing_against_the_acknowledgement(two: Rivals, aim: Aim, rounds: Rounds, operator: User) -> None:
    for _ in rounds():
        seller = factories.seller(services=2)
        verdict = verdict_on(seller)
        _reversed, acknowledged = two.race(
            lambda: steering.reverse(verdict_id=verdict.pk, staff=operator, reason="Illness"),  # noqa: B023
            lambda: selling.acknowledge(owner=seller.user),  # noqa: B023
            delays=aim.delays,
        )
        assert (_reversed, acknowledged) == (verdict, seller)
        verdict.refresh_from_db()
        assert verdict.at_fault == "nobody"
        assert stands_as_if_nothing_had_been(seller)
        had_to = verdict.acknowledged_at is not None
        told = Event.objects.get(kind="verdict_reversed", data__verdict=str(verdict.pk))
        assert told.data["pauses_lifted"] == (0 if had_to else 2)
        assert Event.objects.filter(kind="seller_resumed", seller=seller).exists() == had_to
        aim.first_won("acknowledged before" if had_to else "nothing to acknowledge", won=not had_to)
    assert set(aim.tally) == {"acknowledged before", "nothing to acknowledge"}


def test_reversing_against_resuming_one_service(two: Rivals, aim: Aim, rounds: Rounds, operator: User) -> None:
    for _ in rounds():
        seller = factories.seller(services=2)
        verdict = verdict_on(seller)
        one, _ = seller.services.order_by("pk")
        _, resumed = two.race(
            lambda: steering.reverse(verdict_id=verdict.pk, staff=operator, reason="Illness"),  # noqa: B023
            lambda: selling.resume(service_id=one.pk, owner=seller.user),  # noqa: B023
            delays=aim.delays,
        )
        assert stands_as_if_nothing_had_been(seller)
        refused = isinstance(resumed, errors.SellerPaused)
        assert Event.objects.filter(kind="service_resumed", seller=seller).exists() != refused
        aim.first_won("refused" if refused else "resumed after", won=not refused)
    assert set(aim.tally) == {"refused", "resumed after"}


def test_reversing_against_another_verdict_on_the_seller(two: Rivals, aim: Aim, rounds: Rounds, operator: User) -> None:
    for number in rounds():
        seller, settler = factories.seller(services=2), SETTLERS[number % 3]
        first = verdict_on(seller)
        second = overdue(seller)
        _, ended = two.race(
            lambda: steering.reverse(verdict_id=first.pk, staff=operator, reason="Illness"),  # noqa: B023
            lambda: settler(second),  # noqa: B023
            delays=aim.delays,
        )
        assert ended == 1
        seller.refresh_from_db()
        assert (seller.cancelled_at_fault, seller.rating_sum, seller.rating_count) == (1, 1, 1)
        holding = PenaltyPause.objects.filter(service__seller=seller, lifted_at=None)
        assert [pause.verdict.cancel_request_id for pause in holding] == [second.row] * 2
        assert accepting(seller) == 0
        counted = [
            each.data["cancelled_at_fault"]
            for each in Event.objects.filter(seller=seller, kind="standing_changed").order_by("id")
        ]
        reversal_first = counted == [[0, 1], [1, 0], [0, 1]]
        assert reversal_first or counted == [[0, 1], [1, 2], [2, 1]]
        aim.first_won("reversal first" if reversal_first else "verdict first", won=reversal_first)
    assert set(aim.tally) == {"reversal first", "verdict first"}


def test_reversing_against_a_purchase(two: Rivals, aim: Aim, rounds: Rounds, operator: User) -> None:
    buyer = person("buyer")
    for _ in rounds():
        seller = factories.seller(services=2)
        verdict = verdict_on(seller)
        one, _ = seller.services.order_by("pk")
        _, bought = two.race(
            lambda: steering.reverse(verdict_id=verdict.pk, staff=operator, reason="Illness"),  # noqa: B023
            lambda: deals.buy(service_id=one.pk, buyer=buyer),  # noqa: B023
            delays=aim.delays,
        )
        verdict.refresh_from_db()
        stands = isinstance(bought, Deal)
        if stands:
            assert verdict.reversed_at is not None
            assert bought.purchased_at > verdict.reversed_at
        else:
            assert isinstance(bought, errors.ServiceNotAccepting)
            assert not Deal.objects.filter(buyer=buyer, seller=seller).exists()
        assert stands_as_if_nothing_had_been(seller)
        aim.first_won("bought after" if stands else "refused", won=stands)
    assert set(aim.tally) == {"bought after", "refused"}


def test_two_reversals_of_one_verdict(two: Rivals, aim: Aim, rounds: Rounds, operator: User) -> None:
    for _ in rounds():
        seller = factories.seller(services=2)
        verdict = verdict_on(seller)

        def undo(reason: str) -> Verdict:
            return steering.reverse(verdict_id=verdict.pk, staff=operator, reason=reason)  # noqa: B023

        outcomes = two.race(lambda: undo("first"), lambda: undo("second"), delays=aim.delays)
        verdict.refresh_from_db()
        assert [type(each) for each in outcomes if each != verdict] == [errors.AlreadyReversed]
        assert Event.objects.get(kind="verdict_reversed", seller=seller).data["reason"] == verdict.reversed_because
        assert stands_as_if_nothing_had_been(seller)
        aim.first_won(verdict.reversed_because, won=verdict.reversed_because == "first")
    assert set(aim.tally) == {"first", "second"}


def test_reversals_of_two_verdicts_on_one_seller(two: Rivals, aim: Aim, rounds: Rounds, operator: User) -> None:
    for _ in rounds():
        seller = factories.seller(services=2)
        verdicts = [verdict_on(seller), verdict_on(seller)]
        two.race(
            lambda: steering.reverse(verdict_id=verdicts[0].pk, staff=operator, reason="Illness"),  # noqa: B023
            lambda: steering.reverse(verdict_id=verdicts[1].pk, staff=operator, reason="Illness"),  # noqa: B023
            delays=aim.delays,
        )
        assert stands_as_if_nothing_had_been(seller)
        earlier = Event.objects.filter(kind="verdict_reversed", seller=seller).earliest("occurred_at")
        first = earlier.data["verdict"] == str(verdicts[0].pk)
        aim.first_won("first" if first else "second", won=first)
    assert set(aim.tally) == {"first", "second"}
