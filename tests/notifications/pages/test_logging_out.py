"""Logging out takes this browser's push subscription back: a shared browser shows nothing more."""

import pytest

from marketplace.models import User
from notifications.models import PushSubscription
from tests.support.api import Api
from tests.support.told import AUTH, BROWSER, ENDPOINT, P256DH
from tests.support.visitor import Visitor

pytestmark = pytest.mark.django_db


def subscribe(visitor: Visitor, endpoint: str = ENDPOINT) -> None:
    form = visitor.see("/settings/channels/").form("/settings/browsers/")
    visitor.post(form.action, {**form.values, "endpoint": endpoint, "keys.p256dh": P256DH, "keys.auth": AUTH})
    assert PushSubscription.objects.filter(endpoint=endpoint).exists()


@pytest.fixture(autouse=True)
def _with_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifications.channels.vapid.public_key", lambda: "x" * 20)


def log_out(visitor: Visitor, **typed: str) -> None:
    form = visitor.see("/").form("/log-out/")
    visitor.post(form.action, {**form.values, **typed})


def test_logging_out_of_the_pages_takes_it_back_without_scripts(buyer: User) -> None:
    visitor = Visitor.as_(buyer)
    subscribe(visitor)
    elsewhere = PushSubscription.objects.create(
        person=buyer, endpoint=f"{ENDPOINT}/phone", p256dh=P256DH, auth=AUTH, made_at=buyer.date_joined
    )
    log_out(visitor)
    assert list(PushSubscription.objects.all()) == [elsewhere]


def test_a_later_session_of_the_same_browser_takes_it_back_too(buyer: User) -> None:
    visitor = Visitor.as_(buyer)
    subscribe(visitor)
    visitor.client.cookies.pop("sessionid")
    visitor.client.force_login(buyer)
    assert PushSubscription.objects.exists()
    log_out(visitor)
    assert not PushSubscription.objects.exists()


def test_the_script_names_the_address_where_the_cookie_is_gone(buyer: User) -> None:
    visitor = Visitor.as_(buyer)
    subscribe(visitor)
    visitor.client.cookies.pop("push-address")
    log_out(visitor, endpoint=ENDPOINT)
    assert not PushSubscription.objects.exists()


def test_nobody_takes_back_another_s(buyer: User, stranger: User) -> None:
    subscribe(Visitor.as_(buyer))
    log_out(Visitor.as_(stranger), endpoint=ENDPOINT)
    assert PushSubscription.objects.exists()


def test_somebody_else_s_log_in_on_that_browser_takes_it_back(buyer: User) -> None:
    visitor = Visitor.as_(buyer)
    subscribe(visitor)
    visitor.client.cookies.pop("sessionid")
    User.objects.create_user("other", password="secret-words")
    visitor.send(visitor.see("/log-in/"), "/log-in/", username="other", password="secret-words")
    assert not PushSubscription.objects.exists()


def test_logging_out_a_token_takes_back_what_was_made_with_it(buyer: User) -> None:
    phone, desk = Api(buyer), Api(buyer)
    assert phone.post("push-subscriptions/", BROWSER).status_code == 201
    desk.post("auth/logout/")
    assert PushSubscription.objects.exists()
    assert phone.post("auth/logout/").status_code == 204
    assert not PushSubscription.objects.exists()
