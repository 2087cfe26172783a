"""Every list of the admin at 100,000 rows: a bounded number of statements, each along an index."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.plugin import DjangoDbBlocker

from marketplace.models import User
from tests.conftest import Clock
from tests.support.operating import Desk, supervisor

pytestmark = pytest.mark.thorough

ROWS = 100_000
SELLERS = 20_000
BIG = (
    "user",
    "seller",
    "service",
    "deal",
    "talkroom",
    "message",
    "cancelrequest",
    "verdict",
    "event",
    "penaltypause",
    "review",
    "notification",
)
READS_A_TABLE = re.compile(r"Seq Scan on (?:marketplace|notifications)_(\w+)")

MOST_READ = 20_000
"""How many rows come through one step of a statement of the start page: what it counts is bounded."""
ACTUAL_ROWS = re.compile(r"actual rows=(\d+)")

FILL = """
    INSERT INTO marketplace_user (id, username, email, password, first_name, last_name, is_superuser, is_staff,
        is_active, date_joined, language, time_zone)
      SELECT {person}, 'person-' || n, 'person-' || n || '@example.com', '!', '', '', false, false, true,
        '2026-01-01Z', '', '' FROM generate_series(1, {rows}) n;
    INSERT INTO marketplace_seller (id, user_id, created_at, completed, revenue_yen, cancelled_at_fault, rating_sum,
        rating_count, rank, search_rank)
      SELECT {seller}, {person}, '2026-01-01Z'::timestamptz + n * interval '1 second', 0, 0, 0, 0, 0,
        CASE WHEN n % 1000 = 0 THEN 'gold' ELSE 'regular' END, 350 FROM generate_series(1, {sellers}) n;
    INSERT INTO marketplace_service (id, seller_id, title, description, price, own_status, search_rank, created_at,
        search_text, search_grams)
      SELECT {service}, {seller}, 'A logo', '', 5000, 'accepting', 350, '2026-01-01Z', '', '{{}}'
      FROM generate_series(1, {sellers}) n;
    INSERT INTO marketplace_deal (id, service_id, seller_id, buyer_id, price, status, cancel_cause, purchased_at,
        ended_at, silence_before_request, reply_window, approval_window, generation, settle_failures,
        first_contact_deadline, approval_deadline)
      SELECT {deal}, {its_service}, {its_seller},
        {buyer}, 5000, kind.status,
        CASE WHEN kind.status = 'cancelled' THEN 'no_contact' END, '2026-02-01Z',
        CASE WHEN kind.status = 'cancelled' THEN '2026-02-10Z'::timestamptz + n * interval '1 second' END,
        '4 days', '24 hours', '72 hours', 1, 0,
        CASE WHEN kind.status = 'in_progress' THEN '2099-01-01Z'::timestamptz + n * interval '1 second' END,
        CASE WHEN kind.status = 'delivered' THEN '2099-01-01Z'::timestamptz + n * interval '1 second' END
      FROM generate_series(1, {rows}) n
      CROSS JOIN LATERAL (SELECT CASE WHEN n % 2 = 0 THEN 'cancelled' WHEN n % 10 = 1 THEN 'delivered'
        ELSE 'in_progress' END AS status) kind;
    INSERT INTO marketplace_talkroom (id, deal_id, buyer_id, seller_id, opened_at)
      SELECT {room}, {deal}, {buyer},
        {sellers_person}, '2026-02-01Z'::timestamptz + n * interval '1 second'
      FROM generate_series(1, {rows}) n;
    INSERT INTO marketplace_message (id, room_id, sender, kind, body, posted_at)
      SELECT {message}, {room}, 'buyer', 'text', 'Hello?', '2026-02-02Z'
      FROM generate_series(1, {rows}) n;
    INSERT INTO marketplace_cancelrequest (id, room_id, requester, reason, status, placed_at, reply_deadline, held_at,
        remaining_when_held, ended_at, generation, settle_failures)
      SELECT {request}, {room}, 'buyer', '', kind.status,
        '2026-02-09Z'::timestamptz + n * interval '1 second',
        CASE WHEN kind.held THEN NULL WHEN kind.status = 'awaiting_reply' THEN '2099-01-01Z'::timestamptz
          + n * interval '1 second' ELSE '2026-02-10Z'::timestamptz + n * interval '1 second' END,
        CASE WHEN kind.held THEN '2026-02-10Z'::timestamptz END, CASE WHEN kind.held THEN interval '5 hours' END,
        CASE WHEN kind.status <> 'awaiting_reply' THEN '2026-02-10Z'::timestamptz + n * interval '1 second' END, 1, 0
      FROM generate_series(1, {rows}) n
      CROSS JOIN LATERAL (SELECT CASE WHEN n % 2 = 0 THEN 'auto_cancelled' WHEN n % 1001 = 0 THEN 'withdrawn'
        ELSE 'awaiting_reply' END AS status, n % 2 = 1 AND n % 1001 <> 0 AND n % 997 = 0 AS held) kind;
    INSERT INTO marketplace_verdict (id, deal_id, cancel_request_id, seller_id, cause, at_fault, effective_at,
        recorded_at, woken_by, acknowledged_at, reversed_at, reversed_because)
      SELECT {verdict}, {deal}, {request}, {its_seller}, 'no_contact',
        CASE WHEN n % 1000 = 0 THEN 'nobody' ELSE 'seller' END, '2026-02-10Z'::timestamptz + n * interval '1 second',
        '2026-02-10Z'::timestamptz + n * interval '1 second' + interval '1 millisecond', 'eta',
        CASE WHEN n % 500 <> 2 THEN '2026-02-20Z'::timestamptz END,
        CASE WHEN n % 1000 = 0 THEN '2026-02-20Z'::timestamptz END, ''
      FROM generate_series(2, {rows}, 2) n;
    INSERT INTO marketplace_event (kind, room_id, seller_id, data, occurred_at, recorded_at)
      SELECT CASE WHEN n % 5000 = 0 THEN 'reply_refused_late' ELSE 'message_posted' END, {room},
        CASE WHEN n % 3 = 0 THEN {its_seller} END, '{{"party": "buyer"}}', '2026-02-02Z',
        '2026-02-02Z'
      FROM generate_series(1, {rows}) n;
    INSERT INTO marketplace_review (id, deal_id, seller_id, service_id, rating, comment, dated_at, recorded_at)
      SELECT gen_random_uuid(), {deal}, {its_seller}, {its_service}, 5, '', '2026-02-10Z', '2026-02-10Z'
      FROM generate_series(1, {rows}) n;
    INSERT INTO marketplace_penaltypause (id, verdict_id, service_id, paused_at, lifted_at)
      SELECT {pause}, {verdict}, {its_service}, '2026-02-10Z',
        CASE WHEN n % 500 <> 2 THEN '2026-02-20Z'::timestamptz END
      FROM generate_series(2, {rows}, 2) n;
    INSERT INTO notifications_notification (id, occasion, person_id, channel, kind, words, facts, made_at, state,
        attempts, next_attempt_at, last_error, refused_for_good, answered_at)
      SELECT gen_random_uuid(), n::text, {person}, CASE WHEN n % 2 = 0 THEN 'email' ELSE 'push' END, 'message',
        'message', '{{}}', '2026-02-10Z'::timestamptz + n * interval '1 second', kind.state, 0,
        CASE WHEN kind.state = 'waiting' THEN '2026-02-10Z'::timestamptz + n * interval '1 second' END, '', false,
        CASE WHEN kind.state <> 'waiting' THEN '2026-02-10Z'::timestamptz + n * interval '1 second' END
      FROM generate_series(1, {rows}) n
      CROSS JOIN LATERAL (SELECT CASE WHEN n % 3 = 0 THEN 'waiting' WHEN n % 3 = 1 THEN 'failed' ELSE 'sent' END
        AS state) kind;
    ANALYZE {tables};
