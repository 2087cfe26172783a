"""Everything at once: whatever people and workers do, each end is one end, and nobody deadlocks."""

import logging
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings

from marketplace import clock
from marketplace.actions import cancel_requests, deadlines, deals, delivery, schedule, selling, steering, talk
from marketplace.actions.schedule import Line
from marketplace.alarms import WakeUp
from marketplace.errors import Refusal
from marketplace.models import CancelRequest, Deal, Event, Milestone, Seller, Service, TalkRoom, User, Verdict
from marketplace.operations.invariants.asked import answers
from marketplace.reads.deadlines import DEADLINES
from marketplace.vocabulary import DeadlineKind, MessageKind, Party, ServiceStatus, WokenBy
from tests.races.invariants import assert_all_is_well
from tests.support import factories
from tests.support.factories import days, delivered_room, open_request, person, room, service, untouched_room
from tests.support.rivals import rivals

pytestmark = pytest.mark.django_db(transaction=True)

logger = logging.getLogger(__name__)

DOINGS = (
    "say",
    "ask",
    "withdraw",
    "buy",
    "acknowledge",
    "deliver",
    "judge",
    "review",
    "share_a_schedule",
    "steer",
    "reverse",
)
"""What must have been done by somebody, and not only refused, for the crowd to mean something."""


class Somebody:
    """One of the crowd: acts at random, and takes a refusal for an answer."""

    def __init__(self, number: int, rooms: list[TalkRoom], sellers: list[Seller], buyer: User, operator: User) -> None:
        self.random = Random(number)  # noqa: S311 - the same crowd in each run
        self.rooms = rooms
        self.sellers = sellers
        self.buyer = buyer
        alone = room(of=sellers[number % len(sellers)], silent_for=days(6))
        self.unasked = [(alone, alone.buyer)]
        """Where this one alone can ask."""
        self.operator = operator
        self.did: Counter[str] = Counter()

    def act(self, times: int) -> Counter[str]:
        """Do this many things, and tell what came of them."""
        doings: list[Callable[[], Any]] = [
            self.say,
            self.say,
            self.ask,
            self.withdraw,
            self.buy,
            self.acknowledge,
            self.pause_or_resume,
            self.create_and_publish,
            self.deliver,
            self.deliver,
            self.judge,
            self.judge,
            self.review,
            self.share_a_schedule,
            self.steer,
            self.reverse,
            self.sweep,
            self.wake_up,
        ]
        for _ in range(times):
            doing = self.random.choice(doings)
            try:
                doing()
            except Refusal as refused:
                self.did[f"{doing.__name__}: {refused.code}"] += 1
            else:
                self.did[doing.__name__] += 1
        return self.did

    def some_room(self) -> tuple[TalkRoom, User]:
        """Choose a room, and one of its parties."""
        talk_room = self.random.choice(self.rooms)
        return talk_room, self.random.choice([talk_room.buyer, talk_room.seller])

    def say(self) -> None:
        talk_room, author = self.some_room()
        kind = self.random.choice([MessageKind.TEXT, MessageKind.PROGRESS_REPORT, MessageKind.AUTOMATIC])
        talk.post_message(room_id=talk_room.pk, author=author, body="…", kind=kind)

    def ask(self) -> None:
        """Ask at first where nobody else is, so that one request at least is placed whoever wins elsewhere."""
        talk_room, requester = self.unasked.pop() if self.unasked else self.some_room()
        cancel_requests.place(room_id=talk_room.pk, requester=requester)

    def withdraw(self) -> None:
        talk_room, person = self.some_room()
        for request in CancelRequest.objects.filter(room=talk_room)[:1]:
            cancel_requests.withdraw(request_id=request.pk, person=person)

    def some_service(self) -> tuple[UUID, User]:
        """Choose a service, and its owner."""
        seller = self.random.choice(self.sellers)
        return self.random.choice(Service.objects.filter(seller=seller)).pk, seller.user

    def buy(self) -> None:
        service_id, _ = self.some_service()
        deals.buy(service_id=service_id, buyer=self.buyer, message="Hello")

    def acknowledge(self) -> None:
        selling.acknowledge(owner=self.random.choice(self.sellers).user)

    def pause_or_resume(self) -> None:
        service_id, owner = self.some_service()
        self.random.choice([selling.pause, selling.resume])(service_id=service_id, owner=owner)

    def create_and_publish(self) -> None:
        seller = self.random.choice(self.sellers)
        made = selling.create(owner=seller.user, title="New", description="", price=100)
        selling.publish(service_id=made.pk, owner=seller.user)

    def deliver(self) -> None:
        talk_room, _ = self.some_room()
        delivery.deliver(room_id=talk_room.pk, seller=talk_room.seller, body="Here it is")

    def judge(self) -> None:
        """Approve or send back, some room that has a delivery."""
        delivered = TalkRoom.objects.filter(deal__status="delivered")
        for talk_room in self.random.sample(list(delivered), k=min(1, len(delivered))):
            if self.random.random() < 0.5:
                delivery.approve(room_id=talk_room.pk, buyer=talk_room.buyer)
            else:
                delivery.send_back(room_id=talk_room.pk, buyer=talk_room.buyer, body="Not yet")

    def review(self) -> None:
        completed = list(TalkRoom.objects.filter(deal__status="completed"))
        for talk_room in self.random.sample(completed, k=min(1, len(completed))):
            delivery.review(deal_id=talk_room.deal_id, buyer=talk_room.buyer, rating=self.random.randint(1, 5))

    def share_a_schedule(self) -> None:
        """Drop, rename, finish or keep each milestone, and perhaps add one."""
        talk_room, _ = self.some_room()
        lines = [
            Line(id=each.pk, title=self.random.choice([each.title, "Draft"]), due_on=each.due_on, done=choice == "done")
            for each in Milestone.objects.filter(room=talk_room, removed_at=None)
            if (choice := self.random.choice(["drop", "done", "keep"])) != "drop"
        ]
        added = [Line(title="Final", due_on=date(2026, 5, 1))] * self.random.randint(0, 1)
        schedule.share(room_id=talk_room.pk, seller=talk_room.seller, lines=[*lines, *added])

    def steer(self) -> None:
        """Hold, release or extend an open request by a moment that may soon be over."""
        still_open = list(CancelRequest.objects.filter(status="awaiting_reply"))
        for request in self.random.sample(still_open, k=min(1, len(still_open))):
            known: dict[str, Any] = {"request_id": request.pk, "staff": self.operator, "reason": "Illness"}
            if self.random.random() < 0.3:
                steering.extend(by=timedelta(milliseconds=self.random.randint(1, 300)), **known)
            else:
                (steering.release if request.held_at else steering.hold)(**known)

    def reverse(self) -> None:
        verdicts = list(Verdict.objects.values_list("pk", flat=True))
        for verdict_id in self.random.sample(verdicts, k=min(1, len(verdicts))):
            steering.reverse(verdict_id=verdict_id, staff=self.operator, reason="Illness")

    def sweep(self) -> None:
        deadlines.settle_overdue(woken_by=WokenBy.SWEEP, kind=self.random.choice(list(DeadlineKind)), batch=3)

    def wake_up(self) -> None:
        """Ring for some deadline, of this generation or the one before."""
        talk_room, _ = self.some_room()
        kind = self.random.choice(list(DeadlineKind))
        rows = CancelRequest.objects.filter(room=talk_room) if kind is DeadlineKind.REPLY else [talk_room.deal]
        for row in rows[:1]:
            generation = max(1, row.generation - self.random.randint(0, 1))
            deadlines.wake_up(WakeUp(kind, row.pk, generation), rings=0)


