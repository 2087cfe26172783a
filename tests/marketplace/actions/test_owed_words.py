"""R1, second paragraph: who is answered after a long wait is neither scolded nor invited; the rule stays the page's."""

from dataclasses import replace

import pytest
from pytest_django import Settings

from marketplace.actions import cancel_requests, deals, talk
from marketplace.models import Seller, TalkRoom, User
from notifications import todos
from notifications.actions import hearing, ladders
from notifications.models import Notification
from tests.conftest import Clock
from tests.support.api import Api
from tests.support.factories import MICROSECOND, days, hours, on_sale, room
from tests.support.notices import reachable
from tests.support.visitor import Visitor

pytestmark = pytest.mark.django_db


def words_to(whom: User) -> list[str]:
    inbox = Notification.objects.filter(person=whom, channel="inapp").order_by("made_at", "words")
    return list(inbox.values_list("words", flat=True))


def a_round_of_beat() -> None:
    hearing.hear()
    ladders.tick()


@pytest.fixture
def answered(frozen: Clock, seller: Seller, buyer: User) -> TalkRoom:
    """The buyer waited five days for the seller, who has answered just now."""
    reachable(buyer)
    made = room(of=seller, buyer=buyer, now=frozen.at, silent_for=days(5))
    talk.post_message(room_id=made.pk, author=seller.user, body="Sorry!")
    a_round_of_beat()
    return made


def test_who_is_answered_hears_of_the_answer_and_nothing_else(frozen: Clock, answered: TalkRoom) -> None:
    assert words_to(answered.buyer) == ["message"]
    assert Notification.objects.filter(person=answered.buyer, channel="email").count() == 1
    [todo] = todos.waiting_for(answered.buyer, frozen.at)
    assert (todo.since, todo.due_at) == (frozen.at, frozen.at + days(4))


@pytest.mark.parametrize("path", ["/to-dos/", "/", "/deals/", "/talk-rooms/{room}/"])
def test_no_page_scolds_who_is_answered(answered: TalkRoom, path: str) -> None:
    page = Visitor.as_(answered.buyer).see(path.format(room=answered.pk))
    classes = {name for element in page.all() for name in element.attributes.get("class", "").split()}
    assert not classes & {"pressing", "soon", "alarm", "bad", "warn"} - ({"warn"} if path != "/to-dos/" else set())
    assert "can ask to cancel at any time" not in page.one("main").text.split("If you stay silent")[0]
    assert "can ask for cancellation now" not in page.text


@pytest.mark.parametrize("path", ["/", "/deals/", "/talk-rooms/{room}/"])
def test_who_was_silent_is_not_invited_to_ask_but_may(answered: TalkRoom, path: str) -> None:
    page = Visitor.as_(answered.seller).see(path.format(room=answered.pk))
    assert page.all("a", id="ask-from-turn") == []
    assert "You can ask for cancellation" not in page.text
    assert "You can place a cancel request now" not in page.text


def test_the_page_s_rule_binds_and_the_page_says_how_long_the_other_had(answered: TalkRoom) -> None:
    asking = Visitor.as_(answered.seller).see(f"/talk-rooms/{answered.pk}/cancel-request/")
    assert "it may be fairer to wait for a reply" in asking.text
    placed = cancel_requests.place(room_id=answered.pk, requester=answered.seller)
    assert placed.status == "awaiting_reply"


def test_after_four_days_owed_both_are_told_and_the_button_stands_there(frozen: Clock, answered: TalkRoom) -> None:
    for by in (days(2), days(1), days(1) - MICROSECOND):
        frozen.advance(by)
        a_round_of_beat()
    assert Visitor.as_(answered.seller).see(f"/talk-rooms/{answered.pk}/").all("a", id="ask-from-turn") == []
    assert words_to(answered.buyer) == ["message", "silence_possible", "silence_possible"]
    frozen.advance(MICROSECOND)
    a_round_of_beat()
    assert words_to(answered.buyer)[-1] == "silence_over"
    assert words_to(answered.seller)[-1] == "silence_over_for_requester"
    assert Visitor.as_(answered.seller).see(f"/talk-rooms/{answered.pk}/").one("a", id="ask-from-turn")
    frozen.advance(MICROSECOND)
    assert "can ask for cancellation" in Visitor.as_(answered.buyer).see("/to-dos/").text


def test_more_messages_do_not_begin_the_wait_anew(frozen: Clock, answered: TalkRoom) -> None:
    first = frozen.at
    frozen.advance(hours(5))
    talk.post_message(room_id=answered.pk, author=answered.seller, body="Are you there?")
    answered.refresh_from_db()
    assert answered.first_unanswered_at == first
    talk.post_message(room_id=answered.pk, author=answered.buyer, body="Yes.")
    answered.refresh_from_db()
    assert answered.first_unanswered_at == frozen.at


def test_a_marketplace_may_ask_that_a_word_was_owed_before_a_request(
    frozen: Clock, seller: Seller, buyer: User, settings: Settings
) -> None:
    settings.POLICY = replace(settings.POLICY, owed_before_request=days(1))
    made = deals.buy(service_id=on_sale(seller).pk, buyer=buyer).talk_room
    settings.POLICY = replace(settings.POLICY, owed_before_request=days(3))  # touches later deals only (R12)
    frozen.advance(days(4))
    wrote = frozen.at
    talk.post_message(room_id=made.pk, author=buyer, body="Hello?")

    refused = Api(buyer).post(f"talk-rooms/{made.pk}/cancel-requests/", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_owed_long_enough")
    answer = Api(buyer).get(f"talk-rooms/{made.pk}/cancel-eligibility/").json()
    assert [(each["code"], each["met"]) for each in answer["conditions"]][-3:] == [
        ("respondent_contacted_recently", True),
        ("not_owed_long_enough", False),
        ("too_many_requests_today", True),
    ]
    assert answer["owed_since"] == wrote.isoformat(timespec="microseconds").replace("+00:00", "Z")
    assert answer["against_you"]["owed_since"] is None
    assert "Your first unanswered message is" in Visitor.as_(buyer).see(f"/talk-rooms/{made.pk}/").text

    frozen.advance(days(1) - MICROSECOND)
    assert Api(buyer).post(f"talk-rooms/{made.pk}/cancel-requests/", {}).status_code == 409
    frozen.advance(MICROSECOND)
    assert Api(buyer).post(f"talk-rooms/{made.pk}/cancel-requests/", {}).status_code == 201
