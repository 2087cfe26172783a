"""R9: a service's own state is its owner's; penalty pauses are rows of their own, one a verdict and service."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from marketplace import errors, rules
from marketplace.actions import deadlines, selling, standing, steering
from marketplace.models import Event, PenaltyPause, Seller, Service, User, Verdict
from marketplace.vocabulary import EventKind, NotAccepting, Party, ServiceStatus, WokenBy
from tests.conftest import Clock
from tests.support.factories import MICROSECOND, completed_deal, hours, overdue_room, person, service

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)


def silence_of(seller: Seller, *, settled: bool = True) -> Verdict | None:
    """Let a deal of this seller be cancelled by the seller's silence; returns the verdict."""
    room = overdue_room(of=seller)
    if settled:
        deadlines.settle_overdue(woken_by=WokenBy.SWEEP)
    return Verdict.objects.filter(deal=room.deal_id).first()


def accepting(seller: Seller) -> set[str]:
    return set(Service.objects.accepting().filter(seller=seller).values_list("title", flat=True))


@pytest.fixture
def seller(frozen: Clock) -> Seller:
    """A seller of a logo, a song and a text; a paused one and a draft."""
    made = Seller.objects.create(user=person("seller"), created_at=frozen.at)
    for title in ("logo", "song", "text"):
        service(made, title=title)
    service(made, title="paused", own_status=ServiceStatus.PAUSED)
    service(made, title="draft", own_status=ServiceStatus.DRAFT)
    return made


def the(title: str) -> uuid.UUID:
    return Service.objects.get(title=title).pk


# An owner's own states


def test_the_first_service_makes_its_owner_a_seller_and_is_a_draft(frozen: Clock, stranger: User) -> None:
    made = selling.create(owner=stranger, title="New", description="…", price=300)
    own = Seller.objects.get(user=stranger)
    assert (made.seller, made.own_status, made.status) == (own, "draft", "draft")
    assert made.search_rank == own.search_rank == 350
    again = selling.create(owner=stranger, title="Another", description="", price=1)
    assert again.seller == own


def test_a_draft_is_published_once(seller: Seller) -> None:
    assert selling.publish(service_id=the("draft"), owner=seller.user).status == "accepting"
    for title in ("draft", "logo", "paused"):
        with pytest.raises(errors.AlreadyPublished):
            selling.publish(service_id=the(title), owner=seller.user)
    assert Event.objects.filter(kind=EventKind.SERVICE_PUBLISHED).count() == 1


def test_an_owner_pauses_and_resumes(seller: Seller) -> None:
    assert selling.pause(service_id=the("logo"), owner=seller.user).status == "paused"
    assert accepting(seller) == {"song", "text"}
    assert selling.resume(service_id=the("logo"), owner=seller.user).status == "accepting"
    assert selling.resume(service_id=the("paused"), owner=seller.user).status == "accepting"
    assert accepting(seller) == {"logo", "song", "text", "paused"}


@pytest.mark.parametrize("doing", [selling.pause, selling.resume])
def test_a_draft_is_neither_paused_nor_resumed(seller: Seller, doing: Callable[..., Any]) -> None:
    with pytest.raises(errors.ServiceIsDraft):
        doing(service_id=the("draft"), owner=seller.user)
    assert Service.objects.get(title="draft").own_status == "draft"
    assert not Event.objects.exists()


@pytest.mark.parametrize("doing", [selling.publish, selling.pause, selling.resume, selling.change])
def test_a_stranger_touches_no_service(seller: Seller, stranger: User, doing: Callable[..., Any]) -> None:
    selling.create(owner=stranger, title="Mine", description="", price=1)
    before = list(Service.objects.order_by("pk").values())
    with pytest.raises(errors.NotYoursToDo):
        doing(service_id=the("logo"), owner=stranger)
    with pytest.raises(errors.NotFound):  # no leak that a draft exists
        doing(service_id=the("draft"), owner=stranger)
    with pytest.raises(errors.NotFound):
        doing(service_id=uuid.uuid4(), owner=stranger)
    with pytest.raises(errors.NotYoursToDo):
        doing(service_id=the("logo"), owner=person("without-services"))
    assert list(Service.objects.order_by("pk").values()) == before


# 「全サービスが受付休止中」


def test_a_verdict_pauses_every_accepting_service_and_leaves_the_own_states_alone(
    seller: Seller, frozen: Clock
) -> None:
    verdict = silence_of(seller)
    pauses = PenaltyPause.objects.filter(verdict=verdict)
    assert set(pauses.values_list("service__title", "paused_at", "lifted_at")) == {
        (title, frozen.at, None) for title in ("logo", "song", "text")
    }
    states = dict(Service.objects.values_list("title", "own_status"))
    assert states == {
        "logo": "accepting",
        "song": "accepting",
        "text": "accepting",
        "paused": "paused",
        "draft": "draft",
    }
    assert {each.status for each in Service.objects.with_status().exclude(title="draft")} == {"paused"}
    assert accepting(seller) == set()


