"""Who is logged in: tokens, sessions, and what people change about themselves."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import override_settings
from knox.models import AuthToken
from rest_framework.test import APIClient

from marketplace.models import User
from tests.support.api import PROBLEM, Api, problem
from tests.support.factories import person

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


@pytest.fixture
def known(db: None) -> User:
    """Somebody with a password."""
    made = person("known")
    made.set_password(PASSWORD)
    made.save()
    return made


def log_in(username: str, password: str = PASSWORD) -> Any:
    return Api().post("auth/token/", {"username": username, "password": password})


def test_a_token_lets_in_until_it_is_taken_back(known: User) -> None:
    given = log_in(known.username).json()
    assert given["expires_at"].endswith("Z")
    api = Api(token=given["token"])
    assert api.get("me/").json()["username"] == known.username
    assert api.post("auth/logout/").status_code == 204
    assert problem(api.get("me/"), 401, "authentication_failed")
    assert not AuthToken.objects.exists()


@pytest.mark.parametrize(("username", "password"), [("known", "wrong"), ("nobody", PASSWORD), ("known", PASSWORD)])
def test_a_wrong_name_a_wrong_password_and_an_inactive_account_look_the_same(
    known: User, username: str, password: str
) -> None:
    known.is_active = False
    known.save()
    refused = log_in(known.username if username == "known" else username, password)
    told = problem(refused, 401, "invalid_credentials")
    assert told["detail"] == "User name and password do not go together."
    assert refused.headers["WWW-Authenticate"] == "Bearer"
    assert not AuthToken.objects.exists()


def test_an_expired_token_lets_nobody_in(known: User) -> None:
    row, token = AuthToken.objects.create(user=known, expiry=timedelta(days=1))
    AuthToken.objects.filter(pk=row.pk).update(expiry=datetime(2020, 1, 1, tzinfo=UTC))
    refused = Api(token=token).get("me/")
    problem(refused, 401, "authentication_failed")
    assert refused.headers["WWW-Authenticate"] == "Bearer"


def test_an_inactive_persons_token_lets_nobody_in(known: User) -> None:
    api = Api(known)
    User.objects.filter(pk=known.pk).update(is_active=False)
    problem(api.get("me/"), 401, "authentication_failed")


@pytest.mark.parametrize("header", ["Bearer", "Bearer a b", "Bearer \xff\xfe", "Bearer " + "a" * 5000, "bearer \x00"])
def test_what_is_no_token_is_401_and_no_failure(db: None, header: str) -> None:
    problem(APIClient().get("/api/v1/me/", headers={"Authorization": header}), 401, "authentication_failed")


def test_another_scheme_is_nobody(db: None) -> None:
    problem(APIClient().get("/api/v1/me/", headers={"Authorization": "Basic eDp5"}), 401, "not_authenticated")


def test_the_oldest_tokens_go_when_there_are_too_many(known: User) -> None:
    with override_settings(TOKENS_PER_PERSON=2):
        first, second, third = (log_in(known.username).json()["token"] for _ in range(3))
    problem(Api(token=first).get("me/"), 401, "authentication_failed")
    assert Api(token=second).get("me/").status_code == Api(token=third).get("me/").status_code == 200
    assert AuthToken.objects.filter(user=known).count() == 2


def test_a_stale_token_is_no_obstacle_to_logging_in(known: User) -> None:
    given = Api(token="stale").post("auth/token/", {"username": known.username, "password": PASSWORD})
    assert given.status_code == 200


def test_a_session_works_too_and_writes_need_its_csrf_token(known: User) -> None:
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(known)
    assert browser.get("/api/v1/me/").json()["username"] == known.username
    refused = browser.patch("/api/v1/me/", {"language": "ja"}, format="json")
    problem(refused, 403, "permission_denied")
    known.refresh_from_db()
    assert known.language == ""
    browser.cookies["csrftoken"] = "a" * 32
    changed = browser.patch("/api/v1/me/", {"language": "ja"}, format="json", headers={"X-CSRFToken": "a" * 32})
    assert changed.json()["language"] == "ja"
    assert browser.post("/api/v1/auth/logout/", headers={"X-CSRFToken": "a" * 32}).status_code == 204
    assert browser.get("/api/v1/me/").headers["Content-Type"] == PROBLEM


def test_another_address_is_not_confirmed_yet(known: User) -> None:
    known.email, known.email_confirmed_at = "old@example.com", datetime(2026, 1, 1, tzinfo=UTC)
    known.save()
    api = Api(known)
    assert api.patch("me/", {"email": "old@example.com", "time_zone": "Asia/Tokyo"}).json()["email_confirmed"] is True
    changed = api.patch("me/", {"email": "new@example.com"}).json()
    assert (changed["email"], changed["email_confirmed"], changed["time_zone"]) == (
        "new@example.com",
        False,
        "Asia/Tokyo",
    )


def test_nobody_changes_what_they_are(known: User) -> None:
    told = problem(Api(known).patch("me/", {"id": "x", "username": "root", "is_staff": True}), 400, "invalid_input")
    assert set(told["errors"]) == {"id", "username", "is_staff"}
    known.refresh_from_db()
    assert not known.is_staff
