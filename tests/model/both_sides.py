"""The two sides that are compared, the page and the database, and how each names the same thing."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant
from pytest_django import Settings

from marketplace import errors, models
from marketplace.models import CancelRequest, TalkRoom, User
from marketplace.policy import Policy
from marketplace.vocabulary import ServiceStatus
from tests.conftest import Clock
from tests.model import agreement, on_the_page, page
from tests.model.on_the_page import Request, Room
from tests.support.factories import MICROSECOND

ROOMS_AT_MOST = 8
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
    told: Counter[str]
    """The events that are there already."""
    seen: Counter[str]


choice = st.integers(min_value=0, max_value=11)
parties = st.sampled_from(["buyer", "seller"])
mostly_buyer = st.sampled_from(["buyer", "buyer", "buyer", "seller"])
mostly_seller = st.sampled_from(["seller", "seller", "seller", "buyer"])
finders = st.integers(0, 3)
beside = st.sampled_from([-MICROSECOND, timedelta(0), MICROSECOND])
soon_after = st.sampled_from([timedelta(0), MICROSECOND, MICROSECOND])


def is_running(room: Room) -> bool:
    return not room.has_ended


def is_in_progress(room: Room) -> bool:
    return room.status == "in_progress"


def is_delivered(room: Room) -> bool:
    return room.status == "delivered"


def is_completed(room: Room) -> bool:
    return room.status == "completed"


def is_asked(room: Room) -> bool:
    return room.open_request is not None


def has_a_verdict(room: Room) -> bool:
    return room.verdict is not None


class BothSides(RuleBasedStateMachine):
    """What stands on the page and in the rows, compared after each step."""

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
        self.page.told += world.told
        self.rooms: dict[UUID, TalkRoom] = {}
        self.services = [
            [service.pk for service in models.Service.objects.filter(seller=seller).order_by("created_at", "title")]
            for seller in world.sellers
        ]
        self.agreement = agreement.Agreement(world.sellers, self.services)
        self.titles = 0
        self.acted = True

    def _seller_on_the_page(self, number: int) -> on_the_page.Seller:
        ended_well = self.world.completed[number]
        seller = on_the_page.Seller(
            person=f"seller {number}",
            services=[on_the_page.Service(state.value) for state in STATES],
            completed=[(at, price) for at, price, _ in ended_well],
            reviews=[on_the_page.Review(stars, at) for at, _, stars in ended_well if stars],
        )
        seller.recount(self.now)
        return seller

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.around.__exit__(None, None, None)
        self.world.clock.at = self.start
        self.world.seen.update(+self.page.seen)

    @property
    def now(self) -> datetime:
        return self.world.clock.at

    @invariant()
    def page_and_rows_agree(self) -> None:
        """Compare after whatever could have written: where only time passed, the rows are as they were."""
        if not self.acted:
            return
        self.acted = False
        self.agreement.check(self.page, list(self.rooms))
        self.world.seen.update(
            key
            for seller in self.page.sellers
            for key, shown in ((f"rank: {seller.rank}", True), ("below the line", seller.search_rank < 0))
            if shown
        )

    def _agree(self, doing: str, expected: str | None, act: Callable[[], Any]) -> Any:
        """Act, and compare what it is refused with. Returns what was made, None when refused."""
        self.acted = True
        self.world.seen[f"{doing}: {expected or 'done'}"] += 1
        try:
            made = act()
        except errors.Refusal as refused:
            assert refused.code == expected  # noqa: PT017 - a refusal may be right or wrong here
            return None
        assert expected is None, f"{doing} was not refused with {expected}"
        return made

    def _wait_until(self, moment: datetime) -> None:
        self.world.clock.at = max(self.now, moment)

    def _of(self, n: int, fits: Callable[[Room], object]) -> int:
        """Name a room that fits, the given one first; one time in four any: refusals must agree too."""
        fitting = [k for k, room in enumerate(self.page.rooms) if fits(room)]
        return n if fits(self._room(n)) or not fitting or n % 4 == 0 else fitting[n % len(fitting)]

    def _room(self, n: int) -> Room:
        return self.page.rooms[n % len(self.page.rooms)]

    def _row(self, n: int) -> TalkRoom:
        return list(self.rooms.values())[n % len(self.rooms)]

    def _request(self, row: TalkRoom, request: Request) -> CancelRequest:
        """Find the row of a request; two that say the same in everything are as good as one."""
        found: CancelRequest | None = CancelRequest.objects.filter(
            room=row,
            placed_at=request.placed_at,
            status=request.status,
            ended_at=request.ended_at,
            generation=request.generation,
            reply_deadline=request.deadline,
        ).first()
        assert found is not None
        return found

    def _person(self, room: TalkRoom, party: str) -> User:
        return room.buyer if party == "buyer" else room.seller

    def _service(self, who: int, n: int) -> tuple[on_the_page.Seller, on_the_page.Service, UUID]:
        seller = self.page.sellers[who]
        n %= len(seller.services)
        return seller, seller.services[n], self.services[who][n]

    def _owner(self, seller: on_the_page.Seller) -> User:
        return self.world.people[seller.person]
