"""No typed word is ever lost, and the chat stays where it is."""

import re

import pytest
from playwright.sync_api import Locator, Page, Route, ViewportSize, expect

from tests.browser.conftest import Opens, Scenery
from tests.browser.reader import Reader

SMALL_PHONE: ViewportSize = {"width": 320, "height": 568}
WORDS = "Half a sentence, 半分の文"


def box(page: Page) -> Locator:
    return page.locator("#f-body")


def at_room(somebody: Reader, scenery: Scenery, kind: str = "running") -> Page:
    return somebody.see(f"/talk-rooms/{scenery.rooms[kind]}/")


def beside(page: Page) -> Locator:
    """Find what is said beside the form."""
    return page.locator(".sending")


def is_kept(page: Page) -> None:
    page.wait_for_function("Object.keys(localStorage).some((each) => each.startsWith('draft '))")


def type_in(page: Page, words: str = WORDS) -> None:
    box(page).press_sequentially(words)
    is_kept(page)


def unheard(somebody: Reader) -> None:
    """Forgive what a browser says of answers that never came: the test is about them."""
    somebody.wrong = [each for each in somebody.wrong if "net::ERR_" not in each and "htmx:" not in each]


def test_a_sent_message_appears_where_its_writer_is_and_the_box_keeps_the_focus(opens: Opens, scenery: Scenery) -> None:
    with opens(session=scenery.sessions["hana"], viewport=SMALL_PHONE, has_touch=True) as somebody:
        page = at_room(somebody, scenery)
        page.evaluate("document.body.dataset.mark = 'not reloaded'")
        for number in range(3):
            words = f"Line {number} of {scenery.walkers[0]['mark']}"
            box(page).scroll_into_view_if_needed()
            box(page).fill(words)
            before = box(page).bounding_box()
            page.get_by_role("button", name="Send", exact=True).tap()
            line = page.get_by_role("article").filter(has_text=words)
            expect(line).to_be_in_viewport()
            expect(box(page)).to_be_focused()
            expect(box(page)).to_have_value("")
            after = box(page).bounding_box()
            assert before
            assert after
            assert abs(before["y"] - after["y"]) < 40, (before, after)
            assert page.evaluate("scrollY") > 0
        expect(page.locator("body")).to_have_attribute("data-mark", "not reloaded")
        page.reload()
        expect(box(page)).to_have_value("")


def test_without_scripts_the_page_comes_back_at_the_box(opens: Opens, scenery: Scenery) -> None:
    with opens(session=scenery.sessions["hana"], viewport=SMALL_PHONE, java_script_enabled=False) as somebody:
        page = at_room(somebody, scenery)
        box(page).fill("Without scripts")
        page.get_by_role("button", name="Send", exact=True).click()
        expect(page).to_have_url(re.compile("#composer$"))
        expect(box(page)).to_be_in_viewport()
        expect(page.get_by_role("article").filter(has_text="Without scripts").last).to_be_in_viewport()


def test_words_survive_a_reload_another_page_back_and_a_new_window(opens: Opens, scenery: Scenery) -> None:
    with opens(session=scenery.sessions["yuki"]) as somebody:
        page = at_room(somebody, scenery)
        type_in(page)
        page.reload()
        expect(box(page)).to_have_value(WORDS)
        expect(page.get_by_text("has been put back")).to_be_visible()
        somebody.see("/deals/")
        page.go_back()
        expect(box(page)).to_have_value(WORDS)
        page.close()  # as a crash does: nothing of the page runs any more
        somebody.page = page = somebody.context.new_page()
        at_room(somebody, scenery)
        expect(box(page)).to_have_value(WORDS)
        page.get_by_role("button", name="Discard it").click()
        expect(box(page)).to_have_value("")
        page.reload()
        expect(page.get_by_text("has been put back")).to_have_count(0)
        expect(box(page)).to_have_value("")


