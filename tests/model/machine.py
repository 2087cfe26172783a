"""Does the same on the page and in the database, whatever people do and in whatever order, and compares."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID, uuid4

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from pytest_django import Settings

from marketplace import errors, models
from marketplace.actions import cancel_requests, deadlines, deals, delivery, schedule, selling, standing, steering, talk
from marketplace.alarms import WakeUp
from marketplace.models import CancelRequest, Message, TalkRoom, User, Verdict
from marketplace.policy import Policy
from marketplace.vocabulary import DeadlineKind, MessageKind, ServiceStatus, WokenBy
from tests.conftest import Clock
from tests.model import agreement, on_the_page, page
from tests.model.beginnings import BEGINNINGS
from tests.model.on_the_page import Request, Room, Wanted, other
from tests.support.factories import MICROSECOND, days, hours

ROOMS_AT_MOST = 8
STATES = [ServiceStatus.ACCEPTING, ServiceStatus.ACCEPTING, ServiceStatus.PAUSED, ServiceStatus.DRAFT]
"""The services that each seller begins with."""
WHY = "it was looked into"


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


class Marketplace(RuleBasedStateMachine):
    world: ClassVar[World]
    beginning: ClassVar[str] = "nothing"

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

    # Time

    @rule(
        n=choice,
        until=st.sampled_from(["a deadline", "the end of a silence", "24 hours after a request", "an hour", "a day"]),
        beside=beside,
    )
    def time_passes(self, n: int, until: str, beside: timedelta) -> None:
        """Stand at a boundary, or a microsecond beside it."""
        n = self._of(n, is_running)
        room = self._room(n)
        if until == "the end of a silence":
            self._wait_until(room.silent_since("buyer" if n % 2 else "seller") + room.terms.silence + beside)
        elif until == "a deadline" and room.running():
            self._wait_until(room.running()[0][0] + beside)
        elif until == "24 hours after a request" and room.requests:
            self._wait_until(room.requests[0].placed_at + hours(24) + beside)
        else:
            self.world.clock.advance(hours(1) if until == "an hour" else hours(24) + beside)
        agreement.who_may_ask(self.policy, self._row(n).pk, room, self.now)

    def the_first_deadline_passes(self, n: int) -> None:
        """Stand a microsecond after the deadline that comes first in a room."""
        self._wait_until(self._room(n).running()[0][0] + MICROSECOND)

    def _wait_until(self, moment: datetime) -> None:
        self.world.clock.at = max(self.now, moment)

    @rule(who=st.sampled_from([0, 1]), waits=st.booleans(), beside=soon_after)
    def a_window_moves(self, who: int, waits: bool, beside: timedelta) -> None:  # noqa: FBT001
        """Three months after the oldest date that a seller's figures count, or a microsecond later."""
        oldest = self.page.sellers[who].oldest
        if waits and oldest is not None and not any(map(is_running, self.page.rooms)):
            self._wait_until(on_the_page.three_months_after(oldest) + beside)
        self.acted = True
        expected = self.page.move_windows(self.now)
        assert standing.recompute_where_the_window_moved() == expected
        self.world.seen["windows moved"] += expected
        for name in ("buyer", "seller 0"):
            record = agreement.a_buyer(self.page, name, self.world.people[name], self.now)
            self.world.seen.update(f"buyer record: {key}" for key, number in record.items() if number)

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
        """Each example begins with three rooms, and with a story that luck seldom tells."""
        for who in (1, 0, 1):
            self.buy("buyer", who, 0, words=True)
        for doing, *given in BEGINNINGS[self.beginning]:
            getattr(self, doing)(*given)

    @rule(
        who=st.sampled_from([0, 1]),
        n=choice,
        doing=st.sampled_from(
            ["pause", "resume", "resume", "publish", "acknowledge", "acknowledge", "have it resumed"]
        ),
        some=st.none() | st.sets(choice, max_size=3),
    )
    def a_seller_decides(self, who: int, n: int, doing: str, some: set[int] | None) -> None:
        seller, service, service_id = self._service(who, n)
        owner = self._owner(seller)
        if doing == "pause":
            expected = self.page.pause(service)
            self._agree("pause", expected, lambda: selling.pause(service_id=service_id, owner=owner))
        elif doing == "resume":
            expected = self.page.resume(seller, service)
            self._agree("resume", expected, lambda: selling.resume(service_id=service_id, owner=owner))
        elif doing == "publish":
            expected = self.page.publish(service)
            self._agree("publish", expected, lambda: selling.publish(service_id=service_id, owner=owner))
        elif doing == "acknowledge":
            self.acknowledge(who, some)
        else:
            self.page.acknowledge(seller, seller.services, self.now)
            given: dict[str, Any] = {"seller_id": self.world.sellers[who].pk, "staff": self.world.people["staff"]}
            self._agree("acknowledge for a seller", None, lambda: selling.acknowledge_for(**given, reason=WHY))

    def acknowledge(self, who: int, some: set[int] | None) -> None:
        seller = self.page.sellers[who]
        numbers = range(len(seller.services)) if some is None else {n % len(seller.services) for n in some}
        self.page.acknowledge(seller, [seller.services[n] for n in numbers], self.now)
        named = None if some is None else [self.services[who][n] for n in numbers]
        self._agree("acknowledge", None, lambda: selling.acknowledge(owner=self._owner(seller), services=named))

    @rule(
        silence=st.sampled_from([days(2), days(4)]),
        reply=st.sampled_from([hours(12), hours(24)]),
        approval=st.sampled_from([hours(24), hours(72)]),
        first_contact=st.sampled_from([None, days(3)]),
        owed=st.sampled_from([days(0), days(0), days(3)]),
    )
    def the_policy_changes(
        self,
        silence: timedelta,
        reply: timedelta,
        approval: timedelta,
        first_contact: timedelta | None,
        owed: timedelta,
    ) -> None:
        self.page.terms = on_the_page.Terms(silence, reply, approval, first_contact, owed)
        self.world.settings.POLICY = replace(
            self.policy,
            silence_before_request=silence,
            owed_before_request=owed,
            reply_window=reply,
            approval_window=approval,
            first_contact_window=first_contact,
        )

    # Talking and asking

    @rule(n=choice, party=parties, kind=st.sampled_from(["text", "progress_report", "automatic"]))
    def say(self, n: int, party: str, kind: str) -> None:
        n = self._of(n, is_running)
        expected = self.page.say(self._room(n), party, kind, self.now)
        room = self._row(n)
        self._agree(
            f"say by {party}",
            expected,
            lambda: talk.post_message(
                room_id=room.pk, author=self._person(room, party), body="…", kind=MessageKind(kind)
            ),
        )

    def ask(self, n: int, party: str) -> None:
        room, row = self._room(n), self._row(n)
        expected = self.page.ask(room, party, self.now)
        self._agree("ask", expected, lambda: cancel_requests.place(room_id=row.pk, requester=self._person(row, party)))
        agreement.who_may_ask(self.policy, row.pk, room, self.now)

    @rule(n=choice, who=mostly_buyer, waits=st.booleans())
    def somebody_asks(self, n: int, who: str, waits: bool) -> None:  # noqa: FBT001
        if waits:
            self.ask_as_soon_as_possible(n, who)
        else:
            self.ask(n, who)

    def ask_as_soon_as_possible(self, n: int, who: str) -> None:
        """Write, wait until the other side was silent for long enough, and ask."""
        n = self._of(n, is_in_progress)
        room = self._room(n)
        if room.open_request or room.status != "in_progress":
            return
        if room.last_sender != who:
            self.say(n, who, "text")
        owed_from = room.first_unanswered() or self.now
        self._wait_until(max(room.silent_since(other(who)) + room.terms.silence, owed_from + room.terms.owed))
        self.ask(n, who)

    @rule(n=choice, who=mostly_buyer, finder=st.integers(0, 7), beside=soon_after)
    def a_silence_lasts(self, n: int, who: str, finder: int, beside: timedelta) -> None:
        """Nobody answers until the deadline, or a microsecond longer; then somebody looks, or the silent one acts."""
        n = self._of(n, is_in_progress)
        self.ask_as_soon_as_possible(n, who)
        request = self._room(n).open_request
        if request is None or request.deadline is None:
            return
        self._wait_until(request.deadline + beside)
        silent = other(request.requester)
        if finder < 4:
            self.somebody_looks(n, finder, "reply")
        elif silent == "seller":
            late: list[Callable[[], None]] = [
                lambda: self.say(n, silent, "text"),
                lambda: self.deliver(n, silent),
                lambda: self.share(n, silent, "add", 1),
                lambda: self.staff_steers(n, "hold", hours(1)),
            ]
            late[finder - 4]()
        else:
            self.the_buyer_judges(n, silent, 1, ["approve", "send back", "review", "review"][finder - 4])
            self.say(n, silent, "text")

    @rule(n=choice, party=parties)
    def withdraw(self, n: int, party: str) -> None:
        n = self._of(n, is_asked)
        room, row = self._room(n), self._row(n)
        if room.requests:
            request = room.requests[-1]
            latest = self._request(row, request)
            expected = self.page.withdraw(room, request, party, self.now)
            person = self._person(row, party)
            self._agree("withdraw", expected, lambda: cancel_requests.withdraw(request_id=latest.pk, person=person))

    @precondition(lambda machine: len(machine.page.rooms) < ROOMS_AT_MOST)
    @rule(
        who=st.sampled_from([0, 1]),
        finder=finders,
        limit=st.sampled_from([days(3) - MICROSECOND, days(3), days(3) + MICROSECOND, days(2)]),
        beside=soon_after,
    )
    def nobody_answers_a_purchase(self, who: int, finder: int, limit: timedelta, beside: timedelta) -> None:
        """Buy with a first-contact limit at, or beside, the deadline of the request that follows; then look."""
        self.acknowledge(who, None)
        self.the_policy_changes(days(2), hours(24), hours(72), limit, days(0))
        before = len(self.rooms)
        self.buy("buyer", who, 0, words=True)
        if len(self.rooms) == before:
            return
        self.ask_as_soon_as_possible(before, "buyer")
        self._wait_until(max(at for at, _, _ in self._room(before).running()) + beside)
        self.somebody_looks(before, finder, "first_contact")

    # Delivering, judging, reviewing

    @rule(n=choice, party=mostly_seller)
    def deliver(self, n: int, party: str) -> None:
        n = self._of(n, is_in_progress)
        room, row = self._room(n), self._row(n)
        expected = self.page.deliver(room, party, self.now)
        person = self._person(row, party)
        self._agree("deliver", expected, lambda: delivery.deliver(room_id=row.pk, seller=person, body="Done"))

    @rule(
        n=choice, party=mostly_buyer, stars=st.integers(1, 5), doing=st.sampled_from(["approve", "send back", "review"])
    )
    def the_buyer_judges(self, n: int, party: str, stars: int, doing: str) -> None:
        n = self._of(n, is_completed if doing == "review" else is_delivered)
        room, row = self._room(n), self._row(n)
        person = self._person(row, party)
        if doing == "approve":
            expected = self.page.approve(room, party, self.now)
            self._agree("approve", expected, lambda: delivery.approve(room_id=row.pk, buyer=person))
        elif doing == "send back":
            expected = self.page.send_back(room, party, self.now)
            self._agree("send back", expected, lambda: delivery.send_back(room_id=row.pk, buyer=person, body="More"))
        else:
            expected = self.page.review(room, party, stars, self.now)
            self._agree("review", expected, lambda: delivery.review(deal_id=row.deal_id, buyer=person, rating=stars))

    @rule(
        n=choice,
        waits=st.sampled_from([None, None, timedelta(0), MICROSECOND]),
        finder=finders,
        doing=st.sampled_from(["approve", "approve", "send back", "look", "nothing"]),
        stars=st.integers(1, 5),
    )
    def a_delivery_is_judged(self, n: int, waits: timedelta | None, finder: int, doing: str, stars: int) -> None:
        """At once, or at the end of the window, or a microsecond later; by the buyer, or by whoever looks."""
        n = self._of(n, is_delivered if doing == "look" else is_running)
        room = self._room(n)
        if room.status == "in_progress":
            self.deliver(n, "seller")
        if room.approval_deadline is not None and waits is not None:
            self._wait_until(room.approval_deadline + waits)
        if doing == "look":
            self.somebody_looks(n, finder, "approval")
        elif doing != "nothing":
            self.the_buyer_judges(n, "buyer", stars, doing)
            self.the_buyer_judges(n, "buyer", stars, "review")
            self.the_buyer_judges(n, "buyer" if stars > 1 else "seller", stars, "review")

    @rule(
        n=choice,
        party=mostly_seller,
        doing=st.sampled_from(["add", "add", "change", "finish", "remove", "nothing", "foreign", "doubled"]),
        later=st.integers(0, 5),
    )
    def share(self, n: int, party: str, doing: str, later: int) -> None:
        n = self._of(n, is_running)
        room, row = self._room(n), self._row(n)
        lines = {each.title: each.pk for each in models.Milestone.objects.filter(room=row)}
        wanted = [Wanted(each.title, each.due_on, each.done_at is not None, each) for each in room.shared]
        wanted = self._edited(wanted, doing, later)
        asked = [
            schedule.Line(
                title=each.title, due_on=each.due_on, done=each.done, id=lines[each.of.title] if each.of else None
            )
            for each in wanted
        ]
        if doing == "foreign":
            asked.append(schedule.Line(title="Another's", due_on=self.now.date(), id=uuid4()))
        foreign = doing == "foreign" or (doing == "doubled" and bool(room.shared))
        expected = self.page.share(room, party, wanted, self.now, foreign=foreign)
        person = self._person(row, party)
        self._agree("share", expected, lambda: schedule.share(room_id=row.pk, seller=person, lines=asked))

    def _edited(self, wanted: list[Wanted], doing: str, later: int) -> list[Wanted]:
        self.titles += 1
        title, due_on = f"Draft {self.titles}", (self.now + days(later)).date()
        if doing == "add":
            return [*wanted, Wanted(title, due_on, done=later == 5)]
        if not wanted:
            return wanted
        first = wanted[0]
        return {
            "change": [replace(first, title=title, due_on=due_on), *wanted[1:]],
            "finish": [*wanted[:-1], replace(wanted[-1], done=not wanted[-1].done)],
            "remove": wanted[1:],
            "doubled": [first, *wanted],
        }.get(doing, wanted)

    # What staff may do

    @rule(
        n=choice, doing=st.sampled_from(["hold", "hold", "release", "extend"]), by=st.sampled_from([hours(1), days(2)])
    )
    def staff_steers(self, n: int, doing: str, by: timedelta) -> None:
        n = self._of(n, is_asked)
        room, row = self._room(n), self._row(n)
        if not room.requests:
            return
        request = room.requests[-1]
        row_of = self._request(row, request)
        given: dict[str, Any] = {"request_id": row_of.pk, "staff": self.world.people["staff"], "reason": WHY}
        if doing == "hold":
            expected = self.page.hold(room, request, self.now)
            self._agree("hold", expected, lambda: steering.hold(**given))
        elif doing == "release":
            expected = self.page.release(room, request, self.now)
            self._agree("release", expected, lambda: steering.release(**given))
        else:
            expected = self.page.extend(room, request, by, self.now)
            self._agree("extend", expected, lambda: steering.extend(**given, by=by))

    @rule(
        n=choice,
        who=parties,
        first=st.sampled_from(["hold", "hold", "extend"]),
        then=st.sampled_from(
            ["release", "hold", "extend", "say", "withdraw", "deliver", "share", "an old wake-up", "a wake-up"]
        ),
        waits=st.sampled_from([hours(1), days(5)]),
    )
    def a_request_is_steered(self, n: int, who: str, first: str, then: str, waits: timedelta) -> None:
        """Ask, have staff hold or extend it, and let something happen to it a good while later."""
        n = self._of(n, is_in_progress)
        self.ask_as_soon_as_possible(n, who)
        self.staff_steers(n, first, hours(1))
        self.world.clock.advance(waits)
        following: dict[str, Callable[[], None]] = {
            "say": lambda: self.say(n, other(who), "text"),
            "withdraw": lambda: self.withdraw(n, who),
            "deliver": lambda: self.deliver(n, "seller"),
            "share": lambda: self.share(n, "seller", "add", 1),
            "an old wake-up": lambda: self.wake_up(n, "reply", 1),
            "a wake-up": lambda: self.wake_up(n, "reply"),
        }
        following.get(then, lambda: self.staff_steers(n, then, days(2)))()

    @rule(n=choice)
    def staff_reverses(self, n: int) -> None:
        n = self._of(n, has_a_verdict)
        room, row = self._room(n), self._row(n)
        if room.verdict is None:
            return
        standing_still = [each for each in room.seller.verdicts if each.reversed_at is None]
        expected = self.page.reverse(room, room.verdict, self.now)
        verdict, staff = Verdict.objects.get(deal=row.deal_id), self.world.people["staff"]
        self._agree("reverse", expected, lambda: steering.reverse(verdict_id=verdict.pk, staff=staff, reason=WHY))
        self.world.seen["reverse: one of several"] += len(standing_still) > 1 and expected is None

    @rule(n=choice, k=choice)
    def staff_hides(self, n: int, k: int) -> None:
        room, row = self._room(n), self._row(n)
        said = [line for line in room.lines if line.sender]
        if not said:
            return
        line = said[k % min(len(said), 2)]
        alike = Message.objects.filter(room=row, sender=line.sender, kind=line.what, posted_at=line.at)
        message = alike.get(hidden_at__isnull=not line.hidden) if alike.count() == 1 else None
        if message is not None:
            expected = self.page.hide(line)
            staff = self.world.people["staff"]
            self._agree("hide", expected, lambda: steering.hide(message_id=message.pk, staff=staff, reason=WHY))

    # Who finds a deadline passed

    @rule(n=choice, finder=finders, kind=st.sampled_from(page.KINDS))
    def somebody_looks(self, n: int, finder: int, kind: str) -> None:
        self.acted = True
        if finder == 0:
            self.sweep(kind)
        elif finder == 1:
            self.wake_up(n, kind)
        elif finder == 2:
            self.visit(n)
        else:
            self.sweep(None)

    def sweep(self, kind: str | None) -> None:
        """Beat sweeps for each kind; a worker that becomes ready sweeps for all."""
        kinds = [kind] if kind else page.KINDS
        expected = sum(self.page.settle_all(each, "sweep", self.now) for each in kinds)
        settled = deadlines.settle_overdue(woken_by=WokenBy.SWEEP, kind=DeadlineKind(kind) if kind else None)
        assert settled.ended == expected

    def wake_up(self, n: int, kind: str, older: int = 0) -> None:
        """Early or of an older generation, it does nothing; in time, it settles whatever is overdue by now.

        Once its row has ended, it does the same if anything of its kind from its deadline on is overdue.
        """
        self.acted = True
        room, row = self._room(n), self._row(n)
        if kind == "reply" and not room.requests:
            return
        request = room.requests[-1] if kind == "reply" else None
        pk = self._request(row, request).pk if request else row.deal_id
        generation = request.generation if request else room.generation
        due_at = {"first_contact": room.first_contact_deadline, "approval": room.approval_deadline}.get(kind)
        due_at = request.deadline if request else due_at
        expected = self._woken(room, kind, due_at) if due_at is not None and not older else 0
        wake_up = WakeUp(DeadlineKind(kind), pk, generation - older)
        assert deadlines.wake_up(wake_up, rings=0).ended == expected

    def _woken(self, room: Room, kind: str, due_at: datetime) -> int:
        runs = any(each == kind for _, _, each in room.running())
        if not runs:
            later = [at for each in self.page.rooms for at, _, of in each.running() if of == kind]
            found = any(due_at <= at < self.now for at in later)
            return self.page.settle_all(kind, "eta", self.now) if found else 0
        if self.now <= due_at:
            return 0
        return self.page.settle(room, "eta", self.now) + self.page.settle_all(kind, "eta", self.now)

    def visit(self, n: int) -> None:
        expected = self.page.settle(self._room(n), "visit", self.now)
        assert deadlines.settle_room(self._row(n).pk, woken_by=WokenBy.VISIT).ended == expected

    # How the two sides name the same thing

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
