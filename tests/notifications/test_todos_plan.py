"""What a to-do list costs among 200,000 rooms: one statement, by index."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace.models import Seller, TalkRoom, User
from notifications import todos
from tests.conftest import Clock
from tests.support.factories import hours, on_sale, open_request, room

pytestmark = [pytest.mark.django_db, pytest.mark.thorough]

ROOMS = 200_000
PEOPLE = """
    INSERT INTO marketplace_user (id, password, is_superuser, username, first_name, last_name, email, is_staff,
                                  is_active, date_joined, language, time_zone)
    SELECT md5('person ' || n)::uuid, '!', FALSE, 'person-' || n, '', '', '', FALSE, TRUE, %(at)s, '', ''
    FROM generate_series(0, 3999) AS n
"""
SELLERS = """
    INSERT INTO marketplace_seller (id, user_id, created_at, completed, revenue_yen, cancelled_at_fault, rating_sum,
                                    rating_count, rank, search_rank)
    SELECT md5('seller ' || n)::uuid, md5('person ' || n)::uuid, %(at)s, 0, 0, 0, 0, 0, 'regular', 350
    FROM generate_series(0, 1999) AS n
"""
DEALS = """
    INSERT INTO marketplace_deal (
        id, service_id, seller_id, buyer_id, price, status, purchased_at, ended_at, approval_deadline, approved_by,
        silence_before_request, reply_window, approval_window, generation, settle_failures)
    SELECT md5('deal ' || n)::uuid, %(service)s, md5('seller ' || n %% 2000)::uuid,
           md5('person ' || 2000 + n %% 1999)::uuid, 1,
           CASE WHEN n %% 4 = 0 THEN 'in_progress' ELSE 'completed' END, %(at)s,
           CASE WHEN n %% 4 = 0 THEN NULL ELSE %(at)s END,
           CASE WHEN n %% 4 = 0 THEN NULL ELSE %(at)s END,
           CASE WHEN n %% 4 = 0 THEN NULL ELSE 'buyer' END,
           interval '4 days', interval '24 hours', interval '72 hours', 1, 0
    FROM generate_series(1, %(rooms)s) AS n
"""
TALK_ROOMS = """
    INSERT INTO marketplace_talkroom (id, deal_id, buyer_id, seller_id, opened_at, last_sender)
    SELECT md5('room ' || n)::uuid, md5('deal ' || n)::uuid, md5('person ' || 2000 + n %% 1999)::uuid,
           md5('person ' || n %% 2000)::uuid, %(at)s, NULL
    FROM generate_series(1, %(rooms)s) AS n
"""
LINES = """
    INSERT INTO marketplace_message (id, room_id, sender, kind, body, posted_at)
    SELECT gen_random_uuid(), md5('room ' || n)::uuid, 'buyer', 'text', '', %(at)s
    FROM generate_series(1, %(rooms)s) AS n
"""
MILESTONES = """
    INSERT INTO marketplace_milestone (id, room_id, title, due_on, shared_at)
    SELECT gen_random_uuid(), md5('room ' || n)::uuid, 'Draft', '2026-01-01', %(at)s
    FROM generate_series(4, %(rooms)s, 4) AS n
"""
REQUESTS = """
    INSERT INTO marketplace_cancelrequest (
        id, room_id, requester, reason, status, placed_at, reply_deadline, generation, settle_failures)
    SELECT gen_random_uuid(), md5('room ' || n)::uuid, 'buyer', '', 'awaiting_reply', %(at)s, %(at)s, 1, 0
    FROM generate_series(4, %(rooms)s, 4) AS n
"""
UNCHECKED = """
    SELECT set_config('session_replication_role', %s, TRUE) FROM pg_roles WHERE rolname = current_user AND rolsuper
"""
"""Foreign keys looked up row by row would cost most of the time, and show nothing here; who may not, waits."""
BIG = ("deal", "talkroom", "message", "milestone", "cancelrequest")
READ = ("user", "seller", *BIG)


@pytest.fixture
def crowd(frozen: Clock, seller: Seller) -> None:
    """200,000 rooms of 4,000 people, each with a line; a quarter are running, with a milestone and a request."""
    values: dict[str, Any] = {"service": on_sale(seller).pk, "at": frozen.at, "rooms": ROOMS}
    with connection.cursor() as cursor:
        cursor.execute(UNCHECKED, ["replica"])
        for statement in (PEOPLE, SELLERS, DEALS, TALK_ROOMS, LINES, MILESTONES, REQUESTS):
            cursor.execute(statement, values)
        cursor.execute(UNCHECKED, ["origin"])
        cursor.execute(f"ANALYZE {', '.join(f'marketplace_{name}' for name in READ)}")


def plan_of(who: User, at: Clock) -> str:
    """Run the statement of the list, and return how PostgreSQL did it."""
    with CaptureQueriesContext(connection) as seen:
        found = todos.waiting_for(who, at.at)
        assert todos.count(who, at.at) == len(found)
    assert len(seen) == 2
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF) {seen[0]['sql']}")
        return "\n".join(row[0] for row in cursor.fetchall())


def test_a_list_is_one_statement_that_reads_ones_own_deals_by_index_among_200_000_rooms(
    frozen: Clock, crowd: None
) -> None:
    own = room(silent_for=hours(100), now=frozen.at)
    open_request(own, deadline=frozen.at + hours(1))
    for who in (own.seller, own.buyer):
        plan = plan_of(who, frozen)
        for table in BIG:
            assert f"Seq Scan on marketplace_{table}" not in plan, plan
        rows = [int(found) for found in re.findall(r"actual rows=(\d+)", plan)]
        assert max(rows) < 20, plan
        assert_rooms_are_found_by_index(who)


def assert_rooms_are_found_by_index(who: User) -> None:
    """The start page and the list of deals begin at the same index."""
    plan = TalkRoom.objects.running_for(who).with_what_is_shown().newest_first()[:200].explain(analyze=True)
    for table in BIG:
        assert f"Seq Scan on marketplace_{table}" not in plan, plan