def test_what_was_sent_in_another_tab_is_no_draft_in_this_one(opens: Opens, scenery: Scenery) -> None:
    with opens(session=scenery.sessions["yuki"]) as somebody:
        first = at_room(somebody, scenery)
        words = f"In two tabs {scenery.walkers[1]['mark']}"
        type_in(first, words)
        somebody.page = second = somebody.context.new_page()
        at_room(somebody, scenery)
        expect(box(second)).to_have_value(words)
        second.get_by_role("button", name="Send", exact=True).click()
        expect(box(second)).to_have_value("")
        expect(box(first)).to_have_value("")


def test_words_survive_the_end_of_a_session_and_nobody_else_sees_them(opens: Opens, scenery: Scenery) -> None:
    with opens(session=scenery.sessions["yuki"]) as somebody:
        somebody.forgiven.add(401)
        page = at_room(somebody, scenery)
        type_in(page)
        somebody.context.clear_cookies(name="sessionid")
        page.get_by_role("button", name="Send", exact=True).click()
        expect(beside(page)).to_contain_text("You are logged out")
        expect(box(page)).to_have_value(WORDS)

        _becomes(somebody, scenery.sessions["hana"])
        at_room(somebody, scenery)
        expect(page.get_by_role("button", name="Send", exact=True)).to_be_visible()
        page.wait_for_load_state("networkidle")
        expect(box(page)).to_have_value("")
        assert WORDS not in page.evaluate("JSON.stringify(localStorage) + JSON.stringify(sessionStorage)")

        _becomes(somebody, scenery.sessions["yuki"])
        at_room(somebody, scenery)
        expect(box(page)).to_have_value(WORDS)
        page.get_by_role("button", name="Send", exact=True).click()
        expect(page.get_by_role("article").filter(has_text=WORDS)).to_have_count(1)
        page.reload()
        expect(box(page)).to_have_value("")
        assert not page.evaluate("Object.keys(localStorage).filter((each) => each.startsWith('draft '))")


def _becomes(somebody: Reader, session: str) -> None:
    cookie = {"name": "sessionid", "value": session, "url": somebody.url, "sameSite": "Lax"}
    somebody.context.add_cookies([cookie])  # type: ignore[list-item]  # the words for a cookie


def test_a_session_that_began_anew_in_another_tab_goes_on(opens: Opens, scenery: Scenery) -> None:
    """The form's token is another one then."""
    pair = scenery.walkers[1]
    with opens() as somebody:
        somebody.forgiven |= {401, 403}
        somebody.log_in(pair["seller"], "browser-password")
        page = somebody.see("/selling/new/")
        page.get_by_label("Title").fill("Written before")
        is_kept(page)
        somebody.context.clear_cookies()
        somebody.page = somebody.context.new_page()
        somebody.log_in(pair["seller"], "browser-password")
        page.get_by_label("Price in yen").fill("1200")
        page.get_by_role("button", name="Save as a draft").click()
        page.wait_for_url("**/selling/")
        expect(page.get_by_text("“Written before” is saved as a draft.")).to_be_visible()


def test_offline_is_said_beside_the_box_and_the_words_are_sent_once_when_it_is_over(
    opens: Opens, scenery: Scenery
) -> None:
    with opens(session=scenery.sessions["yuki"]) as somebody:
        page = at_room(somebody, scenery)
        words = f"Through a tunnel {scenery.walkers[0]['mark']}"
        type_in(page, words)
        somebody.context.set_offline(True)
        expect(beside(page)).to_contain_text("You are offline")
        page.get_by_role("button", name="Send", exact=True).click()
        expect(beside(page)).to_contain_text("You are offline")
        expect(box(page)).to_have_value(words)
        somebody.context.set_offline(False)
        page.get_by_role("button", name="Send", exact=True).click()
        expect(page.get_by_role("article").filter(has_text=words)).to_have_count(1)
        unheard(somebody)


