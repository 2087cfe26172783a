"""One's own services, the guided return after a verdict, and why a rank is what it is."""

import pytest

from marketplace.actions import deadlines, selling, standing, steering
from marketplace.models import Event, PenaltyPause, Seller, Service, User, Verdict
from marketplace.vocabulary import EventKind, ServiceStatus, WokenBy
from tests.conftest import Clock
from tests.support.factories import completed_deal, days, on_sale, overdue_room, person, room, service, untouched_room
from tests.support.visitor import Seen, Visitor


def cancelled(of: Seller, *, by: User | None = None) -> Verdict:
    """Let a deal of this seller be cancelled by the seller's silence."""
    silent = overdue_room(of=of, buyer=by)
    deadlines.settle_room(silent.pk, woken_by=WokenBy.SWEEP)
    verdict: Verdict = Verdict.objects.get(deal=silent.deal_id)
    return verdict


def accepting(of: Seller) -> set[str]:
    return {str(key) for key in Service.objects.accepting().filter(seller=of).values_list("pk", flat=True)}


def rows(page: Seen) -> list[str]:
    return [" ".join(each.text.split()) for each in page.all("li", class_="own")]


# One's own services


def test_the_first_service_makes_a_seller_and_is_published_when_that_is_asked(stranger: User) -> None:
    visitor = Visitor.as_(stranger)
    assert "You are not selling anything yet" in visitor.see("/selling/").text
    page = visitor.see("/selling/new/")
    assert "Creating this service makes you a seller" in page.text
    made = visitor.send(page, "/selling/new/", title="A song", price="１２，０００", publish="yes")
    assert "“A song” is published." in made.one("div", role="status").text
    song = Service.objects.get()
    assert (song.seller.user, song.price, song.own_status) == (stranger, 12_000, "accepting")
    page = visitor.see("/selling/new/")
    assert "makes you a seller" not in page.text
    visitor.send(page, "/selling/new/", title="A text", description="One\nTwo", price="300")
    text = Service.objects.get(title="A text")
    assert (text.own_status, text.description) == ("draft", "One\nTwo")
    assert visitor.send(visitor.see("/selling/"), f"/selling/{text.pk}/publish/").path == "/selling/"
    text.refresh_from_db()
    assert text.own_status == "accepting"


def test_what_is_not_valid_makes_neither_service_nor_seller_and_stays_typed(stranger: User) -> None:
    visitor = Visitor.as_(stranger)
    page = visitor.send(
        visitor.see("/selling/new/"), "/selling/new/", title=" ", description="Kept", price="cheap", expect=400
    )
    assert page.form("/selling/new/").values["price"] == ["cheap"]
    assert page.form("/selling/new/").values["description"] == ["Kept"]
    assert [each.attributes.get("name") for each in page.all(aria_invalid="true")] == ["title", "price"]
    assert not Service.objects.exists()
    assert not Seller.objects.exists()


@pytest.mark.parametrize("digits", [20, 1_000, 1_001, 5_000])
def test_a_number_with_more_digits_than_anybody_reads_is_refused_beside_its_field(stranger: User, digits: int) -> None:
    visitor = Visitor.as_(stranger)
    page = visitor.send(visitor.see("/selling/new/"), "/selling/new/", title="A", price="9" * digits, expect=400)
    assert [each.attributes.get("name") for each in page.all(aria_invalid="true")] == ["price"]
    assert page.form("/selling/new/").values["price"] == ["9" * digits]
    assert not Service.objects.exists()


