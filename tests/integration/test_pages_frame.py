"""What every page has in common."""

from marketplace.models import Message, Seller, User
from tests.factories import room
from tests.visitor import Visitor


def test_a_form_sent_twice_says_it_once(buyer: User, seller: Seller) -> None:
    talk = room(of=seller, buyer=buyer)
    visitor = Visitor.as_(buyer)
    page = visitor.see(f"/talk-rooms/{talk.pk}/")
    for _ in range(2):
        visitor.send(page, f"/talk-rooms/{talk.pk}/", body="Hello")
    assert Message.objects.filter(room=talk, body="Hello").count() == 1


def test_what_was_typed_stays_beside_what_is_wrong_with_it(buyer: User, seller: Seller) -> None:
    talk = room(of=seller, buyer=buyer)
    visitor = Visitor.as_(buyer)
    page = visitor.send(
        visitor.see(f"/talk-rooms/{talk.pk}/"), f"/talk-rooms/{talk.pk}/", body="x" * 10_001, expect=400
    )
    assert "At most 10000 characters." in page.text
    assert page.form(f"/talk-rooms/{talk.pk}/").values["body"] == ["x" * 10_001]
    assert page.one("textarea", name="body").attributes["aria-invalid"] == "true"
    assert not Message.objects.filter(room=talk, body__startswith="x").exists()
