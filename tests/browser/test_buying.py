"""Buying asks first; Back and a second click do not buy again in silence."""

from playwright.sync_api import expect

from tests.browser.conftest import Opens, Scenery


def test_going_back_and_pressing_again_does_not_buy_again(opens: Opens, scenery: Scenery) -> None:
    with opens(session=scenery.sessions["yuki"]) as somebody:
        page = somebody.see(f"/services/{scenery.ids['on_sale']}/")
        page.get_by_role("link", name="Buy for").click()
        buy = page.get_by_role("button", name="Buy for ¥5,000")
        buy.click()
        page.wait_for_url("**/talk-rooms/*/")
        room = page.url
        page.go_back()
        expect(page.get_by_role("heading", name="You already have a running deal for this")).to_be_visible()
        buy.click()
        expect(page.get_by_role("checkbox", name="Buy it once more")).to_be_focused()
        page.get_by_role("checkbox", name="Buy it once more").check()
        buy.click()
        page.wait_for_url("**/talk-rooms/*/")
        assert page.url != room