"""


def key(table: int, number: str = "n") -> str:
    """Write the id of a row in SQL: `named` in Python."""
    return f"('0000000{table}-0000-4000-8000-' || lpad(({number})::text, 12, '0'))::uuid"


def named(table: int, number: int) -> str:
    """Return the id that `FILL` gave to a row."""
    return f"0000000{table}-0000-4000-8000-{number:012}"


TURN = f"n % {SELLERS} + 1"
IDS = {
    "person": key(1),
    "seller": key(2),
    "service": key(3),
    "deal": key(4),
    "room": key(5),
    "message": key(6),
    "request": key(7),
    "verdict": key(8),
    "pause": key(9),
    "its_seller": key(2, TURN),
    "its_service": key(3, TURN),
    "sellers_person": key(1, TURN),
    "buyer": key(1, f"n % ({ROWS} - {SELLERS}) + {SELLERS} + 1"),
}
APPS = {"notification": "notifications"}
TABLES = ", ".join(f"{APPS.get(name, 'marketplace')}_{name}" for name in BIG)


@pytest.fixture(scope="module")
def many(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A hundred thousand of everything that has a list (sellers: twenty thousand), gone again afterwards."""
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
            if cursor.fetchone()[0]:  # as such one may leave a million foreign keys unchecked: they are right
                cursor.execute("SET session_replication_role = replica")
            cursor.execute(FILL.format(rows=ROWS, sellers=SELLERS, tables=TABLES, **IDS))
            cursor.execute("SET session_replication_role = origin")
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute(f"TRUNCATE {TABLES} CASCADE")
                cursor.execute(f"ANALYZE {TABLES}")


