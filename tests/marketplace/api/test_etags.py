"""`ETag`, 304 and `If-Match`: what was seen need not be sent again, and is not overwritten unseen."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client

from marketplace import clock
from marketplace.models import Deal, Event, Message, Milestone, Seller, Service, User, WriteCount
from marketplace.vocabulary import EventKind
from tests.conftest import Clock
from tests.support import factories
from tests.support.api import Api, problem
from tests.support.factories import days, delivered_room, hours, room
from tests.support.interleave import run_before
from tests.support.openapi import operations

DRAFT, FINAL = {"title": "初稿", "due_on": "2026-03-05"}, {"title": "納品日", "due_on": "2026-03-09"}
READ = [
    "me/", "services/", "services/{service_id}/", "deals/", "deals/{deal_id}/", "talk-rooms/", "talk-rooms/{room_id}/",
    "talk-rooms/{room_id}/messages/", "talk-rooms/{room_id}/schedule/", "talk-rooms/{room_id}/cancel-eligibility/",
    "cancel-requests/{request_id}/", "sellers/{seller_id}/", "sellers/me/standing/",
]  # fmt: skip


@pytest.mark.django_db
def test_a_condition_that_a_call_does_not_heed_is_refused_before_anything_is_done(
    ids: dict[str, str], both: list[Api], subtests: pytest.Subtests
) -> None:
    """Each call of the schema, with each of the two headers that it does not document."""
    before = tables()
    for operation in operations():
        documented = {each["name"] for each in operation.described.get("parameters", [])}
        for header in sorted({"If-Match", "If-None-Match"} - documented):
            with subtests.test(operation=str(operation), header=header):
                for value in ('"x"', "*", "not a tag"):
                    answer = both[1](operation.method, operation.path.format(**ids), {}, **{header: value})
                    assert header in problem(answer, 400, "precondition_not_heeded")["detail"]
                assert tables() == before


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["schema/", "docs/"])
def test_the_description_refuses_such_a_condition_too(path: str) -> None:
    problem(Api().get(path, If_Match='"x"'), 400, "precondition_not_heeded")
    assert Api(Accept="*/*").get(path, If_None_Match='"x"').status_code == 200


def tables() -> dict[str, int]:
    """Count the rows of everything but the throttles'."""
    kept: list[Any] = [model for model in apps.get_models() if model is not WriteCount]
    return {model.__name__: model.objects.count() for model in kept}


def etag(api: Api, path: str) -> str:
    tag: str = api.get(path).headers["ETag"]
    return tag


def lasting(answer: Any) -> Any:
    """Return a whole answer but for the time that it was given at."""
    assert answer.status_code == 200
    shown = answer.json()
    return shown | {"server_time": None} if isinstance(shown, dict) else shown


@pytest.mark.django_db
@pytest.mark.parametrize("path", READ)
def test_what_was_seen_is_304_without_a_body(seller: Seller, ids: dict[str, str], path: str) -> None:
    api, path = Api(seller.user), path.format(**ids)
    seen = api.get(path)
    tag = seen.headers["ETag"]
    assert tag == f'"{tag[1:-1]}"'
    assert len(tag) > 20
    for known in (tag, f"W/{tag}", f'"x", {tag}', f'W/"x",{tag} , "y"', f'W/{tag[:-1]}-gzip"', f'{tag[:-1]};br"', "*"):
        again = api.get(path, If_None_Match=known)
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag), known
        assert "Content-Type" not in again.headers
        assert again.headers["Cache-Control"] == seen.headers["Cache-Control"]
        assert again.headers["Vary"] == seen.headers["Vary"]
    for other in ('"x"', f'{tag[:-1]}x"', tag.strip('"'), "", '"', "W/*"):
        assert lasting(api.get(path, If_None_Match=other)) == lasting(seen), other
    assert api("HEAD", path).headers["ETag"] == tag


@pytest.mark.django_db
def test_time_that_only_goes_by_changes_no_tag_and_a_message_does(frozen: Clock) -> None:
    talk_room = room(now=frozen.at)
    api, path = Api(talk_room.buyer), f"talk-rooms/{talk_room.pk}/"
    first = api.get(path)
    frozen.advance(hours(1))
    second = api.get(path)
    assert first.json()["server_time"] != second.json()["server_time"]
    assert first.headers["ETag"] == second.headers["ETag"]
    assert etag(api, f"{path}cancel-eligibility/") == etag(api, f"{path}cancel-eligibility/")
    Api(talk_room.seller).post(f"{path}messages/", {"body": "Here"})
    changed = api.get(path, If_None_Match=first.headers["ETag"])
    assert changed.status_code == 200
    assert changed.headers["ETag"] != first.headers["ETag"]


