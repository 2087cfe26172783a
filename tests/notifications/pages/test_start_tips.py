"""The four tips of the start page: what ticks each one, and what misses it."""

from datetime import timedelta

import pytest

from marketplace import clock
from marketplace.actions import delivery, people
from marketplace.models import Seller, TalkRoom, User
from marketplace.vocabulary import MessageKind
from notifications import checklist, codes, todos
from notifications.actions import channel_tests
from notifications.tips import Mark, Slip
from notifications.vocabulary import Channel
from tests.conftest import Clock
from tests.notifications.pages.parties import another_seller, bought, say, share
from tests.support.factories import (
    days,
    hours,
    room,
)
from tests.support.notices import reachable
from tests.support.visitor import Seen, Visitor

pytestmark = pytest.mark.django_db


def judged(seller: Seller) -> checklist.Checklist:
    now = clock.now()
    rooms = TalkRoom.objects.running_for(seller.user).values_list("pk", flat=True)
    return checklist.judge_deals(seller.user, list(rooms), todos.waiting_for(seller.user, now), now)


def tip(page: Seen, heading: str) -> str:
    """Return what the checklist says below one of its headings."""
    items = [" ".join(each.text.split()) for each in page.all("li")]
    [item] = [text for text in items if text[2:].startswith(heading)]  # after its sign
    return item


def test_a_schedule_that_is_shared_ticks_its_tip_and_one_that_is_not_is_missed_after_a_day(
    frozen: Clock, seller: Seller, buyer: User
) -> None:
    first, second = bought(seller, buyer), bought(seller, buyer)
    visitor = Visitor.as_(seller.user)
    page = visitor.see("/")
    assert "… Share a schedule Done in 0 of 2 running sales." in tip(page, "Share a schedule")
    share(first, ("Draft", 3))
    assert "Done in 1 of 2" in tip(visitor.see("/"), "Share a schedule")
    frozen.advance(hours(24))
    page = visitor.see("/")
    assert "! Share a schedule" in tip(page, "Share a schedule")
    assert page.offers(f"/talk-rooms/{second.pk}/schedule/")
    share(second, ("Draft", 3))
    assert "✓ Share a schedule Done in all of 2 running sales." in tip(visitor.see("/"), "Share a schedule")


def test_a_slip_is_announced_by_moving_the_date_before_its_day_is_over_and_not_after(
    frozen: Clock, seller: Seller, buyer: User
) -> None:
    early, late, silent = (bought(seller, buyer) for _ in range(3))
    first, second = share(early, ("Draft", 2)), share(late, ("Draft", 2))
    share(silent, ("Draft", 2))
    frozen.advance(days(2))
    share(early, ("Draft", 9), of=first)
    frozen.advance(days(1))
    share(late, ("Draft", 9), of=second)
    found = {deal.room.pk: deal.progress for deal in judged(seller).deals}
    assert (found[early.pk].slip, found[early.pk].mark) == (Slip.ANNOUNCED, Mark.GOOD)
    assert (found[late.pk].slip, found[late.pk].mark) == (Slip.TOLD_LATE, Mark.LATE)
    assert (found[silent.pk].slip, found[silent.pk].mark) == (Slip.UNTOLD, Mark.MISSED)
    page = Visitor.as_(seller.user).see("/")
    said = tip(page, "Report progress often")
    for words in ("On track in 1 of 3", "and the buyer not told: 1.", "too late: 1.", "announced in time: 1."):
        assert words in said
    assert "Draft is overdue, and the buyer was not told" in page.text


def test_a_progress_report_announces_a_slip_and_a_plain_message_does_not(
    frozen: Clock, seller: Seller, buyer: User
) -> None:
    reported, chatted = bought(seller, buyer), bought(seller, buyer)
    for each in (reported, chatted):
        share(each, ("Draft", 2))
    frozen.advance(days(2))
    say(reported, seller.user, MessageKind.PROGRESS_REPORT)
    say(chatted, seller.user)
    assert {deal.progress.slip for deal in judged(seller).deals} == {Slip.NONE}
    frozen.advance(days(1))
    found = {deal.room.pk: deal.progress.slip for deal in judged(seller).deals}
    assert found == {reported.pk: Slip.ANNOUNCED, chatted.pk: Slip.UNTOLD}