@pytest.fixture
def desk(many: None, db: None) -> Desk:
    return Desk(supervisor())


def statements(desk: Desk, address: str) -> list[str]:
    """Open a page; return its statements."""
    with CaptureQueriesContext(connection) as seen:
        answer = desk.get(address)
        assert answer.status_code == 200, address
        if answer.streaming:
            assert sum(1 for _ in answer.streaming_content) > 0
    return [each["sql"] for each in seen.captured_queries]


def plans(told: list[str], ask: str = "EXPLAIN") -> Iterator[tuple[str, str]]:
    """Return each SELECT with its plan."""
    with connection.cursor() as cursor:
        for sql in told:
            if sql.lstrip("( \n").startswith("SELECT") and ("marketplace_" in sql or "notifications_" in sql):
                cursor.execute(f"{ask} {sql}")
                yield sql, "\n".join(row[0] for row in cursor.fetchall())


OF_EVERY_LIST = ("", "?p=50", "?q=person-7777", "?q=person-7777%40example.com")
LISTS = {
    "talkroom": (
        "?q={room}", "?q={deal}", "?q={verdict}", "?o=6", "?o=-6", "?since=2026-02-02&until=2026-02-02",
        "?until=2020-01-01",
    ),
    "cancelrequest": (
        "?state=held", "?state=overdue", "?state=put_off", "?state=awaiting_reply", "?state=withdrawn",
        "?state=revoked_by_reply", "?q={request}", "?q={deal}&state=held", "?state=overdue&q=person-7777", "?o=4",
        "?since=2026-02-10&until=2026-02-10", "?until=2020-01-01",
    ),
    "verdict": ("?at_fault=nobody", "?at_fault=buyer", "?acknowledged=no", "?q={deal}", "?q={verdict}", "?o=8",
        "?since=2030-01-01"),
    "event": (
        "?kind=reply_refused_late", "?kind=message_hidden", "?q={room}", "?room__exact={room}",
        "?seller__exact={seller}", "?staff=yes", "?by=person-7777", "?since=2026-02-02&until=2026-02-02",
        "?since=2030-01-01", "?until=2020-01-01", "?staff=yes&by=person-7777&since=2026-02-01", "?o=1",
    ),
    "seller": ("?rank=gold", "?rank=platinum", "?paused=yes", "?q={seller}"),
    "message": ("?room__exact={room}", "?q={message}"),
    "service": ("?down=yes", "?seller__exact={seller}", "?q=logo"),
    "deal": ("?q={deal}", "?o=7", "?since=2026-02-02&until=2026-02-02", "?until=2020-01-01"),
    "review": ("?hidden=yes", "?q={deal}"),
    "user": ("?q=person-77",),
}  # fmt: skip
NAMES = {"room": 5, "deal": 4, "request": 7, "seller": 2, "verdict": 8, "message": 6}
KEYS = {name: named(table, 8) for name, table in NAMES.items()}


