"""A marketplace of 200,000 rooms, made by the database itself in seconds: what the tests of plans look into.

Most deals have ended, as in a marketplace of some years. One buyer and one seller are busy: each has two
thousand rooms, of which fifty run. Everything is random to its index (ids are hashes), as in real life.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from marketplace import search
from marketplace.policy import Policy

ROOMS = 200_000
SELLERS = 10_000
PEOPLE = 40_000
SERVICES = 30_000
OF_THE_BUSY = 2_000
"""Rooms, lines of one room and notices: what lists of one person or one room must not read to their end."""
TITLES = ("ロゴデザイン", "イラスト作成", "翻訳 (日本語・英語)", "Web page", "動画編集", "Business card", "占い")

UNCHECKED = """
    SELECT set_config('session_replication_role', %s, TRUE) FROM pg_roles WHERE rolname = current_user AND rolsuper
"""
"""Looking up a million foreign keys would take most of the time; a role that may not switch that off waits."""

INDEXES_OF = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid = %s::regclass AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""
"""They are built when the rows stand: sorting is far quicker than looking for the place of each row."""


def key(kind: str, number: str = "n") -> str:
    """Return the SQL of a row's id: `named` in Python."""
    return f"md5('{kind} ' || ({number}))::uuid"


def named(kind: str, number: int) -> UUID:
    """Return the id of a row that `fill` wrote."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT md5(%s)::uuid", [f"{kind} {number}"])
        found: UUID = cursor.fetchone()[0]
    return found


# The numbers of a deal's seller, buyer and service. Deal n has room n, whose request and verdict have that number too.
SELLER_OF = "CASE WHEN n < {busy} THEN 0 ELSE 1 + n % ({sellers} - 1) END"
BUYER_OF = """
    CASE WHEN n BETWEEN {busy} AND 2 * {busy} - 1 THEN {sellers}
         WHEN n BETWEEN 2 * {busy} AND 2 * {busy} + 500 THEN 0
         ELSE {sellers} + 1 + n % ({people} - {sellers} - 1) END
"""
STATUS = """
    CASE WHEN n % 40 = 0 THEN 'in_progress' WHEN n % 40 = 20 THEN 'delivered'
         WHEN n % 10 = 5 THEN 'cancelled' ELSE 'completed' END
"""
BEGAN = """
    %(now)s - CASE WHEN n % 20 = 0 THEN (n * 7919 % {rooms}) * interval '10 seconds'
                   ELSE interval '11 days' + (n * 7919 % {rooms}) * interval '8 minutes' END
