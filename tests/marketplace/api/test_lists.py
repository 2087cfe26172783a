"""Lists: in pages that lose and repeat nothing."""

import pytest

from marketplace.models import Message, Seller, Service, User
from marketplace.vocabulary import ServiceStatus
from tests.conftest import Clock
from tests.support.api import Api, problem
from tests.support.factories import hours, overdue_room, person, room, service

pytestmark = pytest.mark.django_db


def walk(api: Api, path: str, link: str = "next") -> list[list[str]]:
    """Follow the links to the end; returns the ids page by page."""
    pages, address = [], path
    while address:
        answer = api.get(address).json()
        pages.append([each["id"] for each in answer["results"]])
        address = answer[link]
    return pages


def test_a_hundred_and_twenty_ties_are_read_forward_and_back(frozen: Clock, seller: Seller) -> None:
    Service.objects.all().delete()
    for _ in range(120):
        service(seller)
    forward = walk(Api(), "services/?page_size=50")
    assert [len(page) for page in forward] == [50, 50, 20]
    every = [each for page in forward for each in page]
    assert every == [str(each.pk) for each in Service.objects.best_first()]

    last = Api().get(Api().get("services/?page_size=50").json()["next"]).json()["next"]
    back = walk(Api(), last, "previous")
    assert back == [forward[2], forward[1], forward[0]]


def test_ends_have_no_links(frozen: Clock, seller: Seller) -> None:
    only = Api().get("services/").json()
    assert (only["next"], only["previous"], len(only["results"])) == (None, None, 3)
    exactly = Api().get("services/?page_size=3").json()
    assert exactly["next"] is None
    second = Api().get(Api().get("services/?page_size=2").json()["next"]).json()
    assert second["next"] is None
    first = Api().get(second["previous"]).json()
    assert first["previous"] is None
    assert first["next"] is not None


def test_what_comes_in_between_shifts_nothing(frozen: Clock, seller: Seller) -> None:
    page = Api().get("services/?page_size=2").json()
    frozen.advance(hours(1))
    service(seller)
    rest = Api().get(page["next"]).json()
    assert len({each["id"] for each in page["results"] + rest["results"]}) == 3


def test_best_search_rank_first_then_newest(frozen: Clock) -> None:
    made = []
    for rank in (100, 350, 350, 4000):
        frozen.advance(hours(1))
        made.append(service(Seller.objects.create(user=person(), created_at=frozen.at, search_rank=rank)))
    assert walk(Api(), "services/") == [[str(made[i].pk) for i in (3, 2, 1, 0)]]


@pytest.mark.parametrize(
    "cursor", ["x", "%00", "W10:abc", "eyJhIjoxfQ:abc", "%ff", "a" * 5000, "[true]:x", "%ED%A0%80", ""]
)
def test_a_cursor_that_is_not_ours_is_refused(seller: Seller, cursor: str) -> None:
    answer = Api().get(f"services/?cursor={cursor}")
    assert answer.status_code == 400
    assert answer.json()["code"] == ("invalid_input" if cursor in {"", "%00"} else "invalid_cursor")


def test_a_cursor_of_another_list_is_refused(frozen: Clock, seller: Seller) -> None:
    cursor = Api().get("services/?page_size=1").json()["next"].partition("cursor=")[2]
    problem(Api(seller.user).get(f"deals/?cursor={cursor}"), 400, "invalid_cursor")


@pytest.mark.parametrize(
    "query",
    [
        "page_size=0",
        "page_size=101",
        "page_size=x",
        "page_size=٣",
        "page_size=３",
        "page_size=1_0",
        "page_size=%2B3",
        "page_size= 3",
        "page_size=3.0",
        "seller=x",
        f"seller={'١' * 32}",
        "seller=%00",
        "q=%00",
        f"q={'x' * 101}",
    ],
)
def test_a_query_that_makes_no_sense_is_refused(db: None, query: str) -> None:
    told = problem(Api().get(f"services/?{query}"), 400, "invalid_input")
    assert set(told["errors"]) == {query.partition("=")[0]}


def test_ones_own_id_lists_all_ones_own_and_anothers_the_accepting_ones(seller: Seller, stranger: User) -> None:
    service(seller, own_status=ServiceStatus.DRAFT)
    service(seller, own_status=ServiceStatus.PAUSED)
    service(Seller.objects.create(user=stranger, created_at=seller.created_at))
    path = f"services/?seller={seller.pk}"
    assert len(Api(seller.user).get(path).json()["results"]) == 5
    assert len(Api(stranger).get(path).json()["results"]) == len(Api().get(path).json()["results"]) == 3
    assert Api().get("services/?seller=00000000-0000-4000-8000-000000000000").json()["results"] == []


def test_everyone_sees_their_own_rooms_and_deals_and_staff_see_all(frozen: Clock, seller: Seller, staff: User) -> None:
    mine = room(of=seller, now=frozen.at)
    room(now=frozen.at)
    for path, own in (("talk-rooms/", mine.pk), ("deals/", mine.deal_id)):
        assert walk(Api(seller.user), path) == walk(Api(mine.buyer), path) == [[str(own)]]
        assert len(walk(Api(staff), path)[0]) == 2


def test_rooms_deals_and_messages_come_newest_first_in_pages(frozen: Clock, seller: Seller, buyer: User) -> None:
    rooms = []
    for _ in range(5):
        frozen.advance(hours(1))
        rooms.append(room(of=seller, buyer=buyer, now=frozen.at))
    newest = [str(each.pk) for each in reversed(rooms)]
    assert walk(Api(buyer), "talk-rooms/?page_size=2") == [newest[:2], newest[2:4], newest[4:]]
    deals = [str(each.deal_id) for each in reversed(rooms)]
    assert walk(Api(buyer), "deals/?page_size=2") == [deals[:2], deals[2:4], deals[4:]]
    said = [str(each.pk) for each in Message.objects.filter(room=rooms[0]).order_by("-posted_at", "-id")]
    assert walk(Api(buyer), f"talk-rooms/{rooms[0].pk}/messages/?page_size=1") == [[said[0]], [said[1]]]


def test_lists_write_nothing_even_about_what_is_overdue(seller: Seller) -> None:
    overdue = overdue_room(of=seller)
    shown = Api(overdue.buyer).get("talk-rooms/").json()["results"][0]
    assert (shown["deal"]["status"], shown["cancel_request"]["status"]) == ("in_progress", "awaiting_reply")
    assert Api(overdue.buyer).get("deals/").json()["results"][0]["status"] == "in_progress"
    overdue.deal.refresh_from_db()
    assert overdue.deal.status == "in_progress"
