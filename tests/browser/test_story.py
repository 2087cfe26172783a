"""The help page, walked by two people at once in two browsers, with JavaScript and without it."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PASSWORD, Opens, Scenery
from tests.browser.reader import PATIENCE, Reader
from tests.support.stack import until


@dataclass(frozen=True)
class Walker:
    """One of two people at once. Without JavaScript a page is reloaded until it shows what was waited for."""

    reader: Reader
    live: bool

    @property
    def page(self) -> Page:
        return self.reader.page

    def in_state(self, name: str) -> Locator:
        """Find a part of what stands beside the conversation."""
        return self.page.get_by_role("region", name=name)

    def heading(self, name: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_role("heading", name=name)

    def comes_to_see(self, shown: Locator) -> None:
        """Wait for it: by itself where scripts run."""
        if self.live:
            expect(shown).to_be_visible()
        else:
            until(self._reloaded(shown), PATIENCE / 1000, f"{shown} without JavaScript")

    def _reloaded(self, shown: Locator) -> Callable[[], bool]:
        def seen() -> bool:
            self.page.reload()
            return shown.is_visible()

        return seen

    def marks_this_page(self) -> None:
        """Put a mark on the page that no reload leaves there."""
        if self.live:
            self.page.evaluate("document.body.dataset.mark = 'not reloaded'")

    def never_left_it(self) -> None:
        if self.live:
            expect(self.page.locator("body")).to_have_attribute("data-mark", "not reloaded")

    def says(self, words: str) -> None:
        self.page.get_by_label("Message", exact=True).fill(words)
        self.page.get_by_role("button", name="Send", exact=True).click()
        expect(self.page.get_by_role("article").filter(has_text=words)).to_be_visible()
        self.marks_this_page()

    def hears(self, words: str) -> None:
        self.comes_to_see(self.page.get_by_role("article").filter(has_text=words))

    def finds(self, words: str) -> None:
        """Search for a service."""
        self.reader.see("/services/")
        self.page.get_by_role("searchbox").fill(words)
        self.page.get_by_role("button", name="Search").click()

    def offered(self, title: str) -> Locator:
        return self.page.get_by_role("main").get_by_role("link").filter(has_text=title)


def walk(buyer: Walker, seller: Walker, mark: str, titles: list[str]) -> Iterator[None]:
    """Walk the whole story; yields where it waits for time to pass."""
    seller_s_name = _buys(buyer, mark, titles[0])
    seller.reader.see(buyer.page.url.removeprefix(seller.reader.url))
    seller.hears("Hello, a large one please.")
    seller.says("Welcome!")
    _is_told_why_not_yet(buyer, seller)
    yield
    _asks(buyer, seller_s_name)
    _counts_down(buyer, seller)
    seller.says("Sorry, I was ill.")
    buyer.comes_to_see(buyer.page.get_by_text("✓ revoked by a reply"))
    expect(buyer.heading("Your cancel request waits for a reply")).to_have_count(0)
    expect(seller.heading(re.compile("Reply now"))).to_have_count(0)
    buyer.never_left_it()
    buyer.says("And now?")
    yield
    _asks(buyer, seller_s_name)
    _counts_down(buyer, seller)
    if seller.live:
        seller.page.get_by_label("Message", exact=True).fill("I was about to")
    yield
    _is_cancelled(buyer, seller)
    _comes_back(buyer, seller, mark, titles)


def _buys(buyer: Walker, mark: str, title: str) -> str:
    """Find, read and buy. Returns the seller's name."""
    buyer.finds(mark)
    buyer.offered(title).click()
    page = buyer.page
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()
    name: str = page.get_by_role("region", name="Seller").get_by_role("link").first.inner_text()
    page.get_by_role("link", name=re.compile("^Buy for")).click()
    page.get_by_label(re.compile("^First message")).fill("Hello, a large one please.")
    page.get_by_role("button", name=re.compile("^Buy for")).click()
    page.wait_for_url("**/talk-rooms/*/")
    return name


