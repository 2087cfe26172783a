"""How often one may ask in a minute, and what is told to who asks more often."""

from typing import Any

import pytest
from django.test import Client, override_settings
from pytest_django import Settings

from marketplace.http import throttles
from marketplace.models import Message, User, WriteCount
from tests.support.api import Api, problem
from tests.support.factories import person, room

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no minute end in the middle of a test: it is 40 s past one."""
    monkeypatch.setattr("marketplace.http.throttles.time.time", lambda: 1_800_000_040.0)


def refused(response: object) -> None:
    problem(response, 429, "throttled")
    assert response.headers["Retry-After"] == "20"  # type: ignore[attr-defined]


@override_settings(THROTTLE_LOGIN=2)
def test_an_address_may_try_to_log_in_so_often_whoever_is_tried() -> None:
    for name in ("a", "b"):
        problem(Api().post("auth/token/", {"username": name, "password": "x"}), 401, "invalid_credentials")
    refused(Api().post("auth/token/", {"username": "c", "password": "x"}))
    refused(Api().post("auth/token/", {}))
    assert WriteCount.objects.get(scope="login").count == 4


@override_settings(THROTTLE_WRITE=2)
def test_a_person_may_write_so_often_and_another_person_too(buyer: User) -> None:
    talk_room = room(buyer=buyer)
    path = f"talk-rooms/{talk_room.pk}/messages/"
    for _ in range(2):
        assert Api(buyer).post(path, {"body": "Hi"}).status_code == 201
    refused(Api(buyer).post(path, {"body": "Once more"}))
    assert not Message.objects.filter(body="Once more").exists()
    assert Api(buyer).get(path).status_code == 200
    assert Api(talk_room.seller).post(path, {"body": "Hi"}).status_code == 201


@override_settings(THROTTLE_WRITE=2)
def test_a_write_that_is_refused_counts_too(stranger: User) -> None:
    path = f"talk-rooms/{room().pk}/messages/"
    for _ in range(2):
        problem(Api(stranger).post(path, {"body": "Hi"}), 404, "not_found")
    refused(Api(stranger).post(path, {"body": "Hi"}))
    assert WriteCount.objects.get(scope="write").who == str(stranger.pk)


@override_settings(THROTTLE_READ=2)
def test_a_person_may_read_so_often_and_nobody_by_address(buyer: User) -> None:
    for api in (Api(buyer), Api()):
        for _ in range(2):
            assert api.get("services/").status_code == 200
        refused(api.get("services/"))
    assert not WriteCount.objects.exists()


@override_settings(THROTTLE_READ=1)
def test_the_next_minute_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    Api().get("services/")
    refused(Api().get("services/"))
    monkeypatch.setattr("marketplace.http.throttles.time.time", lambda: 1_800_000_061.0)
    assert Api().get("services/").status_code == 200


def test_a_standard_minute_is_enough_for_600_reads_120_writes_and_10_log_ins() -> None:
    from django.conf import settings  # noqa: PLC0415 - read as it stands

    assert (settings.THROTTLE_READ, settings.THROTTLE_WRITE, settings.THROTTLE_LOGIN) == (600, 120, 10)
    assert throttles.ReadThrottle().wait() == 20.0


def log_in(username: str, password: str, address: str, path: str = "/api/v1/auth/token/") -> Any:
    fields = {"username": username, "password": password}
    kind = {} if path == "/log-in/" else {"content_type": "application/json"}
    return Client().post(path, fields, REMOTE_ADDR=address, **kind)  # type: ignore[arg-type]


@pytest.fixture
def known(db: None) -> User:
    made = person("Hanako")
    made.username = "Hanako"
    made.set_password(PASSWORD)
    made.save()
    return made


def test_one_network_of_ipv6_is_one_client_and_a_port_makes_no_other(settings: Settings) -> None:
    settings.THROTTLE_LOGIN, settings.PROXIES = 2, 1
    for addresses in (
        ["2001:db8:1:2::1", "[2001:db8:1:2::2]:443", "2001:db8:1:2:3:4:5:6"],
        ["203.0.113.7:51034", "203.0.113.7:51035", "::ffff:203.0.113.7"],
    ):
        answers = [
            Api(X_Forwarded_For=each).post("auth/token/", {"username": each[-9:], "password": "x"})
            for each in addresses
        ]
        assert [each.status_code for each in answers] == [401, 401, 429]
    assert Api(X_Forwarded_For="2001:db8:1:3::1").post("auth/token/", {}).status_code == 400


@pytest.mark.parametrize("path", ["/api/v1/auth/token/", "/log-in/"])
@pytest.mark.parametrize("name", ["Hanako", "nobody of this name"])
def test_what_fails_counts_by_name_however_it_is_typed_and_from_wherever(
    known: User, settings: Settings, path: str, name: str
) -> None:
    settings.THROTTLE_LOGIN = 3
    typed = [name, name.upper(), f" {name}", f"{name}\u200b"]
    wide = "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in name)
    answers = [log_in(each, "wrong", f"192.0.2.{place}", path).status_code for place, each in enumerate(typed)]
    assert answers == [401] * 4, "one more than an address has: no address alone can use up a name"
    for place, password in enumerate(["wrong", PASSWORD]):
        refused = log_in(wide, password, f"192.0.2.1{place}", path)
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "20")
    assert log_in("another", "wrong", "192.0.2.99", path).status_code == 401


def test_an_address_that_used_up_its_tries_does_not_lock_the_person_out(known: User, settings: Settings) -> None:
    settings.THROTTLE_LOGIN = 3
    assert [log_in("Hanako", "wrong", "192.0.2.1").status_code for _ in range(6)] == [401] * 3 + [429] * 3
    assert log_in("Hanako", PASSWORD, "192.0.2.2").status_code == 200


def test_logging_in_well_is_never_punished_and_the_next_minute_is_another(
    known: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.THROTTLE_LOGIN = 2
    assert [log_in("Hanako", PASSWORD, f"192.0.2.{each}").status_code for each in range(9)] == [200] * 9
    assert [log_in("Hanako", "wrong", f"192.0.2.{each}").status_code for each in range(10, 14)] == [401] * 3 + [429]
    monkeypatch.setattr("marketplace.http.throttles.time.time", lambda: 1_800_000_061.0)
    assert log_in("Hanako", PASSWORD, "192.0.2.20").status_code == 200


def test_strangers_cannot_keep_somebody_out_of_a_browser_in_which_they_have_logged_in_before(
    known: User, settings: Settings
) -> None:
    settings.THROTTLE_LOGIN = 2
    own, right = Client(REMOTE_ADDR="192.0.2.50"), {"username": "Hanako", "password": PASSWORD}
    assert own.post("/log-in/", right).status_code == 303
    own.post("/log-out/")
    assert [log_in("Hanako", "wrong", f"192.0.2.{each}").status_code for each in range(4)] == [401] * 3 + [429]
    assert Client().post("/log-in/", right, REMOTE_ADDR="192.0.2.60").status_code == 429
    assert own.post("/log-in/", right).status_code == 303
    cookie = own.cookies["known"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Strict")
    thief = Client(REMOTE_ADDR="192.0.2.70")
    thief.cookies["known"] = cookie.value
    wrong = {"username": "Hanako", "password": "wrong"}
    places = [f"192.0.2.{each}" for each in range(71, 76)]
    answers = [thief.post("/log-in/", wrong, REMOTE_ADDR=each).status_code for each in places]
    assert answers == [401] * 3 + [429] * 2, "a stolen cookie has no more tries than strangers have"


def test_a_429_says_which_limit_was_reached(settings: Settings) -> None:
    settings.THROTTLE_READ = 1
    Api().get("services/")
    answer = Api().get("services/")
    refused(answer)
    assert {name: value for name, value in answer.headers.items() if name.startswith("RateLimit")} == {
        "RateLimit-Policy": '"read";q=1;w=60',
        "RateLimit": '"read";r=0;t=20',
        "RateLimit-Limit": "1",
        "RateLimit-Remaining": "0",
        "RateLimit-Reset": "20",
    }