@pytest.mark.django_db
def test_each_language_and_each_party_has_a_tag_of_their_own(frozen: Clock) -> None:
    talk_room = room(now=frozen.at)
    path = f"talk-rooms/{talk_room.pk}/"
    japanese = Api(talk_room.buyer, **{"Accept-Language": "ja"})
    tags = {etag(api, path) for api in (Api(talk_room.buyer), japanese, Api(talk_room.seller))}
    assert len(tags) == 3
    assert japanese.get(path).headers["Content-Language"] == "ja"
    assert Api(talk_room.buyer).get(path).headers["Content-Language"] == "en"


@pytest.mark.django_db
def test_no_shared_cache_keeps_what_is_private_and_nothing_is_used_unasked(seller: Seller, ids: dict[str, str]) -> None:
    depends_on = {"Accept-Language", "Authorization", "Cookie"}
    for path in READ:
        answer = Api(seller.user).get(path.format(**ids))
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert set(answer.headers["Vary"].split(", ")) >= depends_on
    for path in ("services/", f"services/{factories.on_sale(seller).pk}/", f"sellers/{seller.pk}/"):
        answer = Api().get(path)
        assert answer.headers["Cache-Control"] == "public, no-cache"
        assert set(answer.headers["Vary"].split(", ")) >= depends_on


@pytest.mark.django_db
def test_what_a_session_asked_for_is_private_too(buyer: User) -> None:
    browser = Client()
    browser.force_login(buyer)
    assert browser.get("/api/v1/services/").headers["Cache-Control"] == "private, no-cache"
    assert browser.get("/api/v1/me/").headers["Cache-Control"] == "private, no-cache"


@pytest.mark.django_db
def test_problems_and_writes_are_kept_nowhere(seller: Seller, ids: dict[str, str]) -> None:
    api = Api(seller.user)
    for answer in (
        Api().get("me/"),
        api.get("nothing/"),
        api.get(f"services/{seller.pk}/"),
        api.get("services/?page_size=0"),
        api.post(f"talk-rooms/{ids['room_id']}/messages/", {"body": "Hi"}),
        api.patch("me/", {"language": "ja"}),
        Api().post("auth/token/", {"username": "x", "password": "x"}),
    ):
        assert answer.headers["Cache-Control"] == "no-store"
        assert "ETag" not in answer.headers
        assert "Authorization" in answer.headers["Vary"]


# If-Match


@pytest.fixture
def delivered(seller: Seller) -> Any:
    return delivered_room(of=seller, deadline=clock.now() + days(1))


@pytest.mark.django_db
@pytest.mark.parametrize("seen", ["talk-rooms/{room}/", "deals/{deal}/"])
@pytest.mark.parametrize("judgement", ["approve", "send-back"])
def test_a_judgement_of_what_was_seen_holds_and_of_what_has_changed_is_stale(
    delivered: Any, seen: str, judgement: str
) -> None:
    buying, path = Api(delivered.buyer), f"talk-rooms/{delivered.pk}/"
    seen = seen.format(room=delivered.pk, deal=delivered.deal_id)
    old = etag(buying, seen)
    Api(delivered.buyer).post(f"{path}send-back/", {"body": "Bigger"})
    Api(delivered.seller).post(f"{path}deliver/", {"body": "Bigger"})
    events = Event.objects.count()
    body = {"body": "Still bigger"} if judgement == "send-back" else None
    problem(buying.post(f"{path}{judgement}/", body, If_Match=old), 412, "stale")
    assert (Deal.objects.get(pk=delivered.deal_id).status, Event.objects.count()) == ("delivered", events)
    assert not Message.objects.filter(body="Still bigger").exists()
    new = etag(buying, seen)
    answer = buying.post(f"{path}{judgement}/", body, If_Match=f"{old}, {new}")
    assert answer.status_code == (201 if judgement == "send-back" else 200)


@pytest.mark.django_db
def test_a_rule_that_refuses_comes_before_what_is_stale(delivered: Any) -> None:
    buying, path = Api(delivered.buyer), f"talk-rooms/{delivered.pk}/"
    problem(Api(delivered.seller).post(f"{path}approve/", If_Match='"x"'), 403, "permission_denied")
    assert buying.post(f"{path}approve/").status_code == 200
    problem(buying.post(f"{path}approve/", If_Match='"x"'), 409, "deal_not_in_progress")


@pytest.mark.django_db
def test_a_request_is_withdrawn_as_it_was_seen_or_not_at_all(seller: Seller, ids: dict[str, str], buyer: User) -> None:
    api, path = Api(buyer), f"cancel-requests/{ids['request_id']}/"
    problem(api.post(f"{path}withdraw/", If_Match='"x"'), 412, "stale")
    assert api.get(path).json()["status"] == "awaiting_reply"
    tag = etag(api, path)
    problem(Api(seller.user).post(f"{path}withdraw/", If_Match=tag), 403, "permission_denied")
    assert api.post(f"{path}withdraw/", If_Match=tag).json()["status"] == "withdrawn"
    problem(api.post(f"{path}withdraw/", If_Match=tag), 409, "request_not_open")