def test_a_silent_buyer_pauses_nothing(seller: Seller) -> None:
    overdue_room(of=seller, silent=Party.BUYER)
    deadlines.settle_overdue(woken_by=WokenBy.SWEEP)
    assert accepting(seller) == {"logo", "song", "text"}
    assert selling.resume(service_id=the("paused"), owner=seller.user).status == "accepting"


def test_another_seller_s_services_go_on(seller: Seller) -> None:
    silence_of(Seller.objects.create(user=person("other"), created_at=seller.created_at))
    assert accepting(seller) == {"logo", "song", "text"}


def test_what_is_published_before_the_acknowledgement_does_not_accept_either(seller: Seller) -> None:
    silence_of(seller)
    assert selling.publish(service_id=the("draft"), owner=seller.user).status == "paused"
    assert not PenaltyPause.objects.filter(service__title="draft").exists()
    selling.acknowledge(owner=seller.user, services=[])
    assert accepting(seller) == {"draft"}


def test_what_the_owner_paused_meanwhile_stays_paused_after_the_return(seller: Seller) -> None:
    silence_of(seller)
    selling.pause(service_id=the("logo"), owner=seller.user)
    selling.acknowledge(owner=seller.user)
    assert accepting(seller) == {"song", "text"}


# Coming back


def test_acknowledging_lifts_all_by_default(seller: Seller, frozen: Clock) -> None:
    verdict = silence_of(seller)
    frozen.advance(hours(1))
    selling.acknowledge(owner=seller.user)
    assert accepting(seller) == {"logo", "song", "text"}
    assert set(PenaltyPause.objects.values_list("lifted_at", flat=True)) == {frozen.at}
    assert verdict is not None
    verdict.refresh_from_db()
    assert verdict.acknowledged_at == frozen.at
    event = Event.objects.get(kind=EventKind.SELLER_RESUMED)
    assert (event.seller, event.actor, event.data["verdicts"]) == (seller, seller.user, 1)


def test_those_not_named_are_lifted_one_by_one_later(seller: Seller) -> None:
    silence_of(seller)
    selling.acknowledge(owner=seller.user, services=[the("logo")])
    assert accepting(seller) == {"logo"}
    selling.resume(service_id=the("song"), owner=seller.user)
    assert accepting(seller) == {"logo", "song"}
    assert PenaltyPause.objects.filter(lifted_at=None).count() == 1


def test_a_single_service_does_not_resume_before_the_acknowledgement(seller: Seller) -> None:
    silence_of(seller)
    for title in ("logo", "paused"):
        with pytest.raises(errors.SellerPaused):
            selling.resume(service_id=the(title), owner=seller.user)
    assert accepting(seller) == set()
    assert PenaltyPause.objects.filter(lifted_at=None).count() == 3
    assert Service.objects.get(title="paused").own_status == "paused"
    assert not Event.objects.filter(kind=EventKind.SERVICE_RESUMED).exists()


def test_ids_that_are_not_one_s_own_resume_nothing(seller: Seller) -> None:
    verdict = silence_of(seller)
    other = Seller.objects.create(user=person("other"), created_at=seller.created_at)
    for foreign in (service(other).pk, uuid.uuid4()):
        with pytest.raises(errors.NotYourService):
            selling.acknowledge(owner=seller.user, services=[the("logo"), foreign])
    assert verdict is not None
    verdict.refresh_from_db()
    assert verdict.acknowledged_at is None
    assert PenaltyPause.objects.filter(lifted_at=None).count() == 3
    assert not Event.objects.filter(kind=EventKind.SELLER_RESUMED).exists()


def test_who_sells_nothing_has_nothing_to_resume(stranger: User) -> None:
    with pytest.raises(errors.NotASeller):
        selling.acknowledge(owner=stranger)
    assert not Seller.objects.exists()


def test_acknowledging_twice_tells_nothing_new(seller: Seller, frozen: Clock) -> None:
    verdict = silence_of(seller)
    selling.acknowledge(owner=seller.user)
    first = frozen.at
    frozen.advance(SECOND)
    selling.acknowledge(owner=seller.user)
    assert verdict is not None
    verdict.refresh_from_db()
    assert verdict.acknowledged_at == first
    assert set(PenaltyPause.objects.values_list("lifted_at", flat=True)) == {first}
    assert Event.objects.filter(kind=EventKind.SELLER_RESUMED).count() == 1


# "Two verdicts on one seller work, in any order"


def test_a_second_verdict_writes_its_rows_although_the_first_pauses_already(seller: Seller) -> None:
    first, second = silence_of(seller), silence_of(seller)
    assert [PenaltyPause.objects.filter(verdict=each).count() for each in (first, second)] == [3, 3]
    selling.acknowledge(owner=seller.user)
    assert accepting(seller) == {"logo", "song", "text"}
    assert not PenaltyPause.objects.filter(lifted_at=None).exists()


