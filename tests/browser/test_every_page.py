"""Every page, as everybody meets it: no barrier, nothing wider than a small phone, nothing that the policy forbids."""

import json
from itertools import pairwise
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize

from tests.browser.conftest import Opens, Scenery
from tests.browser.reader import DESKTOP, PHONE
from tests.support.every_page import visits

SMALLEST: ViewportSize = {"width": 360, "height": 740}
SERIOUS = {"serious", "critical"}
AXE = Axe().axe_script


def barriers(page: Page) -> list[str]:
    """Return what axe calls serious or critical."""
    options = {"resultTypes": ["violations"]}
    page.evaluate(AXE)
    found = page.evaluate("options => axe.run(options).then(({violations}) => violations)", options)
    return [
        f"{each['id']} ({each['impact']}): {node['html'][:200]} {node.get('failureSummary', '')}"
        for each in found
        if each["impact"] in SERIOUS
        for node in each["nodes"]
    ]


TOO_WIDE = """() => document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("body *")]
  .filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
  .map((each) => "too wide: " + each.outerHTML.slice(0, 150)).concat(`${document.documentElement.scrollWidth} px`)"""
MOVING = """() => [...document.querySelectorAll("*")].filter((each) => {
    const { transitionDuration, animationName } = getComputedStyle(each);
    return animationName !== "none" || transitionDuration.split(",").some((length) => parseFloat(length) > 0.01);
  }).map((each) => "moves: " + each.outerHTML.slice(0, 150))"""
HEADINGS = """() => [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map((each) => Number(each.tagName[1]))"""


def shape(page: Page) -> list[str]:
    """Return what is wrong with the page on the smallest phone, for who wants no motion, and in its headings."""
    page.set_viewport_size(SMALLEST)
    levels: list[int] = page.evaluate(HEADINGS)
    leaps = [f"h{after} after h{before}" for before, after in pairwise(levels) if after > before + 1]
    ones = [] if levels.count(1) == 1 else [f"headings: {levels}"]
    return [*page.evaluate(TOO_WIDE), *page.evaluate(MOVING), *leaps, *ones]


@pytest.mark.parametrize(("locale", "scheme"), [("ja-JP", "light"), ("en-US", "dark")], ids=["ja", "en"])
def test_nobody_meets_a_barrier_on_any_page(opens: Opens, scenery: Scenery, locale: str, scheme: Any) -> None:
    """In Japanese by day on a desktop, in English by night on a phone: so each contrast is looked at once."""
    wrong: dict[str, list[str]] = {}
    for who in ("", "yuki", "hana", "operator"):
        with opens(session=scenery.sessions.get(who, ""), locale=locale, reduced_motion="reduce") as somebody:
            for visit in (each for each in visits(scenery.ids, scenery.rooms) if each.who == who):
                somebody.page.set_viewport_size(DESKTOP if scheme == "light" else PHONE)
                somebody.page.emulate_media(color_scheme=scheme)
                page = somebody.see(visit.path)
                found = [*barriers(page), *shape(page)]
                if found:
                    wrong[f"{visit.name}, seen by {who or 'nobody'}"] = found
    assert not wrong, json.dumps(wrong, indent=1, ensure_ascii=False)