@pytest.mark.django_db
def test_a_service_is_changed_as_it_was_seen_or_not_at_all(seller: Seller) -> None:
    own = factories.on_sale(seller)
    api, path = Api(seller.user), f"services/{own.pk}/"
    old = etag(api, path)
    first = api.patch(path, {"price": 1}, If_Match=old)
    assert (first.status_code, first.headers["ETag"]) == (200, etag(api, path))
    told = problem(api.patch(path, {"price": 2, "title": "Another"}, If_Match=old), 412, "stale")
    assert "changed since" in told["detail"]
    own.refresh_from_db()
    assert (own.price, own.title) == (1, "A logo")
    assert api.patch(path, {"price": 2}, If_Match=first.headers["ETag"]).status_code == 200
    foreign = factories.seller().services.get()
    problem(api.patch(f"services/{foreign.pk}/", {"price": 2}, If_Match='"x"'), 403, "permission_denied")


@pytest.mark.django_db
def test_a_star_matches_whatever_there_is_and_a_weak_tag_nothing(seller: Seller) -> None:
    own = factories.on_sale(seller)
    api, path = Api(seller.user), f"services/{own.pk}/"
    assert api.patch(path, {"price": 1}, If_Match="*").status_code == 200
    tag = etag(api, path)
    problem(api.patch(path, {"price": 2}, If_Match=f"W/{tag}"), 412, "stale")
    assert api.patch(path, {"price": 2}, If_Match=f' , {tag},,"x" ').status_code == 200
    problem(api.patch(f"services/{seller.pk}/", {"price": 1}, If_Match="*"), 404, "not_found")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "header", ["", " ", "x", '"', '"x', 'x"', '"x" "y"', '"x";"y"', 'w/"x"', '*, "x"', '"a b"', ","]
)
def test_a_header_that_names_no_tag_is_refused_and_changes_nothing(seller: Seller, header: str) -> None:
    own = factories.on_sale(seller)
    api = Api(seller.user)
    told = problem(api.patch(f"services/{own.pk}/", {"price": 1}, If_Match=header), 400, "invalid_if_match")
    assert "If-Match" in told["detail"]
    own.refresh_from_db()
    assert own.price == 5000


@pytest.mark.django_db
def test_a_kept_answer_comes_back_though_the_room_has_changed_since(delivered: Any) -> None:
    buying, path = Api(delivered.buyer), f"talk-rooms/{delivered.pk}/send-back/"
    headers = {"If_Match": etag(buying, f"deals/{delivered.deal_id}/"), "Idempotency_Key": "k"}
    first = buying.post(path, {"body": "Bigger"}, **headers)
    again = buying.post(path, {"body": "Bigger"}, **headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert Message.objects.filter(body="Bigger").count() == 1


# Lost updates


def put(talk_room: Any, lines: Any, tag: str) -> Any:
    return Api(talk_room.seller)("PUT", f"talk-rooms/{talk_room.pk}/schedule/", lines, If_Match=tag)


@pytest.mark.django_db(transaction=True)
def test_a_schedule_that_another_changed_just_before_the_lock_is_stale() -> None:
    talk_room = room()
    seen = etag(Api(talk_room.seller), f"talk-rooms/{talk_room.pk}/schedule/")

    def other() -> Any:
        return put(talk_room, [DRAFT], seen)

    with run_before("marketplace.locks.talk_room", other) as aside:
        problem(put(talk_room, [FINAL], seen), 412, "stale")
    assert aside.result().status_code == 200
    assert [each.title for each in Milestone.objects.filter(room=talk_room)] == ["初稿"]
    assert aside.result().headers["ETag"] == etag(Api(talk_room.buyer), f"talk-rooms/{talk_room.pk}/schedule/")


@pytest.mark.django_db(transaction=True)
def test_of_four_changes_to_one_schedule_as_it_was_seen_one_holds() -> None:
    talk_room = room()
    seen = etag(Api(talk_room.seller), f"talk-rooms/{talk_room.pk}/schedule/")
    answers = at_once(4, lambda number: put(talk_room, [{"title": f"{number}", "due_on": "2026-03-05"}], seen))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    assert Milestone.objects.filter(room=talk_room).count() == 1
    assert Event.objects.filter(room=talk_room, kind=EventKind.SCHEDULE_CHANGED).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_four_changes_to_one_service_as_it_was_seen_one_holds(seller: Seller) -> None:
    own = factories.on_sale(seller)
    api, path = Api(seller.user), f"services/{own.pk}/"
    seen = etag(api, path)
    answers = at_once(4, lambda number: api.patch(path, {"price": number + 1}, If_Match=seen))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    held = next(answer for answer in answers if answer.status_code == 200)
    assert Service.objects.get(pk=own.pk).price == held.json()["price"]


def at_once(number: int, call: Any) -> list[Any]:
    """Make calls from as many threads, each with its connection; returns the answers."""
    start = Barrier(number)

    def run(which: int) -> Any:
        try:
            start.wait(timeout=10)
            return call(which)
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as threads:
        return list(threads.map(run, range(number)))
