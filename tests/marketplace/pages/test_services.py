"""Finding and buying a service, and a seller's page, as a browser without scripts does it."""

import uuid
from typing import Any
from urllib.parse import quote

import pytest

from marketplace import clock
from marketplace.actions import deadlines, selling, steering
from marketplace.models import Deal, Message, Review, Seller, Service, User
from marketplace.vocabulary import ServiceStatus, WokenBy
from tests.support.factories import completed_deal, days, on_sale, overdue_room, person, service
from tests.support.visitor import Seen, Visitor


def searched(asked: str) -> Seen:
    return Visitor().see(f"/services/?q={quote(asked)}")


def titles(page: Seen) -> list[str]:
    return [each.text for each in page.all("strong", class_="title")]


# Finding


@pytest.mark.parametrize("asked", ["ロゴ", "ﾛｺﾞ", "ロゴ　logo", "ＬＯＧＯ", "logo"])
def test_a_search_finds_japanese_whatever_its_width_and_case_best_search_rank_first(seller: Seller, asked: str) -> None:
    Service.objects.update(own_status=ServiceStatus.DRAFT)
    service(seller, title="Logo ロゴ, newer")
    Service.objects.filter(pk=service(seller, title="ロゴ Logo, best").pk).update(search_rank=4000)
    service(seller, title="ロゴ Logo, paused", own_status=ServiceStatus.PAUSED)
    service(seller, title="イラスト")
    page = searched(asked)
    assert titles(page) == ["ロゴ Logo, best", "Logo ロゴ, newer"]
    assert page.form("/services/").values["q"] == [asked]


def test_a_search_without_results_says_so_and_what_to_do(seller: Seller) -> None:
    page = searched("<b>猫</b>")
    assert titles(page) == []
    assert "No service with “<b>猫</b>” in its title" in page.text
    assert page.offers("/services/")
    assert "「猫」を含む受付中のサービスは見つかりませんでした" in Visitor("ja").see(f"/services/?q={quote('猫')}").text


@pytest.mark.parametrize("asked", ["x" * 101, "logo\0"])
def test_what_cannot_be_searched_for_is_said_beside_the_field_and_kept(seller: Seller, asked: str) -> None:
    page = Visitor().see(f"/services/?q={quote(asked)}", expect=400)
    assert page.one("input", name="q").attributes["aria-invalid"] == "true"
    assert page.all("p", class_="error")
    assert page.form("/services/").values["q"] == [asked]
    assert titles(page) == []


def test_a_hundred_characters_can_be_searched_for(seller: Seller) -> None:
    assert titles(searched("x" * 100)) == []


def test_a_long_list_is_read_in_pages_forth_and_back_and_the_search_stays(seller: Seller) -> None:
    Service.objects.all().delete()
    for number in range(31):
        service(seller, title=f"logo {number}")
    first = searched("logo")
    assert len(titles(first)) == 30
    second = Visitor().see("/services/" + first.one("a", rel="next").attributes["href"])
    assert titles(second) == ["logo 0"]
    assert second.form("/services/").values["q"] == ["logo"]
    back = Visitor().see("/services/" + second.one("a", rel="prev").attributes["href"])
    assert titles(back) == titles(first)


def test_a_place_in_the_list_that_is_none_is_said(seller: Seller) -> None:
    assert "begin again" in Visitor().see("/services/?cursor=nonsense", expect=400).text


# Buying


def buying(visitor: Visitor, wanted: Service) -> Seen:
    """Go from a service to the page that asks before anything is spent."""
    path = f"/services/{wanted.pk}/buy/"
    assert visitor.see(f"/services/{wanted.pk}/").offers(path)
    return visitor.see(path)


