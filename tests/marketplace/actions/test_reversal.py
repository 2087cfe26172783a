"""R10: undoing exactly. Whatever came before and in between, a reversed verdict leaves what R10 names and no more."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from marketplace import errors
from marketplace.actions import cancel_requests, deadlines, deals, delivery, selling, standing, steering, talk
from marketplace.models import CancelRequest, PenaltyPause, Review, Seller, Service, TalkRoom, User, Verdict
from marketplace.policy import Policy
from marketplace.reads.people import buyer_record
from marketplace.vocabulary import DeadlineKind, ServiceStatus, WokenBy
from tests.conftest import Clock
from tests.model.on_the_page import three_months_before
from tests.support import factories
from tests.support.factories import MICROSECOND, completed_deal, days, hours
from tests.support.tables import Difference, differences, every_row

pytestmark = [pytest.mark.django_db, pytest.mark.thorough]

LIMITED = 2
"""How many rooms, the last of `ROOMS`, were bought with a first-contact limit."""
ROOMS = [0, 0, 0, 0, 1, 1, 0, 1]
"""Whose service each room was bought from."""
LIMIT = days(10)
WHY = "the platform was down"


@dataclass
class World:
    clock: Clock
    settings: Settings
    sellers: list[Seller]
    buyers: list[User]
    staff: User
    seen: Counter[str] = field(default_factory=Counter)


@pytest.fixture
def world(frozen: Clock, settings: Settings) -> World:
    """Two sellers, one of gold; two buyers, one of whom sells too."""
    sellers = [factories.seller(services=2) for _ in range(2)]
    for seller in sellers:
        factories.service(seller, own_status=ServiceStatus.PAUSED, title="Paused")
        factories.service(seller, own_status=ServiceStatus.DRAFT, title="Draft")
    for n in range(12):
        completed_deal(of=sellers[0], ended_at=frozen.at - days(2 * n), rating=5)
    standing.recompute(seller_ids=[seller.pk for seller in sellers])
    buyers = [factories.person("buyer"), sellers[1].user]
    staff = factories.person("staff", is_staff=True, is_superuser=True)
    return World(frozen, settings, sellers, buyers, staff)


Step = tuple[Any, ...]
room_numbers = st.integers(0, len(ROOMS) - LIMITED - 1)
whose = st.sampled_from([0, 0, 1])
silences = st.tuples(
    st.just("silence"), st.lists(room_numbers, min_size=1, max_size=2), st.sampled_from(["seller"] * 3 + ["buyer"])
)
limits = st.tuples(st.just("no_first_contact"), st.integers(len(ROOMS) - LIMITED, len(ROOMS) - 1), st.booleans())
steps = st.one_of(
    silences,
    silences,
    limits,
    st.tuples(st.just("sale"), room_numbers, st.integers(1, 5)),
    st.tuples(st.sampled_from(["pause", "resume", "publish"]), whose, st.integers(0, 3)),
    st.tuples(st.just("acknowledge"), whose, st.none() | st.sets(st.integers(0, 3), max_size=2)),
    st.tuples(st.just("have_it_resumed"), whose),
    st.tuples(st.just("reverse"), st.integers(0, 5)),
    st.tuples(st.just("wait"), st.sampled_from([1, 40])),
)
histories = st.lists(steps, min_size=6, max_size=10)
A_HARD_YEAR: list[Step] = [
    ("no_first_contact", 6, True),
    ("silence", [0, 1], "seller"),
    ("acknowledge", 0, {0}),
    ("silence", [4], "buyer"),
    ("resume", 0, 1),
    ("sale", 3, 1),
    ("silence", [2], "seller"),
    ("reverse", 1),
    ("reverse", 0),
    ("wait", 40),
]
"""What must be tried, whatever is drawn."""


class History:
    """Lives through some steps. Of the rooms in `spared`, the silent party speaks up just in time."""

    def __init__(self, world: World, *, spared: Collection[int] = ()) -> None:
        self.world, self.spared = world, spared
        self.carried_out: dict[int, datetime] = {}
        """Which steps were not refused, and when: a twin does these only, and then."""
        self.touched: set[int] = set()
        self.verdicts: list[int] = []
        """The rooms with a verdict, in the order in which they were cancelled."""
        self.reversed: list[int] = []
        self.before_a_verdict: Callable[[TalkRoom], None] = lambda _: None
        self.rooms = [self._buy(number, seller) for number, seller in enumerate(ROOMS)]

    def _buy(self, number: int, seller: int) -> TalkRoom:
        limit = LIMIT if number >= len(ROOMS) - LIMITED else None
        self.world.settings.POLICY = replace(Policy(), first_contact_window=limit)
        service = self._services(seller)[0]
        buyer = self.world.buyers[0 if seller == 1 else number % 2]
        deal = deals.buy(service_id=service, buyer=buyer, message="Hello")
        room: TalkRoom = TalkRoom.objects.select_related("buyer", "seller").get(deal=deal)
        return room

    def _services(self, seller: int) -> list[UUID]:
        own = Service.objects.filter(seller=self.world.sellers[seller])
        return list(own.order_by("created_at", "title", "pk").values_list("pk", flat=True))

    def live(self, steps: Sequence[Step]) -> "History":
        for number, (doing, *given_to) in enumerate(steps):
            began = self.world.clock.at
            try:
                getattr(self, doing)(*given_to)
            except errors.Refusal as refused:
                self.world.seen[refused.code] += 1
            else:
                self.carried_out[number] = began
            self.world.clock.advance(hours(1))
        return self

    def live_like(self, other: "History", steps: Sequence[Step], until: datetime) -> "History":
        """Do what was done in the other history, at the same times; what was reversed there never happens here."""
        for number, began in other.carried_out.items():
            doing, *given_to = steps[number]
            self.world.clock.at = began
            if doing != "reverse":
                getattr(self, doing)(*given_to)
        self.world.clock.at = until
        return self

    def silence(self, numbers: list[int], silent: str) -> None:
        """One or two rooms fall due at once, and one sweep of them writes both verdicts."""
        rooms = [number for number in dict.fromkeys(numbers) if number not in self.touched]
        self.touched.update(rooms)
        for number in rooms:
            room = self.rooms[number]
            requester = room.buyer if silent == "seller" else room.seller
            talk.post_message(room_id=room.pk, author=requester, body="Are you there?")
        self.world.clock.advance(days(4))
        for number in rooms:
            self._ask(number, silent)
        self.world.clock.advance(hours(24))
        for number in set(rooms) & set(self.spared):
            self._speak_up(number, silent)
        self.world.clock.advance(MICROSECOND)
        self._settle([number for number in rooms if number not in self.spared])

    def _ask(self, number: int, silent: str) -> None:
        room = self.rooms[number]
        cancel_requests.place(room_id=room.pk, requester=room.buyer if silent == "seller" else room.seller)

    def _speak_up(self, number: int, silent: str) -> None:
        room = self.rooms[number]
        talk.post_message(room_id=room.pk, author=room.seller if silent == "seller" else room.buyer, body="Here!")

    def no_first_contact(self, number: int, asked: bool) -> None:  # noqa: FBT001
        """The limit passes; meanwhile the buyer may have asked, had it held, and lost the request with the deal."""
        if number in self.touched:
            return
        self.touched.add(number)
        room = self.rooms[number]
        limit = room.opened_at + LIMIT
        if self.world.clock.at > limit:
            return
        if asked and self.world.clock.at < room.opened_at + days(5):
            self.world.clock.at = room.opened_at + days(5)
            self._ask(number, "seller")
            request = CancelRequest.objects.get(room=room)
            steering.hold(request_id=request.pk, staff=self.world.staff, reason=WHY)
        self.world.clock.at = limit
        if number in self.spared:
            self._speak_up(number, "seller")
        self.world.clock.advance(MICROSECOND)
        self._settle([] if number in self.spared else [number])

    def _settle(self, numbers: list[int]) -> None:
        for number in numbers:
            self.before_a_verdict(self.rooms[number])
        if len(numbers) == 1:
            deadlines.settle_room(self.rooms[numbers[0]].pk, woken_by=WokenBy.VISIT)
        elif numbers:
            requests = CancelRequest.objects.open().filter(room__in=[self.rooms[number] for number in numbers])
            deadlines.settle(
                DeadlineKind.REPLY, woken_by=WokenBy.SWEEP, rows=[request.pk for request in requests], wait=True
            )
        self.verdicts += numbers

    def sale(self, number: int, stars: int) -> None:
        if number in self.touched:
            return
        self.touched.add(number)
        room = self.rooms[number]
        delivery.deliver(room_id=room.pk, seller=room.seller, body="Done")
        delivery.approve(room_id=room.pk, buyer=room.buyer)
        delivery.review(deal_id=room.deal_id, buyer=room.buyer, rating=stars)

    def pause(self, who: int, n: int) -> None:
        selling.pause(service_id=self._services(who)[n], owner=self.world.sellers[who].user)

    def resume(self, who: int, n: int) -> None:
        selling.resume(service_id=self._services(who)[n], owner=self.world.sellers[who].user)

    def publish(self, who: int, n: int) -> None:
        selling.publish(service_id=self._services(who)[n], owner=self.world.sellers[who].user)

    def acknowledge(self, who: int, some: set[int] | None) -> None:
        named = None if some is None else [self._services(who)[n] for n in some]
        selling.acknowledge(owner=self.world.sellers[who].user, services=named)

    def have_it_resumed(self, who: int) -> None:
        selling.acknowledge_for(seller_id=self.world.sellers[who].pk, staff=self.world.staff, reason=WHY)

    def reverse(self, n: int) -> None:
        left = [number for number in self.verdicts if number not in self.reversed]
        if left:
            self.undo(left[n % len(left)])

    def undo(self, number: int) -> None:
        verdict = Verdict.objects.get(deal=self.rooms[number].deal_id)
        steering.reverse(verdict_id=verdict.pk, staff=self.world.staff, reason=WHY)
        self.reversed.append(number)

    def wait(self, number: int) -> None:
        self.world.clock.advance(days(number))
        standing.recompute_where_the_window_moved()

    def outcome(self) -> dict[str, Any]:
        """Say what everybody sees and what counts: nothing of it may tell of a verdict that was reversed."""
        standing.recompute_where_the_window_moved()
        number_of = {room.deal_id: number for number, room in enumerate(self.rooms)}
        now, start = self.world.clock.at, three_months_before(self.world.clock.at)
        figures = (
            "completed",
            "revenue_yen",
            "cancelled_at_fault",
            "rating_sum",
            "rating_count",
            "rank",
            "search_rank",
        )
        shown = ("pk", "own_status", "status", "seller__search_rank", "rating")
        standing_verdicts = Verdict.objects.filter(reversed_at=None)
        return {
            "standing": list(Seller.objects.order_by("pk").values_list("pk", *figures, "oldest_counted_at")),
            "services": sorted(Service.objects.with_status().with_rating(start, now).values_list(*shown)),
            "accepting": list(Service.objects.accepting().best_first().values_list("pk", "search_rank")),
            "buyers": [buyer_record(buyer, start, now) for buyer in self.world.buyers],
            "pauses that hold": {
                (number_of[deal], service)
                for deal, service in PenaltyPause.objects.filter(lifted_at=None).values_list("verdict__deal", "service")
            },
            "reviews": {
                (number_of.get(deal), stars, at)
                for deal, stars, at in Review.objects.filter(hidden_at=None).values_list("deal", "rating", "dated_at")
            },
            "verdicts": {
                (number_of[deal], at_fault, at, acknowledged)
                for deal, at_fault, at, acknowledged in standing_verdicts.values_list(
                    "deal", "at_fault", "effective_at", "acknowledged_at"
                )
            },
        }


PROFILE = settings(
    max_examples=12,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@contextmanager
def as_if_it_had_not_been(world: World) -> Iterator[None]:
    """Undo whatever is done inside, the clock's turning too."""
    began = world.clock.at
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    world.clock.at = began


