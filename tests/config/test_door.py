"""Probes answer under any host, everything else under ours alone; what hardly works as meant is said."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from config import advice, health
from marketplace import clients
from marketplace.models import Presence
from marketplace.operations import presence
from marketplace.vocabulary import DeadlineKind
from tests.support.api import Api, problem
from tests.support.factories import person

pytestmark = pytest.mark.django_db

OTHERS = ["10.0.3.7:8000", "evil.example", "market.example.evil.example", "[fe80::1]:8000", "a b", ""]


@pytest.fixture(autouse=True)
def _one_host(settings: Settings) -> Iterator[None]:
    settings.ALLOWED_HOSTS, settings.PUBLIC_URL = ["market.example"], "http://market.example"
    clients.unheeded_at.clear()
    yield
    clients.unheeded_at.clear()


@pytest.fixture
def running() -> None:
    for role in health.ROLES:
        presence.say(role, "elsewhere:1")
    for kind in DeadlineKind:
        presence.say(presence.SWEEP, kind)


@pytest.mark.parametrize("host", OTHERS)
@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_a_probe_is_answered_whatever_the_host(running: None, path: str, host: str) -> None:
    for ask in (Client().get, Client().head):
        assert ask(path, headers={"Host": host}).status_code == 200


def test_what_a_probe_asks_for_stays_protected(settings: Settings) -> None:
    settings.METRICS_TOKEN = "hush"
    assert Client().get("/metrics", headers={"Host": "10.0.3.7"}).status_code == 401
    assert Client().get("/healthz/", headers={"Host": "10.0.3.7"}).status_code == 400


@pytest.mark.parametrize("host", OTHERS)
def test_any_other_address_is_400_under_another_host_and_one_quiet_line(
    caplog: pytest.LogCaptureFixture, host: str
) -> None:
    caplog.set_level(logging.INFO)
    page = Client().get("/services/", headers={"Host": host, "Accept-Language": "en"})
    assert (page.status_code, "does not answer under this host name" in page.content.decode()) == (400, True)
    assert not host or host not in page.content.decode()
    told = problem(Api().get("services/", Host=host, Accept_Language="ja"), 400, "unknown_host")
    assert told["detail"] == "このホスト名ではアクセスできません。"
    for method in ("POST", "PUT", "DELETE"):
        assert Client(enforce_csrf_checks=True).generic(method, "/log-in/", headers={"Host": host}).status_code == 400
    assert {record.levelname for record in caplog.records} == {"INFO"}
    assert len(caplog.records) == 5
    assert not any(record.exc_info for record in caplog.records)
    assert all("refused_host" in str(record.msg) for record in caplog.records)


def test_under_our_own_host_everything_is_there() -> None:
    assert Client().get("/services/", headers={"Host": "market.example"}).status_code == 200
    assert Client().get("/services/", headers={"Host": "MARKET.example:8000"}).status_code == 200


# What hardly works as it was meant


def warnings(**headers: str) -> Any:
    answer = Client().get("/readyz", headers=headers)
    assert answer.status_code == 200, answer.json()
    return answer.json().get("warnings", {})


def test_all_is_well_without_a_word(running: None) -> None:
    assert Client().get("/readyz").json().keys() == {"status", "checks"}


def test_https_without_a_proxy_that_is_believed_is_warned_about(running: None, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://market.example"
    assert warnings()["BEHIND_PROXY"].startswith("PUBLIC_URL is https://market.example, but BEHIND_PROXY is not true")
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert list(warnings()) == ["PROXIES"]
    settings.PROXIES = 1
    assert warnings() == {}


def test_links_to_a_host_that_is_not_answered_are_warned_about(running: None, settings: Settings) -> None:
    settings.PUBLIC_URL = "http://elsewhere.example"
    assert list(warnings()) == ["PUBLIC_URL"]


def test_a_forwarded_address_that_no_setting_heeds_is_warned_about_by_every_process(
    running: None, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    assert warnings() == {}
    for _ in range(3):
        Client().get("/services/", headers={"Host": "market.example", "X-Forwarded-For": "203.0.113.7"})
    told = [record for record in caplog.records if "X-Forwarded-For" in str(record.msg)]
    assert [record.levelname for record in told] == ["WARNING"]
    assert warnings() == {"PROXIES": advice.UNHEEDED}
    presence.say("web", "elsewhere:1")  # as each process does with every sweep
    clients.unheeded_at.clear()
    assert warnings() == {"PROXIES": advice.UNHEEDED}, "another process was told so"
    Presence.objects.update(forwarded_unheeded=False)
    settings.PROXIES = 1
    assert warnings(**{"X-Forwarded-For": "203.0.113.7"}) == {}


# Whose forms are admitted


@pytest.mark.parametrize(
    ("origin", "proto", "setting"),
    [
        ("https://market.example", "", "BEHIND_PROXY"),
        ("https://market.example", "not sent", "X-Forwarded-Proto"),
        ("https://shop.example", "", "CSRF_TRUSTED_ORIGINS"),
        ("https://market.example:8443", "", "CSRF_TRUSTED_ORIGINS"),
        ("null", "", "CSRF_TRUSTED_ORIGINS"),
    ],
)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_refused_origin_is_named_with_the_setting_to_look_at(  # noqa: PLR0917 - a table's columns
    settings: Settings, caplog: pytest.LogCaptureFixture, origin: str, proto: str, setting: str, language: str
) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if proto else None
    headers = {"Host": "market.example", "Origin": origin, "Accept-Language": language}
    browser = Client(enforce_csrf_checks=True, headers=headers)
    page = browser.post("/log-in/", {"username": "a", "password": "b"})
    text = page.content.decode()
    assert page.status_code == 403
    assert f"<code>{origin}</code>" in text
    assert f"<code>{setting}</code>" in text
    assert ("Nothing was sent" if language == "en" else "送信されていません") in text
    browser.force_login(person())
    refused = browser.patch("/api/v1/me/", {"language": "ja"}, content_type="application/json")
    told = problem(refused, 403, "permission_denied")
    assert origin in told["detail"]
    assert setting in told["detail"]
    lines = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(lines) == 2
    assert all(origin in line and setting in line for line in lines)


def test_a_form_without_its_token_is_too_old_as_before(caplog: pytest.LogCaptureFixture) -> None:
    browser = Client(enforce_csrf_checks=True, headers={"Host": "market.example", "Accept-Language": "en"})
    page = browser.post("/log-in/", {"username": "a", "password": "b"})
    assert (page.status_code, "too old" in page.content.decode()) == (403, True)
