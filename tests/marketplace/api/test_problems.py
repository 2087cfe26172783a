"""What is no success: one shape, stable codes, the reader's language."""

import json
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import translation
from rest_framework.test import APIClient

from marketplace import clock
from marketplace.actions import selling
from marketplace.errors import Refusal
from marketplace.http.problems import Problem, answer
from marketplace.http.wording import (
    BELOW_THE_LINE,
    FIELDS,
    HIDDEN,
    NONE_YET,
    PROBLEMS,
    REQUIREMENTS,
    SCHEDULE_CHANGED,
)
from marketplace.models import Seller, User
from marketplace.vocabulary import SystemLine
from tests.support.api import PROBLEM, Api, problem
from tests.support.factories import on_sale, room

pytestmark = pytest.mark.django_db
JAPANESE, ENGLISH = "ログインが必要です。", "Log in first."


def asking_for(languages: str | None) -> dict[str, Any]:
    return {"Accept-Language": languages or ""}


@pytest.mark.parametrize(
    ("accepted", "detail"),
    [
        (None, JAPANESE),
        ("en", ENGLISH),
        ("ja", JAPANESE),
        ("ja-JP,ja;q=0.9,en;q=0.8", JAPANESE),
        ("en;q=0.2, ja;q=0.9", JAPANESE),
        ("fr, en;q=0.1", ENGLISH),
        ("fr, de", JAPANESE),
        ("*", JAPANESE),
        (";;;,,,=", JAPANESE),
    ],
)
def test_nobody_is_told_in_the_language_asked_for_else_in_the_marketplaces(accepted: str | None, detail: str) -> None:
    assert problem(Api(None, **asking_for(accepted)).get("me/"), 401, "not_authenticated")["detail"] == detail


@pytest.mark.parametrize(
    ("accepted", "own", "language"),
    [
        (None, "ja", "ja"),
        ("en", "ja", "en"),
        ("fr", "ja", "ja"),
        ("ja", "en", "ja"),
        ("en", "", "en"),
        (None, "", "ja"),
        ("en", "tlh", "en"),
        (None, "tlh", "ja"),
    ],
)
def test_a_person_is_answered_in_the_language_asked_for_else_in_their_own(
    stranger: User, accepted: str | None, own: str, language: str
) -> None:
    stranger.language = own
    stranger.save()
    answer = Api(stranger, **asking_for(accepted)).get(f"deals/{stranger.pk}/")
    told = problem(answer, 404, "not_found")
    assert answer.headers["Content-Language"] == language
    assert ("見つかりません" in told["detail"]) is (language == "ja")


def test_every_refusal_has_a_code_of_its_own_and_words_in_both_languages() -> None:
    known = Refusal.__subclasses__()
    assert len({each.code for each in known} | {Refusal.code}) == len(known) + 1
    standing = (*REQUIREMENTS.values(), NONE_YET, BELOW_THE_LINE)
    words = (*PROBLEMS.values(), *FIELDS.values(), *SystemLine.labels, SCHEDULE_CHANGED, HIDDEN, *standing)
    for each in (*(refusal.message for refusal in known), *words):
        with translation.override("en"):
            english = str(each)
        with translation.override("ja"):
            japanese = str(each)
        assert english.isascii()
        assert japanese.startswith("null ") or not japanese.isascii()


def test_validation_names_each_field_in_both_languages(seller: Seller) -> None:
    body = {"title": "x" * 101, "price": 0, "description": 5}
    english = problem(Api(seller.user).post("services/", body), 400, "invalid_input")
    assert english["errors"] == {
        "title": [{"code": "max_length", "message": "At most 100 characters. Too long by 1 character."}],
        "price": [{"code": "min_value", "message": "At least 1."}],
        "description": [{"code": "invalid", "message": "This is not valid here."}],
    }
    japanese = problem(Api(seller.user, **{"Accept-Language": "ja"}).post("services/", body), 400, "invalid_input")
    assert japanese["errors"]["title"] == [
        {"code": "max_length", "message": "100文字以内で入力してください。1文字超過しています。"}
    ]
    assert seller.services.count() == 3


def test_an_entry_of_a_list_is_named_by_its_place(seller: Seller) -> None:
    told = problem(
        Api(seller.user).post("sellers/me/resume/", {"services": [str(seller.pk), "x"]}), 400, "invalid_input"
    )
    assert told["errors"] == {"services.1": [{"code": "invalid", "message": "This is not valid here."}]}


