"""`Idempotency-Key`: sent twice, carried out once, answered alike."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from marketplace import clock
from marketplace.models import CancelRequest, Deal, IdempotencyKey, Message, Review, Seller, Service, User
from tests.conftest import Clock
from tests.support.api import Api, problem
from tests.support.factories import MICROSECOND, days, delivered_room, hours, on_sale, overdue_room, room


def replayed(response: Any) -> bool:
    return bool(response.headers.get("Idempotency-Replayed") == "true")


@pytest.mark.django_db
def test_every_post_that_creates_is_carried_out_once_and_answered_byte_for_byte(seller: Seller, buyer: User) -> None:
    talk_room = room(of=seller, buyer=buyer, silent_for=days(5))
    own = on_sale(seller)
    judged, reviewed = (delivered_room(of=seller, buyer=buyer, deadline=clock.now() + days(1)) for _ in range(2))
    Api(buyer).post(f"talk-rooms/{reviewed.pk}/approve/")
    for api, path, body, rows in (
        (Api(buyer), f"talk-rooms/{talk_room.pk}/cancel-requests/", {"reason": "？"}, CancelRequest.objects),
        (Api(buyer), f"talk-rooms/{talk_room.pk}/messages/", {"body": 'はい…\n"quoted" é \u2028'}, Message.objects),
        (Api(buyer), "deals/", {"service": str(own.pk), "message": "Hello"}, Deal.objects),
        (Api(seller.user), "services/", {"title": "ロゴ", "price": 5}, Service.objects),
        (Api(buyer), f"talk-rooms/{judged.pk}/send-back/", {"body": "もっと大きく"}, Message.objects),
        (Api(seller.user), f"talk-rooms/{judged.pk}/deliver/", {"body": "納品です"}, Message.objects),
        (Api(buyer), f"deals/{reviewed.deal_id}/review/", {"rating": 5, "comment": "★"}, Review.objects),
    ):
        first = api.post(path, body, Idempotency_Key="k")
        before = rows.count()
        again = api.post(path, body, Idempotency_Key="k")
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.content == again.content
        assert first.headers["Content-Type"] == again.headers["Content-Type"]
        assert (replayed(first), replayed(again)) == (False, True)
        assert rows.count() == before


@pytest.mark.django_db
def test_another_body_under_the_same_key_is_refused_and_does_nothing(buyer: User) -> None:
    talk_room = room(buyer=buyer)
    api, path = Api(buyer), f"talk-rooms/{talk_room.pk}/messages/"
    api.post(path, {"body": "One"}, Idempotency_Key="k")
    problem(api.post(path, {"body": "Two"}, Idempotency_Key="k"), 422, "idempotency_key_reused")
    assert not Message.objects.filter(body="Two").exists()


SAME = [
    b'{"title": "\xe3\x83\xad\xe3\x82\xb4", "description": "a/b", "price": 5000}',
    b'{"price":5000,"description":"a/b","title":"\xe3\x83\xad\xe3\x82\xb4"}',
    b'\n{ "title" : "\\u30ed\\u30B4",\t"description": "\\u0061\\/b", "price": 5000 }\r\n',
    b'{"title": "\xe3\x83\xad\xe3\x82\xb4", "description": "a/b", "price": 5000.0}',
    b'{"title": "\xe3\x83\xad\xe3\x82\xb4", "description": "a/b", "price": 5e3}',
    b'{"title": "\xe3\x83\xad\xe3\x82\xb4", "description": "a/b", "price": 50.0E+2}',
]
EMPTY: list[Any] = [None, {}, b" { } "]
OTHER = [
    {"title": "ロゴ", "description": "a/b", "price": 5001},
    {"title": "ロコ", "description": "a/b", "price": 5000},
    {"title": "ロゴ", "description": "a/b ", "price": 5000},
    {"title": "ロゴ", "price": 5000},
]


@pytest.mark.django_db
def test_the_same_value_is_the_same_body_however_it_is_written_and_another_value_is_not(seller: Seller) -> None:
    api = Api(seller.user)
    answers = [api.post("services/", body, Idempotency_Key="k") for body in SAME]
    assert [each.status_code for each in answers] == [201] * len(SAME)
    assert [replayed(each) for each in answers] == [False] + [True] * (len(SAME) - 1)
    assert len({each.content for each in answers}) == 1
    for body in OTHER:
        problem(api.post("services/", body, Idempotency_Key="k"), 422, "idempotency_key_reused")
    assert Service.objects.filter(title="ロゴ").count() == 1


@pytest.mark.django_db
def test_nothing_sent_is_the_same_as_an_empty_object(buyer: User) -> None:
    talk_room = room(buyer=buyer, silent_for=days(5))
    api, path = Api(buyer), f"talk-rooms/{talk_room.pk}/cancel-requests/"
    assert [replayed(api.post(path, body, Idempotency_Key="k")) for body in EMPTY] == [False, True, True]
    problem(api.post(path, {"reason": "?"}, Idempotency_Key="k"), 422, "idempotency_key_reused")


@pytest.mark.django_db
def test_an_answer_that_an_earlier_version_kept_by_the_bytes_comes_back(buyer: User) -> None:
    talk_room = room(buyer=buyer)
    api, path, body = Api(buyer), f"talk-rooms/{talk_room.pk}/messages/", b'{"body":  "Hi"}'
    first = api.post(path, body, Idempotency_Key="k")
    IdempotencyKey.objects.update(body_hash=hashlib.sha256(body).hexdigest())
    again = api.post(path, body, Idempotency_Key="k")
    assert (again.content, replayed(again)) == (first.content, True)


@pytest.mark.django_db
def test_a_key_is_ones_own_and_of_one_address(seller: Seller) -> None:
    talk_room, another = room(of=seller), room(of=seller)
    for api in (Api(talk_room.buyer), Api(seller.user)):
        assert not replayed(api.post(f"talk-rooms/{talk_room.pk}/messages/", {"body": "Hi"}, Idempotency_Key="k"))
    elsewhere = Api(seller.user).post(f"talk-rooms/{another.pk}/messages/", {"body": "Hi"}, Idempotency_Key="k")
    assert not replayed(elsewhere)
    assert Message.objects.filter(body="Hi").count() == 3


@pytest.mark.django_db
def test_a_refusal_is_not_kept(frozen: Clock) -> None:
    talk_room = room(silent_for=days(3), now=frozen.at)
    api, path = Api(talk_room.buyer), f"talk-rooms/{talk_room.pk}/cancel-requests/"
    problem(api.post(path, {}, Idempotency_Key="k"), 409, "respondent_contacted_recently")
    assert not IdempotencyKey.objects.exists()
    frozen.advance(days(1))
    placed = api.post(path, {}, Idempotency_Key="k")
    assert (placed.status_code, replayed(placed)) == (201, False)


@pytest.mark.django_db
def test_a_late_reply_with_a_key_meets_the_verdict_and_keeps_nothing_but_it(seller: Seller) -> None:
    overdue = overdue_room(of=seller)
    api, path = Api(seller.user), f"talk-rooms/{overdue.pk}/messages/"
    for _ in range(2):
        problem(api.post(path, {"body": "Sorry!"}, Idempotency_Key="k"), 409, "reply_deadline_passed")
    assert Deal.objects.get(pk=overdue.deal_id).status == "cancelled"
    assert not IdempotencyKey.objects.exists()
    assert not Message.objects.filter(body="Sorry!").exists()


@pytest.mark.django_db
def test_an_answer_is_kept_for_24_hours(frozen: Clock) -> None:
    talk_room = room(now=frozen.at)
    api, path = Api(talk_room.buyer), f"talk-rooms/{talk_room.pk}/messages/"
    first = api.post(path, {"body": "Hi"}, Idempotency_Key="k")
    frozen.advance(hours(24))
    assert api.post(path, {"body": "Hi"}, Idempotency_Key="k").content == first.content
    frozen.advance(MICROSECOND)
    anew = api.post(path, {"body": "Something else"}, Idempotency_Key="k")
    assert (anew.status_code, replayed(anew)) == (201, False)
    assert replayed(api.post(path, {"body": "Something else"}, Idempotency_Key="k"))


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "k" * 256, "ключ", "a\x7f", "é"])
def test_a_key_that_is_none_is_refused_and_does_nothing(buyer: User, key: str) -> None:
    talk_room = room(buyer=buyer)
    told = problem(
        Api(buyer).post(f"talk-rooms/{talk_room.pk}/messages/", {"body": "Hi"}, Idempotency_Key=key),
        400,
        "invalid_idempotency_key",
    )
    assert "Idempotency-Key" in told["detail"]
    assert not Message.objects.filter(body="Hi").exists()


@pytest.mark.django_db
def test_the_longest_key_is_taken(buyer: User) -> None:
    path = f"talk-rooms/{room(buyer=buyer).pk}/messages/"
    assert Api(buyer).post(path, {"body": "Hi"}, Idempotency_Key="k" * 255).status_code == 201


@pytest.mark.django_db
def test_what_creates_nothing_ignores_the_key(seller: Seller) -> None:
    own, api = on_sale(seller), Api(seller.user)
    assert api.post(f"services/{own.pk}/pause/", Idempotency_Key="k").status_code == 200
    assert not IdempotencyKey.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_twin_on_another_connection_waits_and_gets_the_first_answer(buyer: User) -> None:
    talk_room = room(buyer=buyer, silent_for=days(5))
    token = Api(buyer)
    start = Barrier(4)

    def send(_: int) -> Any:
        try:
            start.wait(timeout=10)
            return token.post(f"talk-rooms/{talk_room.pk}/cancel-requests/", {"reason": "x"}, Idempotency_Key="k")
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(send, range(4)))
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.content for answer in answers}) == 1
    assert sorted(map(replayed, answers)) == [False, True, True, True]
    assert CancelRequest.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_twin_of_a_request_that_was_refused_is_carried_out_itself(buyer: User) -> None:
    talk_room = room(buyer=buyer, silent_for=days(3))
    api, path = Api(buyer), f"talk-rooms/{talk_room.pk}/cancel-requests/"
    problem(api.post(path, Idempotency_Key="k"), 409, "respondent_contacted_recently")
    long_ago = clock.now() - timedelta(days=5)
    type(talk_room).objects.filter(pk=talk_room.pk).update(seller_last_contact_at=long_ago)
    assert api.post(path, Idempotency_Key="k").status_code == 201
