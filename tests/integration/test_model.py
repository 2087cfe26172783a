"""Whatever people do and in whatever order, the marketplace agrees with a small model of the help page."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from pytest_django import Settings

from marketplace import errors, models, rules
from marketplace.actions import cancel_requests, deadlines, deals, selling, standing, talk
from marketplace.alarms import WakeUp
from marketplace.models import CancelRequest, Event, Message, PenaltyPause, Review, TalkRoom, User
from marketplace.policy import Policy
from marketplace.querysets import facts
from marketplace.vocabulary import DeadlineKind, MessageKind, Party, ServiceStatus, WokenBy
from tests import factories
from tests.conftest import Clock
from tests.factories import MICROSECOND, completed_deal, days, hours
from tests.integration import page

pytestmark = pytest.mark.django_db

ROOMS_AT_MOST = 6
STATES = [ServiceStatus.ACCEPTING, ServiceStatus.ACCEPTING, ServiceStatus.PAUSED, ServiceStatus.DRAFT]
"""The services that each seller begins with."""


@dataclass(frozen=True)
class World:
    """What stands before an example begins: the rows, the clock that it turns, and what was seen so far."""

    clock: Clock
    settings: Settings
    people: dict[str, User]
    sellers: list[models.Seller]
    completed: list[list[tuple[datetime, int, int | None]]]
    """By seller: when a deal ended well, its price, its stars."""
    seen: Counter[str]


choice = st.integers(min_value=0, max_value=11)
parties = st.sampled_from(["buyer", "seller"])
silent_rooms = precondition(lambda machine: machine.page.rooms)


class Marketplace(RuleBasedStateMachine):
    """Does the same on the page and in the database, and compares."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        world = self.world
        self.around = transaction.atomic()
        self.around.__enter__()
        self.start = world.clock.at
        self.policy = Policy()
        world.settings.POLICY = self.policy
        self.page = page.Page([self._seller_on_the_page(number) for number in range(len(world.sellers))])
        self.rooms: dict[UUID, TalkRoom] = {}
        self.services = [
            [service.pk for service in models.Service.objects.filter(seller=seller).order_by("created_at", "title")]
            for seller in world.sellers
        ]

    def _seller_on_the_page(self, number: int) -> page.Seller:
        ended_well = self.world.completed[number]
        seller = page.Seller(
            person=f"seller {number}",
            services=[page.Service(state.value) for state in STATES],
            completed=[(at, price) for at, price, _ in ended_well],
            stars=[(at, stars) for at, _, stars in ended_well if stars],
        )
        seller.recount(self.now)
        return seller

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.around.__exit__(None, None, None)
        self.world.clock.at = self.start

    @property
    def now(self) -> datetime:
        return self.world.clock.at

    # Time

    @rule(by=st.sampled_from([MICROSECOND, hours(1), hours(12), hours(24), days(2), days(4), days(75)]))
    def time_passes(self, by: timedelta) -> None:
        self.world.clock.advance(by)

    @silent_rooms
    @rule(
        n=choice,
        party=parties,
        until=st.sampled_from(["the deadline", "the end of a silence", "24 hours after a request"]),
        beside=st.sampled_from([-MICROSECOND, timedelta(0), MICROSECOND]),
    )
    def a_moment_comes(self, n: int, party: str, until: str, beside: timedelta) -> None:
        """Stand at a boundary, or a microsecond beside it."""
        room = self._room(n)
        if until == "the end of a silence":
            self._wait_until(room.silent_since(party) + room.silence + beside)
        elif until == "the deadline" and room.open_request:
            self._wait_until(room.open_request.deadline + beside)
        elif room.requests:
            self._wait_until(room.requests[0].placed_at + hours(24) + beside)

    def _wait_until(self, moment: datetime) -> None:
        self.world.clock.at = max(self.now, moment)

    # Buying and selling

    @precondition(lambda machine: len(machine.page.rooms) < ROOMS_AT_MOST)
    @rule(
        buyer=st.sampled_from(["buyer", "buyer", "seller 0"]),
        who=st.sampled_from([0, 1]),
        n=choice,
        words=st.booleans(),
    )
    def buy(self, buyer: str, who: int, n: int, words: bool) -> None:  # noqa: FBT001
        seller, service, service_id = self._service(who, n)
        expected = self.page.buy(buyer, seller, service, words, self.now)
        deal = self._agree(
            "buy",
            expected,
            lambda: deals.buy(service_id=service_id, buyer=self.world.people[buyer], message="Hello" if words else ""),
        )
        if deal is not None:
            room = TalkRoom.objects.select_related("buyer", "seller").get(deal=deal)
            self.rooms[room.pk] = room

    @initialize()
    def three_purchases(self) -> None:
        for who in (1, 0, 1):
            self.buy("buyer", who, 0, words=True)

    @rule(who=st.sampled_from([0, 1]), n=choice, doing=st.sampled_from(["pause", "resume", "resume", "publish"]))
    def a_seller_decides(self, who: int, n: int, doing: str) -> None:
        {"pause": self.pause, "resume": self.resume, "publish": self.publish}[doing](who, n)

    def pause(self, who: int, n: int) -> None:
        seller, service, service_id = self._service(who, n)
        expected = self.page.pause(service)
        self._agree("pause", expected, lambda: selling.pause(service_id=service_id, owner=self._owner(seller)))

    def resume(self, who: int, n: int) -> None:
        seller, service, service_id = self._service(who, n)
        expected = self.page.resume(seller, service)
        self._agree("resume", expected, lambda: selling.resume(service_id=service_id, owner=self._owner(seller)))

    def publish(self, who: int, n: int) -> None:
        seller, service, service_id = self._service(who, n)
        expected = self.page.publish(service)
        self._agree("publish", expected, lambda: selling.publish(service_id=service_id, owner=self._owner(seller)))

    @rule(who=st.sampled_from([0, 1]), some=st.none() | st.sets(choice, max_size=3))
    def acknowledge(self, who: int, some: set[int] | None) -> None:
        seller = self.page.sellers[who]
        numbers = range(len(seller.services)) if some is None else {n % len(seller.services) for n in some}
        self.page.acknowledge(seller, [seller.services[n] for n in numbers], self.now)
        named = None if some is None else [self.services[who][n] for n in numbers]
        self._agree("acknowledge", None, lambda: selling.acknowledge(owner=self._owner(seller), services=named))

    @rule(silence=st.sampled_from([days(2), days(4)]), window=st.sampled_from([hours(12), hours(24)]))
    def the_policy_changes(self, silence: timedelta, window: timedelta) -> None:
        self.page.silence, self.page.window = silence, window
        self.world.settings.POLICY = replace(self.policy, silence_before_request=silence, reply_window=window)

    # Talking and asking

    @silent_rooms
    @rule(n=choice, party=parties, kind=st.sampled_from(["text", "progress_report", "automatic"]))
    def say(self, n: int, party: str, kind: str) -> None:
        expected = self.page.say(self._room(n), party, kind, self.now)
        room = self._row(n)
        self._agree(
            "say",
            expected,
            lambda: talk.post_message(
                room_id=room.pk, author=self._person(room, party), body="…", kind=MessageKind(kind)
            ),
        )

    @silent_rooms
    @rule(n=choice, party=parties)
    def ask(self, n: int, party: str) -> None:
        expected = self.page.ask(self._room(n), party, self.now)
        room = self._row(n)
        self._agree(
            "ask", expected, lambda: cancel_requests.place(room_id=room.pk, requester=self._person(room, party))
        )

    @silent_rooms
    @rule(n=choice, who=st.sampled_from(["buyer", "buyer", "seller"]))
    def ask_as_soon_as_possible(self, n: int, who: str) -> None:
        """Write, wait until the other side was silent for long enough, and ask."""
        room = self._room(n)
        if room.open_request or room.verdict:
            return
        if room.last_sender != who:
            self.say(n, who, "text")
        self._wait_until(room.silent_since(page.other(who)) + room.silence)
        self.ask(n, who)

    @silent_rooms
    @rule(
        n=choice,
        who=st.sampled_from(["buyer", "buyer", "seller"]),
        finder=st.integers(0, 4),
        beside=st.sampled_from([timedelta(0), MICROSECOND, MICROSECOND]),
    )
    def a_silence_lasts(self, n: int, who: str, finder: int, beside: timedelta) -> None:
        """Nobody answers until the deadline, or a microsecond longer; then somebody looks, or it is the silent one."""
        self.ask_as_soon_as_possible(n, who)
        request = self._room(n).open_request
        if request is None:
            return
        self._wait_until(request.deadline + beside)
        if finder < 4:
            self.somebody_looks(n, finder)
        else:
            self.say(n, page.other(request.requester), "text")

    @silent_rooms
    @rule(n=choice, party=parties)
    def withdraw(self, n: int, party: str) -> None:
        room, row = self._room(n), self._row(n)
        if not room.requests:
            return
        request = room.open_request or room.requests[-1]
        of_row = CancelRequest.objects.filter(room=row)
        latest = of_row.open().first() or of_row.filter(placed_at=request.placed_at).first()
        assert latest is not None
        expected = self.page.withdraw(room, request, party, self.now)
        self._agree(
            "withdraw",
            expected,
            lambda: cancel_requests.withdraw(request_id=latest.pk, person=self._person(row, party)),
        )

    # Who finds the deadline passed

    @silent_rooms
    @rule(n=choice, finder=st.integers(0, 3))
    def somebody_looks(self, n: int, finder: int) -> None:
        if finder == 0:
            self.sweep()
        elif finder == 1:
            self.wake_up(n, generation=1)
        elif finder == 2:
            self.visit(n)
        else:
            self.wake_up(n, generation=0)

    def sweep(self) -> None:
        expected = self.page.settle_all("sweep", self.now)
        assert deadlines.settle_overdue(woken_by=WokenBy.SWEEP).ended == expected
        self.world.seen["sweep: verdict"] += expected

    def wake_up(self, n: int, generation: int) -> None:
        """Early or of an older generation, it does nothing; in time, it settles whatever is overdue by now.

        Once its request has ended, it does the same if anything from its deadline on is overdue.
        """
        room, row = self._room(n), self._row(n)
        request = CancelRequest.objects.filter(room=row).order_by("ended_at").last()  # the open one: nulls are last
        if request is None:
            return
        assert request.reply_deadline is not None
        overdue = [
            each.open_request.deadline for each in self.page.rooms if each.open_request and each.is_overdue(self.now)
        ]
        finds = room.is_overdue(self.now) or (
            room.open_request is None and any(deadline >= request.reply_deadline for deadline in overdue)
        )
        expected = self.page.settle_all("eta", self.now) if finds and generation == request.generation else 0
        written = deadlines.wake_up(WakeUp(DeadlineKind.REPLY, request.pk, generation), rings=deadlines.RINGS_AT_MOST)
        assert written.ended == expected
        self.world.seen["wake-up: verdict"] += expected

    def visit(self, n: int) -> None:
        expected = self.page.settle(self._room(n), "visit", self.now)
        assert deadlines.settle_room(self._row(n).pk, woken_by=WokenBy.VISIT).ended == expected
        self.world.seen["visit: verdict"] += expected

    # What must agree after each step

    @invariant()
    def deals_and_rooms_agree(self) -> None:
        shown = {row.pk: row for row in TalkRoom.objects.select_related("deal").filter(pk__in=self.rooms)}
        for room_id, room in zip(self.rooms, self.page.rooms, strict=True):
            row = shown[room_id]
            assert (row.deal.status, row.deal.ended_at) == (room.status, room.ended_at)
            assert (row.deal.silence_before_request, row.deal.reply_window) == (room.silence, room.window)
            assert row.buyer_last_contact_at == room.contact.get("buyer")
            assert row.seller_last_contact_at == room.contact.get("seller")
            assert row.last_sender == room.last_sender
            self._who_may_ask_agrees(row, room)

    def _who_may_ask_agrees(self, row: TalkRoom, room: page.Room) -> None:
        known = facts.talk(row, row.deal, self.now, self.policy.requests_counted_over)
        for party in Party:
            refused = rules.refusal(self.policy, known, party, self.now)
            assert (refused.code if refused else None) == room.refusal(party.value, self.now)

    @invariant()
    def requests_and_verdicts_agree(self) -> None:
        fields = ("room", "requester", "placed_at", "reply_deadline", "status", "ended_at")
        expected = [
            (row.pk, each.requester, each.placed_at, each.deadline, each.status, each.ended_at)
            for row, room in zip(self.rooms.values(), self.page.rooms, strict=True)
            for each in room.requests
        ]
        assert Counter(CancelRequest.objects.values_list(*fields)) == Counter(expected)
        facts_of_a_verdict = ("deal", "at_fault", "effective_at", "recorded_at", "woken_by")
        found = [
            (row.deal_id, each.at_fault, each.effective_at, each.recorded_at, each.woken_by)
            for row, room in zip(self.rooms.values(), self.page.rooms, strict=True)
            for each in [room.verdict]
            if each
        ]
        assert Counter(models.Verdict.objects.values_list(*facts_of_a_verdict)) == Counter(found)

    @invariant()
    def what_sellers_answer_for_agrees(self) -> None:
        shown = models.Seller.objects.in_bulk()
        for before, seller in self._sellers():
            row = shown[before.pk]
            counted = (row.completed, row.revenue_yen, row.cancelled_at_fault, row.rating_sum, row.rating_count)
            assert counted == seller.figures
            assert (row.rank, row.search_rank) == (seller.rank, seller.search_rank)
            self.world.seen[f"rank: {row.rank}"] += 1
            self.world.seen["below the line"] += row.search_rank < 0
        reviews = [(row.pk, at, stars) for row, each in self._sellers() for at, stars in each.stars]
        assert Counter(Review.objects.values_list("seller", "dated_at", "rating")) == Counter(reviews)
        acknowledged = [(row.pk, given.acknowledged_at) for row, each in self._sellers() for given in each.verdicts]
        at_fault = models.Verdict.objects.filter(at_fault="seller")
        assert Counter(at_fault.values_list("seller", "acknowledged_at")) == Counter(acknowledged)

    @invariant()
    def services_agree(self) -> None:
        shown = {service.pk: service for service in models.Service.objects.with_status()}
        held = Counter(PenaltyPause.objects.filter(lifted_at=None).values_list("service", flat=True))
        for ids, seller in zip(self.services, self.page.sellers, strict=True):
            for service_id, service in zip(ids, seller.services, strict=True):
                row = shown[service_id]
                covered = service.own_status == "accepting" and not seller.accepts(service)
                assert row.own_status == service.own_status
                assert row.status == ("paused" if covered else service.own_status)
                assert row.search_rank == seller.search_rank
                assert held[service_id] == len([pause for pause in service.pauses if not pause.lifted])

    @invariant()
    def nothing_else_happened(self) -> None:
        assert Message.objects.exclude(sender=None).count() == self.page.said
        told = Counter(Event.objects.filter(kind__in=set(TOLD)).values_list("kind", flat=True))
        assert told == +self.page.told

    # How the two sides name the same thing

    def _agree(self, doing: str, expected: str | None, act: Callable[[], Any]) -> Any:
        """Act, and compare what it is refused with. Returns what was made, None when refused."""
        self.world.seen[f"{doing}: {expected or 'done'}"] += 1
        try:
            made = act()
        except errors.Refusal as refused:
            assert refused.code == expected  # noqa: PT017 - a refusal may be right or wrong here
            return None
        assert expected is None, f"{doing} was not refused with {expected}"
        return made

    def _room(self, n: int) -> page.Room:
        return self.page.rooms[n % len(self.page.rooms)]

    def _row(self, n: int) -> TalkRoom:
        return list(self.rooms.values())[n % len(self.rooms)]

    def _person(self, room: TalkRoom, party: str) -> User:
        return room.buyer if party == "buyer" else room.seller

    def _service(self, who: int, n: int) -> tuple[page.Seller, page.Service, Any]:
        seller = self.page.sellers[who]
        n %= len(seller.services)
        return seller, seller.services[n], self.services[who][n]

    def _owner(self, seller: page.Seller) -> User:
        return self.world.people[seller.person]

    def _sellers(self) -> list[tuple[models.Seller, page.Seller]]:
        return list(zip(self.world.sellers, self.page.sellers, strict=True))


