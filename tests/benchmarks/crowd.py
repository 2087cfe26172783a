"""Many rows for `bench scale`, made by the database itself: what a marketplace of that size would hold.

A service, a deal, a talk room and two messages each; a seller for ten services, a buyer for
twenty deals; every fifth room has an open request that falls due in the coming day.
"""

from marketplace import search
from tests.benchmarks.databases import Connection, connect

TITLES = ("ロゴデザイン", "イラスト作成", "翻訳 (日本語・英語)", "Web page", "動画編集", "Business card", "占い")
"""Repeated over and over: what people ask for most."""
RARE_EVERY = 1000
RARE = "珍獣の剥製"
"""One title in a thousand."""


ROWS = (
    """
    INSERT INTO marketplace_user (id, password, is_superuser, username, first_name, last_name, email, is_staff,
                                  is_active, date_joined, language, time_zone)
    SELECT md5('user' || n)::uuid, '!', FALSE, 'user-' || n, '', '', '', FALSE, TRUE, %(now)s, '', ''
    FROM generate_series(0, %(many)s / 10) AS n
    """,
    """
    INSERT INTO marketplace_seller (id, user_id, created_at, completed, revenue_yen, cancelled_at_fault, rating_sum,
                                    rating_count, rank, search_rank)
    SELECT md5('seller' || n)::uuid, md5('user' || n)::uuid, %(now)s, 0, 0, 0, 0, 0, 'regular', 350 + n %% 400
    FROM generate_series(0, %(many)s / 10) AS n
    """,
    """
    INSERT INTO marketplace_service (id, seller_id, title, description, price, own_status, search_rank, created_at,
                                     search_text, search_grams)
    SELECT md5('service' || n)::uuid, md5('seller' || n / 10)::uuid, title.shown, '', 5000, 'accepting',
           350 + (n / 10) %% 400, %(now)s - n * interval '1 second', title.normal, title.grams
    FROM generate_series(0, %(many)s - 1) AS n
    JOIN (SELECT * FROM unnest(%(places)s::int[], %(shown)s::text[], %(normal)s::text[]) AS t (place, shown, normal))
      AS title_of ON title_of.place = CASE WHEN n %% %(rare_every)s = 0 THEN -1 ELSE n %% %(titles)s END
    JOIN LATERAL (SELECT title_of.shown, title_of.normal, ARRAY(
        SELECT DISTINCT gram FROM generate_series(1, length(title_of.normal)) AS at,
          unnest(ARRAY[substr(title_of.normal, at, 1), substr(title_of.normal, at, 2)]) AS gram
        WHERE gram !~ '\\s')) AS title (shown, normal, grams) ON TRUE
    """,
    """
    INSERT INTO marketplace_deal (id, service_id, seller_id, buyer_id, price, status, purchased_at,
                                  silence_before_request, reply_window, approval_window, generation, settle_failures)
    SELECT md5('deal' || n)::uuid, md5('service' || n)::uuid, md5('seller' || n / 10)::uuid,
           md5('user' || (n / 20 + 7) %% (%(many)s / 20))::uuid, 5000, 'in_progress',
           %(now)s - interval '30 days' - n * interval '1 second', interval '4 days', interval '24 hours',
           interval '72 hours', 1, 0
    FROM generate_series(0, %(many)s - 1) AS n
    """,
    """
    INSERT INTO marketplace_talkroom (id, deal_id, buyer_id, seller_id, opened_at, buyer_last_contact_at, last_sender)
    SELECT md5('room' || n)::uuid, md5('deal' || n)::uuid, deal.buyer_id, seller.user_id, deal.purchased_at,
           deal.purchased_at, 'buyer'
    FROM generate_series(0, %(many)s - 1) AS n
    JOIN marketplace_deal deal ON deal.id = md5('deal' || n)::uuid
    JOIN marketplace_seller seller ON seller.id = deal.seller_id
    WHERE deal.buyer_id <> seller.user_id
    """,
    """
    INSERT INTO marketplace_message (id, room_id, sender, kind, body, posted_at)
    SELECT gen_random_uuid(), room.id, 'buyer', 'text', 'Hello', room.opened_at + part * interval '1 minute'
    FROM marketplace_talkroom room, generate_series(0, 1) AS part
    """,
    """
    INSERT INTO marketplace_cancelrequest (id, room_id, requester, reason, status, placed_at, reply_deadline,
                                           generation, settle_failures)
    SELECT md5('request' || n)::uuid, md5('room' || n)::uuid, 'buyer', '', 'awaiting_reply', %(now)s,
           %(now)s + interval '1 hour' + n * interval '80 milliseconds', 1, 0
    FROM generate_series(0, %(many)s - 1, 5) AS n
    JOIN marketplace_talkroom room ON room.id = md5('room' || n)::uuid
    """,
)
FALL_DUE = """
    UPDATE marketplace_cancelrequest SET reply_deadline = %(now)s - interval '1 second'
    WHERE id IN (SELECT id FROM marketplace_cancelrequest WHERE status = 'awaiting_reply'
                 ORDER BY reply_deadline LIMIT %(number)s)
"""


def fill(url: str, many: int) -> None:
    """Write a marketplace of `many` services and rooms."""
    titles = [*TITLES, RARE]
    with connect(url) as database:
        values = {
            "now": database_time(database),
            "many": many,
            "rare_every": RARE_EVERY,
            "titles": len(TITLES),
            "places": [*range(len(TITLES)), -1],
            "shown": titles,
            "normal": [search.normalised(title) for title in titles],
        }
        for rows in ROWS:
            database.execute(rows.encode(), values)


def let_fall_due(url: str, number: int) -> None:
    """Age the deadlines of this many open requests."""
    with connect(url) as database:
        database.execute(FALL_DUE.encode(), {"now": database_time(database), "number": number})


def database_time(database: Connection) -> object:
    """Read the database's clock."""
    row = database.execute("SELECT clock_timestamp()").fetchone()
    return row[0] if row else None
