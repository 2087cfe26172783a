"""The to-dos on the start page, on their own page and in the badge."""

from datetime import date, datetime

import pytest

from marketplace import clock
from marketplace.actions import cancel_requests, deadlines, steering
from marketplace.models import Milestone, Seller, TalkRoom, User
from marketplace.vocabulary import Party, WokenBy
from notifications.todos import TodoKind
from tests.notifications.pages.parties import another_seller, bought, say
from tests.support import factories
from tests.support.factories import (
    completed_deal,
    days,
    delivered_room,
    hours,
    open_request,
    overdue_room,
    person,
    room,
)
from tests.support.notices import reachable
from tests.support.visitor import Visitor

pytestmark = pytest.mark.django_db


def one_of_each_kind(at: datetime) -> tuple[User, dict[TodoKind, str]]:
    """Make somebody for whom one thing of every kind waits; return where each is done."""
    user = person("everybody")
    own = factories.seller(user=user)
    requested = room(of=own, silent_for=days(5))
    open_request(requested, deadline=at + hours(3))
    unanswered = room(of=own, silent_for=days(2))
    for each in (requested, unanswered):
        Milestone.objects.create(room=each, title="Draft", due_on=date(2099, 1, 1), shared_at=at)
    unscheduled = room(of=own, silent=Party.BUYER)
    slipped = room(of=own, silent=Party.BUYER)
    Milestone.objects.create(room=slipped, title="Draft", due_on=date(2020, 1, 1), shared_at=at)
    delivered = delivered_room(buyer=user, deadline=at + hours(9))
    completed = completed_deal(of=another_seller("other"), buyer=user, ended_at=at - days(1))
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