def rooms_that_fall_due(sellers: list[Seller], times: int) -> list[TalkRoom]:
    """Make sixty rooms; deadlines of every kind come one after another while the crowd acts."""
    start, step = clock.now(), timedelta(milliseconds=30 * times / 100)
    rooms = []
    for number in range(60):
        due, seller = start + number * step, sellers[number % 3]
        if number % 6 == 3:  # nothing falls due here: whatever the pace of the machine, there is something to do
            rooms.append(room(of=seller, silent_for=days(6)))
        elif number % 6 == 4:
            rooms.append(untouched_room(of=seller, limit=due))
        elif number % 6 == 5:
            rooms.append(delivered_room(of=seller, deadline=due))
        else:
            silent = list(Party)[number % 2]
            rooms.append(room(of=seller, silent_for=days(6), silent=silent))
            open_request(rooms[-1], deadline=due, requester=silent.counterpart)
    return rooms


def falls_due_soon() -> bool:
    """Whether a deadline is ahead that was set to pass during the test."""
    now = clock.now()
    return any(DEADLINES[kind].due_between(now, now + timedelta(minutes=5)).exists() for kind in DeadlineKind)


def test_people_staff_and_workers_all_at_once(pytestconfig: pytest.Config, caplog: pytest.LogCaptureFixture) -> None:
    """Sixty rooms of three sellers fall due while four act, one after another within two seconds."""
    times = 500 if pytestconfig.getoption("--long") else 130
    sellers = [factories.seller(services=2) for _ in range(3)]
    for seller in sellers:
        service(seller, own_status=ServiceStatus.PAUSED)
    rooms = rooms_that_fall_due(sellers, times)
    operator = person("operator", is_staff=True, is_superuser=True)
    crowd = [Somebody(number, rooms, sellers, person("buyer"), operator) for number in range(4)]

    with rivals(len(crowd)) as threads:
        did: Counter[str] = sum(threads.race(*[lambda who=who: who.act(times) for who in crowd]), Counter())

    logger.info("%s; %s verdicts", dict(did), Verdict.objects.count())
    missing = {doing for doing in DOINGS if not did[doing]}
    assert not missing
    while deadlines.settle_overdue(woken_by=WokenBy.SWEEP).taken or falls_due_soon():
        pass
    for cause, silent in (("no_contact", "seller"), ("no_contact", "buyer"), ("no_first_contact", "seller")):
        told = Event.objects.filter(kind="deal_cancelled", data__cause=cause, data__at_fault=silent)
        assert told.exists(), f"nobody was silent: {cause}, {silent}"
    assert set(Deal.objects.filter(status="completed").values_list("approved_by", flat=True)) == {"buyer", "window"}
    assert_all_is_well()
    asked = answers(settings.POLICY, ZoneInfo(settings.TIME_ZONE), clock.now(), limit=3)
    assert not [answer for answer in asked if answer.number or answer.failure]
    assert not [record for record in caplog.records if record.levelname in {"WARNING", "ERROR"}]
