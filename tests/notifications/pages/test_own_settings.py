"""Everybody's own calendar, address, language and time zone."""

from urllib.parse import urlsplit

import pytest
from django.test import Client

from marketplace.models import User
from notifications.models import CalendarFeed
from tests.conftest import Clock
from tests.support.notices import reachable
from tests.support.visitor import Visitor

pytestmark = pytest.mark.django_db
CHANNELS, CALENDAR = "/settings/channels/", "/settings/calendar/"


def test_a_calendar_is_made_shown_and_revoked(frozen: Clock, buyer: User) -> None:
    visitor = Visitor.as_(buyer)
    page = visitor.see(CALENDAR)
    assert not page.all("input", id="address")
    made = visitor.send(page, CALENDAR)
    address = made.one("input", id="address").attributes["value"]
    assert Client().get(urlsplit(address).path).status_code == 200
    assert made.one("a", class_="button", href=f"webcal:{address.partition(':')[2]}")
    assert visitor.see(CALENDAR).one("input", id="address").attributes["value"] == address
    revoked = visitor.send(made, "/settings/calendar/revoked/")
    assert not revoked.all("input", id="address")
    assert Client().get(urlsplit(address).path).status_code == 404
    assert not CalendarFeed.objects.exists()


# Address, language, time zone


def test_another_address_is_unconfirmed_and_leads_to_its_test(buyer: User) -> None:
    reachable(buyer)
    visitor = Visitor.as_(buyer)
    page = visitor.see("/settings/")
    assert "Confirmed" in page.text
    moved = visitor.send(page, "/settings/", email="new@example.com")
    assert moved.path == CHANNELS
    assert "not confirmed yet" in moved.one("div", role="status").text
    assert "new@example.com" in moved.text
    buyer.refresh_from_db()
    assert (buyer.email, buyer.email_confirmed_at) == ("new@example.com", None)


def test_the_same_address_stays_confirmed_while_language_and_zone_change(buyer: User) -> None:
    reachable(buyer)
    visitor = Visitor.as_(buyer)
    page = visitor.send(visitor.see("/settings/"), "/settings/", language="ja", time_zone="America/New_York")
    buyer.refresh_from_db()
    assert buyer.email_confirmed_at is not None
    assert (buyer.language, buyer.time_zone) == ("ja", "America/New_York")
    assert page.path == "/settings/"
    assert page.one("div", role="status").text == "保存しました。"
    assert page.one("html").attributes["lang"] == "ja"
    shown = page.form("/settings/").values
    assert (shown["language"], shown["time_zone"]) == (["ja"], ["America/New_York"])
    visitor.send(page, "/settings/", language="", time_zone="")
    buyer.refresh_from_db()
    assert (buyer.language, buyer.time_zone) == ("", "")


def test_the_marketplaces_zone_comes_first_and_ones_own_is_offered_whatever_its_name(buyer: User) -> None:
    User.objects.update(time_zone="Japan")
    buyer.refresh_from_db()
    zones = Visitor.as_(buyer).see("/settings/").form("/settings/").choices["time_zone"]
    assert zones[0] == ""
    assert {"Japan", "Asia/Tokyo", "Europe/Berlin", "UTC"} <= set(zones)
    assert len(zones) == len(set(zones))


@pytest.mark.parametrize(("name", "typed"), [("email", "nobody"), ("time_zone", "Mars/Olympus"), ("language", "tlh")])
def test_what_is_refused_stands_beside_its_field_and_changes_nothing(buyer: User, name: str, typed: str) -> None:
    visitor = Visitor.as_(buyer)
    page = visitor.send(visitor.see("/settings/"), "/settings/", expect=400, **{name: typed})
    assert page.one(id=f"f-{name}").attributes["aria-invalid"] == "true"
    buyer.refresh_from_db()
    assert (buyer.email, buyer.time_zone, buyer.language) == ("", "", "")
