"""R6: "Words must be seen". What shows nothing is no contact, no title and no delivery; nothing happens."""

from datetime import datetime
from typing import Any

import pytest
from django.forms import BaseForm

from marketplace import clock
from marketplace.actions import talk
from marketplace.admin.buttons import ReasonForm
from marketplace.errors import NothingToRead
from marketplace.models import CancelRequest, Deal, Event, Message, Milestone, Review, Seller, Service, TalkRoom, User
from marketplace.vocabulary import DealStatus, MessageKind, RequestStatus, ServiceStatus
from tests.support.api import Api, problem
from tests.support.factories import completed_deal, days, delivered_room, hours, room, service
from tests.support.visitor import Visitor

pytestmark = pytest.mark.django_db

UNSEEN = ["\u200b", "\u3164", "\u2800", " \u3000\n", "\u0301", "\x00", "\x1b", "\ue000", "\U000e0100", "\ufe0f\u200d"]
SEEN = ["👩‍💻", "❤️", "ภาษาไทย", "नमस्ते", "か\u3099", "🇯🇵"]


@pytest.fixture
def asked(seller: Seller, buyer: User) -> TalkRoom:
    """A room in which a request against the seller is open."""
    made = room(of=seller, buyer=buyer, silent_for=days(5))
    assert Api(buyer).post(f"talk-rooms/{made.pk}/cancel-requests/").status_code == 201
    return made


def refused(answer: Any, field: str) -> None:
    told = problem(answer, 400, "invalid_input")
    assert {name: [each["code"] for each in said] for name, said in told["errors"].items()} == {field: ["blank"]}


@pytest.mark.parametrize("body", UNSEEN, ids=ascii)
def test_words_that_show_nothing_are_no_contact(asked: TalkRoom, seller: Seller, body: str) -> None:
    api, events, before = Api(seller.user), Event.objects.count(), TalkRoom.objects.get(pk=asked.pk)
    for kind in (MessageKind.TEXT, MessageKind.PROGRESS_REPORT, MessageKind.AUTOMATIC):
        refused(api.post(f"talk-rooms/{asked.pk}/messages/", {"body": body, "kind": kind}), "body")
    refused(api.post(f"talk-rooms/{asked.pk}/deliver/", {"body": body}), "body")
    after = TalkRoom.objects.get(pk=asked.pk)
    assert (after.seller_last_contact_at, after.last_sender) == (before.seller_last_contact_at, before.last_sender)
    assert CancelRequest.objects.get(room=asked).status == RequestStatus.AWAITING_REPLY
    assert Deal.objects.get(pk=asked.deal_id).status == DealStatus.IN_PROGRESS
    assert Event.objects.count() == events


@pytest.mark.parametrize("body", SEEN)
def test_signs_and_marks_on_letters_are_contact_and_are_kept(asked: TalkRoom, seller: Seller, body: str) -> None:
    assert Api(seller.user).post(f"talk-rooms/{asked.pk}/messages/", {"body": body}).json()["body"] == body
    assert CancelRequest.objects.get(room=asked).status == RequestStatus.REVOKED_BY_REPLY


@pytest.mark.parametrize("text", UNSEEN, ids=ascii)
def test_nothing_else_is_made_of_what_shows_nothing(seller: Seller, buyer: User, text: str) -> None:
    mine, theirs, sold = service(seller), Api(seller.user), Service.objects.count()
    refused(theirs.post("services/", {"title": text, "price": 1}), "title")
    refused(theirs.post("services/", {"title": "x", "description": text, "price": 1}), "description")
    refused(theirs.patch(f"services/{mine.pk}/", {"title": text}), "title")
    refused(Api(buyer).post("deals/", {"service": str(mine.pk), "message": text}), "message")
    waiting = delivered_room(deadline=in_an_hour(), of=seller, buyer=buyer)
    refused(Api(buyer).post(f"talk-rooms/{waiting.pk}/send-back/", {"body": text}), "body")
    line = {"title": text, "due_on": "2026-03-02"}
    refused(theirs("PUT", f"talk-rooms/{waiting.pk}/schedule/", [line]), "0.title")
    assert Service.objects.count() == sold
    assert not Milestone.objects.exists()
    assert Deal.objects.get().status == DealStatus.DELIVERED


