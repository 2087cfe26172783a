"""What operators find: a person as a whole, services to take down, reviews to hide, lists by date, many at once."""

from urllib.parse import urlencode

import pytest
from django.urls import reverse

from marketplace import errors
from marketplace.actions import delivery, moderation, selling, steering
from marketplace.models import CancelRequest, Deal, Event, Review, Seller, Service, TalkRoom, User
from marketplace.vocabulary import EventKind, ServiceStatus
from tests.conftest import Clock
from tests.support.api import Api
from tests.support.factories import days, delivered_room, hours, open_request, overdue_room, person, room
from tests.support.operating import Desk, support, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(db: None) -> User:
    return person("root", is_staff=True, is_superuser=True)


def keys(desk: Desk, model: str, **asked: str) -> list[object]:
    answer = desk.get(f"{reverse(f'admin:marketplace_{model}_changelist')}?{urlencode(asked)}")
    assert answer.status_code == 200, answer
    return [row.pk for row in answer.context["cl"].result_list]


def test_a_service_taken_down_cannot_be_bought_nor_resumed_until_it_is_put_back(seller: Seller, buyer: User) -> None:
    desk, service = Desk(support()), seller.services.earliest("pk")
    assert "Nobody can buy it any more" in text(desk.ask("service", "take_down", service.pk))
    desk.press("service", "take_down", service.pk, reason="A forbidden offer.")

    owner = Api(seller.user)
    assert owner.post(f"services/{service.pk}/resume/").json()["code"] == "service_taken_down"
    assert Api(buyer).post("deals/", {"service": str(service.pk)}).json()["code"] == "service_not_accepting"
    assert Api(buyer)("GET", f"services/{service.pk}/").json()["status"] == "paused"
    assert keys(desk, "service", down="yes") == [service.pk]
    event = Event.objects.get(kind=EventKind.SERVICE_TAKEN_DOWN)
    assert (event.seller, event.data["reason"]) == (seller, "A forbidden offer.")

    desk.press("service", "put_back", service.pk, reason="It was mended.")
    assert Api(buyer)("GET", f"services/{service.pk}/").json()["status"] == "paused"
    assert owner.post(f"services/{service.pk}/resume/").json()["status"] == "accepting"
    assert keys(desk, "service", down="yes") == []


def test_a_draft_taken_down_cannot_be_published(seller: Seller, root: User) -> None:
    draft = selling.create(owner=seller.user, title="A logo", description="", price=500)
    moderation.take_down(service_id=draft.pk, staff=root, reason="no")
    with pytest.raises(errors.ServiceTakenDown):
        selling.publish(service_id=draft.pk, owner=seller.user)
    with pytest.raises(errors.ServiceTakenDown):
        moderation.take_down(service_id=draft.pk, staff=root, reason="no")
    assert Service.objects.get(pk=draft.pk).own_status == ServiceStatus.DRAFT


def test_services_are_found_by_their_title_and_their_seller(seller: Seller, root: User) -> None:
    service = seller.services.earliest("pk")
    selling.change(service_id=service.pk, owner=seller.user, title="葛城市のロゴ")
    desk = Desk(root)
    assert keys(desk, "service", q="葛城") == [service.pk]
    assert set(keys(desk, "service", q=seller.user.username)) == {each.pk for each in seller.services.all()}


def test_a_hidden_review_counts_no_more(frozen: Clock, seller: Seller, root: User) -> None:
    sold = delivered_room(of=seller, deadline=frozen.at + days(1))
    deal = delivery.approve(room_id=sold.pk, buyer=sold.buyer)
    delivery.review(deal_id=deal.pk, buyer=sold.buyer, rating=1, comment="Rude words.")
    review, desk = Review.objects.get(), Desk(root)
    seller.refresh_from_db()
    assert seller.rating_count == 1

    desk.press("review", "hide_review", review.pk, reason="Rude words.")

    seller.refresh_from_db()
    assert seller.rating_count == 0
    assert (keys(desk, "review"), keys(desk, "review", hidden="yes")) == ([], [review.pk])
    assert Event.objects.get(kind=EventKind.REVIEW_HIDDEN).data["rating"] == 1
    with pytest.raises(errors.ReviewAlreadyHidden):
        moderation.hide_review(review_id=review.pk, staff=root, reason="again")


