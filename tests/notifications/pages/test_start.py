"""The start page: the four tips from facts, each running deal, what to do next; the to-do list and the deals."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace import clock
from marketplace.actions import cancel_requests, deadlines, deals, delivery, people, schedule, steering, talk
from marketplace.actions.schedule import Line
from marketplace.models import CancelRequest, Deal, Milestone, Seller, TalkRoom, User
from marketplace.vocabulary import ApprovedBy, DealStatus, MessageKind, Party, RequestStatus, WokenBy
from notifications import checklist, codes, todos
from notifications.actions import channel_tests
from notifications.tips import Mark, Slip
from notifications.todos import TodoKind
from notifications.vocabulary import Channel
from tests.conftest import Clock
from tests.support.factories import (
    completed_deal,
    days,
    delivered_room,
    hours,
    on_sale,
    open_request,
    overdue_room,
    person,
    room,
    untouched_room,
)
from tests.support.visitor import Seen, Visitor

pytestmark = pytest.mark.django_db
TOKYO = ZoneInfo("Asia/Tokyo")


def today() -> date:
    return clock.now().astimezone(TOKYO).date()


def bought(of: Seller, buyer: User) -> TalkRoom:
    return TalkRoom.objects.get(deal=deals.buy(service_id=on_sale(of).pk, buyer=buyer, message="Hello"))


def share(in_room: TalkRoom, *lines: tuple[str, int], of: list[Milestone] | None = None) -> list[Milestone]:
    """Share milestones that many days from today; those of `of` are moved instead of made anew."""
    ids: list[UUID | None] = [each.pk for each in of or []]
    wanted = [
        Line(id=pk, title=title, due_on=today() + timedelta(days=ahead))
        for pk, (title, ahead) in zip([*ids, *[None] * (len(lines) - len(ids))], lines, strict=True)
    ]
    return schedule.share(room_id=in_room.pk, seller=in_room.seller, lines=wanted)


def say(in_room: TalkRoom, author: User, kind: MessageKind = MessageKind.TEXT) -> None:
    talk.post_message(room_id=in_room.pk, author=author, body="…", kind=kind)


def judged(seller: Seller) -> checklist.Checklist:
    now = clock.now()
    rooms = TalkRoom.objects.running_for(seller.user).values_list("pk", flat=True)
    return checklist.judge_deals(seller.user, list(rooms), todos.waiting_for(seller.user, now), now)


def tip(page: Seen, heading: str) -> str:
    """Return what the checklist says below one of its headings."""
    items = [" ".join(each.text.split()) for each in page.all("li")]
    [item] = [text for text in items if text[2:].startswith(heading)]  # after its sign
    return item


# The four tips


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


def reachable(user: User) -> None:
    user.email, user.email_confirmed_at = "somebody@example.com", clock.now()
    user.save()


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


# Who sees what


def test_a_buyer_without_services_sees_purchases_to_dos_and_the_way_to_services_and_no_tips(
    frozen: Clock, seller: Seller, buyer: User
) -> None:
    asked = bought(seller, buyer)
    say(asked, seller.user)
    delivered_room(of=seller, buyer=buyer, deadline=frozen.at + hours(5))
    page = Visitor.as_(buyer).see("/")
    assert "Your running purchases" in page.text
    assert "Share a schedule" not in page.text
    assert "Your running sales" not in page.text
    assert page.offers(f"/talk-rooms/{asked.pk}/")
    assert page.form("/services/").method == "get"
    assert "Look at the delivery" in page.text


def test_a_new_person_is_welcomed_and_shown_both_ways(buyer: User) -> None:
    reachable(buyer)
    page = Visitor.as_(buyer, "ja").see("/")
    assert "はじめまして" in page.text
    assert page.offers("/services/")
    assert page.offers("/selling/")
    assert not page.all("span", class_="badge")


def test_staff_are_led_to_the_operators_pages_and_see_no_room_of_others(
    staff: User, seller: Seller, buyer: User
) -> None:
    others = bought(seller, buyer)
    visitor = Visitor.as_(staff)
    for path in ("/", "/deals/"):
        page = visitor.see(path)
        assert str(others.pk) not in page.html
        assert any(each.attributes.get("href", "").startswith("/admin/") for each in page.all("a"))


def test_a_paused_seller_is_led_to_the_guided_return(seller: Seller, buyer: User) -> None:
    overdue = overdue_room(of=seller, buyer=buyer)
    deadlines.settle_room(overdue.pk, woken_by=WokenBy.ETA)
    page = Visitor.as_(seller.user).see("/")
    assert "All your services are paused." in page.one("p", role="alert").text
    assert page.offers("/selling/return/")


@pytest.mark.parametrize(
    ("language", "words"), [("en", "ask to cancel"), ("ja", "24時間以内に返信があれば取り消されます")]
)
def test_strangers_learn_what_this_is_and_where_to_begin(language: str, words: str) -> None:
    page = Visitor(language).see("/")
    assert words in page.text
    assert page.offers("/services/")
    assert page.offers("/log-in/")
    assert page.form("/services/").values["q"] == [""]


def test_what_a_deadline_is_about_to_decide_comes_before_what_is_overdue(seller: Seller, buyer: User) -> None:
    for _ in range(3):
        room(of=seller, buyer=buyer, silent_for=days(9))
    ending = room(of=seller, buyer=buyer, silent_for=days(5))
    open_request(ending, deadline=clock.now() + timedelta(seconds=78))
    for path in ("/", "/to-dos/"):
        page = Visitor.as_(seller.user).see(path)
        buttons = [each for each in page.all("a", class_="button") if each.attributes["href"].endswith("#composer")]
        assert buttons[0].attributes["href"] == f"/talk-rooms/{ending.pk}/#composer"
        assert "quiet" not in buttons[0].attributes["class"].split()
        assert all("quiet" in each.attributes["class"].split() for each in buttons[1:])


# To-dos


def one_of_each_kind(at: datetime) -> tuple[User, dict[TodoKind, str]]:
    """Make somebody for whom one thing of every kind waits; return where each is done."""
    user = person("everybody")
    own = _seller(user)
    requested = room(of=own, silent_for=days(5))
    open_request(requested, deadline=at + hours(3))
    unanswered = room(of=own, silent_for=days(2))
    for each in (requested, unanswered):
        Milestone.objects.create(room=each, title="Draft", due_on=date(2099, 1, 1), shared_at=at)
    unscheduled = room(of=own, silent=Party.BUYER)
    slipped = room(of=own, silent=Party.BUYER)
    Milestone.objects.create(room=slipped, title="Draft", due_on=date(2020, 1, 1), shared_at=at)
    delivered = delivered_room(buyer=user, deadline=at + hours(9))
    completed = completed_deal(of=_seller(person("other")), buyer=user, ended_at=at - days(1))
    TalkRoom.objects.create(deal=completed, buyer=user, seller=completed.seller.user, opened_at=completed.purchased_at)
    deadlines.settle_room(overdue_room(of=own).pk, woken_by=WokenBy.ETA)
    return user, {
        TodoKind.CANCEL_REQUEST: f"/talk-rooms/{requested.pk}/#composer",
        TodoKind.REPLY: f"/talk-rooms/{unanswered.pk}/#composer",
        TodoKind.APPROVE: f"/talk-rooms/{delivered.pk}/approve/",
        TodoKind.SCHEDULE: f"/talk-rooms/{unscheduled.pk}/schedule/",
        TodoKind.MILESTONE: f"/talk-rooms/{slipped.pk}/schedule/",
        TodoKind.PAUSED: "/selling/return/",
        TodoKind.REVIEW: f"/deals/{completed.pk}/review/",
        TodoKind.UNREACHABLE: "/settings/channels/",
    }


def _seller(user: User) -> Seller:
    from tests.support.factories import seller  # noqa: PLC0415 - its name is a fixture's here

    return seller(user=user)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_each_to_do_leads_to_the_page_where_its_act_is_done_and_the_soonest_stands_first(language: str) -> None:
    user, places = one_of_each_kind(clock.now())
    assert set(places) == set(TodoKind)
    visitor = Visitor.as_(user, language)
    page = visitor.see("/to-dos/")
    acts = [each.attributes["href"] for each in page.all("a", class_="button")]
    assert acts[:3] == [places[kind] for kind in (TodoKind.CANCEL_REQUEST, TodoKind.APPROVE, TodoKind.REPLY)]
    assert sorted(acts) == sorted(places.values())
    for place in places.values():
        visitor.see(place)
    assert page.one("span", class_="badge").text.split()[0] == str(len(places))
    shown_first = [each.attributes["href"] for each in visitor.see("/").all("a", class_="button")][:3]
    assert shown_first == acts[:3]


def test_the_list_without_anything_says_so(buyer: User) -> None:
    reachable(buyer)
    page = Visitor.as_(buyer, "ja").see("/to-dos/")
    assert "未対応のものはありません" in page.text
    assert "未対応 " not in page.text


def test_a_reply_past_its_time_and_a_held_request_say_what_holds_now(seller: Seller, buyer: User, staff: User) -> None:
    late, held = room(of=seller, silent_for=days(5)), room(of=seller, silent_for=days(5), buyer=buyer)
    request = cancel_requests.place(room_id=held.pk, requester=buyer)
    staff.is_superuser = True
    staff.save()
    steering.hold(request_id=request.pk, staff=staff, reason="illness")
    page = Visitor.as_(seller.user).see("/to-dos/")
    assert "The other party has been waiting for 5 d and can ask for cancellation" in page.text
    assert "its clock is stopped" in page.text
    say(late, seller.user)
    assert "can ask for cancellation" not in Visitor.as_(seller.user).see("/to-dos/").text


def test_the_badge_is_in_every_header_and_is_304_until_the_act(seller: Seller, buyer: User) -> None:
    reachable(seller.user)
    waiting = bought(seller, buyer)
    visitor = Visitor.as_(seller.user)
    for path in ("/", "/services/", "/deals/", "/to-dos/", "/selling/", "/notices/", "/settings/"):
        link = visitor.see(path).one("a", id="badge")
        assert link.text.split() == ["To-dos", "1", "unhandled"], path
        assert "every 20s" in link.attributes["hx-trigger"]
        assert ("aria-current" in link.attributes) is (path == "/to-dos/")
    assert "aria-current" in visitor.see(link_of(visitor, "/to-dos/")).one("a").attributes
    address = link_of(visitor, "/")
    seen = visitor.see(address)
    again = visitor.client.get(address, headers={"If-None-Match": seen.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    say(waiting, seller.user)
    after = visitor.see(address, If_None_Match=seen.headers["ETag"])
    assert not after.all("span", class_="badge")


def link_of(visitor: Visitor, path: str) -> str:
    """Return what the badge on that page asks for by itself."""
    return visitor.see(path).one("a", id="badge").attributes["hx-get"]


# Deals


def test_running_and_ended_deals_of_both_sides_are_listed_apart_and_nobody_else_s(
    frozen: Clock, seller: Seller, buyer: User
) -> None:
    sold, purchased = bought(seller, buyer), bought(_seller(person("other")), seller.user)
    ended = completed_deal(of=seller, buyer=buyer, ended_at=frozen.at - days(1))
    TalkRoom.objects.create(deal=ended, buyer=buyer, seller=seller.user, opened_at=ended.purchased_at)
    foreign = bought(_seller(person("third")), buyer)
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


# What it costs


@pytest.mark.parametrize("path", ["/", "/deals/", "/to-dos/", "/to-dos/badge/"])
def test_thirty_running_deals_take_as_many_statements_as_three(seller: Seller, buyer: User, path: str) -> None:
    visitor = Visitor.as_(seller.user)
    taken = []
    for number in (3, 27):
        for _ in range(number):
            asked = room(of=seller, buyer=buyer, silent_for=days(5))
            open_request(asked, deadline=clock.now() + hours(5))
            draft = Milestone.objects.create(room=asked, title="Draft", due_on=date(2020, 1, 1), shared_at=clock.now())
            draft.changes.create(title="Draft", due_on=date(2019, 1, 1), changed_at=clock.now())
            room(of=_seller(person("other")), buyer=seller.user)
        with CaptureQueriesContext(connection) as seen:
            visitor.see(path)
        taken.append(len(seen))
    assert taken[0] == taken[1] <= {"/": 20, "/deals/": 9, "/to-dos/": 7, "/to-dos/badge/": 5}[path]


def test_a_purchase_of_a_seller_is_no_deal_of_the_tips(seller: Seller) -> None:
    purchased = bought(_seller(person("other")), seller.user)
    delivery_of = room(of=seller)
    delivery.deliver(room_id=delivery_of.pk, seller=seller.user, body="Here.")
    page = Visitor.as_(seller.user).see("/")
    assert [each.attributes["href"] for each in page.all("a", class_="title")] == [
        f"/talk-rooms/{delivery_of.pk}/",
        f"/talk-rooms/{purchased.pk}/",
    ]
    assert "On track in all of 1 running sale." in page.text
