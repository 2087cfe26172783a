"""What people write stays where they wrote it, is shown with its addresses as links, and names no empty remedy."""

from pytest_django import Settings

from marketplace import clock
from marketplace.models import Message, Seller, User
from marketplace.pages.drafts import keys_of
from tests.support.factories import days, delivered_room, hours, overdue_room, room
from tests.support.visitor import Visitor


def test_addresses_in_what_parties_write_are_links_and_the_rest_is_text(seller: Seller, buyer: User) -> None:
    talk = room(of=seller, buyer=buyer)
    visitor, path = Visitor.as_(buyer), f"/talk-rooms/{talk.pk}/"
    words = "「https://例え.jp/a?b=1&c=2」<b>javascript:alert(1)</b>"
    page = visitor.send(visitor.see(path), path, body=words)
    link = page.one("a", target="_blank")
    assert link.attributes["href"] == "https://xn--r8jz45g.jp/a?b=1&c=2"
    assert link.attributes["rel"] == "nofollow ugc noopener"
    assert link.text == "https://例え.jp/a?b=1&c=2"
    assert words in page.text


def test_a_delivered_room_lists_no_remedy_that_cannot_help(buyer: User, seller: Seller) -> None:
    talk = delivered_room(of=seller, buyer=buyer, deadline=clock.now() + hours(9))
    for person in (buyer, seller.user):
        for path in (f"/talk-rooms/{talk.pk}/", f"/talk-rooms/{talk.pk}/cancel-request/"):
            page = Visitor.as_(person).see(path)
            assert "If the buyer sends it back, the deal is in progress again." in page.text
            assert "Send a message:" not in page.text
            assert len(page.all("li", class_="unmet")) == 1


def test_a_script_gets_the_conversation_and_not_the_page(buyer: User, seller: Seller) -> None:
    talk = room(of=seller, buyer=buyer)
    visitor, path = Visitor.as_(buyer), f"/talk-rooms/{talk.pk}/"
    form = visitor.see(path).form(path)
    for _ in range(2):  # an answer that got lost is asked for again
        answer = visitor.client.post(path, {**form.values, "body": "Hello"}, headers={"HX-Request": "true"})
        assert (answer.status_code, answer.headers["HX-Trigger"]) == (200, "sent")
        assert "<html" not in answer.content.decode()
    assert Message.objects.filter(body="Hello").count() == 1
    assert "was sent before" not in visitor.see(path).text
    refused = visitor.client.post(path, {**form.values, "body": "x" * 10_050}, headers={"HX-Request": "true"})
    assert refused.status_code == 400
    assert "HX-Trigger" not in refused.headers
    assert "Too long by 50 characters" in refused.content.decode()


def test_drafts_are_sealed_for_one_person_and_read_after_another_secret(
    buyer: User, staff: User, settings: Settings
) -> None:
    key = Visitor.as_(buyer).see("/deals/").one("body").attributes["data-drafts"]
    assert key == keys_of(buyer) != keys_of(staff)
    assert Visitor().see("/services/").one("body").attributes["data-drafts"] == ""
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the key that comes after it, of fifty characters, more or less"
    sealed_with, also_read_with = keys_of(buyer).split()
    assert also_read_with == key
    assert sealed_with != key


def test_no_two_to_dos_look_alike(seller: Seller, buyer: User) -> None:
    rooms = [room(of=seller, buyer=buyer, silent_for=days(1)) for _ in range(2)]
    text = Visitor.as_(seller.user).see("/to-dos/").text
    assert all(f"#{str(each.pk)[:8].upper()}" in text for each in rooms)


def test_a_verdict_has_the_help_pages_name_wherever_it_is_told(seller: Seller, buyer: User) -> None:
    talk = overdue_room(of=seller, buyer=buyer)
    for person in (seller.user, buyer):
        visitor = Visitor.as_(person, "ja")
        assert visitor.see(f"/talk-rooms/{talk.pk}/").text.count("出品者連絡なしキャンセル") == 2
        assert "出品者連絡なしキャンセル" in visitor.see("/deals/?show=ended").text
