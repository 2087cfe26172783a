"""Nonsense in every place where something can be sent is 4xx and a problem, never 500. The schema names the places."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from openapi_schema_validator import OAS31Validator, oas31_format_checker
from rest_framework.test import APIClient

from marketplace.models import User
from tests.support.api import NULL_ID, PROBLEM, Api, problem
from tests.support.openapi import Operation, operations, schema
from tests.support.tables import undone
from tests.support.told import BROWSER

pytestmark = pytest.mark.django_db

VALUES: list[Any] = [
    None, True, False, 0, 1, -1, 5, 1.5, 10**12, 10**30, -(2**63) - 1, 1e308,
    "", " ", "\t\n", "x", "x" * 101, "x" * 1001, "x" * 5001, "x" * 10_001, "5", "null",
    "\x00", "a\x00b", "\ud800", "\udfff\ud800", "\u202e\ufeff", "🧑‍🚀" * 30, NULL_ID, "{" + NULL_ID + "}",
    "a@b", "a@example.com", "Asia/Tokyo", "../../etc/passwd", "' OR 1=1 --", "%s%n", "{limit}", "text", "system", "ja",
    "2026-03-02", "2026-02-30", "20260302", "2026-W10-1", "0000-01-01", "２０２６-03-02", 20260302,
    [], [None], ["x"], [NULL_ID], [NULL_ID] * 1001, [[]], {}, {"id": NULL_ID}, {"$ne": 1}, [1, {"a": []}],
]  # fmt: skip

BODIES = [
    b"", b" ", b"{", b"[]", b"[1]", b"null", b"5", b'"x"', b"true", b"\xff\xfe", b"\x00", b"{'a': 1}", b"{}{}",
    b'{"a": NaN}', b'{"a": Infinity}', b"[" * 100_000, b"[" * 500 + b"]" * 500, b'{"a":' * 990 + b"1" + b"}" * 990,
    b'{"price": ' + b"9" * 5000 + b"}", b'{"title": "\xed\xa0\x80"}', b'{"' + b"k" * 1000 + b'": 1}', b"\xef\xbb\xbf{}",
    b'{"\\ud800": 1}', b'{"\\u0000": 1}', json.dumps({"title": "x"}).encode("utf-16"),
]  # fmt: skip

IN_PATHS = ["x", "1", "-1", "%00", "%ff", "..%2f..", "%F0%9F%98%80", "0" * 32, NULL_ID.upper(), NULL_ID + "0", "null"]
IN_QUERIES = ["", "x", "%00", "%ff", "-1", "0", "1e9", "9" * 5000, "%ED%A0%80", "null", "true", NULL_ID + "x"]
VALID = {
    "username": "x", "password": "x", "title": "x", "price": 1, "service": NULL_ID, "body": "x", "rating": 5,
    "due_on": "2026-03-02", "channel": "inapp", "code": "000000", "endpoint": BROWSER["endpoint"],
    "keys": BROWSER["keys"],
}  # fmt: skip
"""What else a body needs when one field of it is wrong."""
FORM = ["application/x-www-form-urlencoded", "multipart/form-data"]
"""What a form may be sent as. The schema names the first alone, since generators of clients trip over two."""
CARRIED_ABOUT = ("/api/v1/calendar/", "/api/v1/unsubscribe/")
"""Secret addresses, to which other programs add what they like."""
SEARCHES = {"q"}
"""Parameters in which any text will do that is short enough."""


def whole_body_of(operation: Operation) -> dict[str, Any]:
    """Return the schema of a JSON body; empty when there is none, or a form."""
    content = operation.described.get("requestBody", {}).get("content", {})
    assert list(content) in ([], ["application/json"], FORM[:1])
    whole: dict[str, Any] = content.get("application/json", {}).get("schema", {})
    return whole


def is_list(operation: Operation) -> bool:
    """Whether the body is a bare array of objects."""
    return whole_body_of(operation).get("type") == "array"


def body_of(operation: Operation) -> dict[str, Any]:
    """Return the schema of the body, or of its entries; empty when there is none."""
    whole = whole_body_of(operation)
    reference = whole.get("items", whole).get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = schema()["components"]["schemas"][reference] if reference else {}
    return found


def sent(operation: Operation, fields: dict[str, Any]) -> Any:
    """Return a body of these fields, second in a list where the body is one."""
    return [{each: VALID[each] for each in needed_by(operation)}, fields] if is_list(operation) else fields


def needed_by(operation: Operation) -> list[str]:
    return list(body_of(operation).get("required", []))


def by_field(operation: Operation, told: dict[str, Any]) -> dict[str, Any]:
    """Return the errors by the name of the field, of the second entry where the body is a list."""
    if not is_list(operation):
        return dict(told["errors"])
    assert all(each.startswith("1.") for each in told["errors"]), told
    return {name.removeprefix("1."): errors for name, errors in told["errors"].items()}


def queries() -> list[tuple[Operation, str]]:
    return [
        (operation, parameter["name"])
        for operation in operations()
        for parameter in operation.described.get("parameters", [])
        if parameter["in"] == "query"
    ]


def at_home(answer: Any, allowed: frozenset[int] = frozenset({400, 404, 409})) -> None:
    """Assert that this is a success or one of the allowed problems."""
    if answer.status_code >= 300:
        assert answer.status_code in allowed, (answer.status_code, answer.content)
        problem(answer, answer.status_code, answer.json()["code"])


def is_half_a_character(value: Any) -> bool:
    return isinstance(value, str) and value.encode(errors="replace").decode() != value


def judge(described: dict[str, Any]) -> OAS31Validator:
    """Return what says whether the schema takes a value."""
    whole = {**described, "components": schema()["components"]}
    return OAS31Validator(whole, format_checker=oas31_format_checker)


@pytest.mark.thorough
def test_every_field_refuses_what_the_schema_refuses(
    ids: dict[str, str], both: list[Api], subtests: pytest.Subtests, pytestconfig: pytest.Config
) -> None:
    """What one party was refused for its schema, the other sends with `--long` only: the same serializer reads it."""
    for operation in operations():
        for name, described in body_of(operation).get("properties", {}).items():
            with subtests.test(operation=str(operation), name=name), undone():
                send_each_value(ids, both, operation, name, described, by_both=bool(pytestconfig.getoption("--long")))


def send_each_value(
    ids: dict[str, str], both: list[Api], operation: Operation, name: str, described: dict[str, Any], *, by_both: bool
) -> None:
    path = operation.path.format(**ids)
    needed = {each: VALID[each] for each in needed_by(operation) if each != name}
    taken = judge(described)
    for value in VALUES:
        is_sure_to_be_wrong = not taken.is_valid(value)
        for api in both:
            answer = api(operation.method, path, sent(operation, {**needed, name: value}))
            if is_half_a_character(value):
                problem(answer, 400, "parse_error")
            elif is_sure_to_be_wrong and answer.status_code not in {403, 404, 409}:
                told = by_field(operation, problem(answer, 400, "invalid_input"))
                assert {each.partition(".")[0] for each in told} == {name}, (value, told)
                if not by_both:
                    break
            else:
                at_home(answer, frozenset({400, 401, 403, 404, 409}))


def test_every_body_that_is_not_of_its_kind_is_refused(
    ids: dict[str, str], both: list[Api], subtests: pytest.Subtests
) -> None:
    for operation in filter(body_of, operations()):
        with subtests.test(operation=str(operation)), undone():
            path = operation.path.format(**ids)
            for body in BODIES:
                answer = both[0](operation.method, path, body)
                whole = b"[]" if is_list(operation) else b""
                if body == whole and (is_list(operation) or not needed_by(operation)):
                    at_home(answer, frozenset({400, 403, 404, 409}))
                elif answer.status_code != 403:  # another's service is refused before its body is looked at, or after
                    problem(answer, 400, answer.json()["code"])
            problem(both[0](operation.method, path, b'"' + b"x" * 300_000 + b'"'), 413, "body_too_large")


def test_every_field_that_is_needed_is_asked_for(
    ids: dict[str, str], both: list[Api], subtests: pytest.Subtests
) -> None:
    for operation in filter(needed_by, operations()):
        with subtests.test(operation=str(operation)):
            answer = both[0](operation.method, operation.path.format(**ids), sent(operation, {}))
            told = by_field(operation, problem(answer, 400, "invalid_input"))
            assert {name: [each["code"] for each in errors] for name, errors in told.items()} == {
                name: ["required"] for name in needed_by(operation)
            }


def test_every_other_field_is_refused(ids: dict[str, str], both: list[Api], subtests: pytest.Subtests) -> None:
    for operation in filter(body_of, operations()):
        with subtests.test(operation=str(operation)):
            others = {"is_staff", "code", "message"} - set(body_of(operation)["properties"])
            body = {each: VALID[each] for each in needed_by(operation)} | dict.fromkeys(others, "x")
            answer = both[0](operation.method, operation.path.format(**ids), sent(operation, body))
            told = by_field(operation, problem(answer, 400, "invalid_input"))
            assert {name: errors[0]["code"] for name, errors in told.items()} == dict.fromkeys(others, "unknown")


@pytest.mark.parametrize("operation", [each for each in operations() if is_list(each)], ids=str)
def test_a_list_that_is_too_long_or_holds_no_objects_is_refused(
    ids: dict[str, str], both: list[Api], operation: Operation
) -> None:
    path, entry = operation.path.format(**ids), {each: VALID[each] for each in needed_by(operation)}
    most = whole_body_of(operation)["maxItems"]
    told = problem(both[1](operation.method, path, [entry] * (most + 1)), 400, "invalid_input")
    assert told["errors"] == {"non_field_errors": [{"code": "max_items", "message": f"At most {most} entries."}]}
    told = problem(both[1](operation.method, path, [entry, 5, entry, None]), 400, "invalid_input")
    assert set(told["errors"]) == {"1", "3"}
    told = problem(both[1](operation.method, path, entry), 400, "invalid_input")
    assert told["errors"]["non_field_errors"][0]["code"] == "not_a_list"
    assert both[1](operation.method, path, [entry] * most).status_code == 200


def test_what_is_no_id_is_404(both: list[Api], subtests: pytest.Subtests) -> None:
    for operation in [each for each in operations() if "{" in each.path]:
        with subtests.test(operation=str(operation)):
            head, _, tail = operation.path.partition("{")
            needed = sent(operation, {each: VALID[each] for each in needed_by(operation)})
            for value in [*IN_PATHS, NULL_ID]:
                path = head + value + tail.partition("}")[2]
                problem(both[0](operation.method, path, needed), 404, "not_found")


def test_every_parameter_refuses_nonsense(ids: dict[str, str], both: list[Api], subtests: pytest.Subtests) -> None:
    for operation, name in queries():
        with subtests.test(operation=str(operation), name=name):
            for value in IN_QUERIES:
                answer = both[0](operation.method, f"{operation.path.format(**ids)}?{name}={value}")
                if name in SEARCHES and value not in {"%00", "9" * 5000}:
                    assert answer.status_code == 200
                else:
                    problem(answer, 400, answer.json()["code"])


def test_every_other_parameter_is_refused(ids: dict[str, str], both: list[Api], subtests: pytest.Subtests) -> None:
    for operation in operations():
        if operation.path.startswith(CARRIED_ABOUT):
            continue  # tests/notifications/test_carried_addresses.py
        with subtests.test(operation=str(operation)):
            path = f"{operation.path.format(**ids)}?nonsense={quote('ñ')}"
            told = problem(both[0](operation.method, path, {}), 400, "invalid_input")
            assert set(told["errors"]) == {"nonsense"}


@pytest.mark.parametrize("charset", ["zip", "hex", "utf-16", "latin-1", "x", '"'])
def test_whatever_character_set_is_claimed_json_is_utf_8(buyer: User, charset: str) -> None:
    api = Api(buyer)
    answer = api.http.generic(
        "PATCH",
        "/api/v1/me/",
        '{"language": "ja"}',
        content_type=f"application/json; charset={charset}",
        headers=api.headers,
    )
    assert answer.json()["language"] == "ja"


@pytest.mark.parametrize(
    "header",
    ["Accept", "Accept-Language", "Authorization", "Idempotency-Key", "X-Forwarded-For", "If-Match", "If-None-Match"],
)
def test_nonsense_in_a_header_fails_nowhere(buyer: User, header: str) -> None:
    own = Api(buyer)
    for value in ["", "\x00", "é", "\xff" * 100, "a" * 20_000, "*;q=x", ",,,", "ja" + "-x" * 500]:
        answer = APIClient().post("/api/v1/deals/", {}, format="json", headers={**own.headers, header: value})
        assert answer.status_code in {400, 401, 406}
        assert answer.headers["Content-Type"] == PROBLEM
        read = APIClient().get("/api/v1/me/", headers={**own.headers, header: value})
        assert read.status_code in {200, 400, 401, 406}
