"""Drafts of every form with words: kept, put back, shown where the form is gone, forgotten once sent."""

import re

from playwright.sync_api import Route, expect

from tests.browser.conftest import PASSWORD, Opens, Scenery
from tests.browser.test_words import WORDS, at_room, beside, box, is_kept, type_in


def test_who_was_logged_out_logs_in_and_goes_on_where_the_words_are(opens: Opens, scenery: Scenery) -> None:
    pair = scenery.walkers[1]
    with opens() as somebody:
        somebody.forgiven |= {401, 403}
        somebody.log_in(pair["seller"], PASSWORD)
        page = somebody.see("/selling/new/")
        page.get_by_label("Title").fill(WORDS)
        is_kept(page)
        somebody.context.clear_cookies()
        page.get_by_role("button", name="Save as a draft").click()
        page.get_by_label("Price in yen").fill("900")
        page.get_by_role("button", name="Save as a draft").click()
        expect(beside(page)).to_contain_text("You are logged out")
        page.get_by_role("link", name="Log in and go on").click()
        page.get_by_label("User name").fill(pair["seller"])
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("main").get_by_role("button", name="Log in").click()
        expect(page).to_have_url(f"{somebody.url}/selling/new/")
        expect(page.get_by_label("Title")).to_have_value(WORDS)
        expect(page.get_by_label("Price in yen")).to_have_value("900")


def test_words_outlive_another_secret_key_of_the_server(opens: Opens, scenery: Scenery) -> None:
    """The page names the old key second then."""
    with opens(session=scenery.sessions["yuki"]) as somebody:
        page = at_room(somebody, scenery)
        type_in(page)
        key = page.locator("body").get_attribute("data-drafts")
        address = re.compile(f"/talk-rooms/{scenery.rooms['running']}/$")
        new = f"0123456789abcdef.{'A' * 43}="

        def rotated(route: Route) -> None:
            answer = route.fetch()
            route.fulfill(response=answer, body=answer.text().replace(f'"{key}"', f'"{new} {key}"'))

        page.route(address, rotated)
        page.reload()
        expect(box(page)).to_have_value(WORDS)
        page.get_by_role("button", name="Discard it").click()
        page.reload()
        expect(page.get_by_text("has been put back")).to_have_count(0)


FORMS = [
    ("hana", "/talk-rooms/{running}/deliver/", "body"),
    ("yuki", "/talk-rooms/{delivered}/send-back/", "body"),
    ("yuki", "/talk-rooms/{quiet}/cancel-request/", "reason"),
    ("yuki", "/deals/{deal}/review/", "comment"),
    ("hana", "/selling/new/", "description"),
    ("hana", "/selling/{service}/", "title"),
    ("yuki", "/services/{service_on_sale}/buy/", "message"),
    ("hana", "/talk-rooms/{running}/schedule/", "new-1.title"),
    ("hana", "/settings/", "email"),
]


def test_every_form_with_words_keeps_them(opens: Opens, scenery: Scenery) -> None:
    places = {
        **scenery.rooms,
        "deal": scenery.ids["deal_id"],
        "service": scenery.ids["service_id"],
        "service_on_sale": scenery.ids["on_sale"],
    }
    for who, path, name in FORMS:
        with opens(session=scenery.sessions[who]) as somebody:
            page = somebody.see(path.format(**places))
            field = page.locator(f'[name="{name}"]')
            words = "half@example.com" if name == "email" else WORDS
            field.fill(words)
            is_kept(page)
            page.reload()
            expect(field, path).to_have_value(words)


def test_a_form_that_is_refused_comes_back_at_the_wrong_field_and_a_sent_one_is_forgotten(
    opens: Opens, scenery: Scenery
) -> None:
    with opens(session=scenery.sessions["hana"]) as somebody:
        somebody.forgiven.add(400)
        page = somebody.see("/selling/new/")
        page.get_by_label("Title").fill("Kept title")
        page.get_by_label("Price in yen").fill("a lot")
        page.get_by_role("button", name="Save as a draft").click()
        price = page.get_by_label("Price in yen")
        expect(price).to_have_attribute("aria-invalid", "true")
        expect(price).to_be_focused()
        expect(page.get_by_label("Title")).to_have_value("Kept title")
        page.reload()
        expect(page.get_by_label("Title")).to_have_value("Kept title")
        page.get_by_label("Price in yen").fill("1500")
        page.get_by_role("button", name="Save as a draft").click()
        page.wait_for_url("**/selling/")
        somebody.see("/selling/new/")
        expect(page.get_by_label("Title")).to_have_value("")


def test_a_room_that_closed_meanwhile_still_shows_the_words_to_copy(opens: Opens, scenery: Scenery) -> None:
    with opens(session=scenery.sessions["yuki"]) as somebody:
        page = at_room(somebody, scenery)
        box(page).fill(WORDS)
        is_kept(page)
        # The same words, kept for a room that has closed since.
        path = f"/talk-rooms/{scenery.rooms['completed']}/"
        page.evaluate("([path, words]) => drafts.keep(path, { body: words })", [path, WORDS])
        somebody.see(path)
        kept = page.get_by_role("region", name="What you typed (not sent)").get_by_role("textbox")
        expect(kept).to_have_value(WORDS)
        page.get_by_role("button", name="Discard it").click()
        page.reload()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(kept).to_have_count(0)
