"""How a deal ends well on the pages: delivered, approved or sent back, reviewed; and who may do what."""

from datetime import timedelta

import pytest

from marketplace import clock
from marketplace.actions import delivery, steering
from marketplace.models import Deal, Event, Message, Review, Seller, TalkRoom, User
from tests.conftest import Clock
from tests.support.factories import MICROSECOND, days, delivered_room, hours, open_request, overdue_room, room
from tests.support.operating import supervisor
from tests.support.visitor import Seen, Visitor


@pytest.fixture
def talk(frozen: Clock, seller: Seller, buyer: User) -> TalkRoom:
    """A room in which the work goes on."""
    return room(of=seller, buyer=buyer, now=frozen.at)


@pytest.fixture
def delivered(frozen: Clock, seller: Seller, buyer: User) -> TalkRoom:
    """A room with a delivery that can be judged for another day."""
    return delivered_room(deadline=frozen.at + days(1), of=seller, buyer=buyer)


def address(talk: TalkRoom, act: str = "") -> str:
    return f"/talk-rooms/{talk.pk}/{act}"


def sees(person: User, talk: TalkRoom) -> Seen:
    return Visitor.as_(person).see(address(talk))


def status(talk: TalkRoom) -> str:
    return str(Deal.objects.get(pk=talk.deal_id).status)


def has_form(page: Seen, action: str) -> bool:
    return any(form.action.endswith(action) for form in page.forms)


def test_the_seller_delivers_with_words_and_both_see_until_when_it_can_be_judged(talk: TalkRoom) -> None:
    seller = Visitor.as_(talk.seller)
    page = seller.see(address(talk, "deliver/"))
    assert "72 hours to approve it or send it back" in page.text
    in_room = seller.send(page, "deliver/", body="Here it is.")
    assert (status(talk), in_room.path) == ("delivered", address(talk))
    assert Message.objects.get(room=talk, kind="delivery").body == "Here it is."
    for seen in (in_room, sees(talk.buyer, talk)):
        assert "by Thu 5 Mar 12:00 (JST)" in seen.text
        assert [each for each in seen.all("time", class_="clock") if each.attributes.get("data-until")]
    assert in_room.offers("deliver/") is in_room.offers("approve/") is in_room.offers("send-back/") is False
    buyers = sees(talk.buyer, talk)
    assert buyers.offers(address(talk, "approve/"))
    assert buyers.offers(address(talk, "send-back/"))


def test_a_delivery_without_words_is_refused_beside_the_field_and_delivers_nothing(talk: TalkRoom) -> None:
    seller = Visitor.as_(talk.seller)
    page = seller.send(seller.see(address(talk, "deliver/")), "deliver/", body="  \n", expect=400)
    assert page.one("textarea", name="body").attributes["aria-invalid"] == "true"
    assert (status(talk), Message.objects.filter(room=talk, kind="delivery").exists()) == ("in_progress", False)


def test_the_page_says_that_a_delivery_answers_the_request_against_the_seller(talk: TalkRoom, frozen: Clock) -> None:
    request = open_request(talk, deadline=frozen.at + hours(5))
    seller = Visitor.as_(talk.seller)
    page = seller.see(address(talk, "deliver/"))
    assert "The cancel request against you is revoked" in page.text
    seller.send(page, "deliver/", body="Here it is.")
    request.refresh_from_db()
    assert request.status == "revoked_by_reply"


def test_a_delivery_after_the_verdict_is_refused_and_its_words_are_shown_again(seller: Seller, buyer: User) -> None:
    talk = overdue_room(of=seller, buyer=buyer, by=timedelta(hours=-1))
    visitor = Visitor.as_(talk.seller)
    page = visitor.see(address(talk, "deliver/"))
    talk.cancel_requests.update(reply_deadline=clock.now() - hours(1))
    refused = visitor.send(page, "deliver/", body="Three files, all there.", expect=409)
    assert "the deal was cancelled" in refused.one("div", role="alert").text
    assert "Not sent Three files, all there." in refused.text
    assert (status(talk), Message.objects.filter(room=talk, kind="delivery").exists()) == ("cancelled", False)


def test_the_buyer_approves_after_reading_what_that_does_and_is_asked_for_a_review(delivered: TalkRoom) -> None:
    Message.objects.filter(room=delivered, kind="delivery").update(body="Three files.")
    buyer = Visitor.as_(delivered.buyer)
    page = buyer.see(address(delivered, "approve/"))
    for words in (
        "Three files.",
        "The deal of ¥5,000 is completed.",
        "The talk room closes",
        "approved automatically at",
    ):
        assert words in page.text
    review = buyer.send(page, "approve/")
    assert (status(delivered), review.path) == ("completed", f"/deals/{delivered.deal_id}/review/")
    assert Deal.objects.get(pk=delivered.deal_id).approved_by == "buyer"
    in_room = sees(delivered.buyer, delivered)
    assert in_room.offers(review.path)
    assert "You approved the delivery." in in_room.text
    seen = sees(delivered.seller, delivered)
    assert "The buyer approved the delivery." in seen.text
    assert not seen.offers(review.path)


