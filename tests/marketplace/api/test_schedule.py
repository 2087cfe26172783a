"""「あらかじめ納品までのスケジュールを相手に共有」 over HTTP: shared, changed, done, overdue."""

from typing import Any

import pytest
from pytest_django import Settings

from marketplace.models import Event, Message, Milestone, MilestoneChange, Seller, TalkRoom
from notifications.actions import hearing, ladders
from tests.conftest import Clock
from tests.support.api import NULL_ID, Api, problem
from tests.support.factories import MICROSECOND, days, hours, room
from tests.support.visitor import Visitor

pytestmark = pytest.mark.django_db
DRAFT = {"title": "初稿", "due_on": "2026-03-05"}
FINAL = {"title": "納品日", "due_on": "2026-03-09"}


@pytest.fixture
def shared(frozen: Clock, seller: Seller) -> TalkRoom:
    """A room with two milestones."""
    talk_room = room(of=seller, now=frozen.at)
    assert put(talk_room, [FINAL, DRAFT]).status_code == 200
    return talk_room


def path(talk_room: TalkRoom) -> str:
    return f"talk-rooms/{talk_room.pk}/schedule/"


def put(talk_room: TalkRoom, lines: Any, **headers: str) -> Any:
    return Api(talk_room.seller)("PUT", path(talk_room), lines, **headers)


def read(talk_room: TalkRoom) -> Any:
    return Api(talk_room.buyer).get(path(talk_room)).json()


def as_written(lines: Any) -> list[dict[str, Any]]:
    return [{name: line[name] for name in ("id", "title", "due_on", "done")} for line in lines]


def test_it_comes_by_date_whole_and_alike_to_both_and_to_staff(shared: TalkRoom, staff: Any) -> None:
    seen = read(shared)
    assert [each["title"] for each in seen] == ["初稿", "納品日"]
    assert seen[0] == {
        "id": seen[0]["id"], **DRAFT, "done": False, "done_at": None, "overdue": False, "history": [],
    }  # fmt: skip
    assert seen == Api(shared.seller).get(path(shared)).json() == Api(staff).get(path(shared)).json()
    of_room = Api(shared.buyer).get(f"talk-rooms/{shared.pk}/").json()["schedule"]
    assert of_room == [{name: value for name, value in each.items() if name != "history"} for each in seen]


def test_a_change_is_contact_with_its_history_and_one_message(shared: TalkRoom, frozen: Clock) -> None:
    frozen.advance(hours(1))
    first, second = as_written(read(shared))
    answer = put(shared, [first | {"done": True}, second | {"title": "最終稿", "due_on": "2026-03-10"}])
    assert answer.status_code == 200
    done, moved = answer.json()
    assert (done["done"], done["done_at"]) == (True, "2026-03-02T04:00:00.000000Z")
    before = {"done": False, "changed_at": "2026-03-02T04:00:00.000000Z"}
    assert done["history"] == [{**DRAFT, **before}]
    assert (moved["title"], moved["due_on"], moved["history"]) == ("最終稿", "2026-03-10", [{**FINAL, **before}])
    assert read(shared) == answer.json()
    assert Message.objects.filter(room=shared, kind="schedule_change").count() == 2
    shared.refresh_from_db()
    assert (shared.last_sender, shared.seller_last_contact_at) == ("seller", frozen.at)


@pytest.mark.parametrize("with_ids", [True, False], ids=["with ids", "sent again as it was"])
def test_what_changes_nothing_posts_nothing_and_moves_no_clock(
    shared: TalkRoom, frozen: Clock, *, with_ids: bool
) -> None:
    before, moved_at, events = read(shared), shared.seller_last_contact_at, Event.objects.count()
    frozen.advance(hours(1))
    shared.refresh_from_db()
    moved_at = shared.seller_last_contact_at
    answer = put(shared, as_written(before) if with_ids else [FINAL, DRAFT])
    assert (answer.status_code, answer.json()) == (200, before)
    shared.refresh_from_db()
    assert (shared.seller_last_contact_at, Event.objects.count()) == (moved_at, events)
    assert Message.objects.filter(room=shared, kind="schedule_change").count() == 1
    assert not MilestoneChange.objects.exists()


def test_two_milestones_that_say_the_same_are_two(shared: TalkRoom) -> None:
    first = as_written(read(shared))[0]
    twins = put(shared, [first, DRAFT]).json()
    assert [each["title"] for each in twins] == ["初稿", "初稿"]
    assert twins == put(shared, [DRAFT, DRAFT]).json()
    assert Milestone.objects.filter(room=shared, removed_at=None).count() == 2