def test_taking_an_overdue_milestone_away_does_not_make_it_unhappened(
    frozen: Clock, seller: Seller, buyer: User
) -> None:
    talk_room = bought(seller, buyer)
    share(talk_room, ("Draft", 1))
    frozen.advance(days(3))
    share(talk_room, ("Final", 5))
    [deal] = judged(seller).deals
    assert (deal.progress.slip, deal.progress.milestone) == (Slip.TOLD_LATE, "Draft")


def test_notices_are_tested_when_the_code_of_a_test_was_confirmed_until_the_address_changes(seller: Seller) -> None:
    user = seller.user
    people.change_me(person=user, email="one@example.com")
    visitor = Visitor.as_(user)
    assert "Notices are not reaching you" in tip(visitor.see("/"), "Check and test your notices")
    test = channel_tests.ask(person=user, channel=Channel.EMAIL)
    channel_tests.confirm(person=user, test_id=test.pk, code=codes.code_of(test.pk))
    assert "✓ Check and test your notices A test notice arrived." in tip(visitor.see("/"), "Check and test")
    user.refresh_from_db()
    people.change_me(person=user, email="two@example.com")
    page = visitor.see("/")
    assert "! Check and test your notices Notices are not reaching you" in tip(page, "Check and test")
    assert page.offers("/settings/channels/")


def test_a_confirmed_address_that_was_never_tested_leaves_the_tip_open(seller: Seller) -> None:
    reachable(seller.user)
    assert "… Check and test your notices Not tested yet." in tip(Visitor.as_(seller.user).see("/"), "Check and test")


def test_to_dos_piled_up_are_open_and_missed_once_the_other_party_can_ask(
    frozen: Clock, seller: Seller, buyer: User
) -> None:
    reachable(seller.user)
    visitor = Visitor.as_(seller.user)
    assert "✓ Keep your to-do list short Nothing is waiting." in tip(visitor.see("/"), "Keep your to-do list")
    bought(seller, buyer)
    assert "… Keep your to-do list short 1 unhandled." in tip(visitor.see("/"), "Keep your to-do list")
    frozen.advance(days(4))
    assert "some of them overdue" not in visitor.see("/").text
    frozen.advance(timedelta(microseconds=1))
    assert "! Keep your to-do list short 2 unhandled, some of them overdue" in tip(
        visitor.see("/"), "Keep your to-do list"
    )


def test_what_asks_for_something_stands_before_what_is_fine(frozen: Clock, seller: Seller, buyer: User) -> None:
    fine, missing = bought(seller, buyer), bought(seller, buyer)
    share(fine, ("Draft", 3))
    say(missing, seller.user)
    frozen.advance(hours(24))
    page = Visitor.as_(seller.user).see("/")
    assert "1 in order" in page.text
    assert page.html.index(f"/talk-rooms/{missing.pk}/schedule/") < page.html.index("1 in order")
    assert page.html.index("1 in order") < page.html.rindex(f"/talk-rooms/{fine.pk}/")


def test_a_purchase_of_a_seller_is_no_deal_of_the_tips(seller: Seller) -> None:
    purchased = bought(another_seller("other"), seller.user)
    delivery_of = room(of=seller)
    delivery.deliver(room_id=delivery_of.pk, seller=seller.user, body="Here.")
    page = Visitor.as_(seller.user).see("/")
    assert [each.attributes["href"] for each in page.all("a", class_="title")] == [
        f"/talk-rooms/{delivery_of.pk}/",
        f"/talk-rooms/{purchased.pk}/",
    ]
    assert "On track in all of 1 running sale." in page.text
