"""How often one may ask in a minute, and what is told to who asks more often."""

import pytest
from django.test import override_settings

from marketplace.api import throttles
from marketplace.models import Message, User, WriteCount
from tests.api import Api, problem
from tests.factories import room

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no minute end in the middle of a test: it is 40 s past one."""
    monkeypatch.setattr("marketplace.api.throttles.time.time", lambda: 1_800_000_040.0)


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
    monkeypatch.setattr("marketplace.api.throttles.time.time", lambda: 1_800_000_061.0)
    assert Api().get("services/").status_code == 200


def test_a_standard_minute_is_enough_for_600_reads_120_writes_and_10_log_ins() -> None:
    from django.conf import settings  # noqa: PLC0415 - read as it stands

    assert (settings.THROTTLE_READ, settings.THROTTLE_WRITE, settings.THROTTLE_LOGIN) == (600, 120, 10)
    assert throttles.ReadThrottle().wait() == 20.0
