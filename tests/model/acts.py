"""What people and staff can do, each as one act on both sides."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from marketplace import models
from marketplace.actions import cancel_requests, deals, delivery, schedule, selling, steering, talk
from marketplace.models import Message, TalkRoom, Verdict
from marketplace.vocabulary import MessageKind
from tests.model import agreement, on_the_page
from tests.model.both_sides import (
    ROOMS_AT_MOST,
    choice,
    has_a_verdict,
    is_asked,
    is_completed,
    is_delivered,
    is_in_progress,
    is_running,
    mostly_buyer,
    mostly_seller,
    parties,
)
from tests.model.on_the_page import Wanted
from tests.model.passing import Time
from tests.support.factories import days, hours

WHY = "it was looked into"


class Acts(Time):
    """The acts of the marketplace."""

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
