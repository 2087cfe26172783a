"""Where notices arrive: how each channel stands, its test and its code, the browsers."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from marketplace.models import User
from notifications import codes
from notifications.actions import channel_tests, reach
from notifications.channels import vapid
from notifications.models import ChannelTest, Notification, PushSubscription, Reach
from notifications.vocabulary import Channel
from tests.conftest import Clock
from tests.support.factories import MICROSECOND, hours, person
from tests.support.notices import reachable
from tests.support.told import AUTH, CODE, ENDPOINT, P256DH, asked_test, browser
from tests.support.visitor import Seen, Visitor

pytestmark = pytest.mark.django_db
CHANNELS = "/settings/channels/"


def test_each_channel_says_how_it_stands(frozen: Clock) -> None:
    somebody = person(language="en")

    def said() -> list[str]:
        somebody.refresh_from_db()
        page = Visitor.as_(somebody).see(CHANNELS)
        return [" ".join(each.text.split()) for each in page.all("span", class_="tag")][:3]

    assert said() == ["✓ Always on", "– Not set up", "– Not set up"]
    User.objects.update(email="a@example.com")
    browser(somebody)
    assert said() == ["✓ Always on", "⚠ Not confirmed", "… Not tested yet"]
    reachable(somebody)
    Reach.objects.create(person=somebody, channel=Channel.PUSH, confirmed_at=frozen.at)
    assert said() == ["✓ Always on", "✓ Confirmed", "✓ Confirmed"]
    reach.mark_broken(somebody, Channel.EMAIL, "550 <nobody> here", frozen.at)
    reach.mark_broken(somebody, Channel.PUSH, "gone", frozen.at)
    assert said() == ["✓ Always on", "✕ Does not arrive", "✕ Does not arrive"]
    assert "550 <nobody> here" in Visitor.as_(somebody).see(CHANNELS).text
    User.objects.update(email="b@example.com", email_confirmed_at=None)
    assert said()[1] == "⚠ Not confirmed"  # another address begins anew


def send_test(visitor: Visitor, channel: Channel, expect: int = 200) -> Seen:
    page = visitor.see(CHANNELS)
    [form] = [form for form in page.forms if channel in form.choices.get("channel", [])]
    return visitor.post(form.action, {**form.values, "channel": [channel]}, expect)


def test_a_test_is_asked_for_and_confirmed_with_the_code_as_people_type_it(buyer: User) -> None:
    reachable(buyer)
    User.objects.update(email_confirmed_at=None)
    visitor = Visitor.as_(buyer)
    page = send_test(visitor, Channel.EMAIL)
    test = ChannelTest.objects.get()
    assert page.path == f"/settings/tests/{test.pk}/"
    assert buyer.email in page.text
    code = codes.code_of(test.pk)
    assert code not in page.html
    full_width = str.maketrans("0123456789", "０１２３４５６７８９")
    arrived = visitor.send(page, page.path, code=f" {code[:3]} {code[3:]}".translate(full_width))
    assert arrived.path == CHANNELS
    assert "Confirmed: notices arrive." in arrived.text
    buyer.refresh_from_db()
    assert buyer.email_confirmed_at is not None
    assert "Confirmed" in visitor.see(page.path).text


def test_each_wrong_code_counts_and_after_five_none_can_be_entered(buyer: User) -> None:
    test = asked_test(buyer, code=CODE)
    visitor, path = Visitor.as_(buyer), f"/settings/tests/{test.pk}/"
    page = visitor.see(path)
    for left in (4, 3, 2, 1):
        page = visitor.send(page, path, code="000000", expect=409)
        assert "The code is not the one" in page.one("div", role="alert").text
        assert f"{left} {'try' if left == 1 else 'tries'} left" in page.text
    last = visitor.send(page, path, code="000000", expect=409)
    assert not last.offers(path)
    assert "cannot be entered any more" in last.text
    visitor.send(page, path, code=CODE, expect=409)
    test.refresh_from_db()
    assert (test.tries, test.confirmed_at) == (5, None)


def test_what_is_no_code_is_said_beside_the_field_and_is_no_try(buyer: User) -> None:
    test = asked_test(buyer)
    visitor, path = Visitor.as_(buyer), f"/settings/tests/{test.pk}/"
    page = visitor.send(visitor.see(path), path, code="12345", expect=400)
    assert page.one("input", name="code").attributes["aria-invalid"] == "true"
    test.refresh_from_db()
    assert test.tries == 0


def test_a_code_is_asked_for_until_24_hours_have_passed(frozen: Clock, buyer: User) -> None:
    test = asked_test(buyer)
    visitor, path = Visitor.as_(buyer), f"/settings/tests/{test.pk}/"
    frozen.advance(hours(24))
    assert visitor.see(path).offers(path)
    assert visitor.see(CHANNELS).offers(path)
    frozen.advance(MICROSECOND)
    assert not visitor.see(path).offers(path)
    assert not visitor.see(CHANNELS).offers(path)


def test_somebody_elses_test_is_not_there(buyer: User, stranger: User) -> None:
    test = asked_test(buyer)
    Visitor.as_(stranger).see(f"/settings/tests/{test.pk}/", expect=404)


def test_too_many_tests_are_refused_on_the_page_itself(frozen: Clock, buyer: User) -> None:
    for _ in range(channel_tests.TESTS_A_DAY):
        asked_test(buyer)
    page = send_test(Visitor.as_(buyer), Channel.INAPP, expect=409)
    assert "Too many tests" in page.one("div", role="alert").text
    assert ChannelTest.objects.count() == channel_tests.TESTS_A_DAY
    assert not Notification.objects.exists()


def test_a_test_button_pressed_twice_sends_one_test(buyer: User) -> None:
    visitor = Visitor.as_(buyer)
    page = visitor.see(CHANNELS)
    [form] = [form for form in page.forms if "inapp" in form.choices.get("channel", [])]
    paths = {visitor.post(form.action, {**form.values, "channel": ["inapp"]}).path for _ in range(2)}
    assert paths == {f"/settings/tests/{ChannelTest.objects.get().pk}/"}


# Browsers


@pytest.fixture
def push(settings: Settings) -> None:
    settings.VAPID_PRIVATE_KEY = vapid.make()


def test_a_browser_is_subscribed_by_the_pages_form_listed_and_removed(push: None, buyer: User, stranger: User) -> None:
    visitor = Visitor.as_(buyer)
    page = visitor.see(CHANNELS)
    assert page.one("div", id="push").attributes["data-key"] == vapid.public_key()
    typed: dict[str, Any] = {"endpoint": ENDPOINT, "keys.p256dh": P256DH, "keys.auth": AUTH}
    listed = visitor.send(page, "/settings/browsers/", **typed)
    made = PushSubscription.objects.get()
    assert (made.person, made.endpoint, made.p256dh, made.auth) == (buyer, ENDPOINT, P256DH, AUTH)
    assert listed.one("li", data_endpoint=ENDPOINT)
    path = f"/settings/browsers/{made.pk}/"
    other = Visitor.as_(stranger)
    token = other.see(CHANNELS).form("/settings/browsers/").values["csrfmiddlewaretoken"]
    other.post(path, {"csrfmiddlewaretoken": token}, expect=404)
    assert PushSubscription.objects.exists()
    assert "That browser is removed." in visitor.send(listed, path).text
    assert not PushSubscription.objects.exists()


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ({"endpoint": "https://127.0.0.1/x", "keys.p256dh": P256DH, "keys.auth": AUTH}, 400),
        ({"endpoint": ENDPOINT, "keys.p256dh": "x", "keys.auth": AUTH}, 400),
        ({}, 400),
    ],
)
def test_what_no_browser_says_subscribes_nothing(push: None, buyer: User, typed: dict[str, Any], status: int) -> None:
    visitor = Visitor.as_(buyer)
    page = visitor.send(visitor.see(CHANNELS), "/settings/browsers/", expect=status, **typed)
    assert page.one("div", class_="note", role="alert").text.strip()
    assert not PushSubscription.objects.exists()


def test_without_a_key_of_the_server_the_page_says_that_push_is_not_set_up(settings: Settings, buyer: User) -> None:
    settings.VAPID_PRIVATE_KEY = ""
    page = Visitor.as_(buyer).see(CHANNELS)
    assert "Push is not set up on this server." in page.text
    assert not page.offers("/settings/browsers/")


@pytest.mark.parametrize(
    ("endpoint", "name"),
    [
        ("https://fcm.googleapis.com/fcm/send/x", "Chrome"),
        ("https://updates.push.services.mozilla.com/x", "Firefox"),
        ("https://web.push.apple.com/x", "Safari"),
        ("https://wns2-par02p.notify.windows.com/x", "Edge"),
        ("https://evilapple.com/x", "evilapple.com"),
    ],
)
def test_a_browser_is_named_by_its_push_service(buyer: User, endpoint: str, name: str) -> None:
    PushSubscription.objects.filter(pk=browser(buyer).pk).update(endpoint=endpoint)
    assert Visitor.as_(buyer).see(CHANNELS).one("li", data_endpoint=endpoint).text.split()[0] == name


def test_the_worker_is_a_script_at_the_root_for_everybody(client: Client) -> None:
    answer = client.get("/push-worker.js")
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert b'addEventListener("push"' in answer.content
    assert client.post("/push-worker.js").status_code == 405
