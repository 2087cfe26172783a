"""Who may load, send and see what: the frame of every page, the admin and the API."""

import json
import re
from http.cookies import Morsel
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from pytest_django import Settings

from marketplace.actions import cancel_requests, selling, talk
from marketplace.models import CancelRequest, Message, Seller, User
from marketplace.vocabulary import MessageKind
from tests.support import addresses
from tests.support.api import NULL_ID, Api
from tests.support.factories import days, room
from tests.support.visitor import Visitor

pytestmark = pytest.mark.django_db
PASSWORD = "a-password-of-the-tests"
ELSEWHERE = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}


@pytest.fixture
def somebody(buyer: User) -> User:
    """A person with a password."""
    buyer.set_password(PASSWORD)
    buyer.save()
    return buyer


def logged_in(person: User, **fields: str) -> tuple[Visitor, Any]:
    """Log in by the page's form. Returns the visitor and the answer, not followed."""
    visitor = Visitor()
    page = visitor.see("/log-in/")
    data = {"csrfmiddlewaretoken": page.form("/log-in/").values["csrfmiddlewaretoken"][0]}
    answer = visitor.client.post("/log-in/", {**data, "username": person.username, "password": PASSWORD, **fields})
    return visitor, answer


# Cross-site request forgery


def test_a_form_without_its_token_does_nothing_and_shows_what_was_typed(buyer: User, seller: Seller) -> None:
    talk_room = room(of=seller, buyer=buyer)
    page = Visitor.as_(buyer).post(f"/talk-rooms/{talk_room.pk}/", {"body": "A long letter\nof two lines"}, expect=403)
    assert page.one("h1").text == "This form was too old"
    assert page.one("textarea").text.strip() == "A long letter\nof two lines"
    assert not Message.objects.filter(body__startswith="A long letter").exists()


def test_the_password_is_never_shown_again(somebody: User) -> None:
    visitor = Visitor()
    without_a_token = visitor.post("/log-in/", {"username": somebody.username, "password": PASSWORD}, expect=403)
    refused = visitor.send(
        visitor.see("/log-in/"), "/log-in/", username=somebody.username, password=f"{PASSWORD}x", expect=401
    )
    assert PASSWORD not in without_a_token.html + refused.html
    assert refused.one("input", name="username").attributes["value"] == somebody.username
    assert "User name and password do not go together." in refused.one("div", role="alert").text


@pytest.mark.parametrize("method", ["put", "patch", "delete", "dispatch", "shown", "given", "once", "form", "context"])
def test_no_other_method_reaches_anything(buyer: User, seller: Seller, method: str) -> None:
    client = Client()
    client.force_login(buyer)
    path = f"/talk-rooms/{room(of=seller, buyer=buyer).pk}/"
    answer = client.generic(method.upper(), path)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, POST, OPTIONS")


# What a page may load


def policies(answer: Any) -> dict[str, str]:
    """Return the directives of an answer's content security policy."""
    parts = [each.split(None, 1) for each in answer.headers["Content-Security-Policy"].split(";")]
    return {part[0]: part[1] if len(part) > 1 else "" for part in parts}