def test_a_reversal_leaves_in_every_table_exactly_what_r10_names(world: World) -> None:
    """Before each verdict of a history: write it, reverse it, and compare the whole database."""

    def write_and_reverse(room: TalkRoom) -> None:
        with as_if_it_had_not_been(world):
            standing.recompute_where_the_window_moved()
            before = every_row()
            assert deadlines.settle_room(room.pk, woken_by=WokenBy.VISIT).ended == 1
            verdict = Verdict.objects.get(deal=room.deal_id)
            was_at_fault = verdict.at_fault
            world.clock.advance(MICROSECOND)
            verdict = steering.reverse(verdict_id=verdict.pk, staff=world.staff, reason=WHY)
            world.seen[f"{verdict.cause} of the {was_at_fault}"] += 1
            world.seen["while another stood"] += Verdict.objects.unacknowledged().exists()
            only_what_r10_names(differences(before, every_row()), room, verdict, was_at_fault, world.clock.at)

    @PROFILE
    @given(steps=histories)
    @example(steps=A_HARD_YEAR)
    def happens(steps: list[Step]) -> None:
        with as_if_it_had_not_been(world):
            history = History(world)
            history.before_a_verdict = write_and_reverse
            history.live(steps)

    happens()
    kinds = {"no_contact of the seller", "no_contact of the buyer", "no_first_contact of the seller"}
    assert kinds | {"while another stood"} <= set(+world.seen)


