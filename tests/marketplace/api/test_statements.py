"""Every call takes a bounded number of statements, whatever the number of rows. The clock is the real one."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace import clock
from marketplace.models import Message, Seller, TalkRoom, User
from marketplace.vocabulary import MessageKind, Party
from tests.support.api import Api
from tests.support.factories import completed_deal, days, delivered_room, on_sale, overdue_room, room, service

pytestmark = pytest.mark.django_db
NOT_COUNTED = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")


def counted(call: Callable[[], Any]) -> int:
    """Return how many statements a call takes, transactions' own aside."""
    with CaptureQueriesContext(connection) as seen:
        assert call().status_code < 300
    return sum(not each["sql"].lstrip().upper().startswith(NOT_COUNTED) for each in seen.captured_queries)


@pytest.mark.parametrize(
    ("path", "at_most"), [("services/", 4), ("deals/", 3), ("talk-rooms/", 4), ("talk-rooms/{room}/messages/", 3)]
)
def test_thirty_rows_take_as_many_statements_as_three(seller: Seller, buyer: User, path: str, at_most: int) -> None:
    first = room(of=seller, buyer=buyer)

    def fill(number: int) -> None:
        for _ in range(number):
            asked = room(of=seller, buyer=buyer, silent_for=days(5))
            Api(buyer).post(f"talk-rooms/{asked.pk}/cancel-requests/")
            service(seller)
            Message.objects.create(
                room=first, sender=Party.BUYER, kind=MessageKind.TEXT, body="…", posted_at=clock.now()
            )

    fill(3)
    api, address = Api(buyer), path.format(room=first.pk)
    few = counted(lambda: api.get(address))
    fill(27)
    assert len(api.get(address).json()["results"]) >= 30
    assert counted(lambda: api.get(address)) == few <= at_most


def test_placing_a_request_and_replying_take_at_most_twelve(seller: Seller, buyer: User) -> None:
    talk_room = room(of=seller, buyer=buyer, silent_for=days(5))
    path, buying, selling = f"talk-rooms/{talk_room.pk}/", Api(buyer), Api(seller.user)
    assert counted(lambda: buying.post(f"{path}cancel-requests/", {"reason": "Hello?"})) <= 12
    assert counted(lambda: selling.post(f"{path}messages/", {"body": "Here!"})) <= 12
    assert talk_room.cancel_requests.get().status == "revoked_by_reply"


def test_a_key_costs_three_more_and_a_replay_five(buyer: User) -> None:
    talk_room = room(buyer=buyer)
    api, path = Api(buyer), f"talk-rooms/{talk_room.pk}/messages/"
    without = counted(lambda: api.post(path, {"body": "Hello?"}))
    assert counted(lambda: api.post(path, {"body": "Hello?"}, Idempotency_Key="a")) == without + 3
    assert counted(lambda: api.post(path, {"body": "Hello?"}, Idempotency_Key="a")) == 5


def test_seeing_one_thing_takes_a_few(seller: Seller, buyer: User) -> None:
    talk_room: TalkRoom = room(of=seller, buyer=buyer, silent_for=days(5))
    api, path = Api(buyer), f"talk-rooms/{talk_room.pk}/"
    request = api.post(f"{path}cancel-requests/").json()["id"]
    assert counted(lambda: api.get(path)) == 7
    assert counted(lambda: api.get(f"{path}cancel-eligibility/")) == 5
    assert counted(lambda: api.get(f"deals/{talk_room.deal_id}/")) == 4
    assert counted(lambda: api.get(f"cancel-requests/{request}/")) == 4
    assert counted(lambda: api.get("me/")) == 4
    assert counted(lambda: Api().get(f"services/{talk_room.deal.service_id}/")) == 2
    assert counted(lambda: Api().get(f"sellers/{seller.pk}/")) == 1
    selling = Api(seller.user)
    assert counted(lambda: selling.get("sellers/me/standing/")) == 4
    assert counted(lambda: api.get(f"{path}schedule/")) == 4


def test_settling_while_one_looks_is_bounded_too(seller: Seller) -> None:
    overdue = overdue_room(of=seller)
    api = Api(overdue.buyer)
    assert counted(lambda: api.get(f"talk-rooms/{overdue.pk}/")) <= 30


