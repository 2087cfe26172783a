"""Who may do what: every address and method × everybody. A new one that is not in the table fails here."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from django.urls import URLPattern, get_resolver, reverse
from django.urls.resolvers import URLResolver

from marketplace import clock
from marketplace.api.views.elsewhere import ElsewhereView
from marketplace.models import (
    CancelRequest,
    Deal,
    Event,
    IdempotencyKey,
    Message,
    Milestone,
    MilestoneChange,
    Review,
    Seller,
    Service,
    TalkRoom,
    User,
    Verdict,
)
from marketplace.vocabulary import ServiceStatus
from notifications.models import CalendarFeed, ChannelTest, Notification, Preference, PushSubscription, Wishes
from tests.support.api import Api, problem
from tests.support.factories import days, delivered_room, on_sale, overdue_room, room, service
from tests.support.tables import digests, undone
from tests.support.told import BROWSER, CODE, one_of_each

pytestmark = pytest.mark.django_db

EVERYBODY = ("nobody", "stranger", "buyer", "seller", "staff")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
CODES = {400: "invalid_input", 401: "not_authenticated", 403: "permission_denied", 404: "not_found"}
PUBLIC = (200, 200, 200, 200, 200)
LOGGED_IN = (401, 200, 200, 200, 200)
THE_ROOMS = (401, 404, 200, 200, 200)
"""What a room's parties and staff see; it is not there for others."""
THE_SELLERS = (401, 404, 404, 200, 404)
"""One's own; it is not there for others, staff neither."""


class Call(NamedTuple):
    """What is sent, and the answers to nobody, a stranger, the buyer, the seller and staff."""

    answers: tuple[int, int, int, int, int]
    body: Any = {}
    on: str = ""
    """Which service, room or deal, where it is not the one in progress."""


