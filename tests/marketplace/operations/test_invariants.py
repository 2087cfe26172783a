"""`check_invariants`: nothing to say about what the actions wrote, and every planted fault found by its row."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from marketplace import clock
from marketplace.actions import cancel_requests, deadlines, deals, delivery, selling, steering, talk
from marketplace.models import CancelRequest, Deal, InvariantReport, Seller, Service, TalkRoom, User, Verdict
from marketplace.operations import invariant_reports
from marketplace.operations.invariants import asked
from marketplace.policy import Policy
from marketplace.vocabulary import MessageKind, WokenBy
from tests.conftest import Clock
from tests.support.factories import days, hours, person

pytestmark = pytest.mark.django_db

POLICY = Policy(first_contact_window=days(6))
MINUTE = timedelta(minutes=1)

CHECKS = """
    SELECT conrelid::regclass, conname FROM pg_constraint
    WHERE contype = 'c' AND starts_with(conrelid::regclass::text, 'marketplace_')
"""


class World:
    """A marketplace in which everything that can happen to a deal has happened, by the actions alone."""

    def __init__(self, time: Clock) -> None:
        self.time = time
        self.rows: dict[str, Any] = {}
        self.staff = person("operator", is_staff=True, is_superuser=True)
        self.silent_sellers_deal("silent_seller")
        self.silent_sellers_deal("reversed", of=self.rows["silent_seller_seller"])
        steering.reverse(verdict_id=self.rows["reversed_verdict"], staff=self.staff, reason="Ill")
        self.silent_buyers_deal()
        self.deal_never_contacted()
        self.deals_that_end_well()
        self.requests_that_end()
        self.requests_that_run()

    def silent_sellers_deal(self, name: str, of: Seller | None = None) -> None:
        room = self.buy(name, of)
        self.say(room.seller, room)
        self.say(room.buyer, room)
        self.ask(name, room, room.buyer)
        self.settle(name)
        selling.acknowledge(owner=room.seller)
        self.pass_(MINUTE)

    def silent_buyers_deal(self) -> None:
        room = self.buy("silent_buyer")
        self.say(room.seller, room)
        self.ask("silent_buyer", room, room.seller)
        self.settle("silent_buyer")

    def deal_never_contacted(self) -> None:
        self.buy("never_contacted")
        self.pass_(days(6) + MINUTE)
        self.settle("never_contacted")

    def deals_that_end_well(self) -> None:
        for name in ("approved", "window"):
            room = self.deliver(name)
            if name == "approved":
                delivery.approve(room_id=room.pk, buyer=room.buyer)
            else:
                self.pass_(hours(73))
                deadlines.settle_overdue(woken_by=WokenBy.SWEEP)
            self.pass_(MINUTE)
        review = delivery.review(deal_id=self.rows["approved_deal"], buyer=self.rows["approved_room"].buyer, rating=5)
        self.rows["review"] = review.pk

    def requests_that_end(self) -> None:
        for name in ("revoked", "withdrawn", "ended"):
            room = self.buy(name)
            self.say(room.seller, room)
            asker = room.seller if name == "ended" else room.buyer
            self.say(asker, room)
            request = self.ask(name, room, asker)
            if name == "revoked":
                self.rows["reply"] = self.say(room.seller, room)
            elif name == "withdrawn":
                cancel_requests.withdraw(request_id=request.pk, person=room.buyer)
            else:
                delivery.deliver(room_id=room.pk, seller=room.seller, body="Done")
            self.pass_(MINUTE)
        steering.hide(message_id=self.rows["reply"], staff=self.staff, reason="An address")
        room = self.rows["ended_room"]
        delivery.send_back(room_id=room.pk, buyer=room.buyer, body="Blue, please")

    def requests_that_run(self) -> None:
        for name in ("held", "open"):
            room = self.buy(name)
            self.say(room.seller, room)
            self.say(room.buyer, room)
            request = self.ask(name, room, room.buyer)
            if name == "held":
                steering.hold(request_id=request.pk, staff=self.staff, reason="A flood")
        self.deliver("delivered")
        self.buy("new")

    def buy(self, name: str, of: Seller | None = None) -> TalkRoom:
        self.pass_(MINUTE)
        seller = of or self.seller()
        service = seller.services.order_by("created_at")[0]
        deal = deals.buy(service_id=service.pk, buyer=person("buyer"), message="Hello")
        room: TalkRoom = TalkRoom.objects.select_related("buyer", "seller").get(deal=deal)
        self.rows |= {f"{name}_deal": deal.pk, f"{name}_room": room, f"{name}_seller": seller}
        self.rows |= {f"{name}_room_id": room.pk, f"{name}_seller_id": seller.pk, f"{name}_service": service.pk}
        self.pass_(MINUTE)
        return room

    def seller(self) -> Seller:
        owner = person("seller")
        for title in ("A logo", "A card"):
            made = selling.create(owner=owner, title=title, description="", price=5000)
            selling.publish(service_id=made.pk, owner=owner)
            self.pass_(MINUTE)
        return Seller.objects.get(user=owner)

    def deliver(self, name: str) -> TalkRoom:
        room = self.buy(name)
        delivery.deliver(room_id=room.pk, seller=room.seller, body="Here it is")
        self.pass_(MINUTE)
        return room

    def say(self, author: User, room: TalkRoom) -> Any:
        self.pass_(MINUTE)
        said = talk.post_message(room_id=room.pk, author=author, body="…", kind=MessageKind.TEXT)
        self.pass_(MINUTE)
        return said.pk

    def ask(self, name: str, room: TalkRoom, requester: User) -> CancelRequest:
        self.pass_(days(4))
        request = cancel_requests.place(room_id=room.pk, requester=requester)
        self.rows[f"{name}_request"] = request.pk
        self.pass_(MINUTE)
        return request

    def settle(self, name: str) -> None:
        self.pass_(hours(25))
        assert deadlines.settle_overdue(woken_by=WokenBy.SWEEP).ended == 1
        verdict = Verdict.objects.get(deal=self.rows[f"{name}_deal"])
        review = getattr(verdict, "review", None)
        self.rows |= {f"{name}_verdict": verdict.pk, f"{name}_review": review and review.pk}
        self.pass_(MINUTE)

    def pass_(self, by: timedelta) -> None:
        self.time.advance(by)


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """Make it once; every test rolls its fault back. What the database itself refuses, it lets pass here."""
    time = Clock(datetime(2026, 3, 2, 3, 0, tzinfo=UTC))
    with (
        django_db_blocker.unblock(),
        pytest.MonkeyPatch.context() as patch,
        override_settings(POLICY=POLICY),
        transaction.atomic(),
    ):
        patch.setattr(clock, "now", time)
        yield World(time)
        transaction.set_rollback(True)


@pytest.fixture
def rows(world: World) -> Iterator[dict[str, Any]]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(CHECKS)
        for table, constraint in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{constraint}"')
        yield world.rows
        transaction.set_rollback(True)


def contradictions() -> set[tuple[str, str]]:
    return {(answer.invariant.name, row.id) for answer in invariant_reports.check(limit=100) for row in answer.rows}


FAULTS = {
    "one_verdict_a_cancelled_deal": (
        "silent_buyer_deal",
        "DELETE FROM marketplace_verdict WHERE id = %(silent_buyer_verdict)s",
    ),
    "verdict_agrees_with_its_deal": (
        "silent_buyer_verdict",
        "UPDATE marketplace_verdict SET seller_id = %(new_seller_id)s WHERE id = %(silent_buyer_verdict)s",
    ),
    "verdict_agrees_with_its_request": (
        "silent_buyer_verdict",
        (
            "UPDATE marketplace_cancelrequest SET reply_deadline = ended_at + interval '1 second', ended_at = ended_at"
            " + interval '1 second' WHERE id = %(silent_buyer_request)s"
        ),
    ),
    "verdict_agrees_with_the_first_contact_limit": (
        "never_contacted_verdict",
        (
            "UPDATE marketplace_deal SET first_contact_deadline = first_contact_deadline - interval '1 microsecond'"
            " WHERE id = %(never_contacted_deal)s"
        ),
    ),
    "reversed_verdict_is_undone": (
        "reversed_verdict",
        "UPDATE marketplace_penaltypause SET lifted_at = NULL WHERE verdict_id = %(reversed_verdict)s",
    ),
    "silent_seller_has_one_star": (
        "reversed_verdict",
        "UPDATE marketplace_review SET rating = 2 WHERE id = %(reversed_review)s",
    ),
    "people_review_completed_deals": (
        "early_review",
        (
            "INSERT INTO marketplace_review"
            " (id, deal_id, seller_id, service_id, rating, comment, dated_at, recorded_at, hidden_at)"
            " SELECT %(early_review)s, id, seller_id, service_id, 5, '', purchased_at, purchased_at, purchased_at"
            " FROM marketplace_deal WHERE id = %(new_deal)s"
        ),
    ),
    "review_is_of_its_deal": (
        "review",
        "UPDATE marketplace_review SET service_id = %(new_service)s WHERE id = %(review)s",
    ),
    "open_request_in_a_deal_in_progress": (
        "open_request",
        (
            "UPDATE marketplace_deal SET status = 'delivered', approval_deadline = purchased_at + interval '30 days'"
            " WHERE id = %(open_deal)s"
        ),
    ),
    "cancelled_request_has_its_verdict": (
        "withdrawn_request",
        (
            "UPDATE marketplace_cancelrequest SET status = 'auto_cancelled', ended_at = reply_deadline,"
            " room_id = %(never_contacted_room_id)s WHERE id = %(withdrawn_request)s"
        ),
    ),
    "request_followed_silence": (
        "open_request",
        "UPDATE marketplace_deal SET silence_before_request = interval '5 days' WHERE id = %(open_deal)s",
    ),
    "revoked_by_a_reply": (
        "revoked_request",
        "UPDATE marketplace_cancelrequest SET requester = 'seller' WHERE id = %(revoked_request)s",
    ),
    "cancelled_in_silence": (
        "silent_buyer_request",
        (
            "INSERT INTO marketplace_message (id, room_id, sender, kind, body, posted_at) SELECT gen_random_uuid(),"
            " room_id, 'buyer', 'text', '', reply_deadline FROM marketplace_cancelrequest"
            " WHERE id = %(silent_buyer_request)s; UPDATE marketplace_talkroom SET last_sender = 'buyer',"
            " buyer_last_contact_at = (SELECT ended_at FROM marketplace_deal WHERE id = deal_id)"
            " WHERE id = %(silent_buyer_room_id)s"
        ),
    ),
    "end_of_a_request_is_told_once": (
        "withdrawn_request",
        (
            "UPDATE marketplace_event SET occurred_at = occurred_at + interval '1 microsecond'"
            " WHERE kind = 'request_withdrawn'"
        ),
    ),
    "overdue_reply_is_settled": (
        "open_request",
        "UPDATE marketplace_cancelrequest SET reply_deadline = placed_at - interval '2 h' WHERE id = %(open_request)s",
    ),
    "overdue_first_contact_is_settled": (
        "new_deal",
        "UPDATE marketplace_deal SET first_contact_deadline = purchased_at - interval '1 day' WHERE id = %(new_deal)s",
    ),
    "overdue_approval_is_settled": (
        "delivered_deal",
        "UPDATE marketplace_deal SET approval_deadline = purchased_at - interval '1 day' WHERE id = %(delivered_deal)s",
    ),
    "first_contact_ends_its_limit": (
        "delivered_deal",
        (
            "UPDATE marketplace_deal SET first_contact_deadline = purchased_at + interval '30 days'"
            " WHERE id = %(delivered_deal)s"
        ),
    ),
    "end_of_a_deal_is_told_once": (
        "window_deal",
        (
            "INSERT INTO marketplace_event (kind, room_id, data, occurred_at, recorded_at) SELECT kind, room_id, data,"
            " occurred_at, recorded_at FROM marketplace_event WHERE kind = 'deal_completed'"
            " AND room_id = %(window_room_id)s"
        ),
    ),
    "last_contact_is_what_was_said": (
        "revoked_room_id",
        (
            "DELETE FROM marketplace_message WHERE id = %(reply)s;"
            " UPDATE marketplace_talkroom SET first_unanswered_at = NULL WHERE id = %(revoked_room_id)s;"
            " UPDATE marketplace_cancelrequest SET status = 'withdrawn' WHERE id = %(revoked_request)s;"
            " UPDATE marketplace_event SET kind = 'request_withdrawn' WHERE kind = 'request_revoked'"
        ),
    ),
    "first_unanswered_is_what_was_said": (
        "revoked_room_id",
        (
            "UPDATE marketplace_talkroom SET first_unanswered_at = first_unanswered_at + interval '1 microsecond'"
            " WHERE id = %(revoked_room_id)s"
        ),
    ),
    "nobody_wrote_after_the_end": (
        "late_words",
        (
            "INSERT INTO marketplace_message (id, room_id, sender, kind, body, posted_at) SELECT %(late_words)s,"
            " %(silent_buyer_room_id)s, 'buyer', 'automatic', '', ended_at + interval '1 microsecond'"
            " FROM marketplace_deal WHERE id = %(silent_buyer_deal)s"
        ),
    ),
    "nothing_was_bought_while_paused": (
        "new_deal",
        "UPDATE marketplace_deal SET service_id = %(never_contacted_service)s WHERE id = %(new_deal)s",
    ),
    "pause_is_of_its_verdicts_seller": (
        "moved_pause",
        (
            "UPDATE marketplace_penaltypause SET id = %(moved_pause)s, service_id = %(withdrawn_service)s"
            " WHERE verdict_id = %(silent_seller_verdict)s AND service_id = %(silent_seller_service)s"
        ),
    ),
    "figures_equal_a_recount": (
        "approved_seller_id",
        "UPDATE marketplace_seller SET revenue_yen = revenue_yen + 1 WHERE id = %(approved_seller_id)s",
    ),
    "figures_follow_the_window": (
        "approved_seller_id",
        (
            "UPDATE marketplace_deal SET ended_at = ended_at - interval '4 months',"
            " approval_deadline = approval_deadline - interval '4 months',"
            " purchased_at = purchased_at - interval '4 months' WHERE id = %(approved_deal)s;"
            " UPDATE marketplace_review SET dated_at = dated_at - interval '4 months' WHERE id = %(review)s;"
            " UPDATE marketplace_event SET occurred_at = occurred_at - interval '4 months'"
            " WHERE kind = 'deal_completed' AND room_id = %(approved_room_id)s;"
            " UPDATE marketplace_message SET posted_at = posted_at - interval '4 months'"
            " WHERE room_id = %(approved_room_id)s;"
            " UPDATE marketplace_talkroom SET buyer_last_contact_at = buyer_last_contact_at - interval '4 months',"
            " seller_last_contact_at = seller_last_contact_at - interval '4 months' WHERE id = %(approved_room_id)s;"
            " UPDATE marketplace_seller SET figures_at = figures_at - interval '4 months',"
            " oldest_counted_at = oldest_counted_at - interval '4 months' WHERE id = %(approved_seller_id)s"
        ),
    ),
    "rank_follows_the_figures": (
        "approved_seller_id",
        "UPDATE marketplace_seller SET rank = 'gold' WHERE id = %(approved_seller_id)s",
    ),
    "service_is_found_by_its_sellers_rank": (
        "new_service",
        "UPDATE marketplace_service SET search_rank = search_rank + 0.01 WHERE id = %(new_service)s",
    ),
}


MADE = ("late_words", "moved_pause", "early_review")
"""The rows that faults make."""

REFUSED = [
    (
        "deal_ended_at_agrees_with_status",
        "UPDATE marketplace_deal SET ended_at = purchased_at + interval '1 hour' WHERE id = %(new_deal)s",
    ),
    (
        "deal_ends_after_its_purchase",
        (
            "UPDATE marketplace_deal SET ended_at = purchased_at - interval '1 microsecond'"
            " WHERE id = %(silent_buyer_deal)s"
        ),
    ),
    (
        "deal_approval_agrees_with_status",
        "UPDATE marketplace_deal SET approval_deadline = NULL WHERE id = %(delivered_deal)s",
    ),
    (
        "deal_approval_agrees_with_status",
        "UPDATE marketplace_deal SET approved_by = NULL WHERE id = %(approved_deal)s",
    ),
    (
        "deal_is_approved_in_its_time",
        "UPDATE marketplace_deal SET approval_deadline = ended_at + interval '1 second' WHERE id = %(window_deal)s",
    ),
    (
        "deal_is_approved_in_its_time",
        (
            "UPDATE marketplace_deal SET approval_deadline = ended_at - interval '1 microsecond'"
            " WHERE id = %(approved_deal)s"
        ),
    ),
    (
        "request_has_a_deadline_or_is_held",
        "UPDATE marketplace_cancelrequest SET remaining_when_held = NULL WHERE id = %(held_request)s",
    ),
    (
        "request_ended_at_agrees_with_status",
        "UPDATE marketplace_cancelrequest SET ended_at = placed_at WHERE id = %(open_request)s",
    ),
    (
        "request_ends_after_it_was_placed",
        (
            "UPDATE marketplace_cancelrequest SET ended_at = placed_at - interval '1 microsecond'"
            " WHERE id = %(withdrawn_request)s"
        ),
    ),
    (
        "request_ends_by_its_deadline",
        (
            "UPDATE marketplace_cancelrequest SET ended_at = reply_deadline + interval '1 microsecond'"
            " WHERE id = %(revoked_request)s"
        ),
    ),
    (
        "verdict_acknowledged_after_it_was_written",
        "UPDATE marketplace_verdict SET acknowledged_at = effective_at WHERE id = %(silent_buyer_verdict)s",
    ),
]
"""What one row alone can contradict is refused by the database; the constraint stands in the error."""


@pytest.mark.parametrize(("constraint", "fault"), REFUSED)
def test_a_rule_of_one_row_is_a_constraint(world: World, constraint: str, fault: str) -> None:
    values = {key: value for key, value in world.rows.items() if not isinstance(value, TalkRoom | Seller)}
    with pytest.raises(IntegrityError, match=f'"{constraint}"'), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(fault, values)


def test_what_the_actions_wrote_contradicts_nothing(world: World) -> None:
    assert contradictions() == set()
    assert {verdict.at_fault for verdict in Verdict.objects.all()} == {"seller", "buyer", "nobody"}
    assert {request.status for request in CancelRequest.objects.all()} == {
        "awaiting_reply",
        "revoked_by_reply",
        "withdrawn",
        "auto_cancelled",
        "ended_with_deal",
    }
    assert {deal.status for deal in Deal.objects.all()} == {"in_progress", "delivered", "completed", "cancelled"}
    assert Service.objects.count() > 10


def test_there_is_a_fault_for_every_invariant() -> None:
    assert {invariant.name for invariant in asked.invariants(POLICY)} == set(FAULTS)


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found_by_its_invariant_and_its_row_alone(rows: dict[str, Any], name: str) -> None:
    row, fault = FAULTS[name]
    made = {name: f"00000000-0000-4000-8000-00000000000{n}" for n, name in enumerate(MADE)}
    values = {key: value for key, value in (rows | made).items() if not isinstance(value, TalkRoom | Seller)}
    with connection.cursor() as cursor:
        cursor.execute(fault, values)
    assert contradictions() == {(name, str(values[row]))}


def test_the_command_names_rule_and_row_and_fails_and_the_report_is_kept(rows: dict[str, Any]) -> None:
    printed = io.StringIO()
    call_command("check_invariants", stdout=printed)
    assert printed.getvalue().count("\nok ") == len(FAULTS) - 1
    assert printed.getvalue().endswith("no row contradicts a rule.\n")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE marketplace_service SET search_rank = 1")
    listed = Service.objects.exclude(seller__in=Verdict.objects.unacknowledged().values("seller"))
    wrong = listed.count()
    printed = io.StringIO()
    with pytest.raises(CommandError, match=f"^{wrong} rows contradict a rule; 0 rules"):
        call_command("check_invariants", "--limit", "2", stdout=printed)
    assert f"… and {wrong - 2} more (--limit)" in printed.getvalue()
    assert "search rank 1.00, its seller's" in printed.getvalue()
    report = InvariantReport.objects.get(name="service_is_found_by_its_sellers_rank")
    assert (report.violations, len(report.examples)) == (wrong, 2)
    assert InvariantReport.objects.filter(violations=0).count() == len(FAULTS) - 1


def test_a_rule_that_is_no_longer_asked_loses_its_report(rows: dict[str, Any]) -> None:
    InvariantReport.objects.create(name="of_old", violations=1, checked_at=clock.now())
    assert invariant_reports.check_all() == 0
    assert not InvariantReport.objects.filter(name="of_old").exists()


def test_a_rule_that_cannot_be_checked_is_said_and_keeps_no_other_from_it(rows: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE marketplace_penaltypause RENAME COLUMN paused_at TO gone")
    printed = io.StringIO()
    with pytest.raises(CommandError, match="0 rows contradict a rule; 2 rules could not be checked"):
        call_command("check_invariants", stdout=printed)
    assert "ERROR pause_is_of_its_verdicts_seller: column pause.paused_at does not exist" in printed.getvalue()
    assert "ok    service_is_found_by_its_sellers_rank" in printed.getvalue()
    assert not InvariantReport.objects.filter(name="pause_is_of_its_verdicts_seller").exists()