def test_every_kind_of_answer_says_what_may_be_loaded_and_nothing_inline(
    buyer: User, staff: User, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    staff.is_superuser = True
    staff.save()
    visitor, operator = Client(), Client(raise_request_exception=False)
    visitor.force_login(buyer)
    operator.force_login(staff)
    kinds = {
        "a page": (200, visitor.get("/services/")),
        "nothing": (404, visitor.get("/nowhere/")),
        "a form without its token": (403, Client(enforce_csrf_checks=True).post("/log-in/")),
        "a redirect": (301, visitor.get("/services")),
        "a method": (405, visitor.put("/services/")),
        "the log-in": (302, Client().get("/deals/")),
        "the admin": (200, operator.get("/admin/")),
        "a list of the admin": (200, operator.get("/admin/marketplace/cancelrequest/")),
        "a script": (200, visitor.head("/static/pages/live.js")),
        "no script": (404, visitor.get("/static/pages/nothing.js")),
        "the API": (200, visitor.get("/api/v1/me/")),
        "a problem": (404, visitor.get(f"/api/v1/deals/{NULL_ID}/")),
        "the description": (200, visitor.get("/api/v1/docs/")),
        "health": (200, visitor.get("/healthz")),
    }
    monkeypatch.setattr("marketplace.pages.views.services.ServicesPage.get", lambda *_: 1 / 0)
    kinds["broken"] = (500, operator.get("/services/"))
    for kind, (status, answer) in kinds.items():
        told = policies(answer)
        assert answer.status_code == status, kind
        assert told["default-src"] == "'none'", kind
        assert told["script-src"] == told["style-src"] == "'self'", kind
        assert told["frame-ancestors"] == told["base-uri"] == "'none'", kind
        assert "unsafe" not in " ".join(told.values()), kind
        assert answer.headers["X-Content-Type-Options"] == "nosniff", kind
        assert answer.headers["Referrer-Policy"] == "same-origin", kind
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin", kind


INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:|hx-on|hx-vals=.js:", re.IGNORECASE)


def test_every_page_is_free_of_inline_scripts_and_kept_by_no_cache_whichever_way_it_is_asked_for(
    seller: Seller, ids: dict[str, str]
) -> None:
    client = Client()
    client.force_login(seller.user)
    for name, path in [*addresses.shown(ids), ("nowhere", "/nowhere/")]:
        seen, head = client.get(path), client.head(path)
        found = INLINE.search(seen.content.decode())
        assert found is None, f"{name}: {found}"
        assert (head.status_code, head.content) == (seen.status_code, b""), name
        for answer in (seen, head):
            assert "no-store" in answer.headers["Cache-Control"], name
            assert answer.headers["Content-Language"] == "ja", name
        if name != "nowhere":
            assert {"GET", "HEAD", "OPTIONS"} <= set(client.options(path).headers["Allow"].split(", ")), name


# Escaping

NASTY = """</textarea></title><x-evil a="1">'">&amp;{x}{0}{{ x }}{% x %}%(x)s"""


def test_what_people_write_is_shown_as_text_wherever_it_stands(
    seller: Seller, buyer: User, ids: dict[str, str]
) -> None:
    for person in (seller.user, buyer):
        User.objects.filter(pk=person.pk).update(username=f"{NASTY}{person.pk}"[:150])
        person.refresh_from_db()
    for service in seller.services.all():
        selling.change(service_id=service.pk, owner=seller.user, title=NASTY, description=NASTY)
    talk_room = room(of=seller, buyer=buyer, silent_for=days(5))
    for kind in (MessageKind.TEXT, MessageKind.PROGRESS_REPORT):
        talk.post_message(room_id=talk_room.pk, author=buyer, body=NASTY, kind=kind)
    placed = cancel_requests.place(room_id=talk_room.pk, requester=buyer, reason=NASTY)
    named = {**ids, "room_id": talk_room.pk, "deal_id": talk_room.deal_id, "request_id": placed.pk}
    seen = ""
    for person in (buyer, seller.user):
        visitor = Visitor.as_(person)
        for name, path in addresses.shown(named):
            page = visitor.client.get(path, follow=True).content.decode()
            assert "<x-evil" not in page, f"{name}: {page}"
            seen += page
    assert seen.count("&lt;x-evil") > 20
    seen_room = Visitor.as_(buyer).see(f"/talk-rooms/{talk_room.pk}/")
    assert sum(NASTY in each.text for each in seen_room.all("article")) == 3  # two messages, and the seller's name
    assert NASTY in seen_room.one("h1").text


def test_what_was_typed_is_text_in_the_form_that_comes_back(buyer: User, seller: Seller) -> None:
    visitor, long = Visitor.as_(buyer), f"{NASTY}{'x' * 10_001}"
    path = f"/talk-rooms/{room(of=seller, buyer=buyer).pk}/"
    page = visitor.send(visitor.see(path), path, body=long, expect=400)
    assert page.form(path).values["body"] == [long]
    search = visitor.client.get("/services/", {"q": NASTY}).content.decode()
    assert "<x-evil" not in search
    assert "&lt;x-evil" in search


# Sessions


def cookie(client: Client, name: str) -> Morsel[str]:
    return client.cookies[name]


def test_the_session_cookie_is_strict_and_no_script_reads_any(somebody: User, settings: Settings) -> None:
    visitor, _ = logged_in(somebody)
    session, token = cookie(visitor.client, "sessionid"), cookie(visitor.client, "csrftoken")
    assert (session["samesite"], session["httponly"], session["secure"]) == ("Lax", True, "")
    assert (token["samesite"], token["httponly"]) == ("Lax", True)
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    visitor, _ = logged_in(somebody)
    for name in ("sessionid", "csrftoken"):
        held = cookie(visitor.client, name)
        assert (held["secure"], held["path"], held["domain"]) == (True, "/", ""), name
    visitor.post("/language/", {"language": "en", "next": "/"}, expect=403)


def test_logging_in_begins_a_session_with_a_new_key(somebody: User) -> None:
    visitor = Visitor()
    planted = visitor.client.session
    planted["seen"] = "x"
    planted.save()
    visitor.client.cookies["sessionid"] = str(planted.session_key)
    visitor.send(visitor.see("/log-in/"), "/log-in/", username=somebody.username, password=PASSWORD)
    key = visitor.client.cookies["sessionid"].value
    assert key != planted.session_key
    assert not Session.objects.filter(pk=planted.session_key).exists()
    assert Session.objects.get(pk=key).get_decoded()["_auth_user_id"] == str(somebody.pk)


def test_only_a_form_logs_out_and_the_session_is_gone(buyer: User) -> None:
    visitor = Visitor.as_(buyer)
    visitor.see("/log-out/", expect=405)
    assert Session.objects.count() == 1
    assert visitor.send(visitor.see("/services/"), "/log-out/").path == "/services/"
    assert not Session.objects.exists()
    assert visitor.see("/deals/").path.startswith("/log-in/")


@pytest.mark.parametrize("address", ["/log-in/", "/admin/login/"])
def test_after_so_many_attempts_in_a_minute_nobody_logs_in_from_that_address(
    somebody: User, settings: Settings, address: str
) -> None:
    settings.THROTTLE_LOGIN = 2
    visitor = Visitor()
    page = visitor.see(address)
    for _ in range(2):
        visitor.send(page, "/log-in/", username=somebody.username, password="wrong", expect=401)
    refused = visitor.send(page, "/log-in/", username=somebody.username, password=PASSWORD, expect=429)
    assert refused.one("h1").text == "A moment, please"
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert not Session.objects.exists()
    elsewhere = visitor.client.post(
        "/log-in/",
        {name: values[0] for name, values in page.form("/log-in/").values.items()}
        | {"username": somebody.username, "password": PASSWORD},
        REMOTE_ADDR="192.0.2.7",
    )
    assert elsewhere.status_code == 303


def test_the_admins_own_log_in_takes_no_password(staff: User) -> None:
    staff.set_password(PASSWORD)
    staff.save()
    answer = Client().post("/admin/login/", {"username": staff.username, "password": PASSWORD})
    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "/log-in/")
    assert not Session.objects.exists()


