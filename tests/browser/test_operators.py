"""What operators see on a small laptop: every column of every list and page, and a head whose parts keep apart."""

import json

import pytest
from django.urls import reverse
from playwright.sync_api import Page, ViewportSize

from marketplace.admin.operator_site import operator_site
from tests.browser.conftest import Opens, Scenery

LAPTOP: ViewportSize = {"width": 1366, "height": 768}

FILL = """() => { const moment = document.querySelector("#result_list .moment");
  for (const cell of document.querySelectorAll("#result_list td[class*='_at']"))
    if (moment && !cell.querySelector(".moment")) cell.replaceChildren(moment.cloneNode(true)); }"""
"""Lists are widest when every moment of a row has come: held, answered, acknowledged, reversed."""
CUT = """() => [...document.querySelectorAll(".results, .wide"), document.documentElement]
  .filter((each) => each.scrollWidth > each.clientWidth)
  .map((each) => `${each.className || each.tagName}: ${each.scrollWidth} px in ${each.clientWidth}`)"""
OVERLAPS = """() => { const [one, other] = ["#user-tools", ".operator-nav"]
    .map((each) => document.querySelector(each).getBoundingClientRect());
  return one.right > other.left && one.left < other.right && one.bottom > other.top && one.top < other.bottom
    ? ["the head's parts overlap"] : []; }"""


def cut_off(page: Page) -> list[str]:
    """Return what one has to scroll for, sideways, and what covers another."""
    page.evaluate(FILL)
    found: list[str] = [*page.evaluate(CUT), *page.evaluate(OVERLAPS)]
    return found


def lists() -> list[str]:
    """Return the address of every list, and of what is due soonest."""
    models = operator_site()._registry  # noqa: SLF001 - there is no other way to ask
    every = (f"{each._meta.app_label}_{each._meta.model_name}" for each in models)  # noqa: SLF001 - the name is public
    return [reverse("admin:due"), *(reverse(f"admin:{name}_changelist") for name in every)]


@pytest.mark.parametrize("who", ["operator", "unei"], ids=["en", "ja"])
def test_every_column_of_every_list_stands_within_a_laptop_s_screen(opens: Opens, scenery: Scenery, who: str) -> None:
    wrong: dict[str, list[str]] = {}
    with opens(session=scenery.sessions[who], viewport=LAPTOP) as somebody:
        for path in lists():
            found = cut_off(somebody.see(path))
            if found:
                wrong[path] = found
    assert not wrong, json.dumps(wrong, indent=1, ensure_ascii=False)