def test_what_is_left_out_is_gone(shared: TalkRoom) -> None:
    kept = as_written(read(shared))[1]
    assert as_written(put(shared, [kept]).json()) == as_written(read(shared)) == [kept]
    assert put(shared, []).json() == []
    assert Api(shared.buyer).get(f"talk-rooms/{shared.pk}/").json()["schedule"] == []


def test_an_id_that_is_not_of_this_schedule_or_comes_twice_is_named_by_its_place(
    shared: TalkRoom, seller: Seller, frozen: Clock
) -> None:
    another = room(of=seller, now=frozen.at)
    foreign = put(another, [DRAFT]).json()[0]["id"]
    first, second = as_written(read(shared))
    for lines, places in (
        ([first, {"id": foreign, **FINAL}], {"1.id"}),
        ([{"id": NULL_ID, **DRAFT}, second, {"id": foreign, **FINAL}], {"0.id", "2.id"}),
        ([first, second, first], {"2.id"}),
    ):
        told = problem(put(shared, lines), 400, "unknown_milestone")
        assert set(told["errors"]) == places
        assert all(each[0]["code"] == "unknown_milestone" for each in told["errors"].values())
    assert as_written(read(shared)) == [first, second]
    assert Message.objects.filter(room=shared, kind="schedule_change").count() == 1
    japanese = Api(shared.seller, **{"Accept-Language": "ja"})
    told = problem(japanese("PUT", path(shared), [{"id": NULL_ID, **DRAFT}]), 400, "unknown_milestone")
    assert "このスケジュールにない" in told["errors"]["0.id"][0]["message"]


@pytest.mark.parametrize(
    ("day", "wrong"),
    [
        ("1899-12-31", {"code": "min_value", "message": "At least 1900-01-01."}),
        ("0001-01-01", {"code": "min_value", "message": "At least 1900-01-01."}),
        ("1900-01-01", None),
        ("2999-12-31", None),
        ("3000-01-01", {"code": "max_value", "message": "At most 2999-12-31."}),
        ("9999-12-31", {"code": "max_value", "message": "At most 2999-12-31."}),
    ],
)
def test_a_day_is_within_the_centuries_in_which_reminders_can_be_reckoned(
    shared: TalkRoom, day: str, wrong: dict[str, str] | None
) -> None:
    before = read(shared)
    answer = put(shared, [{**DRAFT, "due_on": day}])
    if wrong:
        assert problem(answer, 400, "invalid_input")["errors"] == {"0.due_on": [wrong]}
        assert read(shared) == before
        return
    assert [each["due_on"] for each in answer.json()] == [day]
    for who in (shared.seller, shared.buyer):
        visitor = Visitor.as_(who)
        for page in ("/", "/to-dos/", f"/talk-rooms/{shared.pk}/", f"/talk-rooms/{shared.pk}/schedule/"):
            visitor.see(page)
    hearing.hear()
    ladders.tick()
    assert not Event.objects.filter(heard_at=None).exists()


def test_a_milestone_that_was_removed_does_not_come_back_by_its_id(shared: TalkRoom) -> None:
    first, second = as_written(read(shared))
    put(shared, [second])
    told = problem(put(shared, [first, second]), 400, "unknown_milestone")
    assert set(told["errors"]) == {"0.id"}


def test_it_is_overdue_from_the_day_after_in_the_marketplaces_time_zone(shared: TalkRoom, frozen: Clock) -> None:
    def overdue() -> list[bool]:
        of_room = Api(shared.buyer).get(f"talk-rooms/{shared.pk}/").json()["schedule"]
        seen = [each["overdue"] for each in read(shared)]
        assert seen == [each["overdue"] for each in of_room]
        return seen

    frozen.at = frozen.at.replace(day=5, hour=15) - MICROSECOND  # 23:59:59.999999 on the 5th in Tokyo
    assert overdue() == [False, False]
    frozen.advance(MICROSECOND)
    assert overdue() == [True, False]
    first, second = as_written(read(shared))
    put(shared, [first | {"done": True}, second])
    assert overdue() == [False, False]
    frozen.advance(days(10))
    assert overdue() == [False, True]


def test_the_time_zone_is_a_setting(shared: TalkRoom, frozen: Clock, settings: Settings) -> None:
    frozen.at = frozen.at.replace(day=5, hour=15)
    settings.TIME_ZONE = "UTC"
    assert [each["overdue"] for each in read(shared)] == [False, False]


def test_fifty_milestones_are_taken(frozen: Clock) -> None:
    talk_room = room(now=frozen.at)
    assert len(put(talk_room, [DRAFT] * 50).json()) == 50
    told = problem(put(talk_room, [DRAFT] * 51), 400, "invalid_input")
    assert told["errors"]["non_field_errors"][0]["code"] == "max_items"
    assert Milestone.objects.filter(room=talk_room, removed_at=None).count() == 50