def only_what_r10_names(
    found: dict[str, Difference], room: TalkRoom, verdict: Verdict, was_at_fault: str, now: datetime
) -> None:
    by_seller = was_at_fault == "seller"
    seen = {table.removeprefix("marketplace_"): each for table, each in found.items()}
    assert not any(each.gone for each in seen.values())
    changed = {(table, row["id"]): columns for table, each in seen.items() for row, columns in each.changed}
    request = CancelRequest.objects.filter(room=room).order_by("placed_at").last()
    assert changed == {
        ("deal", str(room.deal_id)): {"status", "cancel_cause", "ended_at"},
        ("seller", str(verdict.seller_id)): {"figures_at"},
        **({("cancelrequest", str(request.pk)): {"status", "ended_at"}} if request else {}),
    }
    added = {table: each.added for table, each in seen.items() if each.added}
    assert set(added) == {"verdict", "message", "event"} | ({"review", "penaltypause"} if by_seller else set())
    assert [(row["id"], row["at_fault"], row["reversed_because"]) for row in added["verdict"]] == [
        (str(verdict.pk), "nobody", WHY)
    ]
    assert Counter(row["line"] for row in added["message"]) == Counter(
        ["verdict_reversed", "cancelled" if verdict.cause == "no_contact" else "cancelled_without_first_contact"]
    )
    told = Counter(row["kind"] for row in added["event"])
    told -= Counter({"deal_cancelled": 1, "verdict_reversed": 1, "standing_changed": 2 * by_seller})
    assert told == Counter({"request_ended_with_deal": 1} if request and verdict.cause == "no_first_contact" else {})
    assert len(added.get("review", [])) == by_seller
    hidden = [*added.get("review", [])]
    assert all(row["hidden_at"] and row["verdict_id"] == str(verdict.pk) for row in hidden)
    pauses = added.get("penaltypause", [])
    assert all(row["lifted_at"] and row["verdict_id"] == str(verdict.pk) for row in pauses)
    own_accepting = Service.objects.filter(seller=verdict.seller_id, own_status=ServiceStatus.ACCEPTING)
    assert len(pauses) == by_seller * own_accepting.count()


