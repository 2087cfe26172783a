"""The to-do list against a recount from every message and row, over random histories of the real actions."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from itertools import takewhile
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from marketplace.actions import cancel_requests, deadlines, deals, delivery, schedule, selling, steering, talk
from marketplace.actions.schedule import Line
from marketplace.errors import Refusal
from marketplace.models import CancelRequest, Deal, Message, Milestone, Review, Seller, TalkRoom, User, Verdict
from marketplace.vocabulary import MessageKind, WokenBy
from notifications import todos
from tests.conftest import Clock
from tests.support.factories import days, hours, person
from tests.support.factories import seller as a_seller

BEGIN = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
TOKYO = ZoneInfo("Asia/Tokyo")
NO_CONTACT = {"automatic", "system"}

ACTS = (
    "buy", "buy_with_words", "say", "answer", "automatic", "ask", "ask_back", "withdraw", "hold", "release", "deliver",
    "approve", "send_back", "review", "share", "done", "unshare", "sweep", "resume", "reverse",
    "fall_silent", "fall_silent",
)  # fmt: skip
WAITS = (timedelta(seconds=1), hours(5), hours(24), hours(30), days(4), days(15))


@dataclass
class Story:
    """A buyer, a seller, and all that happens between them."""

    clock: Clock
    buyer: User = field(default_factory=lambda: person("buyer"))
    seller: Seller = field(default_factory=lambda: a_seller(services=1))
    chief: User = field(default_factory=lambda: person("chief", is_staff=True, is_superuser=True))

    def room(self, number: int) -> TalkRoom | None:
        rooms = list(TalkRoom.objects.select_related("deal").order_by("opened_at"))
        return rooms[number % len(rooms)] if rooms else None

    def do(self, act: str, number: int) -> None:
        """Carry one act out, whether or not it is refused."""
        room = self.room(number)
        if act.startswith("buy"):
            words = "Hello" if act == "buy_with_words" else ""
            self._try(lambda: deals.buy(service_id=self.seller.services.get().pk, buyer=self.buyer, message=words))
        elif act == "fall_silent":
            for each, wait in (("say", days(4)), ("ask", hours(30)), ("sweep", hours(1))):
                self.do(each, number)
                self.clock.advance(wait)
        elif act == "sweep":
            deadlines.settle_overdue(woken_by=WokenBy.SWEEP)
        elif act == "resume":
            selling.acknowledge(owner=self.seller.user)
        elif room is not None:
            self._try(lambda: self._in_room(act, room))

    def _in_room(self, act: str, room: TalkRoom) -> object:
        buyer, seller, pk = self.buyer, self.seller.user, room.pk
        request = room.cancel_requests.order_by("-placed_at").first()
        milestones = Milestone.objects.filter(room=room, removed_at=None)
        kept = [Line(id=each.pk, title=each.title, due_on=each.due_on, done=act == "done") for each in milestones]
        soon = Line(title="初稿", due_on=self.clock.at.astimezone(TOKYO).date() + timedelta(days=1))
        acts: dict[str, Callable[[], object]] = {
            "say": lambda: talk.post_message(room_id=pk, author=buyer, body="…"),
            "answer": lambda: talk.post_message(room_id=pk, author=seller, body="…"),
            "automatic": lambda: talk.post_message(room_id=pk, author=seller, body="…", kind=MessageKind.AUTOMATIC),
            "ask": lambda: cancel_requests.place(room_id=pk, requester=buyer),
            "ask_back": lambda: cancel_requests.place(room_id=pk, requester=seller),
            "deliver": lambda: delivery.deliver(room_id=pk, seller=seller, body="Here"),
            "approve": lambda: delivery.approve(room_id=pk, buyer=buyer),
            "send_back": lambda: delivery.send_back(room_id=pk, buyer=buyer, body="Bigger"),
            "review": lambda: delivery.review(deal_id=room.deal_id, buyer=buyer, rating=5),
            "share": lambda: schedule.share(room_id=pk, seller=seller, lines=[*kept, soon]),
            "done": lambda: schedule.share(room_id=pk, seller=seller, lines=kept),
            "unshare": lambda: schedule.share(room_id=pk, seller=seller, lines=[]),
        }
        if request is not None:
            asker = buyer if request.requester == "buyer" else seller
            acts |= {
                "withdraw": lambda: cancel_requests.withdraw(request_id=request.pk, person=asker),
                "hold": lambda: steering.hold(request_id=request.pk, staff=self.chief, reason="…"),
                "release": lambda: steering.release(request_id=request.pk, staff=self.chief, reason="…"),
            }
        verdict = Verdict.objects.filter(deal=room.deal_id).first()
        if verdict is not None:
            acts["reverse"] = lambda: steering.reverse(verdict_id=verdict.pk, staff=self.chief, reason="…")
        return acts.get(act, lambda: None)()

    @staticmethod
    def _try(act: Callable[[], object]) -> None:
        try:
            act()
        except Refusal:
            return


Waits = tuple[str, datetime | None, datetime]
"""Key, due, since."""


def recounted(who: User, now: datetime) -> Iterator[Waits]:
    """Say what waits for somebody, from every row, in plain Python."""
    for room in TalkRoom.objects.all():
        if who.pk in {room.buyer_id, room.seller_id}:
            yield from _in_room(room, "buyer" if who.pk == room.buyer_id else "seller", now)
    yield f"unreachable:{who.pk}", None, who.date_joined


def _in_room(room: TalkRoom, you: str, now: datetime) -> Iterator[Waits]:
    deal = Deal.objects.get(pk=room.deal_id)
    if deal.status in {"completed", "cancelled"}:
        yield from _after_the_end(room, deal, you, now)
        return
    request = CancelRequest.objects.filter(room=room, ended_at=None).first()
    if request is not None and request.requester != you:
        yield f"cancel_request:{request.pk}", request.reply_deadline, request.placed_at
    else:
        yield from _reply(room, deal, you)
    if deal.status == "delivered" and you == "buyer" and deal.approval_deadline:
        last = Message.objects.filter(room=room, kind="delivery").order_by("-posted_at")[0]
        yield f"approve:{deal.pk}", deal.approval_deadline, last.posted_at
    if deal.status == "in_progress" and you == "seller":
        yield from _schedule(room, now)


def _reply(room: TalkRoom, deal: Deal, you: str) -> Iterator[Waits]:
    contacts = [each for each in Message.objects.filter(room=room).order_by("posted_at") if each.kind not in NO_CONTACT]
    if not contacts and you == "seller":
        yield f"reply:{room.pk}", _when_overdue(deal, room.opened_at), room.opened_at
    if contacts and contacts[-1].sender != you and not (contacts[-1].kind == "delivery" and deal.status == "delivered"):
        unanswered = list(takewhile(lambda each: each.sender != you, reversed(contacts)))
        yield f"reply:{room.pk}", _when_overdue(deal, unanswered[-1].posted_at), unanswered[-1].posted_at


def _when_overdue(deal: Deal, owed_since: datetime) -> datetime | None:
    return owed_since + days(4) if deal.status == "in_progress" else None


def _schedule(room: TalkRoom, now: datetime) -> Iterator[Waits]:
    shared = list(Milestone.objects.filter(room=room, removed_at=None))
    if not shared and now - room.opened_at >= hours(24):
        yield f"schedule:{room.pk}", None, room.opened_at + hours(24)
    for milestone in shared:
        over = datetime.combine(milestone.due_on + timedelta(days=1), time(0), TOKYO)
        if milestone.done_at is None and now >= over:
            yield f"milestone:{milestone.pk}", None, over


def _after_the_end(room: TalkRoom, deal: Deal, you: str, now: datetime) -> Iterator[Waits]:
    reviewed = Review.objects.filter(deal=deal).exists()
    recent = deal.ended_at is not None and now - deal.ended_at <= days(14)
    if deal.status == "completed" and you == "buyer" and not reviewed and recent and deal.ended_at:
        yield f"review:{deal.pk}", None, deal.ended_at
    for verdict in Verdict.objects.filter(deal=deal, at_fault="seller", acknowledged_at=None):
        if you == "seller":
            yield f"paused:{verdict.pk}", None, verdict.recorded_at


LAST = datetime.max.replace(tzinfo=UTC)


def in_order(waits: Waits) -> tuple[Any, ...]:
    key, due, since = waits
    return due or LAST, since, *key.split(":")


@pytest.mark.thorough
@pytest.mark.django_db
def test_the_list_is_what_a_recount_of_every_row_finds_after_each_act_of_any_history(frozen: Clock) -> None:
    seen: set[str] = set()

    @settings(max_examples=25, suppress_health_check=list(HealthCheck), database=None)
    @given(
        st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 2), st.sampled_from(WAITS)), min_size=6, max_size=14)
    )
    @example([("say", 0, days(4)), ("ask", 0, hours(5)), ("answer", 0, hours(5))])
    def live(history: list[tuple[str, int, timedelta]]) -> None:
        frozen.at = BEGIN
        with transaction.atomic():
            story = Story(frozen)
            for act, number, wait in [("buy", 0, hours(1)), *history]:
                story.do(act, number)
                frozen.advance(wait)
                for who in (story.buyer, story.seller.user):
                    listed = [(todo.key, todo.due_at, todo.since) for todo in todos.waiting_for(who, frozen.at)]
                    expected = sorted(recounted(who, frozen.at), key=in_order)
                    assert listed == expected, (act, number)
                    assert todos.count(who, frozen.at) == len(listed)
                    seen.update(key.partition(":")[0] for key, _, _ in listed)
            transaction.set_rollback(True)

    live()
    assert seen == {kind.value for kind in todos.TodoKind}, "the histories must meet every kind"