def test_the_list_says_each_state_as_others_see_it_and_why(seller: Seller) -> None:
    visitor = Visitor.as_(seller.user)
    draft = service(seller, title="Draft", own_status=ServiceStatus.DRAFT)
    paused = service(seller, title="Paused", own_status=ServiceStatus.PAUSED)
    listed = rows(visitor.see("/selling/"))
    assert "paused ¥5,000" in listed[0]
    assert "You paused it." in listed[0]
    assert "Only you can see it." in listed[1]
    assert all("accepting" in each for each in listed[2:])
    assert len(listed) == 5

    cancelled(seller)
    page = visitor.see("/selling/")
    assert "Your services are paused" in page.one("div", role="alert").text
    assert page.offers("/selling/return/")
    assert all("paused" in each and "have acknowledged" in each for each in rows(page)[2:])
    for each in seller.services.all():
        assert not page.offers(f"/selling/{each.pk}/resume/")
    assert page.offers(f"/selling/{draft.pk}/publish/")

    selling.acknowledge(owner=seller.user, services=[])
    page = visitor.see("/selling/")
    assert "Your services are paused" not in page.text
    assert all("Paused because a deal was cancelled" in each for each in rows(page)[2:])
    held = seller.services.filter(own_status=ServiceStatus.ACCEPTING)[0]
    assert page.offers(f"/selling/{paused.pk}/resume/")
    visitor.send(page, f"/selling/{held.pk}/resume/")
    assert accepting(seller) == {str(held.pk)}


def test_an_owner_pauses_and_resumes(seller: Seller) -> None:
    visitor, own = Visitor.as_(seller.user), on_sale(seller)
    after = visitor.send(visitor.see("/selling/"), f"/selling/{own.pk}/pause/")
    assert "is paused." in after.text
    assert str(own.pk) not in accepting(seller)
    visitor.send(after, f"/selling/{own.pk}/resume/")
    assert str(own.pk) in accepting(seller)


def test_a_button_of_an_old_page_is_refused_on_the_service_s_own_page(seller: Seller) -> None:
    visitor, own = Visitor.as_(seller.user), on_sale(seller)
    selling.pause(service_id=own.pk, owner=seller.user)
    old = visitor.see("/selling/")
    cancelled(seller)
    refused = visitor.send(old, f"/selling/{own.pk}/resume/", expect=409)
    assert "Acknowledge the cancellation first." in refused.one("div", role="alert").text
    assert refused.form(f"/selling/{own.pk}/").values["title"] == [own.title]
    own.refresh_from_db()
    assert own.own_status == "paused"


def test_a_change_is_saved_and_one_that_changes_nothing_tells_nothing(seller: Seller) -> None:
    visitor, own = Visitor.as_(seller.user), on_sale(seller)
    path = f"/selling/{own.pk}/"
    visitor.send(visitor.see(path), path)
    assert not Event.objects.exists()
    visitor.send(visitor.see(path), path, price="7,000")
    own.refresh_from_db()
    assert (own.price, own.title) == (7_000, "A logo")
    assert Event.objects.get(kind=EventKind.SERVICE_CHANGED).data["changed"] == ["price"]


@pytest.mark.parametrize("seen", [None, ""])
def test_a_stale_change_is_refused_with_what_stands_now_and_what_was_typed(seller: Seller, seen: str | None) -> None:
    visitor, own = Visitor.as_(seller.user), on_sale(seller)
    path = f"/selling/{own.pk}/"
    old = visitor.see(path)
    if seen is None:
        selling.change(service_id=own.pk, owner=seller.user, title="Changed elsewhere", price=1)
    else:
        old.form(path).values["seen"] = [seen]
    again = visitor.send(old, path, title="Typed here", expect=412)
    own.refresh_from_db()
    assert own.title == ("Changed elsewhere" if seen is None else "A logo")
    assert again.form(path).values["title"] == ["Typed here"]
    assert "Current version" in again.text
    assert own.title in [each.text for each in again.all("dd")]
    visitor.send(again, path)
    own.refresh_from_db()
    assert own.title == "Typed here"


