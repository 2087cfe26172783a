"""The rows of a marketplace, by COPY: every seller has a past, services, and one deal that fell silent.

Each seller has 0 to 6 completed deals with reviews in the window, so that a recount has something
to count and the search rank really changes; two accepting services, every fifth seller a third
one that is paused by its owner; and one open deal with its talk room and two messages. A verdict
then writes: request, deal, verdict, review, message, two pauses, two events and the seller's
figures: ten rows.

Every tenth seller has a verdict from before the window, acknowledged long ago. Nothing counts it;
but no table is empty, as in a marketplace that has been open for a day. (PostgreSQL keeps a
session's plan for checking a foreign key; one made against an empty table reads the whole table
at each check until the next ANALYZE, which would measure that and not the work.)
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from marketplace import rules, search
from marketplace.policy import Policy
from marketplace.rules import Figures
from tests.benchmarks.databases import Connection, connect

POLICY = Policy()
REPLY_WINDOW = timedelta(seconds=90)
"""The standard window of the run: a request placed when the run begins is due within it."""
TITLE = "A logo"
SPREAD = timedelta(seconds=1)
BUYERS_SHARE = 4
MOST_COMPLETED = 6
VERDICTS_SHARE = 10
OLD = 150
"""Days; the window of the figures is three months."""

COLUMNS = {
    "user": "id,password,is_superuser,username,first_name,last_name,email,is_staff,is_active,date_joined,"
    "language,time_zone",
    "seller": "id,user_id,created_at,completed,revenue_yen,cancelled_at_fault,rating_sum,rating_count,rank,search_rank,"
    "oldest_counted_at",
    "service": "id,seller_id,title,description,price,own_status,search_rank,created_at,search_text,search_grams",
    "deal": "id,service_id,seller_id,buyer_id,price,status,cancel_cause,purchased_at,ended_at,"
    "approval_deadline,approved_by,silence_before_request,reply_window,approval_window,generation,settle_failures",
    "review": "id,deal_id,seller_id,service_id,verdict_id,rating,comment,dated_at,recorded_at",
    "talkroom": "id,deal_id,buyer_id,seller_id,opened_at,buyer_last_contact_at,seller_last_contact_at,last_sender",
    "message": "id,room_id,sender,kind,line,body,posted_at",
    "cancelrequest": "id,room_id,requester,reason,status,placed_at,reply_deadline,ended_at,generation,settle_failures",
    "verdict": "id,deal_id,cancel_request_id,seller_id,cause,at_fault,effective_at,recorded_at,woken_by,"
    "acknowledged_at,reversed_because",
    "penaltypause": "id,verdict_id,service_id,paused_at,lifted_at",
    "event": "kind,room_id,seller_id,data,occurred_at,recorded_at,heard_at",
}
SILENT_ROOMS = """
    SELECT room.id FROM marketplace_talkroom room JOIN marketplace_deal deal ON deal.id = room.deal_id
    WHERE deal.status = 'in_progress' ORDER BY room.id LIMIT %s
