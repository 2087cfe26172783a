"""The notification settings: a row for each kind, a switch for each channel, quiet hours."""

from datetime import time
from typing import Any

import pytest

from marketplace.models import User
from notifications.actions import preferences
from notifications.models import Preference, Wishes
from notifications.vocabulary import CRITICAL, SWITCHABLE, Channel, Kind
from tests.conftest import Clock
from tests.support.visitor import Visitor

pytestmark = pytest.mark.django_db
WISHES = "/settings/notifications/"


def test_every_kind_is_a_row_of_the_table_once_with_a_switch_for_each_channel(buyer: User) -> None:
    page = Visitor.as_(buyer).see(WISHES)
    form = page.form(WISHES)
    switches = [f"kinds.{kind}.{channel}" for kind in SWITCHABLE for channel in Channel]
    held = [*page.all("input", type="checkbox"), *page.all("input", type="hidden", value="on")]
    assert sorted(each.attributes["name"] for each in held) == sorted(switches)
    assert all(form.values[name] == ["on"] for name in switches)
    locked = {f"kinds.{kind}.inapp" for kind in CRITICAL}
    assert {each.attributes["name"] for each in page.all("input", type="checkbox")} == set(switches) - locked
    assert len(page.all("th", scope="row")) == len(SWITCHABLE)
    assert len(page.all("span", class_="locked")) == len(CRITICAL)


def test_what_is_unticked_is_off_and_hours_are_kept(frozen: Clock, buyer: User) -> None:
    visitor = Visitor.as_(buyer)
    typed: dict[str, Any] = {"kinds.message.email": None, "kinds.review.inapp": None, "kinds.purchase.push": None}
    hours_typed: dict[str, Any] = {"quiet_hours.from": "22:00", "quiet_hours.to": "07:00", "digest_at": "08:00"}
    page = visitor.send(visitor.see(WISHES), WISHES, **typed, **hours_typed)
    assert "Saved." in page.text
    assert page.form(WISHES).values | {name: [value] for name, value in hours_typed.items()} == page.form(WISHES).values
    assert not set(typed) & set(page.form(WISHES).values)
    wished = preferences.read_wishes(buyer)
    off = {(kind, channel) for kind, row in wished.kinds.items() for channel, on in row.items() if not on}
    assert off == {(Kind.MESSAGE, Channel.EMAIL), (Kind.REVIEW, Channel.INAPP), (Kind.PURCHASE, Channel.PUSH)}
    assert wished.quiet_hours == preferences.QuietHours(start=time(22), end=time(7))
    assert wished.digest_at == time(8)
    back: dict[str, Any] = {**dict.fromkeys(hours_typed, ""), "kinds.message.email": "on"}
    emptied = visitor.send(page, WISHES, **back)
    assert emptied.form(WISHES).values["kinds.message.email"] == ["on"]
    ended = preferences.read_wishes(buyer)
    assert (ended.quiet_hours, ended.digest_at) == (None, None)


def test_a_critical_kind_without_email_and_push_is_refused_beside_its_row_and_nothing_is_lost_or_changed(
    buyer: User,
) -> None:
    visitor = Visitor.as_(buyer)
    off: dict[str, Any] = {"kinds.purchase.email": None, "kinds.purchase.push": None, "kinds.review.push": None}
    page = visitor.send(visitor.see(WISHES), WISHES, expect=409, digest_at="08:00", **off)
    assert page.one("td", id="e-kinds.purchase").text == page.one("td", class_="error").text
    assert "keeps e-mail or push on" in page.one("td", class_="error").text
    assert "keeps e-mail or push on" in page.one("div", role="alert").text
    assert not set(off) & set(page.form(WISHES).values)
    assert page.form(WISHES).values["digest_at"] == ["08:00"]
    assert not Preference.objects.exists()
    assert not Wishes.objects.filter(digest_at__isnull=False).exists()
    on: dict[str, Any] = {"kinds.purchase.push": "on"}
    saved = visitor.send(page, WISHES, **on)
    assert "Saved." in saved.text
    assert preferences.read_wishes(buyer).digest_at == time(8)


def test_a_form_that_comes_again_says_that_it_was_sent_before_and_not_that_it_was_carried_out(buyer: User) -> None:
    visitor = Visitor.as_(buyer)
    off: dict[str, Any] = {"kinds.message.email": None}
    page = visitor.see(WISHES)
    saved = visitor.send(page, WISHES, **off)
    assert [each.text for each in saved.all("div", role="status")] == ["Saved."]
    back_on: dict[str, Any] = {"kinds.message.email": "on"}
    visitor.send(saved, WISHES, **back_on)
    again = visitor.send(page, WISHES, **off)
    [told] = [each.text for each in again.all("div", role="status")]
    assert told.startswith("This form was sent before")
    assert again.form(WISHES).values["kinds.message.email"] == ["on"]


def test_quiet_hours_need_both_ends(buyer: User) -> None:
    visitor = Visitor.as_(buyer)
    half: dict[str, Any] = {"quiet_hours.from": "22:00"}
    page = visitor.send(visitor.see(WISHES), WISHES, expect=400, **half)
    assert page.one("input", name="quiet_hours.to").attributes["aria-invalid"] == "true"
    assert page.form(WISHES).values["quiet_hours.from"] == ["22:00"]
    assert "Give both times" in page.text
    assert "not valid" not in page.text
    assert not Wishes.objects.exists()
