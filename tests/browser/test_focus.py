"""Nothing that has the focus is hidden (WCAG 2.2, 2.4.11): every page, by Tab, on a small phone and much enlarged."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize

from tests.browser.conftest import Opens, Scenery
from tests.support.every_page import visits

SMALL_PHONE: ViewportSize = {"width": 320, "height": 568}
ENLARGED: ViewportSize = {"width": 320, "height": 256}
"""1280 × 1024 at 400 %."""
LOW: ViewportSize = {"width": 1280, "height": 680}
MOST_STEPS = 150

COVERED = """() => {
  const focused = document.activeElement;
  if (!focused || focused === document.body) return { over: true };
  const parts = [...focused.getClientRects()];
  const seen = parts.some(({ left, right, top, bottom }) => {
    const x = [Math.max(left, 0), Math.min(right, innerWidth - 1)];
    const y = [Math.max(top, 0), Math.min(bottom, innerHeight - 1)];
    if (x[0] > x[1] || y[0] > y[1]) return false;
    const points = [0.1, 0.5, 0.9].flatMap((across) => [0.1, 0.5, 0.9].map((down) =>
      [x[0] + (x[1] - x[0]) * across, y[0] + (y[1] - y[0]) * down]));
    // A label's box is what is pressed; a link that covers its card is a part of the card.
    return points.some(([at, down]) => {
      const top = document.elementFromPoint(at, down);
      const isBar = top && getComputedStyle(top).position.match("sticky|fixed");
      return top && (focused.contains(top) || top.contains(focused) && !isBar);
    });
  });
  return { over: false, covered: seen ? "" : focused.outerHTML.slice(0, 160), at: focused.id };
}"""


def covered(page: Page, *held: str, at_most: int = MOST_STEPS) -> list[str]:
    """Go through the page by Tab, with these keys held. Returns for each stop what is not seen; empty if it is."""
    stops: list[str] = []
    for key in held:
        page.keyboard.down(key)
    for _ in range(at_most):
        page.keyboard.down("Tab")  # and not up again: a key that is held repeats, in half as many events
        seen: dict[str, Any] = page.evaluate(COVERED)
        if seen["over"]:
            break
        stops.append(seen["covered"])
    for key in ("Tab", *held):
        page.keyboard.up(key)
    return stops


@pytest.mark.parametrize("size", [SMALL_PHONE, ENLARGED, LOW], ids=["phone", "enlarged", "low"])
def test_what_has_the_focus_is_seen_on_every_page(opens: Opens, scenery: Scenery, size: ViewportSize) -> None:
    """On the phone back again too; on a low wide screen, where bars stay, on the page that has two of them."""
    wrong: dict[str, list[str]] = {}
    for who in ("hana",) if size is LOW else ("", "yuki", "hana"):
        with opens(session=scenery.sessions.get(who, ""), viewport=size, reduced_motion="reduce") as somebody:
            for visit in (each for each in visits(scenery.ids, scenery.rooms) if each.who == who):
                if size is LOW and visit.name != "preferences":
                    continue
                page = somebody.see(visit.path)
                stops = covered(page)
                found = [each for each in stops if each]
                if size is not ENLARGED:  # backwards the focus goes round and round: once is enough
                    back = covered(page, "Shift", at_most=len(stops) + 1)
                    found += [f"backwards: {each}" for each in back if each]
                if found:
                    wrong[f"{visit.name}, seen by {who or 'nobody'}"] = found
    assert not wrong, json.dumps(wrong, indent=1, ensure_ascii=False)
