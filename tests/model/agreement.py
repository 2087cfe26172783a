"""What must be equal on the page and in the database after each step."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from marketplace import models, rules
from marketplace.models import TalkRoom, User
from marketplace.policy import Policy
from marketplace.reads import facts
from marketplace.reads.people import buyer_record
from marketplace.vocabulary import Party
from tests.model import page
from tests.model.on_the_page import Room, Seller, three_months_before

ROOM = ("pk", "buyer_last_contact_at", "seller_last_contact_at", "last_sender", "first_unanswered_at")
DEAL = (
    "status",
    "cancel_cause",
    "ended_at",
    "generation",
    "first_contact_deadline",
    "approval_deadline",
    "approved_by",
    "silence_before_request",
    "owed_before_request",
    "reply_window",
    "approval_window",
    "first_contact_window",
    "settle_after",
)
REQUEST = (
    "room",
    "requester",
    "placed_at",
    "reply_deadline",
    "held_at",
    "remaining_when_held",
    "generation",
    "status",
    "ended_at",
)
VERDICT = ("deal__talk_room", "cause", "at_fault", "effective_at", "recorded_at", "woken_by")
STANDING = (
    "completed",
    "revenue_yen",
    "cancelled_at_fault",
    "rating_sum",
    "rating_count",
    "rank",
    "search_rank",
    "oldest_counted_at",
    "figures_at",
)


class Look:
    """Reads the same rows again and again: the statement is made once."""

    def __init__(self, rows: "QuerySet[Any, Any]") -> None:
        self._statement = rows.query.sql_with_params()

    def __call__(self) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(*self._statement)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows


class Agreement:
    """Compares a page with the rows. Rooms, sellers and services of both are named in the same order."""

    def __init__(self, sellers: list[models.Seller], services: list[list[UUID]]) -> None:
        self._sellers, self._services = sellers, services
        milestones = models.Milestone.objects.values_list("room", "title", "due_on", "done_at", "shared_at")
        before = models.MilestoneChange.objects.order_by()
        self._deals = Look(TalkRoom.objects.values_list(*ROOM, *(f"deal__{column}" for column in DEAL)))
        self._requests = Look(models.CancelRequest.objects.values_list(*REQUEST))
        self._verdicts = Look(models.Verdict.objects.values_list(*VERDICT, "acknowledged_at", "reversed_at"))
        self._reviews = Look(models.Review.objects.values_list("seller", "rating", "dated_at", "hidden_at"))
        self._messages = Look(
            models.Message.objects.values_list("room", "sender", "kind", "line", "posted_at", "hidden_at")
        )
        self._milestones = Look(milestones.values_list("removed_at", *milestones.query.values_select))
        self._changes = Look(before.values_list("milestone__room", "title", "due_on", "done_at", "changed_at"))
        self._standings = Look(models.Seller.objects.values_list("pk", *STANDING))
        shown: Any = models.Service.objects.with_status()
        self._shop = Look(shown.order_by().values_list("pk", "own_status", "status"))
        self._ranks = Look(models.Service.objects.values_list("pk", "search_rank"))
        self._accepting = Look(models.Service.objects.accepting().order_by().values_list("pk"))
        self._pauses = Look(models.PenaltyPause.objects.filter(lifted_at=None).values_list("service"))
        self._events = Look(models.Event.objects.order_by().values_list("kind"))

    def check(self, of: page.Page, rows: list[UUID]) -> None:
        """Compare everything but what depends on the present moment."""
        rooms = list(zip(rows, of.rooms, strict=True))
        assert Counter(self._deals()) == Counter((row, *_of_a_room(room), *_of_a_deal(room)) for row, room in rooms)
        assert Counter(self._requests()) == Counter(_requests(rooms))
        assert Counter(self._verdicts()) == Counter(_verdicts(rooms))
        self._what_was_said(rooms)
        self._standing(of)
        self._what_is_sold(of)
        assert Counter(kind for (kind,) in self._events()) == +of.told

    def _what_was_said(self, rooms: list[tuple[UUID, Room]]) -> None:
        found = Counter(
            (room, sender, line or kind, at, hidden is not None)
            for room, sender, kind, line, at, hidden in self._messages()
        )
        assert found == Counter(
            (row, each.sender, each.what, each.at, each.hidden) for row, room in rooms for each in room.lines
        )
        schedules = [(row, each) for row, room in rooms for each in room.schedule]
        assert Counter(self._milestones()) == Counter(
            (each.removed_at, row, each.title, each.due_on, each.done_at, each.shared_at) for row, each in schedules
        )
        assert Counter(self._changes()) == Counter((row, *said) for row, each in schedules for said in each.before)

    def _standing(self, of: page.Page) -> None:
        sellers = list(zip(self._sellers, of.sellers, strict=True))
        assert Counter(self._standings()) == Counter(
            (row.pk, *each.figures, each.rank, each.search_rank, each.oldest, each.counted_at) for row, each in sellers
        )
        reviews = [(row.pk, each) for row, seller in sellers for each in seller.reviews]
        assert Counter(self._reviews()) == Counter(
            (row, each.stars, each.dated_at, each.hidden_at) for row, each in reviews
        )

    def _what_is_sold(self, of: page.Page) -> None:
        services = [
            (row, seller, service)
            for ids, seller in zip(self._services, of.sellers, strict=True)
            for row, service in zip(ids, seller.services, strict=True)
        ]
        assert Counter(self._shop()) == Counter(
            (row, service.own_status, _as_others_see(seller, service)) for row, seller, service in services
        )
        ranks = dict(self._ranks())
        for row, seller, _ in services:
            assert seller.must_acknowledge or ranks[row] == seller.search_rank
        assert {row for (row,) in self._accepting()} == {row for row, seller, each in services if seller.accepts(each)}
        assert Counter(row for (row,) in self._pauses()) == Counter(
            row for row, _, service in services for pause in service.pauses if not pause.lifted
        )


def who_may_ask(policy: Policy, row: UUID, room: Room, now: datetime) -> None:
    """Compare what each party is told when it asks whether it may place a request."""
    found = TalkRoom.objects.select_related("deal").get(pk=row)
    known = facts.talk(found, found.deal, now)
    for party in Party:
        refused = rules.refusal(policy, known, party, now)
        assert (refused.code if refused else None) == room.refusal(party.value, now)


def a_buyer(of: page.Page, name: str, person: User, now: datetime) -> dict[str, int]:
    """Compare a buyer's record, and return it."""
    expected = of.buyer_record(name, now)
    assert dict(buyer_record(person, three_months_before(now), now)) == expected
    return expected


