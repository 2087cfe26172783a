"""What every page has in common."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection
from django.test import Client
from pytest_django import Settings

from marketplace import clock
from marketplace.actions import talk
from marketplace.models import Message, Seller, User
from tests.support import addresses
from tests.support.api import NULL_ID
from tests.support.factories import room
from tests.support.visitor import Visitor

pytestmark = pytest.mark.django_db


def test_a_form_sent_twice_says_it_once(buyer: User, seller: Seller) -> None:
    talk = room(of=seller, buyer=buyer)
    visitor = Visitor.as_(buyer)
    page = visitor.see(f"/talk-rooms/{talk.pk}/")
    for _ in range(2):
        visitor.send(page, f"/talk-rooms/{talk.pk}/", body="Hello")
    assert Message.objects.filter(room=talk, body="Hello").count() == 1


def test_what_was_typed_stays_beside_what_is_wrong_with_it(buyer: User, seller: Seller) -> None:
    talk = room(of=seller, buyer=buyer)
    visitor = Visitor.as_(buyer)
    page = visitor.send(
        visitor.see(f"/talk-rooms/{talk.pk}/"), f"/talk-rooms/{talk.pk}/", body="x" * 10_050, expect=400
    )
    assert "At most 10000 characters. Too long by 50 characters." in page.text
    assert page.form(f"/talk-rooms/{talk.pk}/").values["body"] == ["x" * 10_050]
    assert page.one("textarea", name="body").attributes["aria-invalid"] == "true"
    assert not Message.objects.filter(room=talk, body__startswith="x").exists()


# In whose words, by whose clock


@pytest.mark.parametrize(
    ("wishes", "shown"),
    [
        (("en", "ja", "ja"), "en"),
        (("", "en", "ja"), "en"),
        (("", "", "en-GB,ja;q=0.5"), "en"),
        (("", "", "fr,en;q=0.1"), "en"),
        (("", "tlh", "fr,de"), "ja"),
        (("", "", ""), "ja"),
        (("", '"\\000"', ";;,=" * 100), "ja"),
    ],
)
def test_the_language_is_the_persons_else_the_chosen_else_the_browsers_else_japanese(
    buyer: User, settings: Settings, wishes: tuple[str, str, str], shown: str
) -> None:
    """Wishes: the person's own, the one chosen in this browser, the browser's."""
    buyer.language, chosen, browsers = wishes
    buyer.save()
    client = Client(headers={"Accept-Language": browsers})
    client.force_login(buyer)
    # As it comes over the wire: newer Pythons put no control character into a cookie, and browsers may send one.
    sent = f"{settings.LANGUAGE_COOKIE_NAME}={chosen}; {client.cookies.output(attrs=[], header='', sep=';').strip()}"
    for path, status in (("/settings/", 200), ("/nowhere/", 404)):
        answer = client.get(path, headers={"Cookie": sent})
        assert (answer.status_code, answer.headers["Content-Language"]) == (status, shown)
        assert f'<html lang="{shown}">' in answer.content.decode()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_each_language_is_offered_by_its_own_name(language: str) -> None:
    page = Visitor(language).see("/services/")
    assert [each.text.strip() for each in page.all("button", name="language")] == ["日本語", "English"]


def test_times_are_of_the_persons_zone_else_of_the_marketplaces(buyer: User, seller: Seller) -> None:
    talk_room = room(of=seller, buyer=buyer)
    moment = datetime(2026, 1, 5, 20, 30, tzinfo=UTC)
    Message.objects.filter(room=talk_room).update(posted_at=moment)
    path = f"/talk-rooms/{talk_room.pk}/"
    for zone, said in (("", "2026-01-06 05:30:00 JST"), ("Europe/Berlin", "2026-01-05 21:30:00 CET")):
        User.objects.filter(pk=buyer.pk).update(time_zone=zone)
        assert said in {each.attributes.get("title") for each in Visitor.as_(buyer).see(path).all("time")}


# What is shown instead of a page


@pytest.mark.parametrize(("language", "words"), [("en", "Page not found"), ("ja", "ページが見つかりません")])
def test_what_is_not_ones_own_looks_like_what_is_nowhere(
    stranger: User, buyer: User, language: str, words: str
) -> None:
    theirs, visitor = room(buyer=buyer), Visitor.as_(stranger, language)
    for path in (f"/talk-rooms/{theirs.pk}/", f"/talk-rooms/{NULL_ID}/", "/nowhere/", "/talk-rooms/x/"):
        assert visitor.see(path, expect=404).one("h1").text == words


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Something went wrong on our side"), ("ja", "エラーが発生しました")]
)
def test_a_failure_of_ours_is_told_without_its_secrets_and_keeps_what_was_typed(
    buyer: User, seller: Seller, monkeypatch: pytest.MonkeyPatch, language: str, words: str
) -> None:
    def broken() -> None:
        raise ZeroDivisionError("a secret")

    path = f"/talk-rooms/{room(of=seller, buyer=buyer).pk}/"
    visitor = Visitor.as_(buyer, language)
    page = visitor.see(path)
    visitor.client.raise_request_exception = False
    monkeypatch.setattr(clock, "now", broken)
    failed = visitor.send(page, path, body="A long letter", expect=500)
    assert failed.one("h1").text == words
    assert failed.one("textarea").text.strip() == "A long letter"
    assert "secret" not in failed.html


@contextmanager
def the_database_away() -> Iterator[None]:
    def refuse(*_: object) -> None:
        raise OperationalError("gone")

    with connection.execute_wrapper(refuse):
        yield


def test_with_the_database_away_a_page_says_so_and_keeps_what_was_typed(buyer: User, seller: Seller) -> None:
    path = f"/talk-rooms/{room(of=seller, buyer=buyer).pk}/"
    visitor = Visitor.as_(buyer)
    page = visitor.see(path)
    with the_database_away():  # the session cannot be read either
        sent = visitor.send(page, path, body="A long letter", expect=503)
        shown = visitor.see(path, expect=503)
    assert sent.one("h1").text == shown.one("h1").text == "This could not be done just now"
    assert sent.one("textarea").text.strip() == "A long letter"
    assert (sent.headers["Retry-After"], sent.headers["Cache-Control"]) == ("1", "no-store")
    assert not Message.objects.filter(body="A long letter").exists()


def test_a_room_that_stays_locked_is_503_with_what_was_typed(
    buyer: User, seller: Seller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(**_: object) -> None:
        raise OperationalError("canceling statement due to lock timeout")

    path = f"/talk-rooms/{room(of=seller, buyer=buyer).pk}/"
    visitor = Visitor.as_(buyer)
    page = visitor.see(path)
    monkeypatch.setattr(talk, "post_message", locked)
    assert visitor.send(page, path, body="A long letter", expect=503).one("textarea").text.strip() == "A long letter"


def test_who_is_logged_out_meanwhile_keeps_what_was_typed(buyer: User, seller: Seller) -> None:
    path = f"/talk-rooms/{room(of=seller, buyer=buyer).pk}/"
    visitor = Visitor.as_(buyer)
    page = visitor.see(path)
    Session.objects.all().delete()
    sent = visitor.send(page, path, body="A long letter", expect=401)
    assert sent.one("textarea").text.strip() == "A long letter"
    assert f"/log-in/?next={path}" in {each.attributes["href"] for each in sent.all("a")}
    assert not Message.objects.filter(body="A long letter").exists()


def test_too_many_reads_or_writes_in_a_minute_are_429_with_when_to_come_back(
    buyer: User, seller: Seller, settings: Settings
) -> None:
    path = f"/talk-rooms/{room(of=seller, buyer=buyer).pk}/"
    visitor = Visitor.as_(buyer)
    page = visitor.see(path)
    settings.THROTTLE_WRITE = settings.THROTTLE_READ = 0
    for refused in (visitor.see(path, expect=429), visitor.send(page, path, body="A long letter", expect=429)):
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        assert f"in {refused.headers['Retry-After']} seconds" in refused.text
    assert refused.one("textarea").text.strip() == "A long letter"
    assert not Message.objects.filter(body="A long letter").exists()


# Nonsense


QUERIES = ["cursor=x&q=%00&kind=%00&open", f"cursor=%00&q={'x' * 3000}", "cursor=&page_size=-1&next=%00"]


def test_nonsense_in_an_address_is_never_a_failure_of_ours(seller: Seller, ids: dict[str, str]) -> None:
    client = Client()
    client.force_login(seller.user)
    for name, path in addresses.shown(ids):
        for query in QUERIES:
            assert client.get(f"{path}?{query}").status_code < 500, f"{name}?{query}"


NONSENSE = ["\x00", "9" * 400, "\ud800"]
NAMES = ["body", "kind", "reason", "message", "title", "price", "services", "rating", "comment", "due_on", "language",
         "code", "channel", "once", "seen", "next", "username", "password", "time_zone", "email"]  # fmt: skip


def test_nonsense_in_a_form_is_never_a_failure_of_ours(seller: Seller, ids: dict[str, str], settings: Settings) -> None:
    settings.THROTTLE_WRITE = settings.THROTTLE_LOGIN = 100_000
    client = Client()
    client.force_login(seller.user)
    for name, path in addresses.paths(ids):
        if name in addresses.NO_PAGE or name == "log-out":
            continue
        for value in NONSENSE:
            sent = {each: value.encode(errors="surrogatepass") for each in NAMES}
            assert client.post(path, sent).status_code < 500, f"{name}: {value[:20]!r}"


def test_what_cannot_be_read_at_all_is_400(buyer: User) -> None:
    visitor = Visitor.as_(buyer)
    for kind, body in (
        ("application/x-www-form-urlencoded", b"body=" + b"x" * 3_000_000),
        ("application/x-www-form-urlencoded", b"&".join(b"a=1" for _ in range(2_000))),
        ("multipart/form-data; boundary=", b"x"),
        ("application/x-www-form-urlencoded; charset=utf-16", b"a=1"),
    ):
        answer = visitor.client.generic("POST", "/log-in/", body, content_type=kind)
        assert answer.status_code == 400, kind
        assert "This could not be read" in answer.content.decode()
