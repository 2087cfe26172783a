"""People who use a running Renraku over HTTP, as an acceptance test tells of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

import httpx

from tests.support.stack import Stack, until

PASSWORD = "acceptance-password"


class Somebody:
    """A demo account that is logged in. Calls return the JSON and assert the status."""

    def __init__(self, url: str, username: str) -> None:
        self.username = username
        self.http = httpx.Client(base_url=f"{url}/api/v1/", timeout=30)
        token = self.post("auth/token/", {"username": username, "password": PASSWORD})["token"]
        self.http.headers["Authorization"] = f"Bearer {token}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.http.close()

    def get(self, path: str) -> Any:
        answer = self.http.get(path)
        assert answer.status_code == httpx.codes.OK, answer.text
        return answer.json()

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = self.http.post(path, json=body or {})
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def refused(self, path: str, body: dict[str, Any] | None = None) -> tuple[int, str]:
        """Post what must be refused; returns status and code."""
        answer = self.http.post(path, json=body or {})
        assert answer.headers["content-type"] == "application/problem+json", answer.text
        return answer.status_code, answer.json()["code"]


class Scene:
    """A buyer, a seller and the running stack."""

    def __init__(self, stack: Stack, buyer: Somebody, seller: Somebody) -> None:
        self.stack, self.buyer, self.seller = stack, buyer, seller

    def buys(self, message: str = "Hello!") -> str:
        """Buy the seller's first service, whatever verdict an earlier test has left; returns the room's address."""
        self.seller.post("sellers/me/resume/")
        services = self.seller.get(f"services/?seller={self.seller.get('me/')['seller']}")["results"]
        for service in services:
            if service["status"] == "accepting":
                room = self.buyer.post("deals/", {"service": service["id"], "message": message})["talk_room"]
                return f"talk-rooms/{room}/"
        raise AssertionError(f"nothing to buy: {services}")

    def seller_falls_silent(self) -> str:
        """Buy, let the seller answer once and the buyer write last, and wait until a request is possible."""
        room = self.buys()
        self.seller.post(f"{room}messages/", {"body": "Welcome!"})
        self.buyer.post(f"{room}messages/", {"body": "How is it going?"})
        self.until_eligible(room)
        return room

    def until_eligible(self, room: str) -> None:
        until(lambda: self.buyer.get(f"{room}cancel-eligibility/")["eligible"], 30, "the buyer to be eligible")

    def until_cancelled(self, room: str, timeout: float = 60) -> Any:
        """Return the verdict once the deal list shows it. The list settles nothing; opening the room would."""

        def verdict() -> Any:
            [listed] = [each for each in self.buyer.get("deals/")["results"] if each["talk_room"] in room]
            return listed["verdict"]

        return until(verdict, timeout, "the deal to cancel itself")


@contextmanager
def scene(stack: Stack) -> Iterator[Scene]:
    """Load the demo accounts and log two of them in."""
    stack.manage("load_demo")
    with Somebody(stack.url, "buyer") as buyer, Somebody(stack.url, "seller") as seller:
        yield Scene(stack, buyer, seller)
