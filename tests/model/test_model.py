"""Whatever people do and in whatever order, the marketplace agrees with a small model of the help page."""

from collections import Counter
from datetime import datetime

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from pytest_django import Settings

from marketplace.actions import standing
from marketplace.models import Event
from tests.conftest import Clock
from tests.model.beginnings import BEGINNINGS
from tests.model.both_sides import STATES, World
from tests.model.machine import Marketplace
from tests.support import factories
from tests.support.factories import completed_deal, days

pytestmark = [pytest.mark.django_db, pytest.mark.thorough]

MUST_BE_SEEN: dict[str, tuple[str, ...]] = {
    "buy": ("done", "own_service", "not_found", "service_not_accepting", "too_many_running_deals"),
    "resume": ("done", "seller_paused"),
    "publish": ("done",),
    "acknowledge": ("done",),
    "acknowledge for a seller": ("done",),
    "say by buyer": ("done", "reply_deadline_passed", "room_closed"),
    "say by seller": ("done", "reply_deadline_passed", "room_closed"),
    "ask": (
        "done",
        "deal_not_in_progress",
        "request_already_open",
        "last_message_not_yours",
        "respondent_contacted_recently",
        "not_owed_long_enough",
        "reply_deadline_passed",
    ),
    "withdraw": ("done", "permission_denied", "request_not_open", "reply_deadline_passed"),
    "deliver": ("done", "permission_denied", "deal_not_in_progress", "reply_deadline_passed"),
    "approve": (
        "done",
        "permission_denied",
        "nothing_delivered",
        "deal_not_in_progress",
        "approval_window_passed",
        "reply_deadline_passed",
    ),
    "send back": (
        "done",
        "permission_denied",
        "nothing_delivered",
        "deal_not_in_progress",
        "approval_window_passed",
        "reply_deadline_passed",
    ),
    "review": ("done", "permission_denied", "deal_not_completed", "already_reviewed"),
    "share": (
        "done",
        "nothing changed",
        "permission_denied",
        "unknown_milestone",
        "room_closed",
        "reply_deadline_passed",
    ),
    "hold": ("done", "request_already_held", "request_not_open"),
    "release": ("done", "request_not_held", "request_not_open"),
    "extend": ("done", "while held", "request_not_open"),
    "reverse": ("done", "already_reversed", "one of several"),
    "hide": ("done", "message_already_hidden"),
    "request": ("revoked_by_reply", "withdrawn", "auto_cancelled", "ended_with_deal"),
    "held": ("revoked_by_reply", "withdrawn", "ended_with_deal"),
    "sweep": ("reply", "first_contact", "approval"),
    "eta": ("reply", "first_contact", "approval"),
    "visit": ("reply", "first_contact", "approval"),
    "staff": ("verdict",),
    "buyer record": ("completed", "cancelled_for_silence"),
    "rank": ("regular", "silver", "gold"),
}
BY_THE_WAY = {
    "revoked by text",
    "revoked by delivery",
    "revoked by schedule_change",
    "two deadlines had passed",
    "two deadlines at the same moment",
    "windows moved",
    "below the line",
}


PARTS = 2
"""Each part is a test of its own, so that two processes can share them."""
EXAMPLES, IN_A_LONG_RUN = 3, 50
"""How many examples of each beginning a part makes up."""


@pytest.fixture
def world(frozen: Clock, settings: Settings) -> World:
    """Two sellers: one of gold, one whom two silences bring below the line."""
    people = {"buyer": factories.person("buyer"), "staff": factories.person("staff", is_staff=True, is_superuser=True)}
    earlier = factories.person("earlier buyer")
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
            completed_deal(of=seller, ended_at=at, price=price, rating=stars, buyer=earlier)
        standing.recompute(seller_ids=[seller.pk])
        people[f"seller {number}"] = seller.user
        sellers.append(seller)
        completed.append(history)
    told = Counter(Event.objects.values_list("kind", flat=True))
    return World(frozen, settings, people, sellers, completed, told, Counter())


@pytest.mark.parametrize("part", range(PARTS))
def test_the_marketplace_agrees_with_the_help_page(world: World, pytestconfig: pytest.Config, part: int) -> None:
    """With `--long` there are more examples, and what fails is made small (it takes minutes).

    Hypothesis draws numbers that stand in the source code more often than others: so the examples are
    the same in each run only until a number changes there. What must be seen therefore has a beginning
    of its own in which it happens, whatever is drawn after that.
    """
    long = pytestconfig.getoption("--long")
    profile = settings(
        max_examples=IN_A_LONG_RUN if long else EXAMPLES,
        stateful_step_count=40,
        phases=[Phase.generate, Phase.shrink] if long else [Phase.generate],
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    Marketplace.world = world
    for number, beginning in enumerate(BEGINNINGS):
        Marketplace.beginning = beginning
        seeded = seed(part * len(BEGINNINGS) + number)(Marketplace)
        run_state_machine_as_test(seeded, settings=profile)
    must_be_seen = BY_THE_WAY | {f"{doing}: {end}" for doing, ends in MUST_BE_SEEN.items() for end in ends}
    assert not must_be_seen - set(+world.seen)
