"""The help page told through HTTP: a purchase, a talk, a silence, a request, and a reply or a verdict."""

import pytest

from marketplace.models import CancelRequest, Deal, Message, Seller, TalkRoom, User, Verdict
from marketplace.vocabulary import Party
from tests.conftest import Clock
from tests.support.api import Api, problem
from tests.support.factories import MICROSECOND, days, hours, on_sale, person, room, service

pytestmark = pytest.mark.django_db


def test_a_purchase_a_silence_a_request_and_a_verdict(frozen: Clock, buyer: User) -> None:
    selling = person("seller")
    seller_api, buyer_api = Api(selling), Api(buyer)

    created = seller_api.post("services/", {"title": "A logo", "price": 5000})
    assert created.status_code == 201
    assert (created.json()["status"], created.json()["own_status"]) == ("draft", "draft")
    service_id = created.json()["id"]
    problem(Api(buyer).get(f"services/{service_id}/"), 404, "not_found")
    assert seller_api.post(f"services/{service_id}/publish/").json()["status"] == "accepting"
    assert [each["id"] for each in Api().get("services/").json()["results"]] == [service_id]

    bought = buyer_api.post("deals/", {"service": service_id, "message": "Hello"})
    assert bought.status_code == 201
    assert (bought.json()["status"], bought.json()["price"]) == ("in_progress", 5000)
    room_path = f"talk-rooms/{bought.json()['talk_room']}/"
    problem(buyer_api.post(f"{room_path}cancel-requests/"), 409, "respondent_contacted_recently")

    frozen.advance(days(4))
    assert buyer_api.get(f"{room_path}cancel-eligibility/").json()["eligible"] is True
    asked = buyer_api.post(f"{room_path}cancel-requests/", {"reason": "Are you there?"})
    assert asked.status_code == 201
    assert asked.json() | {"id": "", "talk_room": ""} == {
        "id": "",
        "talk_room": "",
        "status": "awaiting_reply",
        "requester": "buyer",
        "reason": "Are you there?",
        "placed_at": "2026-03-06T03:00:00.000000Z",
        "reply_deadline": "2026-03-07T03:00:00.000000Z",
        "held_at": None,
        "ended_at": None,
    }
    problem(buyer_api.post(f"{room_path}cancel-requests/"), 409, "request_already_open")

    frozen.advance(hours(24) + MICROSECOND)
    problem(seller_api.post(f"{room_path}messages/", {"body": "Sorry!"}), 409, "reply_deadline_passed")
    problem(buyer_api.post(f"{room_path}messages/", {"body": "Hello?"}), 409, "room_closed")
    seen = buyer_api.get(room_path).json()
    assert seen["deal"]["status"] == "cancelled"
    assert seen["deal"]["verdict"] | {"id": ""} == {
        "id": "",
        "cause": "no_contact",
        "at_fault": "seller",
        "effective_at": "2026-03-07T03:00:00.000000Z",
        "recorded_at": "2026-03-07T03:00:00.000001Z",
        "woken_by": "visit",
        "reversed_at": None,
    }
    assert (seen["settling"], seen["cancel_request"]["status"]) == (False, "auto_cancelled")
    assert not Message.objects.filter(body__in=["Sorry!", "Hello?"]).exists()

    standing = Api().get(f"sellers/{created.json()['seller']}/").json()
    assert (standing["rating"], standing["delivery_completion_rate"], standing["paused"]) == (1.0, 0.0, True)
    assert Api().get("services/").json()["results"] == []
    assert Api().get(f"services/{service_id}/").json()["status"] == "paused"
    problem(buyer_api.post("deals/", {"service": service_id}), 409, "service_not_accepting")
    problem(seller_api.post(f"services/{service_id}/resume/"), 409, "seller_paused")
    assert seller_api.post("sellers/me/resume/").json()["paused"] is False
    assert Api().get(f"services/{service_id}/").json()["status"] == "accepting"


def test_a_reply_in_the_24th_hour_revokes_the_request(frozen: Clock) -> None:
    talk_room = room(silent_for=days(4), now=frozen.at)
    placed = Api(talk_room.buyer).post(f"talk-rooms/{talk_room.pk}/cancel-requests/").json()
    frozen.advance(hours(24))
    replied = Api(talk_room.seller).post(f"talk-rooms/{talk_room.pk}/messages/", {"body": "Here!", "kind": "text"})
    assert (replied.status_code, replied.json()["sender"]) == (201, "seller")
    told = Api(talk_room.buyer).get(f"cancel-requests/{placed['id']}/").json()
    assert (told["status"], told["ended_at"]) == ("revoked_by_reply", "2026-03-03T03:00:00.000000Z")
    assert not Verdict.objects.exists()


def test_an_automatic_message_is_shown_and_revokes_nothing(frozen: Clock) -> None:
    talk_room = room(silent_for=days(4), now=frozen.at)
    Api(talk_room.buyer).post(f"talk-rooms/{talk_room.pk}/cancel-requests/")
    said = Api(talk_room.seller).post(f"talk-rooms/{talk_room.pk}/messages/", {"body": "Away", "kind": "automatic"})
    assert said.json()["kind"] == "automatic"
    assert CancelRequest.objects.get().status == "awaiting_reply"