def test_each_verdict_needs_an_acknowledgement_made_after_it_was_written(seller: Seller, frozen: Clock) -> None:
    """A deadline that passed before the acknowledgement is not acknowledged by it: nobody had written it."""
    first = silence_of(seller)
    silence_of(seller, settled=False)
    selling.acknowledge(owner=seller.user)
    assert accepting(seller) == {"logo", "song", "text"}
    frozen.advance(MICROSECOND)
    deadlines.settle_overdue(woken_by=WokenBy.SWEEP)

    unacknowledged = Verdict.objects.unacknowledged().get()
    assert unacknowledged != first
    assert accepting(seller) == set()
    with pytest.raises(errors.SellerPaused):
        selling.resume(service_id=the("logo"), owner=seller.user)
    selling.acknowledge(owner=seller.user)
    assert accepting(seller) == {"logo", "song", "text"}


def test_what_was_resumed_between_two_verdicts_is_paused_by_the_second_alone(seller: Seller) -> None:
    first = silence_of(seller)
    selling.acknowledge(owner=seller.user, services=[the("logo")])
    second = silence_of(seller)
    holding = PenaltyPause.objects.filter(lifted_at=None)
    assert {each.verdict for each in holding.filter(service__title="logo")} == {second}
    assert {each.verdict for each in holding.filter(service__title="song")} == {first, second}
    selling.acknowledge(owner=seller.user, services=[the("song")])
    assert accepting(seller) == {"song"}


def test_search_rank_of_what_is_created_after_a_verdict_is_the_seller_s(seller: Seller) -> None:
    silence_of(seller)
    seller.refresh_from_db()
    assert seller.search_rank == 100
    created = selling.create(owner=seller.user, title="New", description="", price=1)
    assert created.search_rank == 100


def stored_ranks() -> set[Decimal]:
    return set(Service.objects.values_list("search_rank", flat=True))


def test_what_no_list_shows_gets_its_search_rank_with_the_return(frozen: Clock, seller: Seller) -> None:
    for _ in range(2):
        silence_of(seller)
        seller.refresh_from_db()
    completed_deal(of=seller, ended_at=frozen.at, rating=5)
    standing.recompute(seller_ids=[seller.pk])
    assert stored_ranks() == {350}
    selling.acknowledge(owner=seller.user, services=[])
    seller.refresh_from_db()
    assert stored_ranks() == {seller.search_rank} != {350}


def test_what_no_list_shows_gets_its_search_rank_with_the_last_reversal(frozen: Clock, seller: Seller) -> None:
    for _ in range(2):
        silence_of(seller)
    completed_deal(of=seller, ended_at=frozen.at, rating=5)
    root = person("root", is_staff=True, is_superuser=True)
    for verdict, stored in zip(Verdict.objects.all(), (350, 500), strict=True):
        steering.reverse(verdict_id=verdict.pk, staff=root, reason="illness")
        assert stored_ranks() == {stored}


# What was shown is acknowledged, and nothing else


def test_a_verdict_that_was_not_shown_is_not_acknowledged_and_neither_are_those_that_were(seller: Seller) -> None:
    shown, written_meanwhile = silence_of(seller), silence_of(seller)
    assert shown is not None
    assert written_meanwhile is not None
    for seen in ([], [shown.pk], [shown.pk, uuid.uuid4()]):
        with pytest.raises(errors.Stale):
            selling.acknowledge(owner=seller.user, seen=seen)
    assert Verdict.objects.unacknowledged().filter(seller=seller).count() == 2
    assert PenaltyPause.objects.filter(lifted_at=None).count() == 6
    assert not Event.objects.filter(kind=EventKind.SELLER_RESUMED).exists()
    selling.acknowledge(owner=seller.user, seen=[shown.pk, written_meanwhile.pk])
    assert accepting(seller) == {"logo", "song", "text"}


def test_having_seen_more_than_is_open_is_no_hindrance(seller: Seller) -> None:
    first = silence_of(seller)
    assert first is not None
    selling.acknowledge(owner=seller.user, seen=[first.pk], services=[])
    selling.acknowledge(owner=seller.user, seen=[first.pk], services=[the("logo")])
    assert accepting(seller) == {"logo"}


def test_the_reasons_agree_with_the_state_that_others_see(seller: Seller) -> None:
    def agree() -> None:
        for each in Service.objects.with_status().with_penalty():
            why = rules.not_accepting(
                ServiceStatus(each.own_status),
                paused_by_penalty=each.paused_by_penalty,
                awaits_acknowledgement=each.awaits_acknowledgement,
            )
            assert (not why) == (each.status == ServiceStatus.ACCEPTING), each
            assert (NotAccepting.DRAFT in why) == (each.status == ServiceStatus.DRAFT), each

    agree()
    silence_of(seller)
    agree()
    selling.acknowledge(owner=seller.user, services=[the("logo")])
    agree()
    assert accepting(seller) == {"logo"}