@pytest.mark.parametrize("place", ["", "publish/", "pause/", "resume/"])
def test_another_s_service_is_not_there(seller: Seller, stranger: User, place: str) -> None:
    visitor, other = Visitor.as_(stranger), on_sale(seller)
    path = f"/selling/{other.pk}/{place}"
    visitor.see(path, expect=404)
    token = visitor.see("/services/").forms[-1].values["csrfmiddlewaretoken"]
    visitor.post(path, {"csrfmiddlewaretoken": token, "title": "Mine", "price": "1"}, expect=404)
    assert not Event.objects.exists()
    assert len(accepting(seller)) == 3


# Coming back


def test_the_return_tells_what_happened_what_it_did_and_what_waits(seller: Seller, buyer: User) -> None:
    for _ in range(4):
        completed_deal(of=seller, ended_at=seller.created_at - days(1), rating=5)
    first = cancelled(seller, by=buyer)
    untouched = untouched_room(limit=first.effective_at, of=seller, buyer=buyer)
    deadlines.settle_room(untouched.pk, woken_by=WokenBy.SWEEP)
    waiting = room(of=seller, buyer=buyer, silent_for=days(1))
    page = Visitor.as_(seller.user).see("/selling/return/")
    assert len(page.all("article")) == 2
    assert page.text.count(f"{buyer.username} asked for cancellation.") == 1
    assert "You never wrote in the talk room." in page.text
    assert "Services that it paused: 3." in page.text
    for each in Verdict.objects.all():
        assert page.offers(f"/talk-rooms/{each.deal.talk_room.pk}/")
    assert page.offers(f"/talk-rooms/{waiting.pk}/")
    figures = [each.text for each in page.all("td")]
    assert figures == ["100%", "66.6%", "5.00", "3.66", "Regular", "Regular", "500", "−2,633.33"]
    form = page.form("/selling/return/")
    assert set(form.values["services"]) == {str(each.pk) for each in seller.services.all()}


def test_a_service_that_its_owner_paused_since_still_counts_as_paused_by_the_verdict(seller: Seller) -> None:
    cancelled(seller)
    own = on_sale(seller)
    selling.pause(service_id=own.pk, owner=seller.user)
    page = Visitor.as_(seller.user).see("/selling/return/")
    assert "Services that it paused: 3." in page.text
    assert len(page.form("/selling/return/").choices["services"]) == 2


def test_those_that_are_ticked_come_back_and_the_others_one_by_one(seller: Seller) -> None:
    cancelled(seller)
    visitor = Visitor.as_(seller.user)
    one, two, _three = (str(each.pk) for each in seller.services.order_by("pk"))
    after = visitor.send(visitor.see("/selling/return/"), "/selling/return/", services=[one])
    assert "Services that accept purchases again: 1." in after.one("div", role="status").text
    assert accepting(seller) == {one}
    visitor.send(after, f"/selling/{two}/resume/")
    assert accepting(seller) == {one, two}
    assert "Nothing to acknowledge" in visitor.see("/selling/return/").text


def test_with_none_ticked_it_is_acknowledged_and_nothing_else(seller: Seller) -> None:
    verdict = cancelled(seller)
    visitor = Visitor.as_(seller.user)
    after = visitor.send(visitor.see("/selling/return/"), "/selling/return/", services=None)
    assert "Resume each service whenever you are ready." in after.text
    assert accepting(seller) == set()
    assert PenaltyPause.objects.filter(lifted_at=None).count() == 3
    verdict.refresh_from_db()
    assert verdict.acknowledged_at is not None


def test_a_verdict_that_was_written_while_the_page_was_open_is_shown_before_anything_is_acknowledged(
    seller: Seller,
) -> None:
    cancelled(seller)
    visitor = Visitor.as_(seller.user)
    one = str(on_sale(seller).pk)
    old = visitor.see("/selling/return/")
    cancelled(seller)
    again = visitor.send(old, "/selling/return/", services=[one], expect=412)
    assert Verdict.objects.unacknowledged().count() == 2
    assert accepting(seller) == set()
    assert again.text.count("new: you have not seen this yet") == 1
    assert again.form("/selling/return/").values["services"] == [one]
    visitor.send(again, "/selling/return/")
    assert not Verdict.objects.unacknowledged().exists()
    assert accepting(seller) == {one}