def test_buying_selling_and_changing_take_a_bounded_number(seller: Seller, buyer: User) -> None:
    own, buying, selling = on_sale(seller), Api(buyer), Api(seller.user)
    assert counted(lambda: buying.post("deals/", {"service": str(own.pk), "message": "Hi"})) <= 15
    assert counted(lambda: selling.post("services/", {"title": "A logo", "price": 1})) <= 13
    assert counted(lambda: selling.patch(f"services/{own.pk}/", {"price": 2})) <= 13
    assert counted(lambda: selling.post(f"services/{own.pk}/pause/")) <= 13
    assert counted(lambda: selling.post("sellers/me/resume/")) <= 11
    assert counted(lambda: selling.patch("me/", {"language": "ja"})) <= 7


def test_delivering_and_judging_take_a_bounded_number_whatever_the_number_of_rows(seller: Seller, buyer: User) -> None:
    talk_room: TalkRoom = room(of=seller, buyer=buyer)
    path, selling, buying = f"talk-rooms/{talk_room.pk}/", Api(seller.user), Api(buyer)
    seen: dict[str, list[int]] = {}

    def note(name: str, call: Callable[[], Any]) -> None:
        seen.setdefault(name, []).append(counted(call))

    def an_ending(in_room: str, deal: str, if_match: dict[str, str]) -> None:
        note("deliver", lambda: selling.post(f"{in_room}deliver/", {"body": "Here"}))
        note("send back", lambda: buying.post(f"{in_room}send-back/", {"body": "Bigger"}))
        selling.post(f"{in_room}deliver/", {"body": "Here"})
        note("approve", lambda: buying.post(f"{in_room}approve/", **if_match))
        note("review", lambda: buying.post(f"deals/{deal}/review/", {"rating": 5}))

    an_ending(path, str(talk_room.deal_id), {})
    for number in range(20):
        completed_deal(of=seller, buyer=buyer, ended_at=clock.now(), rating=4)
        service(seller, title=f"{number}")
        Message.objects.create(
            room=talk_room, sender=Party.BUYER, kind=MessageKind.TEXT, body="…", posted_at=clock.now()
        )
    another: TalkRoom = room(of=seller, buyer=buyer)
    an_ending(f"talk-rooms/{another.pk}/", str(another.deal_id), {"If_Match": "*"})
    at_most = {"deliver": 14, "send back": 14, "approve": 19, "review": 20}
    assert {name: max(few) for name, few in seen.items() if len(set(few)) > 1 or few[0] > at_most[name]} == {}


def test_checking_if_match_costs_the_reading_of_what_was_seen(seller: Seller, buyer: User) -> None:
    def approving(seen: str) -> int:
        delivered = delivered_room(of=seller, buyer=buyer, deadline=clock.now() + days(1))
        api, path = Api(buyer), f"talk-rooms/{delivered.pk}/"
        addresses = {"deal": f"deals/{delivered.deal_id}/", "room": path}
        headers = {"If_Match": api.get(addresses[seen]).headers["ETag"]} if seen else {}
        return counted(lambda: api.post(f"{path}approve/", **headers))

    without = approving("")
    assert approving("deal") == without + 3
    assert approving("room") == without + 3 + 6


def test_a_schedule_of_fifty_takes_as_many_statements_as_one_of_three(seller: Seller) -> None:
    few, many = (room(of=seller) for _ in range(2))
    selling = Api(seller.user)

    def change(in_room: TalkRoom, number: int) -> list[int]:
        path = f"talk-rooms/{in_room.pk}/schedule/"
        lines = [{"title": f"{n}", "due_on": "2026-03-02"} for n in range(number)]
        shared = selling("PUT", path, lines).json()
        changed = [{"id": each["id"], "title": "x", "due_on": each["due_on"], "done": True} for each in shared]
        return [
            counted(lambda: selling("PUT", path, changed)),
            counted(lambda: selling.get(path)),
            counted(lambda: selling.get(f"talk-rooms/{in_room.pk}/")),
        ]

    counts = change(few, 3)
    assert counts == change(many, 50)
    assert counts[0] <= 17
    assert counts[1:] == [5, 7]
