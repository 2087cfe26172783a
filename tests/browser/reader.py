"""Somebody at a browser, whose every complaint is heard: errors of scripts, what the policy forbade, what failed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, ViewportSize, expect

DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
PATIENCE = 20_000
"""Milliseconds that a condition may take on a busy machine."""
expect.set_options(timeout=PATIENCE)

FAILED_TO_LOAD = "Failed to load resource"
"""What Chromium says of every status from 400 on; `_heard` looks at the answers themselves."""


class Reader:
    """One browser window, at addresses of ours."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.url, self.context = url, context
        self.wrong: list[str] = []
        self.forgiven: set[int] = set()
        """Statuses of parts and files that a test is about."""
        self.page: Page = context.new_page()
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.wrong.append(f"{self.page.url}: {error}"))
        self.page.on("response", self._heard)

    def see(self, path: str) -> Page:
        """Open a page of ours."""
        self.page.goto(self.url + path)
        return self.page

    def log_in(self, name: str, password: str) -> None:
        """Log in by the form."""
        page = self.see("/log-in/")
        page.get_by_label("User name").fill(name)
        page.get_by_label("Password").fill(password)
        page.get_by_role("main").get_by_role("button", name="Log in").click()
        expect(page.get_by_text(name, exact=True).first).to_be_visible()

    def _said(self, message: ConsoleMessage) -> None:
        forgiven = any(f"Error Code {status}" in message.text for status in self.forgiven)
        if message.type in {"error", "warning"} and FAILED_TO_LOAD not in message.text and not forgiven:
            self.wrong.append(f"{self.page.url}: {message.text}")

    def _heard(self, response: Response) -> None:
        of_a_page = response.request.resource_type == "document"
        if response.status >= (500 if of_a_page else 400) and response.status not in self.forgiven:
            self.wrong.append(f"{response.url}: {response.status}")


@contextmanager
def reader(browser: Browser, url: str, session: str = "", **how: Any) -> Iterator[Reader]:
    """Open a window of its own, with a session or without; at its end nothing may have gone wrong."""
    how = {"locale": "en-US", "viewport": DESKTOP, "base_url": url, "timezone_id": "Asia/Tokyo", **how}
    with browser.new_context(**how) as context:
        context.set_default_timeout(PATIENCE)
        if session:
            context.add_cookies([{"name": "sessionid", "value": session, "url": url, "sameSite": "Lax"}])
        somebody = Reader(context, url)
        yield somebody
        assert not somebody.wrong, somebody.wrong