"""


@dataclass
class Marketplace:
    """Rows on their way into the database."""

    now: datetime
    chance: random.Random
    tables: dict[str, list[tuple[Any, ...]]] = field(default_factory=lambda: {name: [] for name in COLUMNS})

    def key(self) -> UUID:
        """Return a random key, the same in every run."""
        return UUID(int=self.chance.getrandbits(128), version=4)

    def ago(self, days: float) -> datetime:
        """Return a moment before now."""
        return self.now - timedelta(days=days)

    def person(self, name: str) -> UUID:
        """Add somebody."""
        key = self.key()
        self.tables["user"].append((key, "!", False, name, "", "", "", False, True, self.ago(200), "", ""))
        return key

    def silent_seller(self, number: int, buyer: UUID) -> None:
        """Add a seller with a past, services and a deal in which nobody answers."""
        user, seller = self.person(f"seller-{number}"), self.key()
        deals = [self._good_deal() for _ in range(self.chance.randint(0, MOST_COMPLETED))]
        figures = Figures(
            completed=len(deals),
            revenue_yen=sum(price for price, _, _ in deals),
            cancelled_at_fault=0,
            rating_sum=sum(rating for _, rating, _ in deals),
            rating_count=len(deals),
        )
        search_rank = rules.search_rank(POLICY, figures)
        standing = (len(deals), figures.revenue_yen, 0, figures.rating_sum, len(deals))
        self.tables["seller"].append(
            (
                seller,
                user,
                self.ago(200),
                *standing,
                rules.rank(POLICY, figures).value,
                search_rank,
                min((ended_at for _, _, ended_at in deals), default=None),
            )
        )
        states = ["accepting", "accepting", *(["paused"] if number % 5 == 0 else [])]
        services = [self._service(seller, state, search_rank) for state in states]
        for price, rating, ended_at in deals:
            deal = self._deal(seller, services[0], buyer, price, ended_at)
            review = (self.key(), deal, seller, services[0], None, rating, "Fine.", ended_at, ended_at)
            self.tables["review"].append(review)
        self._silent_room(self._deal(seller, services[0], buyer, 5000), buyer, user)
        if number % VERDICTS_SHARE == 0:
            self._old_verdict(seller, services[0], buyer, user)

    def _good_deal(self) -> tuple[int, int, datetime]:
        """Return the price of a deal that ended well, its stars and its end, in the window."""
        return self.chance.randrange(10, 300) * 100, self.chance.randint(3, 5), self.ago(self.chance.uniform(1, 60))

    def _service(self, seller: UUID, state: str, search_rank: object) -> UUID:
        key = self.key()
        found_by = (search.normalised(TITLE), search.grams(search.normalised(TITLE)))
        self.tables["service"].append(
            (key, seller, TITLE, "As you like it.", 5000, state, search_rank, self.ago(150), *found_by)
        )
        return key

    def _deal(  # noqa: PLR0917 - the columns of a deal
        self,
        seller: UUID,
        service: UUID,
        buyer: UUID,
        price: int,
        ended_at: datetime | None = None,
        cause: str | None = None,
    ) -> UUID:
        key, ended = self.key(), "cancelled" if cause else "completed"
        status = ended if ended_at else "in_progress"
        purchased_at = (ended_at or self.now) - timedelta(days=20)
        approved = (ended_at, "buyer") if status == "completed" else (None, None)
        durations = (POLICY.silence_before_request, REPLY_WINDOW, POLICY.approval_window)
        self.tables["deal"].append(
            (key, service, seller, buyer, price, status, cause, purchased_at, ended_at, *approved, *durations, 1, 0)
        )
        return key

    def _silent_room(self, deal: UUID, buyer: UUID, seller: UUID, days: float = 5) -> UUID:
        key, first, last = self.key(), self.ago(days + 1), self.ago(days)
        self.tables["talkroom"].append((key, deal, buyer, seller, self.ago(days + 15), last, first, "buyer"))
        for sender, at in (("seller", first), ("buyer", last)):
            self.tables["message"].append((self.key(), key, sender, "text", None, "How is it going?", at))
        return key

    def _old_verdict(self, seller: UUID, service: UUID, buyer: UUID, user: UUID) -> None:
        at = self.ago(OLD)
        late = at + timedelta(milliseconds=200)
        request, verdict = self.key(), self.key()
        deal = self._deal(seller, service, buyer, 5000, at, "no_contact")
        room = self._silent_room(deal, buyer, user, OLD + 5)
        self.tables["cancelrequest"].append(
            (request, room, "buyer", "", "auto_cancelled", at - REPLY_WINDOW, at, at, 1, 0)
        )
        self.tables["verdict"].append(
            (verdict, deal, request, seller, "no_contact", "seller", at, late, "eta", self.ago(OLD - 1), "")
        )
        self.tables["review"].append((self.key(), deal, seller, service, verdict, 1, "", at, late))
        self.tables["penaltypause"].append((self.key(), verdict, service, late, self.ago(OLD - 1)))
        self.tables["message"].append((self.key(), room, None, "system", "cancelled", "", late))
        told = {"verdict": str(verdict), "request": str(request), "cause": "no_contact", "at_fault": "seller"}
        data = Jsonb({**told, "woken_by": "eta", "refund_yen": 5000})
        self.tables["event"].append(("deal_cancelled", room, seller, data, at, late, late))  # heard long ago


def fill(url: str, number: int) -> None:
    """Write a marketplace with `number` silent deals."""
    made = Marketplace(now=datetime.now(UTC), chance=random.Random(number))  # noqa: S311 - the same rows each time
    buyers = [made.person(f"buyer-{each}") for each in range(max(1, number // BUYERS_SHARE))]
    for each in range(number):
        made.silent_seller(each, buyers[each % len(buyers)])
    with connect(url, autocommit=False) as connection:
        for table, rows in made.tables.items():
            _copy(connection, table, rows)


@dataclass(frozen=True)
class Due:
    """An open request and when it falls due."""

    request: UUID
    deadline: datetime


def place_requests(url: str, number: int, first_deadline: datetime) -> list[Due]:
    """Write `number` open requests whose deadlines spread evenly over one second. Returns them as they fall due."""
    with connect(url, autocommit=False) as connection:
        rooms = [row[0] for row in connection.execute(SILENT_ROOMS, [number])]
        chance = random.Random(f"due {number}")  # noqa: S311 - the same order each time
        chance.shuffle(rooms)
        keys = [UUID(int=chance.getrandbits(128), version=4) for _ in rooms]
        due = [Due(key, first_deadline + SPREAD * n / number) for n, key in enumerate(keys)]
        _copy(connection, "cancelrequest", _requests(due, rooms))
    return due


def _requests(due: list[Due], rooms: list[UUID]) -> Iterator[tuple[Any, ...]]:
    for each, room in zip(due, rooms, strict=True):
        placed_at = each.deadline - REPLY_WINDOW
        yield (each.request, room, "buyer", "", "awaiting_reply", placed_at, each.deadline, None, 1, 0)


def _copy(connection: Connection, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    statement = f"COPY marketplace_{table} ({COLUMNS[table]}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
