"""Who asks in `bench http`: buyers and sellers of different rooms, their tokens and sessions, and what they ask for."""

from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from typing import NamedTuple
from uuid import UUID

from tests.benchmarks.databases import Connection, connect

TABLE = "bench_bare"
MADE = f"CREATE TABLE {TABLE} (id bigserial PRIMARY KEY, person uuid NOT NULL, at timestamptz NOT NULL)"
"""What the bare view writes."""
ROOMS = 300
"""Different rooms, each of another buyer and seller; placing requests takes a new one each time."""
WITH_SESSIONS = 32

END_MOST = """
    UPDATE marketplace_deal deal
    SET status = 'completed', ended_at = purchased_at + interval '5 days', approved_by = 'buyer',
        approval_deadline = purchased_at + interval '5 days'
    FROM generate_series(0, %(many)s - 1) n WHERE deal.id = md5('deal' || n)::uuid AND n %% 5 > 1
"""
"""Of twenty deals of a buyer eight run: four with a request against the seller, and four in which one can be placed."""
THEIRS = """
    SELECT room.id, deal.id, deal.service_id, deal.seller_id, md5('request' || n - 1)::uuid, room.buyer_id,
           room.seller_id
    FROM generate_series(1, %(many)s - 1, 20) n
    JOIN marketplace_talkroom room ON room.id = md5('room' || n)::uuid
    JOIN marketplace_deal deal ON deal.id = room.deal_id
    JOIN marketplace_cancelrequest request ON request.id = md5('request' || n - 1)::uuid
    ORDER BY n LIMIT %(rooms)s
"""


@dataclass(frozen=True)
class Person:
    """Somebody with a token and, some of them, a session."""

    token: str
    cookie: str


@dataclass(frozen=True)
class Pair:
    """The two parties of a room, and what stands in addresses about it."""

    ids: dict[str, UUID]
    buyer: Person
    seller: Person


class Call(NamedTuple):
    """What is asked, by whom, and how many times a bare view's time it may take (None: no goal was set)."""

    name: str
    path: str
    goal: float | None
    method: str = "GET"
    body: str | None = None
    by_seller: bool = False

    @property
    def is_page(self) -> bool:
        return not self.path.startswith("/api/")

    @property
    def uses_up_rooms(self) -> bool:
        return self.path.endswith("cancel-requests/")


API = "/api/v1"
ROOM = f"{API}/talk-rooms/{{room}}"
OF_PAGES = 5.0
BARE = Call("bare view", "/bare/", None, "POST", "{}")
CALLS = (
    Call("POST message", f"{ROOM}/messages/", 2, "POST", '{"body": "How is it going?"}'),
    Call("POST cancel request", f"{ROOM}/cancel-requests/", 2, "POST", "{}"),
    Call("GET room", f"{ROOM}/", 2.5),
    Call("GET to-do count", f"{API}/todos/count/", 1.5),
    *(
        Call(f"GET {name}", f"{API}/{path}", None)
        for name, path in {
            "me": "me/",
            "services": "services/",
            "services that are searched for": "services/?q=%E3%83%AD%E3%82%B4",
            "service": "services/{service}/",
            "seller": "sellers/{seller}/",
            "deals": "deals/",
            "deal": "deals/{deal}/",
            "rooms": "talk-rooms/",
            "messages": "talk-rooms/{room}/messages/",
            "eligibility": "talk-rooms/{room}/cancel-eligibility/",
            "schedule": "talk-rooms/{room}/schedule/",
            "cancel request": "cancel-requests/{request}/",
            "to-dos": "todos/",
            "notices": "notifications/",
            "preferences": "notification-preferences/",
        }.items()
    ),
    Call("page: badge", "/to-dos/badge/", 1.5),
    Call("page: room", "/talk-rooms/{room}/", 4),
    Call("page: room, its live part", "/talk-rooms/{room}/live/", OF_PAGES),
    Call("page: start, buyer", "/", OF_PAGES),
    Call("page: start, seller", "/", OF_PAGES, by_seller=True),
    Call("page: deals", "/deals/", OF_PAGES),
    Call("page: deals that ended", "/deals/?show=ended", OF_PAGES),
    Call("page: to-dos", "/to-dos/", OF_PAGES),
    Call("page: notices", "/notices/", OF_PAGES),
    Call("page: services", "/services/", OF_PAGES),
    Call("page: service", "/services/{service}/", OF_PAGES),
    Call("page: seller", "/sellers/{seller}/", OF_PAGES),
    Call("page: selling", "/selling/", OF_PAGES, by_seller=True),
    Call("page: schedule", "/talk-rooms/{room}/schedule/", OF_PAGES),
    Call("page: asking", "/talk-rooms/{room}/cancel-request/", OF_PAGES),
)


def end_most_deals(url: str, many: int) -> None:
    """Let most deals of `crowd.fill` have ended, as in a marketplace of some age."""
    with connect(url) as database:
        database.execute(END_MOST.encode(), {"many": many})


def pairs(url: str, many: int) -> list[Pair]:
    """Give the parties of some rooms tokens and sessions. Django is set up, and connected to this database."""
    with connect(url) as database:
        found = _rooms(database, many)
    return [
        Pair(
            ids=dict(zip(("room", "deal", "service", "seller", "request"), row[:5], strict=True)),
            buyer=_person(row[5], has_session=place < WITH_SESSIONS),
            seller=_person(row[6], has_session=place < WITH_SESSIONS),
        )
        for place, row in enumerate(found)
    ]


def _rooms(database: Connection, many: int) -> list[tuple[UUID, ...]]:
    return database.execute(THEIRS.encode(), {"many": many, "rooms": ROOMS}).fetchall()


def _person(pk: UUID, *, has_session: bool) -> Person:
    from django.conf import settings  # noqa: PLC0415 - after Django is set up
    from django.contrib.auth import login  # noqa: PLC0415
    from django.http import HttpRequest  # noqa: PLC0415
    from knox.models import AuthToken  # noqa: PLC0415

    from marketplace.models import User  # noqa: PLC0415

    person = User.objects.get(pk=pk)
    _, token = AuthToken.objects.create(user=person, expiry=timedelta(days=1))
    if not has_session:
        return Person(token, "")
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore()
    login(request, person, backend="django.contrib.auth.backends.ModelBackend")
    request.session.save()
    return Person(token, f"{settings.SESSION_COOKIE_NAME}={request.session.session_key}")