TABLE = {
    ("POST", "token"): Call((400, 400, 400, 400, 400)),  # open to all: an empty body is all that is wrong
    ("POST", "log-out"): Call((401, 204, 204, 204, 204)),
    ("GET", "me"): Call(LOGGED_IN),
    ("PATCH", "me"): Call(LOGGED_IN, {"language": "ja"}),
    ("GET", "services"): Call(PUBLIC),
    ("POST", "services"): Call((401, 201, 201, 201, 201), {"title": "A logo", "price": 1}),
    ("GET", "service"): Call(PUBLIC, on="accepting"),
    ("PATCH", "service"): Call((401, 403, 403, 200, 403), {"price": 2}, on="accepting"),
    ("POST", "publish"): Call((401, 404, 404, 200, 404), on="draft"),
    ("POST", "pause"): Call((401, 403, 403, 200, 403), on="accepting"),
    ("POST", "resume"): Call((401, 403, 403, 200, 403), on="accepting"),
    ("GET", "deals"): Call(LOGGED_IN),
    ("POST", "deals"): Call((401, 201, 201, 409, 201)),
    ("GET", "deal"): Call(THE_ROOMS),
    ("POST", "review"): Call((401, 404, 201, 403, 403), {"rating": 5}, on="completed"),
    ("GET", "talk-rooms"): Call(LOGGED_IN),
    ("GET", "talk-room"): Call(THE_ROOMS),
    ("GET", "messages"): Call(THE_ROOMS),
    ("POST", "messages"): Call((401, 404, 201, 201, 403), {"body": "Hello"}),
    ("GET", "schedule"): Call(THE_ROOMS),
    ("PUT", "schedule"): Call((401, 404, 403, 200, 403), [{"title": "初稿", "due_on": "2026-03-02"}]),
    ("POST", "deliver"): Call((401, 404, 403, 201, 403), {"body": "Here"}),
    ("POST", "approve"): Call((401, 404, 200, 403, 403), on="delivered"),
    ("POST", "send-back"): Call((401, 404, 201, 403, 403), {"body": "Bigger"}, on="delivered"),
    ("GET", "cancel-eligibility"): Call((401, 404, 200, 200, 403)),
    ("POST", "cancel-requests"): Call((401, 404, 201, 409, 403)),
    ("GET", "cancel-request"): Call(THE_ROOMS),
    ("POST", "withdraw"): Call((401, 404, 200, 403, 403)),
    ("GET", "seller"): Call(PUBLIC),
    ("POST", "seller-resume"): Call((401, 409, 409, 200, 409)),
    ("GET", "standing"): Call((401, 409, 409, 200, 409)),
    ("GET", "todos"): Call(LOGGED_IN),
    ("GET", "todo-count"): Call(LOGGED_IN),
    ("GET", "notifications"): Call(LOGGED_IN),
    ("POST", "read"): Call(THE_SELLERS),
    ("GET", "preferences"): Call(LOGGED_IN),
    ("PUT", "preferences"): Call(LOGGED_IN, {"digest_at": "08:00"}),
    ("POST", "notification-tests"): Call((401, 201, 201, 201, 201), {"channel": "inapp"}),
    ("POST", "confirm"): Call(THE_SELLERS, {"code": CODE}),
    ("GET", "push-key"): Call(LOGGED_IN),
    ("GET", "push-subscriptions"): Call(LOGGED_IN),
    ("POST", "push-subscriptions"): Call((401, 201, 201, 201, 201), BROWSER),
    ("DELETE", "push-subscription"): Call((401, 404, 404, 204, 404)),
    ("GET", "calendar-feed"): Call(LOGGED_IN),
    ("POST", "calendar-feed"): Call((401, 201, 201, 201, 201)),
    ("DELETE", "calendar-feed"): Call((401, 204, 204, 204, 204)),
    ("GET", "calendar"): Call(PUBLIC),
    ("GET", "unsubscribe"): Call(PUBLIC),
    ("POST", "unsubscribe"): Call((400, 400, 400, 400, 400)),  # open to all: an empty form is all that is wrong
    ("GET", "notices"): Call(THE_ROOMS),
    ("GET", "schema"): Call(PUBLIC),
    ("GET", "docs"): Call(PUBLIC),
}