def test_rooms_requests_and_deals_are_kept_by_their_day_and_sorted(frozen: Clock, root: User) -> None:
    rooms = [room(now=frozen.at + days(number), silent_for=hours(1)) for number in range(3)]
    TalkRoom.objects.filter(pk=rooms[0].pk).update(opened_at="2026-03-01T14:59:59Z")
    TalkRoom.objects.filter(pk=rooms[1].pk).update(opened_at="2026-03-01T15:00:00Z")
    TalkRoom.objects.filter(pk=rooms[2].pk).update(opened_at="2026-03-02T15:00:00Z")
    desk = Desk(root)
    assert keys(desk, "talkroom", since="2026-03-02", until="2026-03-02") == [rooms[1].pk], "days are of Tokyo"
    assert keys(desk, "deal", until="2026-03-02") == [rooms[1].deal_id, rooms[0].deal_id]
    assert keys(desk, "talkroom", o="6") == [each.pk for each in rooms]
    request = open_request(rooms[1], deadline=frozen.at + days(3))
    assert keys(desk, "cancelrequest", since=f"{request.placed_at:%Y-%m-%d}") == [request.pk]
    assert keys(desk, "cancelrequest", until="2020-01-01") == []


def test_all_that_match_are_held_in_one_go_not_only_a_page_of_them(frozen: Clock, root: User) -> None:
    asked = [overdue_room(by=-hours(number + 1)) for number in range(3)]
    desk = Desk(root)
    page = desk.get(reverse("admin:due"))
    assert [str(key) for key in page.context["matching"]] == [
        str(CancelRequest.objects.get(room=each).pk) for each in asked
    ]
    assert "Tick all of this page" in text(page)
    ticked = desk.get(f"{reverse('admin:due')}?ticked=all")
    assert ticked.content.decode().count(" checked ") == 3
    listing = reverse("admin:marketplace_cancelrequest_changelist")
    chosen = {"action": "hold", "select_across": "1", "_selected_action": [page.context["matching"][0]], "index": 0}
    desk.confirm(desk.http.post(listing, chosen), reason="An outage.")
    assert CancelRequest.objects.filter(reply_deadline=None).count() == 3


def test_a_person_s_page_shows_what_they_do_and_what_staff_did(frozen: Clock, root: User) -> None:
    bought = room(now=frozen.at, silent_for=days(5))
    request = open_request(bought, deadline=frozen.at + hours(9))
    steering.hold(request_id=request.pk, staff=root, reason="An earthquake.")
    Deal.objects.filter(pk=bought.deal_id).update(price=1)
    shown = text(Desk(root).get(reverse("admin:marketplace_user_change", args=[bought.seller.pk])))
    there = ("Newest rooms", bought.buyer.username, "against them", "held, 09:00:00 remain", "An earthquake.", "root")
    assert [words for words in there if words not in shown] == []
    other = text(Desk(root).get(reverse("admin:marketplace_user_change", args=[bought.buyer.pk])))
    assert "placed it" in other
    japanese = text(Desk(root, "ja").get(reverse("admin:marketplace_user_change", args=[bought.buyer.pk])))
    assert "スタッフの操作" in japanese


def test_a_person_s_page_names_its_fields_in_the_operator_s_language(frozen: Clock, root: User) -> None:
    root.language = "ja"
    root.save()
    shown = text(Desk(root).get(reverse("admin:marketplace_user_change", args=[person().pk])))
    assert "メールアドレスの確認日時" in shown
    assert "タイムゾーン" in shown
    assert "Time zone" not in shown