@pytest.mark.parametrize("model", LISTS)
def test_a_list_is_read_along_an_index_in_a_bounded_number_of_statements(desk: Desk, model: str) -> None:
    for query in (*OF_EVERY_LIST, *LISTS[model]):
        told = statements(desk, reverse(f"admin:marketplace_{model}_changelist") + query.format(**KEYS))
        assert len(told) <= 20, (query, told)
        check(told)


def test_what_is_due_soonest_is_read_along_an_index(desk: Desk) -> None:
    kinds = ("?kind=approval", "?kind=first_contact", "?kind=reply&state=overdue")
    searches = ("?q=person-7777", "?q={room}", "?q=person-30000", "?q={request}&state=held")
    for query in ("", "?p=20", "?state=held", "?state=overdue", "?state=put_off", *kinds, *searches):
        told = statements(desk, reverse("admin:due") + query.format(**KEYS))
        assert len(told) <= 26, (query, told)
        check(told)


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 2, 11, 4, tzinfo=UTC),  # after 50,000 verdicts in two days, 66,000 notices unsent or given up
        datetime(2099, 1, 1, tzinfo=UTC),  # before 100,000 deadlines within 28 hours
        datetime(2099, 1, 3, tzinfo=UTC),  # after them, and nobody settled one
    ],
    ids=["verdicts", "due", "overdue"],
)
def test_the_start_is_read_along_indexes_and_counts_nothing_further_than_its_bounds(
    desk: Desk, frozen: Clock, at: datetime
) -> None:
    frozen.at = at
    told = statements(desk, reverse("admin:index"))
    assert len(told) <= 34, told
    check(told)
    for sql, plan in plans(told, "EXPLAIN (ANALYZE, TIMING OFF, COSTS OFF)"):
        read = [int(rows) for rows in ACTUAL_ROWS.findall(plan)]
        assert max(read) <= MOST_READ, f"{sql}\n{plan}"


def test_a_rooms_and_a_sellers_page_too(desk: Desk) -> None:
    pages = (("talkroom", named(5, 8)), ("seller", named(2, 9)), ("verdict", named(8, 8)), ("user", named(1, 9)))
    for model, key in pages:
        told = statements(desk, reverse(f"admin:marketplace_{model}_change", args=[key]))
        assert len(told) <= 32, told
        check(told)


def test_a_question_about_a_hundred_takes_as_many_statements_as_one(desk: Desk) -> None:
    def asked(number: int) -> int:
        pks = "&".join(f"pk={named(7, 2 * each + 1)}" for each in range(number))
        return len(statements(desk, f"{reverse('admin:marketplace_cancelrequest_hold')}?{pks}"))

    assert asked(100) == asked(1)


def test_the_export_of_everything_takes_one_pass(desk: Desk) -> None:
    told = statements(desk, reverse("admin:marketplace_seller_export"))
    assert len(told) <= 12, told


def test_a_list_of_many_says_that_it_was_not_counted_to_the_end(desk: Desk) -> None:
    answer = desk.get(reverse("admin:marketplace_event_changelist"))
    assert answer.context["cl"].result_count == 5000
    assert "more than 5000" in desk.page("marketplace_event_changelist")
    held = desk.get(f"{reverse('admin:marketplace_cancelrequest_changelist')}?state=held")
    assert held.context["cl"].result_count == 50
    assert not held.context["cl"].paginator.there_is_more
    assert User.objects.filter(username="person-1").exists()


def check(told: list[str]) -> None:
    """Assert that no statement reads a whole table."""
    looked = list(plans(told))
    assert looked
    for sql, plan in looked:
        read: list[Any] = [name for name in READS_A_TABLE.findall(plan) if name in BIG]
        assert not read, f"{sql}\n{plan}"