TOLD = [
    "deal_purchased",
    "request_placed",
    "request_revoked",
    "request_withdrawn",
    "reply_refused_late",
    "deal_cancelled",
]

MUST_BE_SEEN = {
    "buy: done",
    "buy: own_service",
    "buy: not_found",
    "buy: service_not_accepting",
    "say: done",
    "say: reply_deadline_passed",
    "say: room_closed",
    "ask: done",
    "ask: deal_not_in_progress",
    "ask: request_already_open",
    "ask: last_message_not_yours",
    "ask: respondent_contacted_recently",
    "ask: reply_deadline_passed",
    "withdraw: done",
    "withdraw: permission_denied",
    "withdraw: request_not_open",
    "withdraw: reply_deadline_passed",
    "resume: done",
    "resume: seller_paused",
    "publish: done",
    "sweep: verdict",
    "wake-up: verdict",
    "visit: verdict",
    "rank: regular",
    "rank: silver",
    "rank: gold",
    "below the line",
}


@pytest.fixture
def world(frozen: Clock, settings: Settings) -> World:
    """Two sellers: one of gold, one whom two silences bring below the line."""
    people = {"buyer": factories.person("buyer")}
    sellers, completed = [], []
    histories: list[list[tuple[datetime, int, int | None]]] = [
        [(frozen.at - days(2 * n), 5_000, 5) for n in range(12)],
        [(frozen.at - days(n), 1_000, 3 if n == 1 else None) for n in range(1, 5)],
    ]
    for number, history in enumerate(histories):
        seller = factories.seller(services=0)
        for n, state in enumerate(STATES):
            factories.service(seller, own_status=state, title=f"Service {n}")
        for at, price, stars in history:
            completed_deal(of=seller, ended_at=at, price=price, rating=stars, buyer=people["buyer"])
        standing.recompute(seller_ids=[seller.pk])
        people[f"seller {number}"] = seller.user
        sellers.append(seller)
        completed.append(history)
    return World(frozen, settings, people, sellers, completed, Counter())


def test_the_marketplace_agrees_with_the_help_page(world: World, pytestconfig: pytest.Config) -> None:
    """The same examples in each run; with `--long` others, more, and what fails is made small (it takes minutes)."""
    long = pytestconfig.getoption("--long")
    profile = settings(
        max_examples=1000 if long else 80,
        stateful_step_count=40,
        phases=[Phase.generate, Phase.shrink] if long else [Phase.generate],
        deadline=None,
        derandomize=not long,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    Marketplace.world = world
    run_state_machine_as_test(Marketplace, settings=profile)
    assert not MUST_BE_SEEN - set(+world.seen)