def test_who_buys_sees_what_from_whom_and_how_much_and_comes_into_the_room(seller: Seller, buyer: User) -> None:
    wanted = service(seller, title="Wanted", price=12_000)
    visitor = Visitor.as_(buyer)
    page = buying(visitor, wanted)
    for words in ("Wanted", seller.user.username, "¥12,000", "Buy for ¥12,000"):
        assert words in page.text
    assert "already have a running deal" not in page.text
    room = visitor.send(page, page.path, message="A blue logo, please.")
    deal = Deal.objects.get()
    assert room.path == f"/talk-rooms/{deal.talk_room.pk}/"
    assert (deal.service, deal.buyer, deal.price) == (wanted, buyer, 12_000)
    assert Message.objects.get(kind="text").body == "A blue logo, please."
    visitor.send(page, page.path, message="A blue logo, please.")
    assert Deal.objects.count() == 1


def test_who_has_a_running_deal_is_told_and_buys_once_more_only_by_saying_so(seller: Seller, buyer: User) -> None:
    wanted, visitor = on_sale(seller), Visitor.as_(buyer)
    before = buying(visitor, wanted)
    visitor.send(before, before.path, message="Hello")
    first = Deal.objects.get()
    # Back, another word, and a second click.
    refused = visitor.send(before, before.path, message="Hello again", expect=409)
    assert "Nothing was bought: you already have a running deal" in refused.one("div", role="alert").text
    assert f"#{str(first.talk_room.pk)[:8].upper()}" in refused.text
    assert refused.offers(f"/talk-rooms/{first.talk_room.pk}/")
    assert refused.form(before.path).values["message"] == ["Hello again"]
    refused = visitor.send(refused, before.path, expect=409)
    assert Deal.objects.count() == 1
    visitor.send(refused, before.path, again="on")
    assert Deal.objects.count() == 2
    # One that began after the page was shown counts as unseen, ticked or not.
    visitor.send(visitor.see(before.path), before.path, again="on")
    visitor.send(refused, before.path, again="on", message="Once more", expect=409)
    assert Deal.objects.count() == 3


def test_rows_of_the_same_service_are_told_apart(seller: Seller, buyer: User) -> None:
    wanted, visitor = on_sale(seller), Visitor.as_(buyer)
    page = buying(visitor, wanted)
    visitor.send(page, page.path, message="Words None")
    page = buying(visitor, wanted)
    visitor.send(page, page.path, message="Words on", again="on")
    rows = [each.text for each in visitor.see("/deals/").all("li", class_="deal-line")]
    assert len(rows) == 2
    for deal, words in zip(Deal.objects.order_by("-purchased_at"), ("Words on", "Words None"), strict=True):
        row = rows.pop(0)
        assert f"#{str(deal.talk_room.pk)[:8].upper()}" in row
        assert "today" in row
        assert f"You: {words}" in " ".join(row.split())


def test_who_is_not_logged_in_logs_in_and_comes_to_the_page_that_asks(seller: Seller, buyer: User) -> None:
    buyer.set_password("open sesame")
    buyer.save()
    visitor = Visitor()
    log_in = buying(visitor, on_sale(seller))
    path = f"/services/{on_sale(seller).pk}/buy/"
    assert log_in.form("/log-in/").values["next"] == [path]
    back = visitor.send(log_in, "/log-in/", username=buyer.username, password="open sesame")
    assert back.path == path
    assert not Deal.objects.exists()


@pytest.mark.parametrize("change", [{"price": 9_999}, {"description": "Without drafts"}, {"title": "Another"}])
def test_what_was_not_seen_is_not_bought_and_the_message_stays(
    seller: Seller, buyer: User, change: dict[str, Any]
) -> None:
    wanted, visitor = on_sale(seller), Visitor.as_(buyer)
    page = buying(visitor, wanted)
    selling.change(service_id=wanted.pk, owner=seller.user, **change)
    again = visitor.send(page, page.path, message="Hello", expect=412)
    assert not Deal.objects.exists()
    assert again.form(page.path).values["message"] == ["Hello"]
    assert "has changed since" in again.one("div", role="alert").text
    visitor.send(again, page.path)
    assert Deal.objects.get().price == change.get("price", 5_000)