def in_an_hour() -> datetime:
    return clock.now() + hours(1)


@pytest.mark.parametrize("text", [each for each in UNSEEN if "\0" not in each], ids=ascii)
def test_an_extra_that_shows_nothing_is_left_out(seller: Seller, buyer: User, text: str) -> None:
    quiet, done = (
        room(of=seller, buyer=buyer, silent_for=days(5)),
        completed_deal(of=seller, buyer=buyer, ended_at=in_an_hour()),
    )
    TalkRoom.objects.create(deal=done, buyer=buyer, seller=seller.user, opened_at=done.purchased_at)
    api = Api(buyer)
    assert api.post(f"talk-rooms/{quiet.pk}/cancel-requests/", {"reason": text}).json()["reason"] == ""
    assert api.post(f"deals/{done.pk}/review/", {"rating": 5, "comment": text}).status_code == 201
    assert Review.objects.get(deal=done).comment == ""


@pytest.mark.parametrize(
    "title", ["初\u200b稿", " 初稿\u3000", "初稿\ufe0f", "\u3099初稿", "\u2066初稿\u2069"], ids=ascii
)
def test_a_schedule_that_changes_in_nothing_that_is_seen_is_no_contact(
    asked: TalkRoom, seller: Seller, title: str
) -> None:
    milestone = Milestone.objects.create(room=asked, title="初稿", due_on="2026-03-02", shared_at=asked.opened_at)
    line = {"id": str(milestone.pk), "title": title, "due_on": "2026-03-02"}
    answer = Api(seller.user)("PUT", f"talk-rooms/{asked.pk}/schedule/", [line])
    assert answer.status_code == (400 if "\u2066" in title else 200)
    as_new = {"title": "初\u200b稿", "due_on": "2026-03-02"}
    shown = Api(seller.user)("PUT", f"talk-rooms/{asked.pk}/schedule/", [as_new]).json()
    assert [each["history"] for each in shown] == [[]]
    assert Milestone.objects.get().title == "初稿"
    assert not Message.objects.filter(room=asked, kind=MessageKind.SCHEDULE_CHANGE).exists()
    assert CancelRequest.objects.get(room=asked).status == RequestStatus.AWAITING_REPLY


@pytest.mark.parametrize("text", ["\u200b", "\u3164", "\u3000\n", "\u202e"], ids=ascii)
def test_pages_refuse_it_beside_its_box(asked: TalkRoom, seller: Seller, buyer: User, text: str) -> None:
    theirs = Visitor.as_(seller.user)
    page = theirs.send(theirs.see(f"/talk-rooms/{asked.pk}/"), f"/talk-rooms/{asked.pk}/", body=text, expect=400)
    assert page.all("p", class_="error")
    page = theirs.send(theirs.see("/selling/new/"), "/selling/new/", title=text, price="1", expect=400)
    assert page.all("p", class_="error")
    bought = seller.services.filter(own_status=ServiceStatus.ACCEPTING)[0]
    sent = Visitor.as_(buyer)
    form = next(each for each in sent.see(f"/services/{bought.pk}/buy/").forms if "message" in each.values)
    page = sent.post(form.action, {**form.values, "message": text}, 400)
    assert page.all("p", class_="error")
    assert CancelRequest.objects.get(room=asked).status == RequestStatus.AWAITING_REPLY


@pytest.mark.parametrize("reason", ["\u200b", "\u3164 "], ids=ascii)
def test_staff_give_a_reason_that_can_be_read(reason: str) -> None:
    form: BaseForm = ReasonForm({"reason": reason})
    assert "reason" in form.errors


def test_no_rim_can_make_contact_of_it(asked: TalkRoom, seller: Seller) -> None:
    with pytest.raises(NothingToRead):
        talk.post_message(room_id=asked.pk, author=seller.user, body="\u2060")
    assert CancelRequest.objects.get(room=asked).status == RequestStatus.AWAITING_REPLY