def test_what_was_delivered_anew_is_not_approved_by_a_page_that_showed_the_old(delivered: TalkRoom) -> None:
    buyer = Visitor.as_(delivered.buyer)
    page = buyer.see(address(delivered, "approve/"))
    delivery.send_back(room_id=delivered.pk, buyer=delivered.buyer, body="The blue is missing.")
    delivery.deliver(room_id=delivered.pk, seller=delivered.seller, body="With the blue.")
    refused = buyer.send(page, "approve/", expect=412)
    assert "has changed since" in refused.one("div", role="alert").text
    assert "With the blue." in refused.text
    assert status(delivered) == "delivered"
    assert not Event.objects.filter(room=delivered, kind="deal_completed").exists()
    buyer.send(refused, "approve/")
    assert status(delivered) == "completed"


def test_what_was_delivered_anew_is_not_sent_back_by_a_page_that_showed_the_old(delivered: TalkRoom) -> None:
    buyer = Visitor.as_(delivered.buyer)
    page = buyer.see(address(delivered, "send-back/"))
    delivery.send_back(room_id=delivered.pk, buyer=delivered.buyer, body="The blue is missing.")
    delivery.deliver(room_id=delivered.pk, seller=delivered.seller, body="With the blue.")
    refused = buyer.send(page, "send-back/", body="Where is the blue?", expect=412)
    assert refused.form("send-back/").values["body"] == ["Where is the blue?"]
    assert "With the blue." in refused.text
    assert status(delivered) == "delivered"
    assert Message.objects.filter(room=delivered, kind="send_back").count() == 1


@pytest.mark.parametrize(("late", "by"), [(timedelta(0), "buyer"), (MICROSECOND, "window")], ids=["at it", "after it"])
def test_the_buyer_can_approve_until_the_window_ends_and_the_window_does_it_after_that(
    delivered: TalkRoom, frozen: Clock, late: timedelta, by: str
) -> None:
    buyer = Visitor.as_(delivered.buyer)
    page = buyer.see(address(delivered, "approve/"))
    frozen.advance(days(1) + late)
    answer = buyer.send(page, "approve/", expect=200 if by == "buyer" else 409)
    deal = Deal.objects.get(pk=delivered.deal_id)
    assert (deal.status, deal.approved_by) == ("completed", by)
    assert answer.offers(f"/deals/{deal.pk}/review/")
    if by == "window":
        assert "counts as approved" in answer.one("div", role="alert").text
        assert "approved automatically" in answer.text


def test_the_buyer_sends_back_with_what_is_missing_and_the_seller_delivers_again(delivered: TalkRoom) -> None:
    buyer = Visitor.as_(delivered.buyer)
    page = buyer.see(address(delivered, "send-back/"))
    assert "no longer approved automatically" in page.text
    empty = buyer.send(page, "send-back/", body="", expect=400)
    assert empty.one("textarea", name="body").attributes["aria-invalid"] == "true"
    assert status(delivered) == "delivered"
    buyer.send(empty, "send-back/", body="The blue is missing.")
    assert status(delivered) == "in_progress"
    assert Message.objects.get(room=delivered, kind="send_back").body == "The blue is missing."
    seen = sees(delivered.seller, delivered)
    assert seen.offers(address(delivered, "deliver/"))
    assert "The blue is missing." in seen.text
    assert "Nothing is delivered at present." in buyer.see(address(delivered, "approve/")).text


def test_the_buyer_reviews_with_stars_and_words_and_both_read_it_in_the_room(delivered: TalkRoom) -> None:
    delivery.approve(room_id=delivered.pk, buyer=delivered.buyer)
    buyer = Visitor.as_(delivered.buyer)
    path = f"/deals/{delivered.deal_id}/review/"
    page = buyer.see(path)
    assert page.form(path).choices["rating"] == ["5", "4", "3", "2", "1"]
    assert [each.text.split()[-1] for each in page.all("label", class_="choice")] == [
        "good", "Good", "Fair", "Poor", "Bad",
    ]  # fmt: skip
    wrong = buyer.send(page, path, comment="Quick & kind.\n<b>Thanks</b>", expect=400)
    assert wrong.one("fieldset", class_="rating").attributes["aria-describedby"] == "f-rating-error"
    assert "This is needed." in wrong.one("p", id="f-rating-error").text
    assert wrong.form(path).values["comment"] == ["Quick & kind.\n<b>Thanks</b>"]
    assert not Review.objects.exists()
    in_room = buyer.send(wrong, path, rating="4")
    assert in_room.path == address(delivered)
    review = Review.objects.get()
    assert (review.rating, review.comment) == (4, "Quick & kind.\n<b>Thanks</b>")
    for seen in (in_room, sees(delivered.seller, delivered)):
        assert seen.one("span", class_="stars").attributes["aria-label"] == "4 of 5 stars"
        assert "Quick & kind." in seen.text
        assert "&lt;b&gt;Thanks" in seen.html
        assert not seen.offers(path)