def test_only_the_requester_withdraws_and_only_once(frozen: Clock) -> None:
    talk_room = room(silent_for=days(4), now=frozen.at)
    placed = Api(talk_room.buyer).post(f"talk-rooms/{talk_room.pk}/cancel-requests/").json()
    path = f"cancel-requests/{placed['id']}/withdraw/"
    problem(Api(talk_room.seller).post(path), 403, "permission_denied")
    assert CancelRequest.objects.get().status == "awaiting_reply"
    assert Api(talk_room.buyer).post(path).json()["status"] == "withdrawn"
    problem(Api(talk_room.buyer).post(path), 409, "request_not_open")


def test_eligibility_names_each_condition_in_the_order_of_the_refusals(frozen: Clock) -> None:
    talk_room = room(silent_for=days(3), now=frozen.at)
    told = Api(talk_room.buyer).get(f"talk-rooms/{talk_room.pk}/cancel-eligibility/").json()
    assert [(each["code"], each["met"]) for each in told["conditions"]] == [
        ("deal_not_in_progress", True),
        ("request_already_open", True),
        ("last_message_not_yours", True),
        ("respondent_contacted_recently", False),
        ("too_many_requests_today", True),
    ]
    assert (told["eligible"], told["eligible_at"]) == (False, "2026-03-03T03:00:00.000000Z")
    assert told["against_you"] == {"eligible": False, "eligible_at": None, "owed_since": None}
    assert told["owed_since"] == "2026-02-27T03:00:00.000010Z"
    assert told["server_time"] == "2026-03-02T03:00:00.000000Z"
    mirrored = Api(talk_room.seller).get(f"talk-rooms/{talk_room.pk}/").json()
    assert mirrored["against_you"] == {name: told[name] for name in ("eligible", "eligible_at", "owed_since")}
    assert mirrored["you"] == "seller"
    assert mirrored["server_time"] == told["server_time"]


def test_sellers_see_the_buyers_record_in_the_room(frozen: Clock) -> None:
    silent = room(silent_for=days(4), silent=Party.BUYER, now=frozen.at)
    Api(silent.seller).post(f"talk-rooms/{silent.pk}/cancel-requests/")
    frozen.advance(hours(24) + MICROSECOND)
    Api(silent.seller).get(f"deals/{silent.deal_id}/")
    another = room(buyer=silent.buyer, now=frozen.at)
    expected = {"completed": 0, "cancelled_for_silence": 1}
    assert Api(another.seller).get(f"talk-rooms/{another.pk}/").json()["buyer"]["buyer_record"] == expected
    assert Api(silent.buyer).get("me/").json()["buyer_record"] == expected


def test_a_service_shows_its_own_rating_and_hides_its_own_state_from_others(frozen: Clock, seller: Seller) -> None:
    deal = room(of=seller, now=frozen.at).deal
    deal.service.reviews.create(
        deal=deal, seller=seller, rating=4, dated_at=frozen.at - days(1), recorded_at=frozen.at - days(1)
    )
    old = room(of=seller, now=frozen.at).deal
    old.service.reviews.create(
        deal=old, seller=seller, rating=1, dated_at=frozen.at - days(100), recorded_at=frozen.at - days(100)
    )
    assert Api().get(f"services/{deal.service_id}/").json()["rating"] == 4.0
    unreviewed = seller.services.exclude(pk=deal.service_id)[0]
    shown = Api(seller.user).get(f"services/{unreviewed.pk}/").json()
    assert (shown["rating"], shown["own_status"]) == (None, "accepting")
    assert "own_status" not in Api(deal.buyer).get(f"services/{unreviewed.pk}/").json()


def test_the_first_service_makes_its_creator_a_seller(stranger: User) -> None:
    api = Api(stranger)
    assert api.get("me/").json()["seller"] is None
    created = api.post("services/", {"title": "A logo", "description": "", "price": 1})
    assert api.get("me/").json()["seller"] == created.json()["seller"]


def test_nobody_buys_their_own_service(seller: Seller) -> None:
    own = on_sale(seller)
    problem(Api(seller.user).post("deals/", {"service": str(own.pk)}), 409, "own_service")
    assert not Deal.objects.exists()


def test_a_changed_price_holds_for_the_next_deal_only(seller: Seller, buyer: User) -> None:
    own = on_sale(seller)
    before = Api(buyer).post("deals/", {"service": str(own.pk)}).json()
    assert Api(seller.user).patch(f"services/{own.pk}/", {"price": 9000}).json()["price"] == 9000
    assert Api(buyer).get(f"deals/{before['id']}/").json()["price"] == 5000
    assert Api(buyer).post("deals/", {"service": str(own.pk)}).json()["price"] == 9000


def test_a_seller_resumes_some_services_and_none_of_others(frozen: Clock, seller: Seller) -> None:
    talk_room: TalkRoom = room(of=seller, silent_for=days(4), now=frozen.at)
    Api(talk_room.buyer).post(f"talk-rooms/{talk_room.pk}/cancel-requests/")
    frozen.advance(hours(25))
    api = Api(seller.user)
    api.get(f"talk-rooms/{talk_room.pk}/")
    first, *others = api.get(f"services/?seller={seller.pk}").json()["results"]
    foreign = service(Seller.objects.create(user=person("x"), created_at=frozen.at))
    problem(api.post("sellers/me/resume/", {"services": [str(foreign.pk)]}), 400, "not_your_service")
    assert api.post("sellers/me/resume/", {"services": [first["id"]]}).json()["paused"] is False
    states = {each["id"]: each["status"] for each in api.get(f"services/?seller={seller.pk}").json()["results"]}
    assert states == {first["id"]: "accepting", **{each["id"]: "paused" for each in others}}
    assert api.post(f"services/{others[0]['id']}/resume/").json()["status"] == "accepting"
