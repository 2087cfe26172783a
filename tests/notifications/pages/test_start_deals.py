"""The deals on the start page and on their own page."""

from collections.abc import Callable
from datetime import datetime

import pytest

from marketplace import clock
from marketplace.actions import deadlines, steering
from marketplace.models import CancelRequest, Deal, Seller, TalkRoom, User
from marketplace.vocabulary import ApprovedBy, DealStatus, RequestStatus, WokenBy
from tests.conftest import Clock
from tests.notifications.pages.parties import another_seller, bought
from tests.support.factories import (
    completed_deal,
    days,
    delivered_room,
    hours,
    open_request,
    overdue_room,
    room,
    untouched_room,
)
from tests.support.visitor import Visitor

pytestmark = pytest.mark.django_db


def test_running_and_ended_deals_of_both_sides_are_listed_apart_and_nobody_else_s(
    frozen: Clock, seller: Seller, buyer: User
) -> None:
    sold, purchased = bought(seller, buyer), bought(another_seller("other"), seller.user)
    ended = completed_deal(of=seller, buyer=buyer, ended_at=frozen.at - days(1))
    TalkRoom.objects.create(deal=ended, buyer=buyer, seller=seller.user, opened_at=ended.purchased_at)
    foreign = bought(another_seller("third"), buyer)
    visitor = Visitor.as_(seller.user)
    running = visitor.see("/deals/")
    assert all(str(each.pk) in running.html for each in (sold, purchased))
    assert str(foreign.pk) not in running.html
    assert str(ended.talk_room.pk) not in running.html
    assert running.offers("/deals/")
    past = visitor.see("/deals/?show=ended")
    assert str(ended.talk_room.pk) in past.html
    assert str(sold.pk) not in past.html
    assert f"sold to {buyer.username}" in past.text
    assert not past.offers(f"/deals/{ended.pk}/review/")
    assert Visitor.as_(buyer).see("/deals/?show=ended").offers(f"/deals/{ended.pk}/review/")


def owed(by: Callable[[Clock, Seller, User], object], words: str, other: str) -> object:
    return pytest.param(by, (words, other), id=words)


def three_withdrawn(in_room: TalkRoom, at: datetime) -> None:
    """Place as many requests as one party may within 24 hours (R8), all withdrawn at once."""
    for _ in range(3):
        placed = open_request(in_room, deadline=at + in_room.deal.reply_window)
        CancelRequest.objects.filter(pk=placed.pk).update(status=RequestStatus.WITHDRAWN, ended_at=at)


@pytest.mark.parametrize(
    ("made", "read"),
    [
        owed(lambda _at, of, by: bought(of, by), "waiting for your reply", "waiting for their reply"),
        owed(
            lambda at, of, by: room(of=of, buyer=by, silent_for=days(4) + hours(1), now=at.at),
            "The other party can ask for cancellation now.",
            "You can ask for cancellation",
        ),
        owed(
            lambda at, of, by: three_withdrawn(room(of=of, buyer=by, silent_for=days(5), now=at.at), at.at - hours(1)),
            "Unless you reply by Tue 3 Mar 11:00 (JST), the other party can ask",
            "If they stay silent, you can ask for cancellation from Tue 3 Mar 11:00 (JST).",
        ),
        owed(
            lambda at, of, by: room(of=of, buyer=by, silent_for=days(1), now=at.at),
            "Unless you reply by Thu 5 Mar 12:00 (JST), the other party can ask",
            "If they stay silent, you can ask for cancellation from Thu 5 Mar 12:00 (JST).",
        ),
        owed(
            lambda at, of, by: open_request(
                room(of=of, buyer=by, silent_for=days(5), now=at.at), deadline=at.at + hours(2)
            ),
            "reply to the cancel request Reply by Mon 2 Mar 14:00 (JST) · 2 h left",
            "your cancel request is running Reply by Mon 2 Mar 14:00 (JST)",
        ),
        owed(
            lambda at, of, by: delivered_room(of=of, buyer=by, deadline=at.at + hours(5)),
            "waiting for their approval Approved automatically after Mon 2 Mar 17:00 (JST) · 5 h left",
            "waiting for your approval",
        ),
        owed(
            lambda at, of, by: untouched_room(of=of, buyer=by, limit=at.at + hours(1)),
            "The seller's first message by Mon 2 Mar 13:00 (JST)",
            "The seller's first message by Mon 2 Mar 13:00 (JST)",
        ),
        owed(
            lambda at, of, by: open_request(
                room(of=of, buyer=by, silent_for=days(6), now=at.at), deadline=at.at - hours(1)
            ),
            "its deadline has passed The outcome will show in a moment.",
            "its deadline has passed",
        ),
    ],
)
def test_a_running_deal_says_who_owes_the_next_word_and_by_when(
    frozen: Clock,
    seller: Seller,
    buyer: User,
    made: Callable[[Clock, Seller, User], object],
    read: tuple[str, str],
) -> None:
    made(frozen, seller, buyer)
    for user, words in zip((seller.user, buyer), read, strict=True):
        for path in ("/deals/", "/"):
            assert words in Visitor.as_(user).see(path).text


def test_a_deal_cancelled_for_silence_says_whose_and_that_it_was_reversed(
    seller: Seller, buyer: User, staff: User
) -> None:
    overdue = overdue_room(of=seller, buyer=buyer)
    deadlines.settle_room(overdue.pk, woken_by=WokenBy.ETA)
    assert "cancelled: no reply from you" in Visitor.as_(seller.user).see("/deals/?show=ended").text
    assert "cancelled: no reply from them" in Visitor.as_(buyer).see("/deals/?show=ended").text
    staff.is_superuser = True
    staff.save()
    steering.reverse(verdict_id=overdue.deal.verdict.pk, staff=staff, reason="illness")
    for who in (seller.user, buyer):
        page = Visitor.as_(who).see("/deals/?show=ended")
        assert "reversed by our staff" in page.text
        assert "no word from" not in page.text


def test_the_list_is_paged_by_plain_links_that_keep_the_choice(seller: Seller, buyer: User) -> None:
    running = [room(of=seller, buyer=buyer) for _ in range(31)]
    ended = [room(of=seller, buyer=buyer) for _ in range(32)]
    for each in ended:
        complete(each)
    visitor = Visitor.as_(buyer)
    for path, made in (("/deals/", running), ("/deals/?show=ended", ended)):
        first = visitor.see(path)
        assert len(first.all("li", class_="deal-line")) == 30
        second = visitor.see("/deals/" + first.one("a", rel="next").attributes["href"])
        assert len(second.all("li", class_="deal-line")) == len(made) - 30
        assert str(made[0].pk) in second.html
        back = visitor.see("/deals/" + second.one("a", rel="prev").attributes["href"])
        assert str(made[-1].pk) in back.html


def complete(each: TalkRoom) -> None:
    at = clock.now()
    Deal.objects.filter(pk=each.deal_id).update(
        status=DealStatus.COMPLETED, ended_at=at, approval_deadline=at, approved_by=ApprovedBy.BUYER
    )