def test_a_service_that_was_paused_meanwhile_is_not_bought_and_the_message_can_be_copied(
    seller: Seller, buyer: User
) -> None:
    wanted, visitor = on_sale(seller), Visitor.as_(buyer)
    page = buying(visitor, wanted)
    selling.pause(service_id=wanted.pk, owner=seller.user)
    refused = visitor.send(page, page.path, message="Hello", expect=409)
    assert not Deal.objects.exists()
    assert refused.one("textarea", id="kept").text.strip() == "Hello"
    assert "accepts no new purchases at present" in refused.text
    assert not [form for form in refused.forms if form.action == page.path]


def test_one_s_own_service_is_changed_and_not_bought(seller: Seller) -> None:
    own, visitor = on_sale(seller), Visitor.as_(seller.user)
    page = visitor.see(f"/services/{own.pk}/")
    assert page.offers(f"/selling/{own.pk}/")
    assert not [form for form in page.forms if form.action == page.path]
    token = page.forms[0].values["csrfmiddlewaretoken"]
    refused = visitor.post(f"{page.path}buy/", {"csrfmiddlewaretoken": token, "message": "mine"}, expect=409)
    assert "You cannot buy your own service." in refused.text
    assert not Deal.objects.exists()


def test_a_draft_is_its_owner_s_alone(seller: Seller, buyer: User) -> None:
    draft = service(seller, own_status=ServiceStatus.DRAFT)
    path = f"/services/{draft.pk}/"
    assert "nobody else sees it" in Visitor.as_(seller.user).see(path).text
    for other, expect in ((Visitor(), 401), (Visitor.as_(buyer), 404)):
        other.see(path, expect=404)
        token = other.see("/services/").forms[-1].values["csrfmiddlewaretoken"]
        other.post(f"{path}buy/", {"csrfmiddlewaretoken": token, "message": "x"}, expect=expect)
    assert not Deal.objects.exists()
    Visitor().see(f"/services/{uuid.uuid4()}/", expect=404)


# A seller's page


def test_a_seller_s_page_shows_the_standing_and_what_buyers_said(buyer: User, staff: User) -> None:
    now_selling = Seller.objects.get(pk=service(_shop()).seller_id)
    for rating, said in ((5, "<i>Good</i>"), (4, "Fine")):
        ended_at = now_selling.created_at - days(rating)
        deal = completed_deal(of=now_selling, ended_at=ended_at, rating=rating, buyer=buyer)
        Review.objects.filter(deal=deal).update(comment=said)
    overdue_room(of=now_selling)
    deadlines.settle_overdue(woken_by=WokenBy.SWEEP)
    page = Visitor().see(f"/sellers/{now_selling.pk}/")
    facts = [each.text for each in page.all("dd")]
    assert [" ".join(each.split()) for each in facts] == ["Regular", "★Rating 3.33 (3 reviews)", "66.6%", "2 deals"]
    assert [each.attributes["aria-label"] for each in page.all("span", role="img")] == [
        "1 of 5 stars", "4 of 5 stars", "5 of 5 stars"
    ]  # fmt: skip
    assert page.text.count("Written by the system, not by the buyer") == 1
    assert "<i>Good</i>" in page.text
    assert "All services of this seller are paused" in page.text
    assert "No service of this seller accepts purchases" in page.text

    staff.is_superuser = True
    staff.save()
    verdict = now_selling.verdicts.get()
    steering.reverse(verdict_id=verdict.pk, staff=staff, reason="illness")
    page = Visitor("ja").see(f"/sellers/{now_selling.pk}/")
    assert "自動評価" not in page.text
    assert "休止中" not in page.text
    assert "100%" in page.text
    assert titles(page) == ["A logo"]


def test_a_seller_who_is_none_is_not_found(db: None) -> None:
    Visitor().see(f"/sellers/{uuid.uuid4()}/", expect=404)


def _shop() -> Seller:
    return Seller.objects.create(user=person("shop"), created_at=clock.now())
