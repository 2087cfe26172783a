"""The start page: who sees what on it, and what it costs."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace import clock
from marketplace.actions import deadlines
from marketplace.models import Milestone, Seller, User
from marketplace.vocabulary import WokenBy
from tests.conftest import Clock
from tests.notifications.pages.parties import another_seller, bought, say
from tests.support.factories import (
    days,
    delivered_room,
    hours,
    open_request,
    overdue_room,
    room,
)
from tests.support.notices import reachable
from tests.support.visitor import Visitor

pytestmark = pytest.mark.django_db


def test_a_buyer_without_services_sees_purchases_to_dos_and_the_way_to_services_and_no_tips(
    frozen: Clock, seller: Seller, buyer: User
) -> None:
    asked = bought(seller, buyer)
    say(asked, seller.user)
    delivered_room(of=seller, buyer=buyer, deadline=frozen.at + hours(5))
    page = Visitor.as_(buyer).see("/")
    assert "Your running purchases" in page.text
    assert "Share a schedule" not in page.text
    assert "Your running sales" not in page.text
    assert page.offers(f"/talk-rooms/{asked.pk}/")
    assert page.form("/services/").method == "get"
    assert "Look at the delivery" in page.text


def test_a_new_person_is_welcomed_and_shown_both_ways(buyer: User) -> None:
    reachable(buyer)
    page = Visitor.as_(buyer, "ja").see("/")
    assert "はじめまして" in page.text
    assert page.offers("/services/")
    assert page.offers("/selling/")
    assert not page.all("span", class_="badge")


def test_staff_are_led_to_the_operators_pages_and_see_no_room_of_others(
    staff: User, seller: Seller, buyer: User
) -> None:
    others = bought(seller, buyer)
    visitor = Visitor.as_(staff)
    for path in ("/", "/deals/"):
        page = visitor.see(path)
        assert str(others.pk) not in page.html
        assert any(each.attributes.get("href", "").startswith("/admin/") for each in page.all("a"))


def test_a_paused_seller_is_led_to_the_guided_return(seller: Seller, buyer: User) -> None:
    overdue = overdue_room(of=seller, buyer=buyer)
    deadlines.settle_room(overdue.pk, woken_by=WokenBy.ETA)
    page = Visitor.as_(seller.user).see("/")
    assert "All your services are paused." in page.one("p", role="alert").text
    assert page.offers("/selling/return/")


@pytest.mark.parametrize(
    ("language", "words"), [("en", "ask to cancel"), ("ja", "24時間以内に返信があれば取り消されます")]
)
def test_strangers_learn_what_this_is_and_where_to_begin(language: str, words: str) -> None:
    page = Visitor(language).see("/")
    assert words in page.text
    assert page.offers("/services/")
    assert page.offers("/log-in/")
    assert page.form("/services/").values["q"] == [""]


def test_what_a_deadline_is_about_to_decide_comes_before_what_is_overdue(seller: Seller, buyer: User) -> None:
    for _ in range(3):
        room(of=seller, buyer=buyer, silent_for=days(9))
    ending = room(of=seller, buyer=buyer, silent_for=days(5))
    open_request(ending, deadline=clock.now() + timedelta(seconds=78))
    for path in ("/", "/to-dos/"):
        page = Visitor.as_(seller.user).see(path)
        buttons = [each for each in page.all("a", class_="button") if each.attributes["href"].endswith("#composer")]
        assert buttons[0].attributes["href"] == f"/talk-rooms/{ending.pk}/#composer"
        assert "quiet" not in buttons[0].attributes["class"].split()
        assert all("quiet" in each.attributes["class"].split() for each in buttons[1:])


@pytest.mark.parametrize("path", ["/", "/deals/", "/to-dos/", "/to-dos/badge/"])
def test_thirty_running_deals_take_as_many_statements_as_three(seller: Seller, buyer: User, path: str) -> None:
    visitor = Visitor.as_(seller.user)
    taken = []
    for number in (3, 27):
        for _ in range(number):
            asked = room(of=seller, buyer=buyer, silent_for=days(5))
            open_request(asked, deadline=clock.now() + hours(5))
            draft = Milestone.objects.create(room=asked, title="Draft", due_on=date(2020, 1, 1), shared_at=clock.now())
            draft.changes.create(title="Draft", due_on=date(2019, 1, 1), changed_at=clock.now())
            room(of=another_seller("other"), buyer=seller.user)
        with CaptureQueriesContext(connection) as seen:
            visitor.see(path)
        taken.append(len(seen))
    assert taken[0] == taken[1] <= {"/": 20, "/deals/": 9, "/to-dos/": 7, "/to-dos/badge/": 5}[path]


@pytest.mark.parametrize("path", ["/", "/deals/", "/to-dos/", "/to-dos/badge/", "/selling/return/"])
def test_what_waits_is_read_once_for_a_page_that_shows_the_list_and_its_number(seller: Seller, path: str) -> None:
    overdue_room(of=seller)
    room(of=seller)
    deadlines.settle_overdue(woken_by=WokenBy.SWEEP)
    with CaptureQueriesContext(connection) as seen:
        Visitor.as_(seller.user).see(path)
    assert sum("against_you" in each["sql"] for each in seen.captured_queries) == 1