def _is_told_why_not_yet(buyer: Walker, seller: Walker) -> None:
    """Whose word is the last one cannot ask by waiting; the other sees from when, and how long that is."""
    buyer.hears("Welcome!")
    asking = buyer.in_state("Can you ask to cancel?")
    expect(asking).to_contain_text("Waiting is not enough: see what is missing below.")
    buyer.says("How is it going?")
    seller.hears("How is it going?")
    seller.says("Soon.")
    buyer.page.reload()
    buyer.says("When?")
    expect(asking).to_contain_text("not yet")
    expect(asking).to_contain_text("possible from")
    expect(asking.get_by_role("link", name="See what it will do")).to_have_count(0)
    expect(asking.locator("time[data-until]").first).to_be_visible()


def _asks(buyer: Walker, seller_s_name: str) -> None:
    """See the way open by itself, read what a request does, and place it."""
    way = buyer.page.get_by_role("link", name="See what it will do")
    buyer.comes_to_see(way)
    buyer.never_left_it()
    way.click()
    page = buyer.page
    does = page.get_by_role("main")
    expect(does).to_contain_text(f"{seller_s_name} gets")
    expect(does).to_contain_text("Any reply revokes it")
    expect(does).to_contain_text("Without a reply, the deal is cancelled automatically")
    page.get_by_label(re.compile("^Reason")).fill("No word")
    page.get_by_role("button", name="Place the cancel request").click()
    page.wait_for_url("**/talk-rooms/*/")
    buyer.marks_this_page()


def _counts_down(buyer: Walker, seller: Walker) -> None:
    """Both see the same deadline, and the time that is left run on."""
    expect(buyer.heading("Your cancel request waits for a reply")).to_be_visible()
    seller.marks_this_page()
    seller.comes_to_see(seller.heading(re.compile("Reply now: .* asked to cancel")))
    clocks = [each.page.locator("#turn .clock-face time[data-until]") for each in (buyer, seller)]
    assert clocks[0].get_attribute("data-until") == clocks[1].get_attribute("data-until")
    for walker, clock in zip((buyer, seller), clocks, strict=True):
        if walker.live:
            expect(clock).not_to_have_text(clock.inner_text())
    expect(seller.page.get_by_text("No word", exact=True)).to_be_visible()
    seller.never_left_it()


def _is_cancelled(buyer: Walker, seller: Walker) -> None:
    """The verdict comes to both by itself, and takes nothing that was being typed."""
    for each in (buyer, seller):
        each.comes_to_see(each.heading("Why this deal was cancelled"))
        each.never_left_it()
        expect(each.page.get_by_role("button", name="Send", exact=True)).to_have_count(0)
    if seller.live:
        expect(seller.page.locator("#composer textarea")).to_have_value("I was about to")
    expect(seller.in_state("Why this deal was cancelled")).to_contain_text("seller (you)")


def _comes_back(buyer: Walker, seller: Walker, mark: str, titles: list[str]) -> None:
    """The seller reads what happened and takes up one of two services again; the search shows that one."""
    buyer.finds(mark)
    expect(buyer.page.get_by_role("main")).to_contain_text("No service with")
    page = seller.page
    page.get_by_role("link", name="See what happened and resume").click()
    expect(page.get_by_role("heading", name="What happened")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("All your services are paused")
    page.get_by_role("checkbox", name=titles[0]).check()
    page.get_by_role("checkbox", name=titles[1]).uncheck()
    page.get_by_role("button", name="Acknowledge and resume the ticked services").click()
    page.wait_for_url("**/selling/")
    buyer.finds(mark)
    expect(buyer.offered(titles[0])).to_be_visible()
    expect(buyer.offered(titles[1])).to_have_count(0)


def test_two_people_walk_the_whole_story_at_once_with_javascript_and_without(opens: Opens, scenery: Scenery) -> None:
    """Both walks go on by turns, so that the time that one waits is the other's."""
    with ExitStack() as windows:
        walks = []
        for pair, live in zip(scenery.walkers, (True, False), strict=True):
            people = [Walker(windows.enter_context(opens(java_script_enabled=live)), live) for _ in range(2)]
            for walker, name in zip(people, (pair["buyer"], pair["seller"]), strict=True):
                walker.reader.log_in(name, PASSWORD)
            walks.append(walk(people[0], people[1], pair["mark"], pair["titles"]))
        while walks:
            walks = [each for each in walks if next(each, walks) is not walks]
