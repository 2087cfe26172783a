"""Buying: what a deal takes along, who may buy what, and what counts as the buyer's contact."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from pytest_django import Settings

from marketplace import clock, errors
from marketplace.actions import cancel_requests, deadlines, deals, selling, talk
from marketplace.models import Deal, Event, Message, Seller, TalkRoom, User
from marketplace.vocabulary import EventKind, MessageKind, ServiceStatus, WokenBy
from tests.conftest import Clock
from tests.support import factories
from tests.support.api import Api, problem
from tests.support.factories import MICROSECOND, days, hours, overdue_room, service
from tests.support.visitor import Visitor

pytestmark = pytest.mark.django_db


def bought(of: Seller, buyer: User, message: str = "Hello") -> Deal:
    return deals.buy(service_id=factories.on_sale(of).pk, buyer=buyer, message=message)


def assert_nothing_was_bought() -> None:
    assert not Deal.objects.exists()
    assert not TalkRoom.objects.exists()
    assert not Message.objects.exists()
    assert not Event.objects.exists()


# What a deal takes along (R12)


def test_a_purchase_opens_a_room_of_buyer_and_seller(frozen: Clock, seller: Seller, buyer: User) -> None:
    wanted = service(seller, price=12_345)
    deal = deals.buy(service_id=wanted.pk, buyer=buyer)
    assert (deal.status, deal.price, deal.purchased_at, deal.ended_at) == ("in_progress", 12_345, frozen.at, None)
    assert (deal.silence_before_request, deal.reply_window) == (days(4), hours(24))
    room = TalkRoom.objects.get(deal=deal)
    assert (room.buyer, room.seller, room.opened_at) == (buyer, seller.user, frozen.at)
    assert [line.line for line in room.messages.all()] == ["purchase"]
    event = Event.objects.get(kind=EventKind.DEAL_PURCHASED)
    assert (event.room, event.seller, event.actor, event.data["price"]) == (room, seller, buyer, 12_345)


def test_a_deal_keeps_the_price_that_it_was_bought_at(frozen: Clock, seller: Seller, buyer: User) -> None:
    deal = bought(seller, buyer)
    selling.change(service_id=deal.service_id, owner=seller.user, price=99_999)
    deal.refresh_from_db()
    assert deal.price == 5_000
    assert deals.buy(service_id=deal.service_id, buyer=buyer).price == 99_999


def test_a_change_of_the_silence_touches_later_deals_only(
    frozen: Clock, settings: Settings, seller: Seller, buyer: User
) -> None:
    earlier = bought(seller, buyer)
    settings.POLICY = replace(settings.POLICY, silence_before_request=days(2))
    later = bought(seller, buyer)
    assert (earlier.silence_before_request, later.silence_before_request) == (days(4), days(2))

    frozen.advance(days(2))
    with pytest.raises(errors.RespondentContactedRecently):
        cancel_requests.place(room_id=earlier.talk_room.pk, requester=buyer)
    assert cancel_requests.place(room_id=later.talk_room.pk, requester=buyer).status == "awaiting_reply"


def test_a_change_of_the_reply_window_touches_later_deals_only(
    frozen: Clock, settings: Settings, seller: Seller, buyer: User
) -> None:
    earlier = bought(seller, buyer)
    settings.POLICY = replace(settings.POLICY, reply_window=hours(1))
    later = bought(seller, buyer)

    frozen.advance(days(4))
    requests = [cancel_requests.place(room_id=each.talk_room.pk, requester=buyer) for each in (earlier, later)]
    assert [each.reply_deadline for each in requests] == [frozen.at + hours(24), frozen.at + hours(1)]

    frozen.advance(hours(1) + MICROSECOND)
    assert deadlines.settle_overdue(woken_by=WokenBy.SWEEP).ended == 1
    later.refresh_from_db()
    earlier.refresh_from_db()
    assert (earlier.status, later.status) == ("in_progress", "cancelled")


# The message given with the purchase (R6)


def test_the_message_given_with_the_purchase_is_the_buyer_s_contact(frozen: Clock, seller: Seller, buyer: User) -> None:
    room = bought(seller, buyer, message="Hello").talk_room
    assert (room.buyer_last_contact_at, room.seller_last_contact_at) == (frozen.at, None)
    assert room.last_sender == "buyer"
    words = room.messages.get(kind=MessageKind.TEXT)
    assert (words.body, words.sender, words.posted_at) == ("Hello", "buyer", frozen.at)

    frozen.advance(days(4) - MICROSECOND)
    with pytest.raises(errors.RespondentContactedRecently):
        cancel_requests.place(room_id=room.pk, requester=buyer)
    frozen.advance(MICROSECOND)
    cancel_requests.place(room_id=room.pk, requester=buyer)


@pytest.mark.parametrize("nothing", ["", " \n　"])
def test_who_bought_without_a_word_must_write_before_asking(
    frozen: Clock, seller: Seller, buyer: User, nothing: str
) -> None:
    room = bought(seller, buyer, message=nothing).talk_room
    assert not room.messages.filter(kind=MessageKind.TEXT).exists()
    assert not room.buyer_last_contact_at
    assert not room.last_sender
    frozen.advance(days(40))
    for person in (buyer, seller.user):
        with pytest.raises(errors.LastMessageNotYours):
            cancel_requests.place(room_id=room.pk, requester=person)
    talk.post_message(room_id=room.pk, author=buyer, body="Are you there?")
    cancel_requests.place(room_id=room.pk, requester=buyer)


def test_a_seller_may_ask_four_days_after_the_room_opened_when_the_buyer_never_wrote(
    frozen: Clock, seller: Seller, buyer: User
) -> None:
    """R2: 「同様に購入者側の連絡が途絶えた場合は、出品者からキャンセルリクエストを送信できます」."""
    room = bought(seller, buyer, message="").talk_room
    talk.post_message(room_id=room.pk, author=seller.user, body="What shall it be?")
    frozen.advance(days(4) - MICROSECOND)
    with pytest.raises(errors.RespondentContactedRecently):
        cancel_requests.place(room_id=room.pk, requester=seller.user)
    frozen.advance(MICROSECOND)
    assert cancel_requests.place(room_id=room.pk, requester=seller.user).requester == "seller"


# Who may buy what


def test_nobody_buys_an_own_service(frozen: Clock, seller: Seller) -> None:
    draft = service(seller, own_status=ServiceStatus.DRAFT)
    for own in (factories.on_sale(seller), draft):
        with pytest.raises(errors.OwnService):
            deals.buy(service_id=own.pk, buyer=seller.user, message="Hello")
    assert_nothing_was_bought()


def test_a_service_paused_by_its_owner_is_not_sold(frozen: Clock, seller: Seller, buyer: User) -> None:
    paused = service(seller, own_status=ServiceStatus.PAUSED)
    with pytest.raises(errors.ServiceNotAccepting):
        deals.buy(service_id=paused.pk, buyer=buyer, message="Hello")
    assert_nothing_was_bought()


def test_another_s_draft_is_not_there(frozen: Clock, seller: Seller, buyer: User) -> None:
    draft = service(seller, own_status=ServiceStatus.DRAFT)
    with pytest.raises(errors.NotFound):
        deals.buy(service_id=draft.pk, buyer=buyer, message="Hello")
    with pytest.raises(errors.NotFound):
        deals.buy(service_id=uuid.uuid4(), buyer=buyer, message="Hello")
    assert_nothing_was_bought()


def test_a_seller_buys_from_another_seller(frozen: Clock, seller: Seller, buyer: User) -> None:
    selling.create(owner=buyer, title="Also selling", description="", price=100)
    assert bought(seller, buyer).buyer == buyer


# Around a verdict (R7)


def test_a_purchase_before_the_pause_stands_and_its_room_goes_on(frozen: Clock, seller: Seller, buyer: User) -> None:
    overdue_room(of=seller, by=timedelta(days=1))
    stands = bought(seller, buyer)
    frozen.advance(MICROSECOND)
    deadlines.settle_overdue(woken_by=WokenBy.SWEEP)
    with pytest.raises(errors.ServiceNotAccepting):
        bought(seller, buyer)

    stands.refresh_from_db()
    assert stands.status == "in_progress"
    talk.post_message(room_id=stands.talk_room.pk, author=seller.user, body="I am here again.")
    assert stands.talk_room.messages.filter(sender="seller").count() == 1
    assert Deal.objects.filter(buyer=buyer).count() == 1


def test_another_seller_s_silence_is_no_obstacle(frozen: Clock, seller: Seller, buyer: User) -> None:
    overdue_room()
    deadlines.settle_overdue(woken_by=WokenBy.SWEEP)
    assert bought(seller, buyer).status == "in_progress"


def test_a_buyer_whose_silence_cost_a_deal_may_buy_again(frozen: Clock, seller: Seller, buyer: User) -> None:
    room = bought(seller, buyer, message="").talk_room
    talk.post_message(room_id=room.pk, author=seller.user, body="What shall it be?")
    frozen.advance(days(4))
    cancel_requests.place(room_id=room.pk, requester=seller.user)
    frozen.advance(hours(24) + MICROSECOND)
    assert deadlines.settle_overdue(woken_by=WokenBy.SWEEP).ended == 1
    assert bought(seller, buyer).status == "in_progress"


def running(buyer: User, seller: Seller, number: int) -> None:
    for _ in range(number):
        factories.deal(of=seller, buyer=buyer)


def test_one_buyer_has_at_most_ten_running_deals_with_one_seller(seller: Seller, buyer: User) -> None:
    """R8: `too_many_running_deals`. Ended ones, and those with others, do not count."""
    running(buyer, seller, 9)
    factories.completed_deal(of=seller, buyer=buyer, ended_at=clock.now())
    factories.deal(of=factories.seller(), buyer=buyer)
    factories.deal(of=seller)
    asked = {"service": str(factories.on_sale(seller).pk)}
    assert Api(buyer).post("deals/", asked).status_code == 201
    problem(Api(buyer).post("deals/", asked), 409, "too_many_running_deals")
    assert Deal.objects.filter(buyer=buyer, seller=seller, ended_at=None).count() == 10
    other = {"service": str(factories.service(factories.seller()).pk)}
    assert Api(buyer).post("deals/", other).status_code == 201


def test_the_page_for_buying_says_so_before_and_after(seller: Seller, buyer: User, settings: Settings) -> None:
    settings.MOST_RUNNING_DEALS_WITH_ONE_SELLER = 1
    visitor, path = Visitor.as_(buyer), f"/services/{factories.on_sale(seller).pk}/buy/"
    page = visitor.see(path)
    running(buyer, seller, 1)
    form = next(each for each in page.forms if "message" in each.values)
    answer = visitor.post(path, form.values, 409)
    assert "as many running deals" in answer.text
    shown = visitor.see(path)
    assert "as many running deals" in shown.text
    assert not any("message" in each.values for each in shown.forms)
    assert Deal.objects.count() == 1