def addresses(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Walk every address below `/api/`."""
    for each in (resolver or get_resolver()).url_patterns:
        path = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from addresses(each, path)
        elif path.startswith("api/"):
            yield path, each


def views() -> dict[str, Any]:
    """Return the view of each address by name; what is no address aside."""
    found = {each.name: each.callback.view_class for _, each in addresses()}  # type: ignore[attr-defined]
    return {name: view for name, view in found.items() if name and view is not ElsewhereView}


class Cast(NamedTuple):
    """Everybody, and what they are asking about."""

    people: dict[str, User | None]
    ids: dict[str, Any]
    services: dict[str, Service]
    others: dict[str, dict[str, Any]]
    """By how their deal stands."""


@pytest.fixture
def cast(buyer: User, seller: Seller, stranger: User, staff: User) -> Cast:
    quiet, asked = (room(of=seller, buyer=buyer, silent_for=days(5)) for _ in range(2))
    Api(buyer).post(f"talk-rooms/{asked.pk}/cancel-requests/")
    delivered, approved = (delivered_room(of=seller, buyer=buyer, deadline=clock.now() + days(1)) for _ in range(2))
    Api(buyer).post(f"talk-rooms/{approved.pk}/approve/")
    return Cast(
        people={"nobody": None, "stranger": stranger, "buyer": buyer, "seller": seller.user, "staff": staff},
        ids={
            "room_id": quiet.pk,
            "deal_id": quiet.deal_id,
            "request_id": asked.cancel_requests.get().pk,
            "seller_id": seller.pk,
            **one_of_each(seller.user),
        },
        services={
            "accepting": on_sale(seller),
            "draft": service(seller, own_status=ServiceStatus.DRAFT),
        },
        others={
            "delivered": {"room_id": delivered.pk},
            "completed": {"deal_id": approved.deal_id},
        },
    )


def everything() -> dict[str, str]:
    """Digest every row that an action writes."""
    return digests(
        User, Seller, Service, Deal, TalkRoom, Message, CancelRequest, Verdict, Event, IdempotencyKey,
        Milestone, MilestoneChange, Review,
        Notification, Preference, Wishes, PushSubscription, ChannelTest, CalendarFeed,
    )  # fmt: skip


def address(name: str, cast: Cast, on: str = "") -> str:
    wanted = next(each for _, each in addresses() if each.name == name).pattern.converters
    ids = cast.ids | ({"service_id": cast.services[on].pk} if on in cast.services else cast.others.get(on, {}))
    return reverse(f"api:{name}", kwargs={name: ids[name] for name in wanted})


def test_every_address_and_method_is_in_the_table() -> None:
    offered = {(method, name) for name, view in views().items() for method in METHODS if hasattr(view, method.lower())}
    assert offered == set(TABLE)


def test_everybody_gets_what_the_table_says_and_a_refusal_changes_nothing(
    cast: Cast, subtests: pytest.Subtests
) -> None:
    before = everything()
    for (method, name), call in TABLE.items():
        body = {"service": str(cast.services["accepting"].pk)} if name == "deals" else call.body
        for who, expected in zip(EVERYBODY, call.answers, strict=True):
            with subtests.test(method=method, name=name, who=who), undone():
                answer = Api(cast.people[who])(method, address(name, cast, call.on), body or None)
                assert answer.status_code == expected, answer.content
                if expected >= 400:
                    problem(answer, expected, CODES.get(expected, answer.json()["code"]))
                    assert everything() == before


def test_no_other_method_does_anything(cast: Cast, subtests: pytest.Subtests) -> None:
    api, before = Api(cast.people["staff"]), everything()
    for name in sorted({name for _, name in TABLE} - {"schema", "docs"}):
        with subtests.test(name=name), undone():
            for method in METHODS:
                if (method, name) not in TABLE:
                    problem(api(method, address(name, cast, "accepting")), 405, "method_not_allowed")
            assert everything() == before


def test_a_draft_is_its_owners_alone(cast: Cast) -> None:
    path = f"services/{cast.services['draft'].pk}/"
    for who, person in cast.people.items():
        assert Api(person).get(path).status_code == (200 if who == "seller" else 404)
        if who not in {"nobody", "seller"}:
            problem(Api(person).patch(path, {"price": 1}), 404, "not_found")
            problem(Api(person).post("deals/", {"service": str(cast.services["draft"].pk)}), 404, "not_found")
    cast.services["draft"].refresh_from_db()
    assert cast.services["draft"].price == 5000


def test_staff_who_are_a_party_are_treated_as_one(staff: User) -> None:
    own = room(buyer=staff, silent_for=days(5))
    api = Api(staff)
    assert api.get(f"talk-rooms/{own.pk}/").json()["you"] == "buyer"
    assert api.get(f"talk-rooms/{own.pk}/cancel-eligibility/").json()["eligible"] is True
    assert api.post(f"talk-rooms/{own.pk}/messages/", {"body": "Hello"}).status_code == 201


def test_staff_see_a_room_without_a_side(cast: Cast) -> None:
    seen = Api(cast.people["staff"]).get(f"talk-rooms/{cast.ids['room_id']}/").json()
    assert (seen["you"], seen["cancel_eligibility"], seen["against_you"]) == (None, None, None)


def test_staff_who_write_into_an_overdue_room_are_refused_and_settle_nothing(seller: Seller, staff: User) -> None:
    overdue = overdue_room(of=seller)
    problem(Api(staff).post(f"talk-rooms/{overdue.pk}/messages/", {"body": "Hello"}), 403, "permission_denied")
    assert not Verdict.objects.exists()
