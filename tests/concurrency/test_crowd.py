"""Everything at once: whatever people and workers do, each end is one end, and nobody deadlocks."""

import logging
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from marketplace import clock
from marketplace.actions import cancel_requests, deadlines, deals, selling, talk
from marketplace.alarms import WakeUp
from marketplace.errors import Refusal
from marketplace.models import CancelRequest, Seller, Service, TalkRoom, User, Verdict
from marketplace.vocabulary import DeadlineKind, MessageKind, Party, ServiceStatus, WokenBy
from tests import factories
from tests.concurrency.invariants import assert_all_is_well
from tests.concurrency.rivals import rivals
from tests.factories import days, open_request, person, room, service

pytestmark = pytest.mark.django_db(transaction=True)

logger = logging.getLogger(__name__)


class Somebody:
    """One of the crowd: acts at random, and takes a refusal for an answer."""

    def __init__(self, number: int, rooms: list[TalkRoom], sellers: list[Seller], buyer: User) -> None:
        self.random = Random(number)  # noqa: S311 - the same crowd in each run
        self.rooms = rooms
        self.sellers = sellers
        self.buyer = buyer
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
        talk_room, requester = self.some_room()
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

    def sweep(self) -> None:
        deadlines.settle_overdue(woken_by=WokenBy.SWEEP, batch=3)

    def wake_up(self) -> None:
        talk_room, _ = self.some_room()
        for request in CancelRequest.objects.filter(room=talk_room)[:1]:
            deadlines.wake_up(WakeUp(DeadlineKind.REPLY, request.pk, 1), rings=deadlines.RINGS_AT_MOST)


def test_people_and_workers_all_at_once(pytestconfig: pytest.Config, caplog: pytest.LogCaptureFixture) -> None:
    """Forty rooms of three sellers fall due while four act, one after another within two seconds."""
    times = 500 if pytestconfig.getoption("--long") else 100
    sellers = [factories.seller(services=2) for _ in range(3)]
    for seller in sellers:
        service(seller, own_status=ServiceStatus.PAUSED)
    rooms = [room(of=sellers[n % 3], silent_for=days(6), silent=list(Party)[n % 2]) for n in range(40)]
    for number, talk_room in enumerate(rooms):
        silent = Party(talk_room.last_sender or "buyer").counterpart
        deadline = clock.now() + timedelta(milliseconds=50 * number * times / 100)
        open_request(talk_room, deadline=deadline, requester=silent.counterpart)
    crowd = [Somebody(number, rooms, sellers, person("buyer")) for number in range(4)]

    with rivals(len(crowd)) as threads:
        did = threads.race(*[lambda who=who: who.act(times) for who in crowd])

    logger.info("%s; %s verdicts", dict(sum(did, Counter())), Verdict.objects.count())
    assert Verdict.objects.filter(at_fault="seller").exists()
    assert Verdict.objects.filter(at_fault="buyer").exists()
    assert_all_is_well()
    assert not [record for record in caplog.records if record.levelname in {"WARNING", "ERROR"}]
