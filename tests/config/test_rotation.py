"""Another SECRET_KEY, with the old one among the fallbacks: everything that the old one signed goes on."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from pytest_django import Settings

from marketplace.models import Seller, User
from notifications.links import unsubscribe_url
from notifications.vocabulary import Channel
from tests.conftest import Clock
from tests.support.api import Api, problem
from tests.support.factories import service
from tests.support.notices import notice

pytestmark = pytest.mark.django_db

CALENDAR = "/api/v1/calendar-feed/"


def rotate(settings: Settings, *, keep: bool = True) -> None:
    old = settings.SECRET_KEY
    settings.SECRET_KEY = "the key that comes after it, of fifty characters, more or less"
    settings.SECRET_KEY_FALLBACKS = [old] if keep else []


def path(address: Any) -> str:
    return urlsplit(str(address)).path


@pytest.mark.parametrize("kept", [True, False])
def test_an_unsubscribe_link_in_a_mail_that_was_sent_works(buyer: User, settings: Settings, *, kept: bool) -> None:
    link = path(unsubscribe_url(notice(buyer, Channel.EMAIL)))
    rotate(settings, keep=kept)
    answer = Client().post(link, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == (200 if kept else 404)


@pytest.mark.parametrize("kept", [True, False])
def test_a_session_goes_on(buyer: User, settings: Settings, *, kept: bool) -> None:
    browser = Client()
    browser.force_login(buyer)
    rotate(settings, keep=kept)
    assert [browser.get("/settings/").status_code for _ in range(2)] == ([200, 200] if kept else [302, 302])


def test_a_calendar_is_shown_and_found_at_the_same_address(buyer: User, settings: Settings) -> None:
    api = Api(buyer)
    made = api.post(CALENDAR, {}).json()
    rotate(settings)
    assert api.get(CALENDAR).json() == api.post(CALENDAR, {}).json() == made
    assert Client().get(path(made["url"])).status_code == 200


@pytest.mark.parametrize("rotated_before_sending", [True, False])
def test_the_code_of_a_test_confirms(
    frozen: Clock, buyer: User, settings: Settings, *, rotated_before_sending: bool
) -> None:
    api = Api(buyer)
    asked = api.post("/api/v1/notification-tests/", {"channel": "inapp"}).json()
    if rotated_before_sending:
        rotate(settings)
    told = api.get("/api/v1/notifications/").json()["results"][0]
    [code] = [word.strip(".") for word in told["body"].split() if word.strip(".").isdigit()]
    if not rotated_before_sending:
        rotate(settings)
    confirm = f"/api/v1/notification-tests/{asked['id']}/confirm/"
    wrong = f"{(int(code) + 1) % 10**6:06}"
    problem(api.post(confirm, {"code": wrong}), 409, "wrong_code")
    assert api.post(confirm, {"code": code}).status_code == 200


def test_the_next_page_of_a_list_is_found(seller: Seller, settings: Settings) -> None:
    for _ in range(3):
        service(of=seller)
    following = Client().get("/api/v1/services/?page_size=1").json()["next"]
    rotate(settings)
    assert Client().get(following).status_code == 200
