"""What holds on every page: the keyboard, links from elsewhere, and what is seen after logging out."""

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Opens, Scenery
from tests.browser.reader import Reader

MOST_STEPS = 60
"""Presses of Tab to anything on a page."""
FOCUSED = """() => { const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
  return document.activeElement.matches("body, #main") || outlineStyle !== "none" && parseFloat(outlineWidth) >= 2; }"""


def tab_to(page: Page, role: str, name: str) -> None:
    """Go on by Tab until this has the focus; wherever it stands meanwhile, it can be seen."""
    wanted = page.get_by_role(role, name=name).first  # type: ignore[arg-type]  # a name of one of its many roles
    expect(wanted).to_be_visible()
    for _ in range(MOST_STEPS):
        page.keyboard.press("Tab")
        assert page.evaluate(FOCUSED), page.evaluate("() => document.activeElement.outerHTML")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{role} {name!r} is not reached by {MOST_STEPS} steps on {page.url}")


def test_the_keyboard_alone_buys_and_places_a_request(opens: Opens, scenery: Scenery) -> None:
    with opens(session=scenery.sessions["yuki"]) as somebody:
        page = somebody.see("/services/?q=Logo")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="To the content")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("main")).to_be_focused()
        tab_to(page, "link", "Logo design")
        page.keyboard.press("Enter")
        tab_to(page, "link", "Buy for")
        page.keyboard.press("Enter")
        tab_to(page, "textbox", "First message")
        page.keyboard.type("By keyboard")
        tab_to(page, "button", "Buy for")
        page.keyboard.press("Enter")
        page.wait_for_url("**/talk-rooms/*/")
        expect(page.get_by_role("article")).to_contain_text("By keyboard")

        page = somebody.see(f"/talk-rooms/{scenery.rooms['quiet']}/")
        tab_to(page, "link", "See what it will do")
        page.keyboard.press("Enter")
        tab_to(page, "button", "Place the cancel request")
        page.keyboard.press("Space")
        expect(page.get_by_role("heading", name="Your cancel request waits for a reply")).to_be_visible()
        tab_to(page, "link", "Withdraw it")


ELSEWHERE = "http://elsewhere.example/"


def comes_from_elsewhere(somebody: Reader, path: str) -> list[str]:
    """Follow a link on a page of another site. Returns which addresses of ours were asked for, the files aside."""
    asked: list[str] = []

    def answer(route: Route) -> None:
        route.fulfill(
            content_type="text/html", body=f'<link rel="icon" href="data:,"><a href="{somebody.url}{path}">A link</a>'
        )

    somebody.context.route(f"{ELSEWHERE}**", answer)
    somebody.page.goto(ELSEWHERE)
    somebody.page.on(
        "request",
        lambda request: (
            asked.append(request.url.removeprefix(somebody.url)) if request.resource_type == "document" else None
        ),
    )
    somebody.page.get_by_role("link").click()
    return asked


def test_a_link_from_another_site_arrives_logged_in(opens: Opens, scenery: Scenery) -> None:
    with opens(session=scenery.sessions["yuki"]) as somebody:
        asked = comes_from_elsewhere(somebody, "/deals/")
        expect(somebody.page.get_by_role("heading", level=1)).to_have_text("Deals")
        assert asked == ["/deals/"]
        expect(somebody.page).to_have_url(f"{somebody.url}/deals/")


def test_who_has_no_session_arrives_at_the_log_in_page_and_at_what_is_public(opens: Opens, scenery: Scenery) -> None:
    with opens() as somebody:
        comes_from_elsewhere(somebody, "/deals/")
        expect(somebody.page.get_by_role("heading", level=1)).to_have_text("Log in")
        expect(somebody.page).to_have_url(f"{somebody.url}/log-in/?next=/deals/")
        comes_from_elsewhere(somebody, "/services/")
        expect(somebody.page.get_by_role("heading", level=1)).to_have_text("Find a service")


def test_an_operator_comes_by_a_link_in_a_mail_to_the_admin(opens: Opens, scenery: Scenery) -> None:
    with opens(session=scenery.sessions["operator"]) as somebody:
        comes_from_elsewhere(somebody, "/admin/marketplace/cancelrequest/")
        somebody.page.wait_for_url("**/admin/marketplace/cancelrequest/")


def test_going_back_after_logging_out_shows_nothing_of_the_person(opens: Opens, scenery: Scenery) -> None:
    with opens() as somebody:
        pair = scenery.walkers[0]
        somebody.log_in(pair["buyer"], "browser-password")
        page = somebody.see("/settings/")
        name = page.get_by_text(pair["buyer"])
        expect(name.first).to_be_visible()
        page.get_by_role("group").filter(has_text=pair["buyer"]).locator("summary").click()
        page.get_by_role("button", name="Log out").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Find a service")
        page.go_back()
        expect(page.get_by_role("heading", level=1)).to_have_text("Log in")
        expect(name).to_have_count(0)


def test_a_page_whose_session_ended_leads_to_the_log_in_page_unless_somebody_types(
    opens: Opens, scenery: Scenery
) -> None:
    with opens(session=scenery.sessions["yuki"]) as somebody:
        somebody.forgiven.add(401)
        path = f"/talk-rooms/{scenery.rooms['running']}/"
        page = somebody.see(path)
        page.get_by_label("Message", exact=True).fill("Half a sen")
        somebody.context.clear_cookies(name="sessionid")
        with page.expect_response(lambda answer: answer.status == 401):
            pass
        expect(page.get_by_label("Message", exact=True)).to_have_value("Half a sen")
        page.get_by_label("Message", exact=True).fill("")
        expect(page).to_have_url(f"{somebody.url}/log-in/?next={path}")


def test_the_account_menu_closes_by_escape_and_by_a_press_elsewhere(opens: Opens, scenery: Scenery) -> None:
    with opens(session=scenery.sessions["yuki"]) as somebody:
        page = somebody.see("/deals/")
        button, way_out = page.locator("details.account summary"), page.get_by_role("button", name="Log out")
        button.click()
        expect(way_out).to_be_visible()
        way_out.focus()
        page.keyboard.press("Escape")
        expect(way_out).to_be_hidden()
        expect(button).to_be_focused()
        button.click()
        page.get_by_role("heading", level=1).click()
        expect(way_out).to_be_hidden()
