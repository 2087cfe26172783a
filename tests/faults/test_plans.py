"""What falls due is found by its partial index, however much waits: looks that read tables would stop everything."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from marketplace import alarms, clock, locks
from marketplace.actions import deadlines
from marketplace.reads.deadlines import DEADLINES
from marketplace.vocabulary import DeadlineKind
from tests.support import factories

WAITING = 200_000
"""How many deadlines of each kind are pending."""
NOW = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
FEW_BLOCKS = 1200
"""What a look may read, in blocks of 8 kB, to lock or ring for a hundred; the table of the deals has thousands."""
OVERDUE = 100
INDEXES = {
    DeadlineKind.REPLY: "open_request_by_deadline",
    DeadlineKind.FIRST_CONTACT: "deal_by_first_contact_deadline",
    DeadlineKind.APPROVAL: "deal_by_approval_deadline",
}

# A hundred of each kind are overdue by up to a hundred seconds; then one falls due each second.
DEALS = """
    INSERT INTO marketplace_deal (
      id, service_id, seller_id, buyer_id, price, status, purchased_at, silence_before_request, reply_window,
      approval_window, first_contact_window, first_contact_deadline, approval_deadline, generation, settle_failures)
    SELECT lpad(to_hex(n + %(first)s), 32, '0')::uuid, %(service)s, %(seller)s, %(buyer)s, 5000, status,
           %(now)s - interval '30 days',
           interval '4 days', interval '24 hours', interval '72 hours', interval '60 days',
           CASE status WHEN 'in_progress' THEN %(now)s + (n - %(overdue)s) * interval '1 second' END,
           CASE status WHEN 'delivered' THEN %(now)s + (n - %(overdue)s) * interval '1 second' END, 1, 0
    FROM CAST(%(status)s AS text) AS status, generate_series(0, %(waiting)s - 1) AS n
"""
ROOMS = """
    INSERT INTO marketplace_talkroom (id, deal_id, buyer_id, seller_id, opened_at)
    SELECT id, id, buyer_id, %(person)s, purchased_at FROM marketplace_deal
    WHERE status = 'in_progress' OR approval_deadline < %(now)s
"""
"""Each deal has one; those of deliveries that are not due yet are left out, since no look may meet them."""
REQUESTS = """
    INSERT INTO marketplace_cancelrequest (
      id, room_id, requester, reason, status, placed_at, reply_deadline, generation, settle_failures)
    SELECT id, id, 'buyer', '', 'awaiting_reply',
           first_contact_deadline - interval '1 day', first_contact_deadline, 2, 0
    FROM marketplace_deal WHERE status = 'in_progress'
"""


@pytest.fixture
def crowded(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hold many pending deadlines. Nothing of it is kept, so that no foreign key needs a check at the end."""
    seller, buyer = factories.seller(), factories.person("buyer")
    values: dict[str, Any] = {
        "service": seller.services.get().pk,
        "seller": seller.pk,
        "person": seller.user_id,
        "buyer": buyer.pk,
        "now": NOW,
        "overdue": OVERDUE,
        "waiting": WAITING,
    }
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")  # it is the filling that takes long
        for first, status in ((0, "in_progress"), (WAITING, "delivered")):
            cursor.execute(DEALS, {**values, "first": first, "status": status})
        for rows in (ROOMS, REQUESTS):
            cursor.execute(rows, values)
        cursor.execute("ANALYZE marketplace_deal, marketplace_talkroom, marketplace_cancelrequest")
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(alarms, "ring_soon", lambda *_: None)  # what is looked for is asked here, not what is sent
    yield
    transaction.set_rollback(True)


def plan_of(sql: str) -> dict[str, Any]:
    """Run a statement, and return how PostgreSQL carried it out."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}")
        answer = cursor.fetchone()[0]
    plan: dict[str, Any] = (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]
    return plan


def parts(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from parts(part)


def assert_cheap(plan: dict[str, Any], kind: DeadlineKind, rows: int) -> None:
    shown = json.dumps(plan, indent=1)
    assert not [part for part in parts(plan) if part["Node Type"] == "Seq Scan"], shown
    used = {part["Index Name"] for part in parts(plan) if "Index Name" in part}
    assert INDEXES[kind] in used, shown
    assert plan["Actual Rows"] == rows, shown
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] <= FEW_BLOCKS, shown


def explained(look: Callable[[], int], table: str) -> tuple[int, dict[str, Any]]:
    """Return what a look found, and how PostgreSQL found it: the one statement that asked this table."""
    with CaptureQueriesContext(connection) as queries, transaction.atomic():
        found = look()
    [asked] = [query["sql"] for query in queries if f"marketplace_{table}" in query["sql"]]
    return found, plan_of(asked)


def those_to_lock(kind: DeadlineKind) -> int:
    return len(locks.rooms_of_overdue_rows(DEADLINES[kind], NOW, deadlines.BATCH))


def those_left(kind: DeadlineKind) -> int:
    """What a wake-up whose row was taken along asks: whether anything fell due since."""
    due = DEADLINES[kind].due_between(NOW - timedelta(seconds=OVERDUE), NOW).exclude(settle_after__gt=NOW)
    return len(due.values("pk")[:1])


SOON = int(2 * settings.SWEEP_INTERVAL / timedelta(seconds=1))
LOOKS: dict[str, tuple[Callable[[DeadlineKind], int], int]] = {
    "a sweep locks what is overdue": (those_to_lock, OVERDUE),
    "a sweep rings for what is due soon": (deadlines.ring_for_what_is_due_soon, min(SOON, alarms.RINGS_PER_SWEEP)),
    "a wake-up looks for others": (those_left, 1),
}


def test_among_200_000_that_wait_what_is_due_is_found_by_the_index_of_its_kind(
    crowded: None, subtests: pytest.Subtests
) -> None:
    """Where two decide at the same moment the request does: so no room is found by its first contact."""
    for kind in DeadlineKind:
        for what, (look, number) in LOOKS.items():
            expected = 0 if (kind, look) == (DeadlineKind.FIRST_CONTACT, those_to_lock) else number
            with subtests.test(what, kind=kind):
                found, plan = explained(partial(look, kind), DEADLINES[kind].model.__name__.lower())
                assert found == expected
                assert_cheap(plan, kind, expected)