"""
ROWS = {
    "marketplace_user": """
        (id, password, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined,
         language, time_zone)
        SELECT {person}, '!', FALSE, 'person-' || n, '', '', 'person-' || n || '@example.com', FALSE, TRUE,
               %(now)s - interval '4 years', '', ''
        FROM generate_series(0, {people} - 1) n
    """,
    "marketplace_seller": """
        (id, user_id, created_at, completed, revenue_yen, cancelled_at_fault, rating_sum, rating_count, rank,
         search_rank)
        SELECT {seller}, {person}, %(now)s - interval '4 years', 0, 0, 0, 0, 0, 'regular', 350 + n % 400
        FROM generate_series(0, {sellers} - 1) n
    """,
    "marketplace_service": """
        (id, seller_id, title, description, price, own_status, search_rank, created_at, search_text, search_grams)
        SELECT {service}, {seller_of_service}, shown, '', 5000,
               CASE n % 10 WHEN 0 THEN 'paused' WHEN 1 THEN 'draft' ELSE 'accepting' END,
               350 + n % 400, %(now)s - n * interval '1 hour', normal, string_to_array(grams, chr(1))
        FROM generate_series(0, {services} - 1) n
        JOIN unnest(%(shown)s::text[], %(normal)s::text[], %(grams)s::text[]) WITH ORDINALITY
          AS title (shown, normal, grams, place) ON place = 1 + n % {titles}
    """,
    "marketplace_deal": """
        (id, service_id, seller_id, buyer_id, price, status, cancel_cause, purchased_at, ended_at, approval_deadline,
         approved_by, first_contact_deadline, silence_before_request, reply_window, approval_window, generation,
         settle_failures)
        SELECT {deal}, {service_of_deal}, {seller_of_deal}, {buyer_of_deal}, 5000, status,
               CASE status WHEN 'cancelled' THEN 'no_contact' END, began,
               CASE WHEN status IN ('cancelled', 'completed') THEN began + interval '10 days' END,
               CASE status WHEN 'delivered' THEN %(now)s + (1 + n % 1000) * interval '4 minutes'
                           WHEN 'completed' THEN began + interval '10 days' END,
               CASE status WHEN 'completed' THEN 'buyer' END,
               CASE WHEN n % 80 = 0 THEN %(now)s + (1 + n % 1000) * interval '5 minutes' END,
               %(silence)s, %(reply)s, %(approval)s, 1, 0
        FROM generate_series(0, {rooms} - 1) n, LATERAL (SELECT {status} AS status, {began} AS began) known
    """,
    "marketplace_talkroom": """
        (id, deal_id, buyer_id, seller_id, opened_at, buyer_last_contact_at, seller_last_contact_at, last_sender,
         first_unanswered_at)
        SELECT {room}, {deal}, {buyer_of_deal}, {sellers_person}, began, began + interval '1 hour',
               began + interval '2 hours', CASE WHEN n % 3 = 0 THEN 'buyer' ELSE 'seller' END,
               began + interval '2 hours'
        FROM generate_series(0, {rooms} - 1) n, LATERAL (SELECT {began} AS began) known
    """,
    "marketplace_message": """
        (id, room_id, sender, kind, body, posted_at)
        SELECT gen_random_uuid(), {room}, 'buyer', 'text', '', {began} + interval '1 hour'
        FROM generate_series(0, {rooms} - 1) n
        UNION ALL
        SELECT gen_random_uuid(), {busy_room}, CASE WHEN n % 3 = 0 THEN 'buyer' ELSE 'seller' END, 'text', '',
               %(now)s - n * interval '10 minutes'
        FROM generate_series(0, {busy} - 1) n
    """,
    "marketplace_milestone": """
        (id, room_id, title, due_on, shared_at)
        SELECT {milestone}, {room}, 'Draft', (%(now)s + (n % 400 - 200) * interval '1 hour')::date, {began}
        FROM generate_series(0, {rooms} - 1, 2) n
    """,
    "marketplace_cancelrequest": """
        (id, room_id, requester, reason, status, placed_at, reply_deadline, ended_at, generation, settle_failures)
        SELECT {request}, {room}, CASE n % 4 WHEN 0 THEN 'seller' ELSE 'buyer' END, '', status, placed,
               placed + %(reply)s, CASE WHEN status <> 'awaiting_reply' THEN placed + %(reply)s END, 1, 0
        FROM generate_series(0, {rooms} - 1, 5) n,
          LATERAL (SELECT CASE WHEN n % 40 = 0 THEN 'awaiting_reply' WHEN n % 10 = 5 THEN 'auto_cancelled'
                               ELSE 'withdrawn' END AS status,
                          CASE WHEN n % 40 = 0 THEN %(now)s - (n % 1400) * interval '1 minute'
                               ELSE {began} + interval '9 days' END AS placed) known
    """,
    "marketplace_verdict": """
        (id, deal_id, cancel_request_id, seller_id, cause, at_fault, effective_at, recorded_at, woken_by,
         acknowledged_at, reversed_because)
        SELECT {verdict}, {deal}, {request}, {seller_of_deal}, 'no_contact',
               CASE WHEN n % 3 = 0 THEN 'buyer' ELSE 'seller' END, began + interval '10 days',
               began + interval '10 days 1 second', 'eta',
               CASE WHEN n % 100 <> 95 OR n < 2 * {busy} THEN began + interval '11 days' END, ''
        FROM generate_series(5, {rooms} - 1, 10) n, LATERAL (SELECT {began} AS began) known
    """,
    "marketplace_penaltypause": """
        (id, verdict_id, service_id, paused_at, lifted_at)
        SELECT gen_random_uuid(), {verdict}, {service_of_deal}, began,
               CASE WHEN n % 100 <> 95 OR n < 2 * {busy} THEN began END
        FROM generate_series(5, {rooms} - 1, 10) n, LATERAL (SELECT {began} AS began) known
    """,
    "marketplace_review": """
        (id, deal_id, seller_id, service_id, verdict_id, rating, comment, dated_at, recorded_at)
        SELECT gen_random_uuid(), {deal}, {seller_of_deal}, {service_of_deal},
               CASE WHEN n % 10 = 5 THEN {verdict} END, 1 + n % 5, '', began + interval '10 days',
               began + interval '10 days'
        FROM generate_series(1, {rooms} - 1, 2) n, LATERAL (SELECT {began} AS began) known
        WHERE n % 10 <> 7
    """,
    "marketplace_event": """
        (kind, room_id, seller_id, data, occurred_at, recorded_at, heard_at)
        SELECT 'message_posted', {room}, CASE WHEN n % 3 = 0 THEN {seller_of_deal} END, '{{"party": "buyer"}}', began,
               began, began
        FROM generate_series(0, {rooms} - 1, 2) n, LATERAL (SELECT {began} AS began) known
    """,
    "notifications_notification": """
        (id, occasion, person_id, channel, kind, words, facts, room_id, request_id, made_at, read_at, state, attempts,
         last_error, refused_for_good, answered_at)
        SELECT gen_random_uuid(), n::text, {told}, CASE WHEN n < 2 * {busy} OR n % 2 = 0 THEN 'inapp' ELSE 'email' END,
               'message', 'message', '{{"counterpart": "x", "service": "y"}}', {room},
               CASE WHEN n % 5 = 0 THEN {request} END, %(now)s - n * interval '1 minute',
               CASE WHEN n % 20 <> 0 THEN %(now)s END, 'sent', 0, '', FALSE, %(now)s
        FROM generate_series(0, {rooms} - 1, 2) n
    """,
    "notifications_reach": """
        (person_id, channel, confirmed_at, address, error)
        SELECT {person}, 'email', %(now)s, 'person-' || n || '@example.com', ''
        FROM generate_series(0, {people} - 1) n
    """,
    "notifications_pushsubscription": """
        (id, person_id, endpoint, p256dh, auth, made_at)
        SELECT gen_random_uuid(), {person}, 'https://push.example.com/' || n, '', '', %(now)s
        FROM generate_series(0, {people} - 1) n
    """,
}
"""What each table gets, in the order of their keys. Each is of at least 20,000 rows."""
NUMBERS = {
    "busy": OF_THE_BUSY,
    "people": PEOPLE,
    "rooms": ROOMS,
    "sellers": SELLERS,
    "services": SERVICES,
    "titles": len(TITLES),
}
OF_A_SERVICE = "CASE WHEN n < 300 THEN 0 ELSE 1 + n % ({sellers} - 1) END"
KEYS = {name: key(name) for name in ("person", "seller", "service", "deal", "room", "request", "verdict", "milestone")}
KEYS |= {
    "seller_of_service": key("seller", OF_A_SERVICE),
    "service_of_deal": key("service", "CASE WHEN n < {busy} THEN n % 300 ELSE 300 + n % ({services} - 300) END"),
    "seller_of_deal": key("seller", SELLER_OF),
    "sellers_person": key("person", SELLER_OF),
    "buyer_of_deal": key("person", BUYER_OF),
    "told": key("person", f"CASE WHEN n < {{busy}} THEN 0 ELSE {BUYER_OF} END"),
    "busy_room": key("room", "0"),
    "status": STATUS,
    "began": BEGAN,
}


def fill(now: datetime) -> None:
    """Write the marketplace as it stands at `now`, inside the test's transaction."""
    policy = Policy()
    normal = [search.normalised(title) for title in TITLES]
    values: dict[str, Any] = {
        "now": now,
        "silence": policy.silence_before_request,
        "reply": policy.reply_window,
        "approval": policy.approval_window,
        "shown": list(TITLES),
        "normal": normal,
        "grams": [chr(1).join(search.grams(each)) for each in normal],
    }
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(UNCHECKED, ["replica"])
        for table, rows in ROWS.items():
            _write(cursor, table, rows, values)
        cursor.execute(UNCHECKED, ["origin"])
        cursor.execute(f"ANALYZE {', '.join(ROWS)}")


def _write(cursor: Any, table: str, rows: str, values: dict[str, Any]) -> None:
    cursor.execute(INDEXES_OF, [table])
    indexes = cursor.fetchall()
    for name, _ in indexes:
        cursor.execute(f"DROP INDEX {name}")
    cursor.execute(f"INSERT INTO {table} {_complete(rows)} ORDER BY 1", values)
    for _, definition in indexes:
        cursor.execute(definition)


def _complete(rows: str) -> str:
    """Fill in keys and numbers, and write `%` as psycopg wants it."""
    keys = {name: written.format(**NUMBERS) for name, written in KEYS.items()}
    written = rows.format(**keys, **NUMBERS)
    return written.replace("%", "%%").replace("%%(", "%(")