def test_with_some_verdicts_reversed_all_is_as_in_the_same_history_without_them(world: World) -> None:
    @PROFILE
    @given(steps=histories, every=st.sampled_from([2, 2, 3]))
    @example(steps=A_HARD_YEAR, every=3)
    def happens(steps: list[Step], every: int) -> None:
        with as_if_it_had_not_been(world):
            history = History(world).live(steps)
            for number in history.verdicts[::every]:
                if number not in history.reversed:
                    history.undo(number)
            lived, until = history.outcome(), world.clock.at
        with as_if_it_had_not_been(world):
            assert History(world, spared=history.reversed).live_like(history, steps, until).outcome() == lived
        left = set(history.verdicts) - set(history.reversed)
        world.seen["some reversed, some not"] += bool(left and history.reversed)
        world.seen["two reversed"] += len(history.reversed) > 1

    happens()
    assert world.seen["some reversed, some not"]
    assert world.seen["two reversed"]


def test_all_verdicts_reversed_in_any_order_leave_what_none_would_have_left(world: World) -> None:
    @PROFILE
    @given(steps=histories, order=st.permutations(range(len(ROOMS))))
    @example(steps=A_HARD_YEAR, order=range(len(ROOMS)))
    def happens(steps: list[Step], order: Sequence[int]) -> None:
        steps = [step for step in steps if step[0] != "reverse"]
        with as_if_it_had_not_been(world):
            history = History(world).live(steps)
            numbers = sorted(history.verdicts, key=order.index)
            left = [reverse_all(history, each) for each in (numbers, numbers[::-1])]
            until = world.clock.at
        with as_if_it_had_not_been(world):
            none = History(world, spared=history.verdicts).live_like(history, steps, until).outcome()
        assert left == [none, none]
        world.seen["several"] += len(numbers) > 1

    happens()
    assert world.seen["several"]


def reverse_all(history: History, numbers: list[int]) -> dict[str, Any]:
    with as_if_it_had_not_been(history.world):
        for number in numbers:
            history.undo(number)
            with pytest.raises(errors.AlreadyReversed):
                history.undo(number)
        assert not Verdict.objects.exclude(at_fault="nobody").exists()
        return history.outcome()
