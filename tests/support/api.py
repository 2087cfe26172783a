"""Speaks HTTP as one of the cast does: with a token of their own."""

import json
from datetime import timedelta
from typing import Any

from knox.models import AuthToken
from rest_framework.test import APIClient

from marketplace.models import User

ROOT = "/api/v1/"
PROBLEM = "application/problem+json"
NULL_ID = "00000000-0000-4000-8000-000000000000"


class Api:
    """A client of `/api/v1/` that asks for English; paths are relative to it."""

    def __init__(self, person: User | None = None, *, token: str | None = None, **headers: str) -> None:
        self.http = APIClient()
        if person is not None:
            # The row is made here, and not by logging in, because hashing a password is slow.
            _, token = AuthToken.objects.create(user=person, expiry=timedelta(days=1))
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        self.headers = {"Accept-Language": "en", **_named(headers)}

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Send a request; `body` goes as JSON, bytes go as they are."""
        data: Any = body if isinstance(body, bytes) else json.dumps(body) if body is not None else ""
        return self.http.generic(
            method,
            path if path.startswith(("/", "http")) else ROOT + path,
            data,
            content_type="application/json",
            headers={**self.headers, **_named(headers)},
        )

    def get(self, path: str, **headers: str) -> Any:
        return self("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self("POST", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        return self("PATCH", path, body, **headers)


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    """Assert that this is a problem with this status and code, whole and well formed; return it."""
    assert response.headers["Content-Type"] == PROBLEM, response.content
    told: dict[str, Any] = response.json()
    assert (response.status_code, told["status"], told["code"]) == (status, status, code), told
    assert told["detail"]
    assert set(told) - {"errors"} == {"type", "title", "status", "code", "detail"}
    return told