@pytest.mark.parametrize(
    "asked",
    [
        "https://elsewhere.example/", "//elsewhere.example/", "///elsewhere.example", "/\\elsewhere.example",
        "\\\\elsewhere.example", "javascript:alert(1)", "http:elsewhere.example", "\t//elsewhere.example",
        " //x.example", "http://testserver@elsewhere.example/", "data:text/html,x", "\x00/", "",
    ],
)  # fmt: skip
def test_logging_in_leads_to_no_other_site(somebody: User, asked: str) -> None:
    _, answer = logged_in(somebody, next=asked)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


def test_logging_in_leads_back_to_where_one_was_sent_from(somebody: User) -> None:
    visitor = Visitor()
    page = visitor.see("/deals/?cursor=x")
    assert page.form("/log-in/").values["next"] == ["/deals/?cursor=x"]
    _, answer = logged_in(somebody, next="/deals/?cursor=x")
    assert answer.headers["Location"] == "/deals/?cursor=x"


# From another site


def test_a_link_from_elsewhere_is_answered_at_once(buyer: User) -> None:
    stranger, known = Client(), Client()
    known.force_login(buyer)
    assert (
        stranger.get("/deals/?cursor=x", headers=ELSEWHERE).headers["Location"] == "/log-in/?next=/deals/%3Fcursor%3Dx"
    )
    assert stranger.get("/services/", headers=ELSEWHERE).status_code == 200
    assert known.get("/deals/", headers=ELSEWHERE).status_code == 200


# After logging out


def test_a_part_that_asks_again_after_the_session_ended_gets_401_and_no_log_in_page(ids: dict[str, str]) -> None:
    answer = Client().get(f"/talk-rooms/{ids['room_id']}/live/", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert b'name="password"' not in answer.content


def test_a_language_that_is_none_is_refused(buyer: User) -> None:
    visitor = Visitor.as_(buyer)
    page = visitor.see("/services/")
    visitor.send(page, "/language/", language=["tlh"], expect=400)
    buyer.refresh_from_db()
    assert buyer.language == ""
    visitor.send(page, "/language/", language="en")
    buyer.refresh_from_db()
    assert buyer.language == "en"


def test_a_cookie_logs_in_to_the_api_only_with_its_token(buyer: User, seller: Seller) -> None:
    talk_room = room(of=seller, buyer=buyer, silent_for=days(5))
    client = Client(enforce_csrf_checks=True)
    client.force_login(buyer)
    path = f"/api/v1/talk-rooms/{talk_room.pk}/cancel-requests/"
    answer = client.post(path, json.dumps({}), content_type="application/json")
    assert answer.status_code == 403
    assert not CancelRequest.objects.exists()
    assert Api(buyer).post(path).status_code == 201