def test_an_answer_that_got_lost_is_asked_for_again_and_nothing_is_sent_twice(opens: Opens, scenery: Scenery) -> None:
    with opens(session=scenery.sessions["yuki"]) as somebody:
        page = at_room(somebody, scenery)
        words = f"Twice? {scenery.walkers[0]['mark']}"
        type_in(page, words)

        def carried_out_but_unheard(route: Route) -> None:
            route.fetch()
            route.abort()

        address = re.compile(f"/talk-rooms/{scenery.rooms['running']}/$")
        posts = lambda route: carried_out_but_unheard(route) if route.request.method == "POST" else route.continue_()  # noqa: E731
        page.route(address, posts)
        page.get_by_role("button", name="Send", exact=True).click()
        expect(beside(page)).to_contain_text("nothing is sent twice")
        expect(box(page)).to_have_value(words)
        page.unroute(address)
        page.reload()
        expect(box(page)).to_have_value(words)
        page.get_by_role("button", name="Send", exact=True).click()
        expect(box(page)).to_have_value("")
        expect(page.get_by_role("article").filter(has_text=words)).to_have_count(1)
        page.reload()
        expect(page.get_by_role("article").filter(has_text=words)).to_have_count(1)
        unheard(somebody)


@pytest.mark.parametrize(
    ("status", "said"), [(503, "could not be done just now"), (413, "too much for one message"), (429, "in 7 seconds")]
)
def test_a_refusal_on_the_way_leaves_the_words_in_the_box(
    opens: Opens, scenery: Scenery, status: int, said: str
) -> None:
    with opens(session=scenery.sessions["yuki"]) as somebody:
        somebody.forgiven.add(status)
        page = at_room(somebody, scenery)
        type_in(page)
        page.route(
            re.compile(f"/talk-rooms/{scenery.rooms['running']}/$"),
            lambda route: route.fulfill(status=status, headers={"Retry-After": "7"}, body="no"),
        )
        page.get_by_role("button", name="Send", exact=True).click()
        expect(beside(page)).to_contain_text(said)
        expect(box(page)).to_have_value(WORDS)
        box(page).fill("")


def test_two_presses_send_once_and_sending_is_said(opens: Opens, scenery: Scenery) -> None:
    with opens(session=scenery.sessions["yuki"]) as somebody:
        page = at_room(somebody, scenery)
        words = f"Pressed twice {scenery.walkers[0]['mark']}"
        sent: list[Route] = []
        page.route(
            re.compile(f"/talk-rooms/{scenery.rooms['running']}/$"),
            lambda route: sent.append(route) if route.request.method == "POST" else route.continue_(),
        )
        box(page).fill(words)
        send = page.get_by_role("button", name="Send", exact=True)
        send.dblclick()
        expect(beside(page)).to_contain_text("Sending…")
        send.click()
        assert len(sent) == 1
        sent[0].continue_()
        expect(page.get_by_role("article").filter(has_text=words)).to_have_count(1)
        assert len(sent) == 1


def test_what_is_too_long_is_all_there_and_counted_as_the_server_counts(opens: Opens, scenery: Scenery) -> None:
    """An emoji is one character, though a browser counts two."""
    with opens(session=scenery.sessions["yuki"]) as somebody:
        somebody.forgiven.add(400)
        page = at_room(somebody, scenery)
        words = "🙂" * 10_050
        box(page).fill(words)
        expect(page.locator(".too-long")).to_have_text("Too long by 50 characters. Everything is still here.")
        page.get_by_role("button", name="Send", exact=True).click()
        expect(page.locator("#refused")).to_contain_text("Too long by 50 characters")
        expect(box(page)).to_have_value(words)
        page.reload()
        expect(box(page)).to_have_value(words)
        box(page).fill(words[:-50])
        expect(page.locator(".too-long")).to_be_hidden()
        box(page).fill("")