def test_a_word_that_is_none_is_answered_with_those_that_there_are(buyer: User) -> None:
    path = f"talk-rooms/{room(buyer=buyer).pk}/messages/"
    told = problem(Api(buyer).post(path, {"body": "x", "kind": "system"}), 400, "invalid_input")
    assert told["errors"]["kind"] == [
        {"code": "invalid_choice", "message": "One of: text, progress_report, automatic."}
    ]


@pytest.mark.parametrize("path", ["nothing/", "services", "deals/x/", "services/%00/", "talk-rooms/1/"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_what_is_no_address_is_a_problem_too(stranger: User, path: str, method: str) -> None:
    for api in (Api(), Api(stranger)):
        assert "slash" in problem(api(method, path), 404, "not_found")["detail"]


def test_a_method_that_an_address_does_not_take_is_named_with_those_that_it_does(stranger: User) -> None:
    for method in ("DELETE", "PUT", "OPTIONS", "TRACE"):
        answer = Api(stranger)(method, "me/")
        problem(answer, 405, "method_not_allowed")
        assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "PATCH"}


def test_another_type_than_json_is_refused(stranger: User) -> None:
    for content_type in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x", "///"):
        answer = APIClient().generic("POST", "/api/v1/auth/token/", "username=x", content_type=content_type)
        problem(answer, 415, "unsupported_media_type")


def test_who_accepts_no_json_is_told_in_json(stranger: User) -> None:
    problem(Api(stranger, Accept="image/png").get("me/"), 406, "not_acceptable")
    assert Client().get("/api/v1/services/", headers={"Accept": "text/html"}).headers["Content-Type"] == PROBLEM


def test_a_database_that_does_not_answer_is_503_and_told_to_the_operators(
    seller: Seller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def locked(**_: object) -> None:
        raise OperationalError("canceling statement due to lock timeout")

    own = on_sale(seller)
    monkeypatch.setattr(selling, "change", locked)
    answer = Api(seller.user).patch(f"services/{own.pk}/", {"price": 1})
    problem(answer, 503, "temporarily_unavailable")
    assert answer.headers["Retry-After"] == "1"
    assert "lock timeout" in caplog.text


def test_a_failure_of_ours_is_a_problem_without_its_secrets_and_told_to_the_operators(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr(clock, "now", broken)
    answer = Client(raise_request_exception=False).get("/api/v1/services/")
    problem(answer, 500, "server_error")
    assert b"secret" not in answer.content
    assert "a secret" in caplog.text
    with pytest.raises(ZeroDivisionError):
        Client().get("/api/v1/services/")


def test_times_are_utc_with_microseconds_though_the_marketplace_is_in_tokyo(seller: Seller) -> None:
    own = on_sale(seller)
    shown = Api().get(f"services/{own.pk}/").json()["created_at"]
    assert shown == own.created_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def test_what_the_system_says_is_in_the_readers_language(seller: Seller, buyer: User) -> None:
    bought = Api(buyer).post("deals/", {"service": str(on_sale(seller).pk)}).json()
    path = f"talk-rooms/{bought['talk_room']}/messages/"
    english = Api(buyer).get(path).json()["results"][0]
    japanese = Api(buyer, **{"Accept-Language": "ja"}).get(path).json()["results"][0]
    assert (english["kind"], english["line"], english["body"]) == ("system", "purchase", "The service was purchased.")
    assert (japanese["line"], japanese["body"]) == ("purchase", "サービスが購入されました。")


@pytest.mark.parametrize(
    ("status", "title"),
    [
        (400, "Bad Request"),
        (401, "Unauthorized"),
        (405, "Method Not Allowed"),
        (412, "Precondition Failed"),
        (413, "Content Too Large"),
        (414, "URI Too Long"),
        (415, "Unsupported Media Type"),
        (416, "Range Not Satisfiable"),
        (422, "Unprocessable Content"),
        (429, "Too Many Requests"),
        (503, "Service Unavailable"),
    ],
)
def test_a_title_is_what_rfc_9110_calls_the_status(status: int, title: str) -> None:
    answered = answer(Problem(code="x", status=status))
    assert (json.loads(answered.content)["title"], answered.reason_phrase) == (title, title)


def test_another_body_under_the_same_key_is_unprocessable_content(buyer: User) -> None:
    api, path = Api(buyer), f"talk-rooms/{room(buyer=buyer).pk}/messages/"
    api.post(path, {"body": "One"}, Idempotency_Key="k")
    told = problem(api.post(path, {"body": "Two"}, Idempotency_Key="k"), 422, "idempotency_key_reused")
    assert told["title"] == "Unprocessable Content"
