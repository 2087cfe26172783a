"""People who use the marketplace over its public HTTP API."""

import http.client
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from config.demo.checks import DiffersError
from config.local.ports import HOME

TIMEOUT = 30.0
PREFIX = "/api/v1/"


@dataclass(frozen=True)
class Refusal:
    """A refusal of the API: status, stable code, and the message for people."""

    status: int
    code: str
    detail: str


class Person:
    def __init__(self, port: int, name: str, password: str) -> None:
        """Log in in English, which becomes the language of whatever this person reads."""
        self.port = port
        self.name = name
        self.headers = {"Accept-Language": "en", "Content-Type": "application/json"}
        token = self.post("auth/token/", {"username": name, "password": password})["token"]
        self.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str) -> Any:
        """Read. Raises `DiffersError` for anything but an answer."""
        return self._answered("GET", path, None)

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Write what must be accepted. Raises `DiffersError` for a refusal."""
        return self._answered("POST", path, body or {})

    def refused(self, path: str, body: dict[str, Any] | None = None) -> Refusal:
        """Write what must be refused. Raises `DiffersError` if it is accepted."""
        status, answer = self._call("POST", path, body or {})
        if status < http.HTTPStatus.BAD_REQUEST:
            raise DiffersError(f"{self.name}: POST {path}", expected="a refusal", seen=(status, answer))
        return Refusal(status, answer["code"], answer["detail"])

    def _answered(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        status, answer = self._call(method, path, body)
        if status >= http.HTTPStatus.BAD_REQUEST:
            raise DiffersError(f"{self.name}: {method} {path}", expected="an answer", seen=(status, answer))
        return answer

    def _call(self, method: str, path: str, body: dict[str, Any] | None) -> tuple[int, Any]:
        connection = http.client.HTTPConnection(HOME, self.port, timeout=TIMEOUT)
        try:
            content = None if body is None else json.dumps(body).encode()
            connection.request(method, PREFIX + path, content, self.headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        finally:
            connection.close()


def moment(text: str) -> datetime:
    """Read a time of the API."""
    return datetime.fromisoformat(text)