def _of_a_room(room: Room) -> tuple[Any, ...]:
    return (room.contact.get("buyer"), room.contact.get("seller"), room.last_sender, room.first_unanswered())


def _of_a_deal(room: Room) -> tuple[Any, ...]:
    terms = room.terms
    return (
        room.status,
        room.cause,
        room.ended_at,
        room.generation,
        room.first_contact_deadline,
        room.approval_deadline,
        room.approved_by,
        terms.silence,
        terms.owed,
        terms.reply,
        terms.approval,
        terms.first_contact,
        None,
    )


def _requests(rooms: list[tuple[UUID, Room]]) -> Iterator[tuple[Any, ...]]:
    for row, room in rooms:
        for each in room.requests:
            yield (
                row,
                each.requester,
                each.placed_at,
                each.deadline,
                each.held_at,
                each.remaining,
                each.generation,
                each.status,
                each.ended_at,
            )


def _verdicts(rooms: list[tuple[UUID, Room]]) -> Iterator[tuple[Any, ...]]:
    for row, room in rooms:
        each = room.verdict
        if each:
            when = (each.effective_at, each.recorded_at, each.woken_by, each.acknowledged_at, each.reversed_at)
            yield (row, each.cause, each.at_fault, *when)


def _as_others_see(seller: Seller, service: Any) -> str:
    covered = service.own_status == "accepting" and not seller.accepts(service)
    return "paused" if covered else str(service.own_status)