def test_the_stars_that_were_chosen_stay_chosen_beside_a_comment_that_is_too_long(delivered: TalkRoom) -> None:
    delivery.approve(room_id=delivered.pk, buyer=delivered.buyer)
    buyer, path = Visitor.as_(delivered.buyer), f"/deals/{delivered.deal_id}/review/"
    wrong = buyer.send(buyer.see(path), path, rating="3", comment="x" * 2001, expect=400)
    assert wrong.form(path).values["rating"] == ["3"]
    assert not Review.objects.exists()


def test_a_second_review_is_refused_and_its_words_are_shown_again(delivered: TalkRoom) -> None:
    delivery.approve(room_id=delivered.pk, buyer=delivered.buyer)
    buyer, path = Visitor.as_(delivered.buyer), f"/deals/{delivered.deal_id}/review/"
    page = buyer.see(path)
    delivery.review(deal_id=delivered.deal_id, buyer=delivered.buyer, rating=5)
    refused = buyer.send(page, path, rating="1", comment="On second thoughts", expect=409)
    assert "You have reviewed this deal already." in refused.one("div", role="alert").text
    assert "Not sent On second thoughts" in refused.text
    assert Review.objects.get().rating == 5


def test_an_automatic_review_says_so_and_a_reversed_one_is_shown_to_staff_alone(
    seller: Seller, buyer: User, frozen: Clock
) -> None:
    talk = overdue_room(of=seller, buyer=buyer)
    for person in (talk.buyer, talk.seller):
        page = sees(person, talk)
        assert page.one("span", class_="stars").attributes["aria-label"] == "1 of 5 stars"
        assert "not by the buyer." in page.text
    staff = supervisor()
    verdict = Deal.objects.get(pk=talk.deal_id).verdict
    steering.reverse(verdict_id=verdict.pk, staff=staff, reason="Ill")
    for person in (talk.buyer, talk.seller):
        page = sees(person, talk)
        assert not page.all("span", class_="stars")
        assert "This review is not counted." in page.text
    assert sees(staff, talk).one("span", class_="stars")


@pytest.mark.parametrize("act", ["deliver", "approve", "send-back", "review"])
def test_only_the_party_whose_act_it_is_sees_its_page_and_carries_it_out(
    delivered: TalkRoom, stranger: User, staff: User, act: str
) -> None:
    its = delivered.seller if act == "deliver" else delivered.buyer
    other = delivered.buyer if act == "deliver" else delivered.seller
    path = f"/deals/{delivered.deal_id}/review/" if act == "review" else address(delivered, f"{act}/")
    before = (status(delivered), Event.objects.count())
    for person, expected in ((other, 403), (staff, 403), (stranger, 404)):
        visitor = Visitor.as_(person)
        visitor.see(path, expect=expected)
        token = visitor.see("/services/").form("/language/").values["csrfmiddlewaretoken"]
        visitor.post(path, {"csrfmiddlewaretoken": token, "body": "Mine", "rating": "1"}, expect=expected)
    assert (status(delivered), Event.objects.count()) == before
    assert Visitor.as_(its).see(path).text


def test_staff_see_where_a_deal_stands_and_are_offered_nothing_to_do(delivered: TalkRoom, staff: User) -> None:
    page = sees(staff, delivered)
    assert "the buyer's approval is awaited" in page.text
    assert not any(page.offers(address(delivered, f"{act}/")) for act in ("deliver", "approve", "send-back"))


def test_a_room_with_buttons_to_press_is_304_until_something_changes(delivered: TalkRoom) -> None:
    buyer = Visitor.as_(delivered.buyer)
    tag = buyer.see(address(delivered, "live/")).headers["ETag"]
    buyer.see(address(delivered, "live/"), expect=304, **{"If-None-Match": tag})
    delivery.approve(room_id=delivered.pk, buyer=delivered.buyer)
    buyer.see(address(delivered, "live/"), expect=200, **{"If-None-Match": tag})
