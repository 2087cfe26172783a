"""The to-do list: what waits for whom, from when and until when, and the act that handles it."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from marketplace import errors
from marketplace.actions import cancel_requests, deadlines, deals, delivery, schedule, selling, steering, talk
from marketplace.actions.schedule import Line
from marketplace.models import Deal, Milestone, Seller, TalkRoom, User
from marketplace.vocabulary import MessageKind, Party, WokenBy
from notifications import todos
from notifications.models import Reach
from notifications.todos import Todo, TodoKind
from notifications.todos.kinds import TEXTS
from notifications.vocabulary import Channel
from tests.conftest import Clock
from tests.support.api import Api
from tests.support.factories import (
    MICROSECOND,
    completed_deal,
    days,
    delivered_room,
    hours,
    on_sale,
    overdue_room,
    person,
    room,
    untouched_room,
)
from tests.support.told import browser

pytestmark = pytest.mark.django_db
K = TodoKind


@pytest.fixture
def chief(db: None) -> User:
    return person("chief", is_staff=True, is_superuser=True)


def waiting(who: User | Seller, at: Clock) -> dict[TodoKind, Todo]:
    """Return what waits for somebody by kind, how to be reached aside; at most one of each."""
    user = who.user if isinstance(who, Seller) else who
    found = [todo for todo in todos.waiting_for(user, at.at) if todo.kind is not K.UNREACHABLE]
    assert len({todo.kind for todo in found}) == len(found)
    assert todos.count(user, at.at) - 1 == len(found)
    return {todo.kind: todo for todo in found}


def bought(of: Seller, buyer: User, message: str = "") -> TalkRoom:
    deal = deals.buy(service_id=on_sale(of).pk, buyer=buyer, message=message)
    return TalkRoom.objects.get(deal=deal)


def say(in_room: TalkRoom, author: User | Seller, kind: MessageKind = MessageKind.TEXT) -> None:
    talk.post_message(
        room_id=in_room.pk, author=author.user if isinstance(author, Seller) else author, body="…", kind=kind
    )


# Reply awaited


def test_a_purchase_without_a_word_waits_for_the_seller_until_the_buyer_could_ask(
    frozen: Clock, seller: Seller, buyer: User
) -> None:
    opened = bought(seller, buyer)
    assert waiting(buyer, frozen) == {}
    todo = waiting(seller, frozen)[K.REPLY]
    assert (todo.key, todo.room, todo.since) == (f"reply:{opened.pk}", opened.pk, frozen.at)
    assert todo.due_at == frozen.at + days(4)
    frozen.advance(hours(1))
    say(opened, seller)
    assert waiting(seller, frozen) == {}
    assert waiting(buyer, frozen)[K.REPLY].due_at == frozen.at + days(4)  # and not from the room's opening (R1)


def test_a_reply_hands_the_to_do_over_and_an_automatic_one_or_looking_does_not(
    frozen: Clock, seller: Seller, buyer: User
) -> None:
    opened = bought(seller, buyer, "Hello")
    frozen.advance(hours(2))
    say(opened, seller, MessageKind.AUTOMATIC)
    assert Api(seller.user).get(f"talk-rooms/{opened.pk}/messages/").status_code == 200
    assert set(waiting(seller, frozen)) == {K.REPLY}
    say(opened, seller)
    assert waiting(seller, frozen) == {}
    theirs = waiting(buyer, frozen)[K.REPLY]
    assert (theirs.since, theirs.due_at) == (frozen.at, frozen.at + days(4))


@pytest.mark.parametrize("silent", list(Party))
def test_a_reply_is_due_at_the_moment_at_which_the_counterpart_could_ask(frozen: Clock, silent: Party) -> None:
    talk_room = room(silent_for=days(4) - MICROSECOND, silent=silent, now=frozen.at)
    who, other = talk_room.seller, talk_room.buyer
    if silent is Party.BUYER:
        who, other = other, who
    owed_since = talk_room.first_unanswered_at
    assert owed_since is not None
    assert waiting(who, frozen)[K.REPLY].due_at == owed_since + days(4)  # the other one wrote 10 µs later
    with pytest.raises(errors.RespondentContactedRecently):
        cancel_requests.place(room_id=talk_room.pk, requester=other)
    frozen.advance(MICROSECOND)
    cancel_requests.place(room_id=talk_room.pk, requester=other)
    assert K.REPLY not in waiting(who, frozen)


def test_the_first_contact_is_due_when_its_limit_comes_first(frozen: Clock) -> None:
    limit = frozen.at + hours(3)
    untouched = untouched_room(limit=limit, window=days(6))
    assert waiting(untouched.seller, frozen)[K.REPLY].due_at == limit - days(2)
    soon = untouched_room(limit=limit, window=days(1))
    assert waiting(soon.seller, frozen)[K.REPLY].due_at == limit
    frozen.at = limit - MICROSECOND
    say(soon, soon.seller)
    assert waiting(soon.seller, frozen) == {}


def test_a_room_of_a_deal_that_ended_waits_for_nobody(frozen: Clock, seller: Seller, buyer: User) -> None:
    talk_room = delivered_room(of=seller, buyer=buyer, deadline=frozen.at + hours(1))
    say(talk_room, buyer)
    assert waiting(seller, frozen)[K.REPLY].due_at is None
    delivery.approve(room_id=talk_room.pk, buyer=buyer)
    assert waiting(seller, frozen) == {}


# A cancel request against you


def test_a_request_stands_in_the_place_of_the_reply_with_its_own_deadline_until_the_last_moment(
    frozen: Clock, seller: Seller
) -> None:
    talk_room = room(of=seller, silent_for=days(4), now=frozen.at)
    request = cancel_requests.place(room_id=talk_room.pk, requester=talk_room.buyer)
    assert waiting(talk_room.buyer, frozen) == {}
    [todo] = [todo for kind, todo in waiting(seller, frozen).items() if kind is not K.SCHEDULE]
    assert (todo.key, todo.due_at, todo.since) == (
        f"cancel_request:{request.pk}",
        frozen.at + hours(24),
        frozen.at,
    )
    frozen.advance(hours(24))
    assert K.CANCEL_REQUEST in waiting(seller, frozen)
    say(talk_room, seller)
    assert set(waiting(seller, frozen)) == {K.SCHEDULE}
    assert set(waiting(talk_room.buyer, frozen)) == {K.REPLY}


def test_a_request_that_is_withdrawn_leaves_the_reply_awaited(frozen: Clock, seller: Seller) -> None:
    talk_room = room(of=seller, silent_for=days(4), now=frozen.at)
    request = cancel_requests.place(room_id=talk_room.pk, requester=talk_room.buyer)
    cancel_requests.withdraw(request_id=request.pk, person=talk_room.buyer)
    assert set(waiting(seller, frozen)) == {K.SCHEDULE, K.REPLY}


def test_a_request_that_is_held_is_due_at_no_time_and_comes_back_with_what_remained(
    frozen: Clock, seller: Seller, chief: User
) -> None:
    talk_room = room(of=seller, silent_for=days(4), now=frozen.at)
    request = cancel_requests.place(room_id=talk_room.pk, requester=talk_room.buyer)
    frozen.advance(hours(20))
    steering.hold(request_id=request.pk, staff=chief, reason="Illness")
    assert waiting(seller, frozen)[K.CANCEL_REQUEST].due_at is None
    frozen.advance(days(3))
    steering.release(request_id=request.pk, staff=chief, reason="Well again")
    assert waiting(seller, frozen)[K.CANCEL_REQUEST].due_at == frozen.at + hours(4)


# Delivered work


def test_delivered_work_waits_for_the_buyer_alone_and_once(frozen: Clock, seller: Seller, buyer: User) -> None:
    talk_room = room(of=seller, buyer=buyer, now=frozen.at)
    frozen.advance(hours(1))
    delivery.deliver(room_id=talk_room.pk, seller=seller.user, body="Here")
    todo = waiting(buyer, frozen)[K.APPROVE]
    assert (todo.key, todo.due_at, todo.since) == (f"approve:{talk_room.deal_id}", frozen.at + hours(72), frozen.at)
    assert set(waiting(buyer, frozen)) == {K.APPROVE}
    assert waiting(seller, frozen) == {}

    frozen.advance(hours(1))
    say(talk_room, seller)
    assert set(waiting(buyer, frozen)) == {K.APPROVE, K.REPLY}
    frozen.at = todo.due_at or frozen.at
    delivery.send_back(room_id=talk_room.pk, buyer=buyer, body="Bigger")
    assert waiting(buyer, frozen) == {}
    assert set(waiting(seller, frozen)) == {K.REPLY, K.SCHEDULE}


def test_approving_ends_it_and_asks_for_a_review(frozen: Clock, seller: Seller, buyer: User) -> None:
    talk_room = delivered_room(of=seller, buyer=buyer, deadline=frozen.at)
    assert set(waiting(buyer, frozen)) == {K.APPROVE}
    delivery.approve(room_id=talk_room.pk, buyer=buyer)
    assert set(waiting(buyer, frozen)) == {K.REVIEW}


# The schedule


def test_a_schedule_is_missed_24_hours_after_the_purchase_and_sharing_one_ends_it(
    frozen: Clock, seller: Seller, buyer: User
) -> None:
    opened = bought(seller, buyer)
    say(opened, seller)
    frozen.advance(hours(24) - MICROSECOND)
    assert waiting(seller, frozen) == {}
    frozen.advance(MICROSECOND)
    todo = waiting(seller, frozen)[K.SCHEDULE]
    assert (todo.key, todo.since, todo.due_at) == (f"schedule:{opened.pk}", frozen.at, None)
    assert K.SCHEDULE not in waiting(buyer, frozen)
    schedule.share(room_id=opened.pk, seller=seller.user, lines=[Line(title="初稿", due_on=date(2026, 3, 5))])
    assert waiting(seller, frozen) == {}


def test_a_milestone_is_overdue_when_its_day_is_over_in_tokyo_until_it_is_done_or_moved(
    frozen: Clock, seller: Seller, buyer: User
) -> None:
    opened = bought(seller, buyer, "Hello")
    frozen.advance(timedelta(minutes=1))
    schedule.share(room_id=opened.pk, seller=seller.user, lines=[Line(title="初稿", due_on=date(2026, 3, 3))])
    milestone = Milestone.objects.get()
    over = datetime(2026, 3, 3, 15, tzinfo=UTC)  # midnight in Tokyo
    frozen.at = over - MICROSECOND
    assert waiting(seller, frozen) == {}
    frozen.at = over
    todo = waiting(seller, frozen)[K.MILESTONE]
    assert (todo.key, todo.since, todo.due_at, todo.milestone) == (f"milestone:{milestone.pk}", over, None, "初稿")
    assert K.MILESTONE not in waiting(buyer, frozen)

    def share(due_on: date, *, done: bool) -> None:
        line = Line(id=milestone.pk, title="初稿", due_on=due_on, done=done)
        schedule.share(room_id=opened.pk, seller=seller.user, lines=[line])

    share(date(2026, 3, 4), done=False)
    assert waiting(seller, frozen) == {}
    share(date(2026, 3, 3), done=False)
    assert set(waiting(seller, frozen)) == {K.MILESTONE}
    share(date(2026, 3, 3), done=True)
    assert waiting(seller, frozen) == {}


# Services paused


def test_services_that_are_paused_wait_for_their_seller_to_resume(seller: Seller) -> None:
    overdue = overdue_room(of=seller)
    deadlines.settle_overdue(woken_by=WokenBy.SWEEP)
    deal = Deal.objects.get(pk=overdue.deal_id)
    at = Clock(deal.verdict.recorded_at)
    todo = waiting(seller, at)[K.PAUSED]
    assert (todo.key, todo.room, todo.since, todo.due_at) == (
        f"paused:{deal.verdict.pk}",
        overdue.pk,
        deal.verdict.recorded_at,
        None,
    )
    assert waiting(overdue.buyer, at) == {}
    selling.acknowledge(owner=seller.user, services=[])
    assert waiting(seller, at) == {}


def test_a_verdict_that_is_reversed_asks_for_nothing_any_more(seller: Seller, chief: User) -> None:
    overdue = overdue_room(of=seller)
    deadlines.settle_overdue(woken_by=WokenBy.SWEEP)
    verdict = Deal.objects.get(pk=overdue.deal_id).verdict
    steering.reverse(verdict_id=verdict.pk, staff=chief, reason="Illness")
    assert waiting(seller, Clock(verdict.recorded_at)) == {}


# A review to write


def test_a_review_is_asked_for_during_14_days_and_until_it_is_written(
    frozen: Clock, seller: Seller, buyer: User
) -> None:
    talk_room = delivered_room(of=seller, buyer=buyer, deadline=frozen.at + hours(1))
    delivery.approve(room_id=talk_room.pk, buyer=buyer)
    approved = frozen.at
    todo = waiting(buyer, frozen)[K.REVIEW]
    assert (todo.key, todo.room, todo.since) == (f"review:{talk_room.deal_id}", talk_room.pk, approved)
    frozen.at = approved + days(14) + MICROSECOND
    assert waiting(buyer, frozen) == {}
    frozen.at = approved + days(14)
    assert set(waiting(buyer, frozen)) == {K.REVIEW}
    delivery.review(deal_id=talk_room.deal_id, buyer=buyer, rating=5)
    assert waiting(buyer, frozen) == {}


# Unreachable

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


HERS, OLD, BROWSER = "a@example.com", "old@example.com", ""


@pytest.mark.parametrize(
    ("ways", "broken", "unreachable"),
    [
        ("none", {}, True),
        ("address", {}, True),
        ("confirmed", {}, False),
        ("browser", {}, False),
        ("confirmed", {Channel.EMAIL: HERS}, True),
        ("confirmed", {Channel.EMAIL: OLD}, False),
        ("confirmed browser", {Channel.EMAIL: HERS}, False),
        ("confirmed browser", {Channel.PUSH: BROWSER}, False),
        ("confirmed browser", {Channel.EMAIL: HERS, Channel.PUSH: BROWSER}, True),
        ("address browser", {Channel.PUSH: BROWSER}, True),
    ],
)
def test_who_has_no_way_that_works_is_unreachable(
    frozen: Clock,
    ways: str,
    broken: dict[Channel, str],
    unreachable: bool,  # noqa: FBT001 - a column of the table
) -> None:
    somebody = person(
        email=HERS if "address" in ways or "confirmed" in ways else "",
        email_confirmed_at=LONG_AGO if "confirmed" in ways else None,
    )
    if "browser" in ways:
        browser(somebody)
    for channel, address in broken.items():
        Reach.objects.create(person=somebody, channel=channel, address=address, broken_at=frozen.at)
    found = todos.waiting_for(somebody, frozen.at)
    assert [todo.key for todo in found] == ([f"unreachable:{somebody.pk}"] if unreachable else [])
    assert todos.count(somebody, frozen.at) == len(found)


# The list and the badge


def test_the_list_is_soonest_due_first_without_a_date_last_then_since(
    frozen: Clock, seller: Seller, buyer: User
) -> None:
    for ended in (3, 1):
        completed_deal_in_a_room(seller, buyer, frozen.at - days(ended))
    for left in (5, 1):
        delivered_room(of=seller, buyer=buyer, deadline=frozen.at + hours(left))
    room(of=seller, buyer=buyer, silent=Party.BUYER, silent_for=days(4) - hours(3), now=frozen.at)
    found = todos.waiting_for(buyer, frozen.at)
    assert [todo.kind for todo in found] == [K.APPROVE, K.REPLY, K.APPROVE, K.REVIEW, K.REVIEW, K.UNREACHABLE]
    dues = [todo.due_at for todo in found if todo.due_at]
    assert dues == sorted(dues)
    assert [todo.due_at for todo in found[3:]] == [None] * 3
    assert found[3].since < found[4].since


def completed_deal_in_a_room(seller: Seller, buyer: User, ended_at: datetime) -> None:
    deal = completed_deal(of=seller, buyer=buyer, ended_at=ended_at)
    TalkRoom.objects.create(deal=deal, buyer=buyer, seller=seller.user, opened_at=deal.purchased_at)


def test_the_list_has_at_most_200_and_the_badge_counts_them_all(frozen: Clock, seller: Seller, buyer: User) -> None:
    made = Deal.objects.bulk_create(
        [
            Deal(
                service=on_sale(seller),
                seller=seller,
                buyer=buyer,
                price=1,
                purchased_at=frozen.at,
                silence_before_request=days(4),
                reply_window=hours(24),
                approval_window=hours(72),
            )
            for _ in range(201)
        ]
    )
    TalkRoom.objects.bulk_create(
        [TalkRoom(deal=deal, buyer=buyer, seller=seller.user, opened_at=frozen.at) for deal in made]
    )
    assert len(todos.waiting_for(seller.user, frozen.at)) == todos.AT_MOST == 200
    assert todos.count(seller.user, frozen.at) == 202
    shown = Api(seller.user).get("todos/").json()
    assert len(shown) == 200
    assert Api(seller.user).get("todos/count/").json() == {"unhandled": 202}


def test_every_kind_is_one_line_in_both_languages_that_names_what_it_is_about() -> None:
    assert set(TEXTS) == set(TodoKind)
    for kind in TodoKind:
        todo = Todo(
            kind=kind, subject=UUID(int=1), room=None, since=LONG_AGO, due_at=None, service="ロゴ {x}", milestone="初稿"
        )
        with translation.override("en"):
            english = todo.text
        with translation.override("ja"):
            japanese = todo.text
        assert english.replace("ロゴ {x}", "").replace("初稿", "").replace("“", "").replace("”", "").isascii()
        assert english != japanese
        for text in (english, japanese):
            assert "\n" not in text
            assert ("ロゴ {x}" in text) is (kind is not K.UNREACHABLE)
            assert ("初稿" in text) is (kind is K.MILESTONE)


@pytest.mark.parametrize(("language", "words"), [("ja", "トークルームをご確認ください"), ("en", "talk room")])
def test_over_http_in_the_readers_language_with_an_etag_that_changes_by_the_act(
    seller: Seller, buyer: User, language: str, words: str
) -> None:
    opened = bought(seller, buyer, "Hello")
    api = Api(seller.user, **{"Accept-Language": language})
    first = api.get("todos/")
    shown = first.json()[0]
    assert set(shown) == {"key", "kind", "room", "due_at", "since", "text"}
    assert (shown["key"], shown["kind"], shown["room"]) == (f"reply:{opened.pk}", "reply", str(opened.pk))
    assert words in shown["text"]
    badge = api.get("todos/count/")
    assert badge.json() == {"unhandled": 2}
    for path, answer in (("todos/", first), ("todos/count/", badge)):
        seen = api.get(path, If_None_Match=answer.headers["ETag"])
        assert (seen.status_code, seen.content) == (304, b"")
    say(opened, seller)
    assert api.get("todos/", If_None_Match=first.headers["ETag"]).status_code == 200
    assert api.get("todos/count/", If_None_Match=badge.headers["ETag"]).json() == {"unhandled": 1}


def test_thirty_things_take_as_many_statements_as_three(seller: Seller) -> None:
    api = Api(seller.user)
    for number in (3, 27):
        for _ in range(number):
            bought(seller, person(), "Hello")
        for path in ("todos/", "todos/count/"):
            with CaptureQueriesContext(connection) as seen:
                assert api.get(path).status_code == 200
            assert len(seen) == 3, "who asks, the clock, and the list"