def test_a_form_without_what_was_seen_acknowledges_nothing(seller: Seller) -> None:
    cancelled(seller)
    visitor = Visitor.as_(seller.user)
    page = visitor.see("/selling/return/")
    token = page.form("/selling/return/").values["csrfmiddlewaretoken"]
    visitor.post("/selling/return/", {"csrfmiddlewaretoken": token}, expect=412)
    visitor.post("/selling/return/", {"csrfmiddlewaretoken": token, "seen": "x"}, expect=400)
    assert Verdict.objects.unacknowledged().exists()


def test_another_s_service_is_not_resumed(seller: Seller) -> None:
    cancelled(seller)
    other = Seller.objects.create(user=person("other"), created_at=seller.created_at)
    visitor = Visitor.as_(seller.user)
    page = visitor.see("/selling/return/")
    refused = visitor.send(page, "/selling/return/", services=[str(service(other).pk)], expect=400)
    assert "is not yours" in refused.text
    assert Verdict.objects.unacknowledged().exists()


@pytest.mark.parametrize("path", ["/selling/return/", "/selling/standing/"])
def test_who_does_not_sell_yet_is_told_how_to_begin(stranger: User, path: str) -> None:
    page = Visitor.as_(stranger).see(path)
    assert "You are not selling anything yet" in page.one("h1").text
    assert page.offers("/selling/new/")
    assert not Seller.objects.exists()


# Why is my rank this?


def test_the_standing_names_what_each_rank_lacks_and_until_when_a_verdict_counts(
    frozen: Clock, seller: Seller, staff: User
) -> None:
    staff.is_superuser = True
    staff.save()
    for _ in range(9):
        completed_deal(of=seller, ended_at=frozen.at - days(1), price=5_000, rating=5)
    standing.recompute(seller_ids=[seller.pk])
    cancelled(seller)
    steering.reverse(verdict_id=cancelled(seller).pk, staff=staff, reason="illness")
    page = Visitor.as_(seller.user).see("/selling/standing/")
    ranks = [" ".join(each.text.split()) for each in page.all("ol", class_="ranks")]
    assert "Gold ✕ not met Revenue at least ¥50,000 ¥45,000 ¥5,000 short" in ranks[0]
    assert "Rating at least 4.80 4.60 0.20 short" in ranks[0]
    assert "Bronze ✕ not met Sales at least 10 deals 9 deals 1 deal short" in ranks[0]
    assert "Regular your rank ✓ met No requirements." in ranks[0]
    assert [each.text for each in page.all("td")] == ["0", "+460", "±0", "460"]
    assert "Counted until Tue 2 Jun" in page.text
    assert page.text.count("reversed: not counted") == 1
    assert page.offers("/selling/return/")
    japanese = Visitor.as_(seller.user, "ja").see("/selling/standing/")
    assert "あと5,000円" in japanese.text
    assert "6月2日(火) 11:59まで" in japanese.text


def test_below_the_certain_line_the_points_say_so(frozen: Clock, seller: Seller) -> None:
    for _ in range(4):
        completed_deal(of=seller, ended_at=frozen.at - days(1), rating=5)
    for _ in range(2):
        cancelled(seller)
    page = Visitor.as_(seller.user).see("/selling/standing/")
    assert [each.text for each in page.all("td")] == ["0", "+366.67", "−3,000", "−2,633.33"]
    assert "3,000 points are taken off" in page.one("p", class_="bad").text


def test_what_does_not_accept_cannot_be_paused(seller: Seller, buyer: User) -> None:
    deadlines.settle_room(overdue_room(of=seller, buyer=buyer).pk, woken_by=WokenBy.ETA)
    page = Visitor.as_(seller.user).see("/selling/")
    assert "paused" in page.text
    assert not any(form.action.endswith("/pause/") for form in page.forms)
