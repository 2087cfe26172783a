"""How a person is reached: browsers, and tests of a channel that the person confirms."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from marketplace.models import User
from notifications import codes, todos
from notifications.actions import channel_tests
from notifications.actions import delivery as sending
from notifications.channels import vapid
from notifications.models import ChannelTest, Notification, PushSubscription, Reach
from notifications.vocabulary import Channel, State
from tests.conftest import Clock
from tests.support.api import Api, problem
from tests.support.factories import MICROSECOND, hours, person
from tests.support.mail_server import MailServer, mail_server, send_to
from tests.support.told import AUTH, BROWSER, CODE, P256DH, asked_test, browser

pytestmark = pytest.mark.django_db
PATH = "push-subscriptions/"
ON_NO_CURVE = base64.urlsafe_b64encode(b"\x04" + b"\x01" * 64).decode().rstrip("=")
ANOTHER_SECRET = base64.urlsafe_b64encode(b"s" * 16).decode().rstrip("=")


@pytest.fixture
def post_office(settings: Settings) -> Iterator[MailServer]:
    """A real mail server on loopback."""
    with mail_server() as server:
        send_to(server.port, settings)
        settings.EMAIL_TIMEOUT = 10
        yield server


# Browsers


def test_a_browser_is_subscribed_as_it_says_listed_newest_first_and_taken_back(frozen: Clock, buyer: User) -> None:
    api = Api(buyer)
    first = api.post(PATH, BROWSER)
    frozen.advance(hours(1))
    padded = {"p256dh": f"{P256DH}=", "auth": f"{AUTH}=="}
    second = api.post(PATH, {"endpoint": "https://1.1.1.1/push/2", "keys": padded})
    assert (first.status_code, second.status_code) == (201, 201)
    shown = api.get(PATH).json()
    assert [each["id"] for each in shown["results"]] == [second.json()["id"], first.json()["id"]]
    assert set(shown["results"][0]) == {"id", "endpoint", "made_at"}
    row = PushSubscription.objects.get(pk=second.json()["id"])
    assert (row.person, row.p256dh, row.auth) == (buyer, P256DH, AUTH)
    assert api("DELETE", f"{PATH}{row.pk}/").status_code == 204
    problem(api("DELETE", f"{PATH}{row.pk}/"), 404, "not_found")
    assert [str(each.pk) for each in PushSubscription.objects.all()] == [first.json()["id"]]


def test_the_same_browser_again_is_renewed_and_begins_anew_where_push_was_broken(frozen: Clock, buyer: User) -> None:
    Api(buyer).post(PATH, BROWSER)
    Reach.objects.create(person=buyer, channel=Channel.PUSH, broken_at=frozen.at, error="gone")
    assert todos.count(buyer, frozen.at) == 1
    frozen.advance(hours(1))
    Api(buyer).post(PATH, {**BROWSER, "keys": {"p256dh": P256DH, "auth": ANOTHER_SECRET}})
    row = PushSubscription.objects.get()
    assert (row.auth, row.made_at) == (ANOTHER_SECRET, frozen.at)
    assert todos.count(buyer, frozen.at) == 0


def test_who_uses_the_same_browser_next_takes_it_over_by_its_keys_alone(buyer: User, stranger: User) -> None:
    Api(buyer).post(PATH, BROWSER)
    other_keys = {**BROWSER, "keys": {"p256dh": P256DH, "auth": ANOTHER_SECRET}}
    problem(Api(stranger).post(PATH, other_keys), 409, "subscription_of_another")
    assert PushSubscription.objects.get().person == buyer
    assert Api(stranger).post(PATH, BROWSER).status_code == 201
    assert PushSubscription.objects.get().person == stranger


def test_of_more_than_20_browsers_the_oldest_go(frozen: Clock, buyer: User, stranger: User) -> None:
    browser(stranger)
    oldest = browser(buyer)
    for number in range(19):
        frozen.advance(MICROSECOND)
        browser(buyer, number)
    frozen.advance(MICROSECOND)
    Api(buyer).post(PATH, BROWSER)
    assert PushSubscription.objects.filter(person=buyer).count() == 20
    assert not PushSubscription.objects.filter(pk=oldest.pk).exists()
    assert PushSubscription.objects.filter(person=stranger).exists()


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://1.1.1.1/x",
        "https://127.0.0.1/x",
        "https://10.0.0.1/x",
        "https://192.168.1.1/x",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/x",
        "https://[fe80::1]/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://0.0.0.0/x",
        "https://2130706433/x",
        "https://localhost/x",
        "https://user@1.1.1.1/x",
        "https://1.1.1.1:99999/x",
        "https://[/x",
        "https:///x",
        "ftp://1.1.1.1/x",
        "//1.1.1.1/x",
        "x",
    ],
)
def test_an_address_that_points_inwards_or_is_no_https_is_refused(buyer: User, endpoint: str) -> None:
    told = problem(Api(buyer).post(PATH, {**BROWSER, "endpoint": endpoint}), 400, "address_points_inwards")
    assert list(told["errors"]) == ["endpoint"]
    assert not PushSubscription.objects.exists()


@pytest.mark.parametrize(
    "keys",
    [
        {"p256dh": ON_NO_CURVE, "auth": AUTH},
        {"p256dh": P256DH[:-4], "auth": AUTH},
        {"p256dh": P256DH.replace("-", "+"), "auth": AUTH},
        {"p256dh": P256DH, "auth": AUTH[:-2]},
        {"p256dh": P256DH, "auth": AUTH + "\n"},
        {"p256dh": P256DH, "auth": None},
        {"p256dh": P256DH},
        {"p256dh": P256DH, "auth": AUTH, "more": 1},
        {},
        None,
        "keys",
    ],
)
def test_keys_with_which_nothing_can_be_encrypted_are_refused(buyer: User, keys: Any) -> None:
    told = problem(Api(buyer).post(PATH, {**BROWSER, "keys": keys}), 400, "invalid_input")
    assert {name.partition(".")[0] for name in told["errors"]} == {"keys"}
    assert not PushSubscription.objects.exists()


def test_the_key_is_what_browsers_take_and_null_where_push_is_off(buyer: User, settings: Settings) -> None:
    settings.VAPID_PRIVATE_KEY = ""
    assert Api(buyer).get("push-key/").json() == {"key": None}
    settings.VAPID_PRIVATE_KEY = vapid.make()
    key = Api(buyer).get("push-key/").json()["key"]
    point = base64.urlsafe_b64decode(key + "=")
    assert (len(point), point[0], len(key)) == (65, 4, 87)


# Tests of a channel


def ask(who: User, channel: str) -> dict[str, Any]:
    answer = Api(who).post("notification-tests/", {"channel": channel})
    assert answer.status_code == 201, answer.content
    asked: dict[str, Any] = answer.json()
    return asked


def confirm(who: User, test: dict[str, Any] | ChannelTest, code: str) -> Any:
    pk = test["id"] if isinstance(test, dict) else test.pk
    return Api(who).post(f"notification-tests/{pk}/confirm/", {"code": code})


@pytest.mark.parametrize(("language", "words"), [("ja", "確認コード"), ("en", "with the code")])
def test_a_test_goes_through_the_real_delivery_and_its_code_confirms_the_address(
    post_office: MailServer, language: str, words: str
) -> None:
    somebody = person(email="hanako@example.com", language=language)
    assert [todo.kind for todo in todos.waiting_for(somebody, somebody.date_joined)] == ["unreachable"]
    test = ask(somebody, "email")
    assert (test["address"], test["confirmed_at"]) == ("hanako@example.com", None)
    assert sending.deliver(Channel.EMAIL) == 1
    [message] = post_office.received
    body = message.get_body(("plain",))
    text, code = body.get_content() if body else "", codes.code_of(test["id"])
    assert message["To"] == "hanako@example.com"
    assert code in text
    assert words in text
    assert "List-Unsubscribe" not in message
    assert code not in repr(list(Notification.objects.values()))
    assert code not in repr(list(ChannelTest.objects.values()))

    confirmed = confirm(somebody, test, code)
    assert confirmed.status_code == 200
    assert confirmed.json()["confirmed_at"]
    assert Api(somebody).get("me/").json()["email_confirmed"] is True
    assert Reach.objects.get().confirmed_at is not None
    assert todos.count(somebody, somebody.date_joined) == 0


def test_only_the_address_that_the_test_went_to_is_confirmed(post_office: MailServer) -> None:
    somebody = person(email="not-hers@example.com")
    test, api = ask(somebody, "email"), Api(somebody)
    api.patch("me/", {"email": "hers@example.com"})
    sending.deliver(Channel.EMAIL)
    assert post_office.received[0]["To"] == "not-hers@example.com"
    assert confirm(somebody, test, codes.code_of(test["id"])).status_code == 200
    assert api.get("me/").json()["email_confirmed"] is False


def test_a_code_is_six_digits_of_its_own() -> None:
    drawn = {codes.code_of(number) for number in map(str, range(50))}
    assert len(drawn) == 50
    assert all(len(code) == 6 and code.isdigit() for code in drawn)


def test_the_fifth_try_may_be_right_and_a_sixth_is_none(buyer: User) -> None:
    for wrong in (4, 5):
        test = asked_test(buyer, channel=Channel.PUSH)
        for _ in range(wrong):
            problem(confirm(buyer, test, "000000"), 409, "wrong_code")
        answer = confirm(buyer, test, CODE)
        if wrong == 4:
            assert answer.json()["confirmed_at"]
        else:
            problem(answer, 409, "too_many_tries")
    test.refresh_from_db()
    assert (test.tries, test.confirmed_at) == (5, None)
    assert Reach.objects.count() == 1


def test_a_code_holds_for_24_hours(frozen: Clock, buyer: User) -> None:
    test = asked_test(buyer)
    frozen.advance(hours(24) + MICROSECOND)
    problem(confirm(buyer, test, CODE), 409, "test_expired")
    test.refresh_from_db()
    assert (test.tries, test.confirmed_at) == (0, None)
    frozen.advance(-MICROSECOND)
    assert confirm(buyer, test, CODE).status_code == 200


def test_a_test_is_ones_own_and_its_code_of_no_other(buyer: User, stranger: User) -> None:
    test, other = asked_test(buyer), asked_test(buyer, code="654321")
    problem(confirm(stranger, test, CODE), 404, "not_found")
    problem(confirm(buyer, other, CODE), 409, "wrong_code")
    test.refresh_from_db()
    assert (test.tries, test.confirmed_at) == (0, None)


@pytest.mark.parametrize("code", ["12345", "1234567", "12345x", "１２３４５６", " 123456", "123456\n", 123456, None])
def test_what_is_no_code_is_no_try(buyer: User, code: Any) -> None:
    test = asked_test(buyer)
    problem(confirm(buyer, test, code), 400, "invalid_input")
    test.refresh_from_db()
    assert test.tries == 0


@pytest.mark.parametrize("channel", ["email", "push"])
def test_without_an_address_there_is_nothing_to_test(buyer: User, channel: str) -> None:
    problem(Api(buyer).post("notification-tests/", {"channel": channel}), 409, "nothing_to_reach")
    assert not ChannelTest.objects.exists()
    assert not Notification.objects.exists()


def test_ten_tests_a_day_and_channel_and_no_more(frozen: Clock, buyer: User) -> None:
    for _ in range(10):
        ask(buyer, "inapp")
    problem(Api(buyer).post("notification-tests/", {"channel": "inapp"}), 409, "too_many_tests_today")
    assert ChannelTest.objects.count() == Notification.objects.count() == 10
    browser(buyer)
    ask(buyer, "push")
    frozen.advance(hours(24))
    ask(buyer, "inapp")


def test_a_test_is_sent_at_once_whatever_is_switched_off_and_however_late_it_is(frozen: Clock, buyer: User) -> None:
    browser(buyer)
    wishes = {"quiet_hours": {"from": "00:00", "to": "23:59"}, "kinds": {"message": {"push": False}}}
    assert Api(buyer)("PUT", "notification-preferences/", wishes).status_code == 200
    ask(buyer, "push")
    row = Notification.objects.get()
    assert (row.channel, row.state, row.next_attempt_at) == ("push", State.WAITING, frozen.at)


def test_an_inapp_test_shows_its_code_in_the_inbox(buyer: User) -> None:
    test = ask(buyer, "inapp")
    [shown] = Api(buyer).get("notifications/").json()["results"]
    assert codes.code_of(test["id"]) in shown["body"]
    assert channel_tests.confirm(person=buyer, test_id=test["id"], code=codes.code_of(test["id"])).confirmed_at
