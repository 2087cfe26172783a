"""Notices, settings, notification settings, tests of a channel, browsers and the calendar, as pages."""

from datetime import time
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from pytest_django import Settings

from marketplace.models import Seller, User
from notifications import codes, links
from notifications.actions import channel_tests, preferences, reach
from notifications.channels import vapid
from notifications.models import CalendarFeed, ChannelTest, Notification, Preference, PushSubscription, Reach, Wishes
from notifications.vocabulary import CRITICAL, SWITCHABLE, Channel, Kind
from tests.conftest import Clock
from tests.support.factories import MICROSECOND, hours, person, room
from tests.support.notices import reachable
from tests.support.told import AUTH, CODE, ENDPOINT, P256DH, asked_test, browser, notice, unsubscribe_path
from tests.support.visitor import Seen, Visitor

pytestmark = pytest.mark.django_db
WISHES, CHANNELS, CALENDAR = "/settings/notifications/", "/settings/channels/", "/settings/calendar/"


# The inbox


def titles(page: Seen) -> list[str]:
    return [each.text.strip() for each in page.all("button", class_="link") if each.attributes.get("name") is None]


def unread(page: Seen) -> list[str]:
    return [" ".join(each.text.split()) for each in page.all("span", class_="unread-mark")]


def test_notices_stand_newest_first_in_pages_with_the_unread_marked_by_a_word(frozen: Clock, buyer: User) -> None:
    for number in range(31):
        frozen.advance(hours(1))
        read_at = None if number == 29 else frozen.at
        notice(buyer, facts={"counterpart": f"<b>{number}", "service": "x"}, read_at=read_at)
    notice(buyer, channel=Channel.EMAIL)
    notice(person())
    visitor = Visitor.as_(buyer)
    page = visitor.see("/notices/")
    assert [title for title in titles(page) if "wrote" in title] == [
        f"<b>{number} wrote to you" for number in range(30, 0, -1)
    ]
    assert unread(page) == ["● Unread"]
    assert "1 unread" in page.text
    older = visitor.see(f"/notices/{page.one('a', rel='next').attributes['href']}")
    assert [title for title in titles(older) if "wrote" in title] == ["<b>0 wrote to you"]


def test_opening_a_notice_marks_it_as_read_and_leads_to_the_room(frozen: Clock, buyer: User, seller: Seller) -> None:
    talk = room(of=seller, buyer=buyer, now=frozen.at)
    opened, left = notice(buyer, room=talk), notice(buyer, room=talk, kind=Kind.SENT_BACK, words="sent_back")
    visitor = Visitor.as_(buyer)
    arrived = visitor.send(visitor.see("/notices/"), f"/notices/{opened.pk}/")
    assert arrived.path == f"/talk-rooms/{talk.pk}/"
    assert list(Notification.objects.filter(read_at=None)) == [left]
    opened.refresh_from_db()
    assert opened.read_at == frozen.at


def test_who_opens_a_notice_after_being_logged_out_comes_to_a_page_after_the_log_in(buyer: User) -> None:
    buyer.set_password("open sesame")
    buyer.save()
    opened, visitor = notice(buyer), Visitor.as_(buyer)
    page = visitor.see("/notices/")
    Session.objects.all().delete()
    out = visitor.send(page, f"/notices/{opened.pk}/", expect=401)
    chosen = visitor.send(out, "/language/", language="ja")
    assert chosen.path.startswith("/log-in/")
    log_in = visitor.see(out.one("a", class_="button", href=f"/log-in/?next=/notices/{opened.pk}/").attributes["href"])
    assert visitor.send(log_in, "/log-in/", username=buyer.username, password="open sesame").path == "/"
    assert Notification.objects.get(pk=opened.pk).read_at is None


def test_a_digest_leads_to_the_to_dos_and_a_test_to_where_its_code_is_entered(buyer: User) -> None:
    digest = notice(buyer, kind=Kind.DIGEST, words="digest", facts={"count": 1, "lines": "- x"})
    asked = channel_tests.ask(person=buyer, channel=Channel.INAPP)
    test = Notification.objects.get(kind=Kind.TEST)
    visitor = Visitor.as_(buyer)
    page = visitor.see("/notices/")
    assert codes.code_of(asked.pk) in page.text
    assert visitor.send(page, f"/notices/{digest.pk}/").path == "/to-dos/"
    assert visitor.send(page, f"/notices/{test.pk}/").path == f"/settings/tests/{asked.pk}/"


def test_somebody_elses_notice_is_not_there_and_stays_unread(buyer: User, stranger: User) -> None:
    notice(stranger)
    page = Visitor.as_(stranger).see("/notices/")
    visitor = Visitor.as_(buyer)
    notice(buyer)
    token = visitor.see("/notices/").all("input", name="csrfmiddlewaretoken")[0].attributes["value"]
    path = f"/notices/{Notification.objects.get(person=stranger).pk}/"
    assert page.offers(path)
    visitor.post(path, {"csrfmiddlewaretoken": token}, expect=404)
    assert not Notification.objects.exclude(read_at=None).exists()


def test_all_is_marked_as_read_but_not_what_arrived_since_the_page_was_shown(
    frozen: Clock, buyer: User, stranger: User
) -> None:
    notice(buyer)
    notice(stranger)
    visitor = Visitor.as_(buyer)
    page = visitor.see("/notices/")
    frozen.advance(MICROSECOND)
    late = notice(buyer)
    after = visitor.send(page, "/notices/")
    assert set(Notification.objects.filter(read_at=None)) == {late, Notification.objects.get(person=stranger)}
    assert unread(after) == ["● Unread"]
    everything = visitor.send(after, "/notices/")
    assert unread(everything) == []
    assert not [form for form in everything.forms if form.action == "/notices/"]
    assert not Notification.objects.filter(person=buyer, read_at=None).exists()


@pytest.mark.parametrize(("language", "words"), [("ja", "あと3時間"), ("en", "3 h left")])
def test_an_old_notice_names_its_deadline_without_what_remains(frozen: Clock, language: str, words: str) -> None:
    somebody = person(language=language)
    deadline = (frozen.at + hours(3)).isoformat()
    notice(somebody, words="delivered", facts={"counterpart": "x", "service": "y", "deadline": deadline})
    visitor = Visitor.as_(somebody)
    assert words in visitor.see("/notices/").text
    frozen.advance(hours(3) + MICROSECOND)
    text = visitor.see("/notices/").text
    assert "(JST)" in text
    assert not any(each in text for each in ("あと", " s left", "0秒"))


def test_an_empty_inbox_says_so(buyer: User) -> None:
    assert "Nothing yet." in Visitor.as_(buyer).see("/notices/").text
    assert "お知らせはまだありません" in Visitor.as_(buyer, "ja").see("/notices/").text


# Notification settings


def test_every_kind_is_a_row_of_the_table_once_with_a_switch_for_each_channel(buyer: User) -> None:
    page = Visitor.as_(buyer).see(WISHES)
    form = page.form(WISHES)
    switches = [f"kinds.{kind}.{channel}" for kind in SWITCHABLE for channel in Channel]
    held = [*page.all("input", type="checkbox"), *page.all("input", type="hidden", value="on")]
    assert sorted(each.attributes["name"] for each in held) == sorted(switches)
    assert all(form.values[name] == ["on"] for name in switches)
    locked = {f"kinds.{kind}.inapp" for kind in CRITICAL}
    assert {each.attributes["name"] for each in page.all("input", type="checkbox")} == set(switches) - locked
    assert len(page.all("th", scope="row")) == len(SWITCHABLE)
    assert len(page.all("span", class_="locked")) == len(CRITICAL)


def test_what_is_unticked_is_off_and_hours_are_kept(frozen: Clock, buyer: User) -> None:
    visitor = Visitor.as_(buyer)
    typed: dict[str, Any] = {"kinds.message.email": None, "kinds.review.inapp": None, "kinds.purchase.push": None}
    hours_typed: dict[str, Any] = {"quiet_hours.from": "22:00", "quiet_hours.to": "07:00", "digest_at": "08:00"}
    page = visitor.send(visitor.see(WISHES), WISHES, **typed, **hours_typed)
    assert "Saved." in page.text
    assert page.form(WISHES).values | {name: [value] for name, value in hours_typed.items()} == page.form(WISHES).values
    assert not set(typed) & set(page.form(WISHES).values)
    wished = preferences.read_wishes(buyer)
    off = {(kind, channel) for kind, row in wished.kinds.items() for channel, on in row.items() if not on}
    assert off == {(Kind.MESSAGE, Channel.EMAIL), (Kind.REVIEW, Channel.INAPP), (Kind.PURCHASE, Channel.PUSH)}
    assert wished.quiet_hours == preferences.QuietHours(start=time(22), end=time(7))
    assert wished.digest_at == time(8)
    back: dict[str, Any] = {**dict.fromkeys(hours_typed, ""), "kinds.message.email": "on"}
    emptied = visitor.send(page, WISHES, **back)
    assert emptied.form(WISHES).values["kinds.message.email"] == ["on"]
    ended = preferences.read_wishes(buyer)
    assert (ended.quiet_hours, ended.digest_at) == (None, None)


def test_a_critical_kind_without_email_and_push_is_refused_beside_its_row_and_nothing_is_lost_or_changed(
    buyer: User,
) -> None:
    visitor = Visitor.as_(buyer)
    off: dict[str, Any] = {"kinds.purchase.email": None, "kinds.purchase.push": None, "kinds.review.push": None}
    page = visitor.send(visitor.see(WISHES), WISHES, expect=409, digest_at="08:00", **off)
    assert page.one("td", id="e-kinds.purchase").text == page.one("td", class_="error").text
    assert "keeps e-mail or push on" in page.one("td", class_="error").text
    assert "keeps e-mail or push on" in page.one("div", role="alert").text
    assert not set(off) & set(page.form(WISHES).values)
    assert page.form(WISHES).values["digest_at"] == ["08:00"]
    assert not Preference.objects.exists()
    assert not Wishes.objects.filter(digest_at__isnull=False).exists()
    on: dict[str, Any] = {"kinds.purchase.push": "on"}
    saved = visitor.send(page, WISHES, **on)
    assert "Saved." in saved.text
    assert preferences.read_wishes(buyer).digest_at == time(8)


def test_a_form_that_comes_again_says_that_it_was_sent_before_and_not_that_it_was_carried_out(buyer: User) -> None:
    visitor = Visitor.as_(buyer)
    off: dict[str, Any] = {"kinds.message.email": None}
    page = visitor.see(WISHES)
    saved = visitor.send(page, WISHES, **off)
    assert [each.text for each in saved.all("div", role="status")] == ["Saved."]
    back_on: dict[str, Any] = {"kinds.message.email": "on"}
    visitor.send(saved, WISHES, **back_on)
    again = visitor.send(page, WISHES, **off)
    [told] = [each.text for each in again.all("div", role="status")]
    assert told.startswith("This form was sent before")
    assert again.form(WISHES).values["kinds.message.email"] == ["on"]


def test_quiet_hours_need_both_ends(buyer: User) -> None:
    visitor = Visitor.as_(buyer)
    half: dict[str, Any] = {"quiet_hours.from": "22:00"}
    page = visitor.send(visitor.see(WISHES), WISHES, expect=400, **half)
    assert page.one("input", name="quiet_hours.to").attributes["aria-invalid"] == "true"
    assert page.form(WISHES).values["quiet_hours.from"] == ["22:00"]
    assert "Give both times" in page.text
    assert "not valid" not in page.text
    assert not Wishes.objects.exists()


# Where notices arrive


def test_each_channel_says_how_it_stands(frozen: Clock) -> None:
    somebody = person(language="en")

    def said() -> list[str]:
        somebody.refresh_from_db()
        page = Visitor.as_(somebody).see(CHANNELS)
        return [" ".join(each.text.split()) for each in page.all("span", class_="tag")][:3]

    assert said() == ["✓ Always on", "– Not set up", "– Not set up"]
    User.objects.update(email="a@example.com")
    browser(somebody)
    assert said() == ["✓ Always on", "⚠ Not confirmed", "… Not tested yet"]
    reachable(somebody)
    Reach.objects.create(person=somebody, channel=Channel.PUSH, confirmed_at=frozen.at)
    assert said() == ["✓ Always on", "✓ Confirmed", "✓ Confirmed"]
    reach.mark_broken(somebody, Channel.EMAIL, "550 <nobody> here", frozen.at)
    reach.mark_broken(somebody, Channel.PUSH, "gone", frozen.at)
    assert said() == ["✓ Always on", "✕ Does not arrive", "✕ Does not arrive"]
    assert "550 <nobody> here" in Visitor.as_(somebody).see(CHANNELS).text
    User.objects.update(email="b@example.com", email_confirmed_at=None)
    assert said()[1] == "⚠ Not confirmed"  # another address begins anew


def send_test(visitor: Visitor, channel: Channel, expect: int = 200) -> Seen:
    page = visitor.see(CHANNELS)
    [form] = [form for form in page.forms if channel in form.choices.get("channel", [])]
    return visitor.post(form.action, {**form.values, "channel": [channel]}, expect)


def test_a_test_is_asked_for_and_confirmed_with_the_code_as_people_type_it(buyer: User) -> None:
    reachable(buyer)
    User.objects.update(email_confirmed_at=None)
    visitor = Visitor.as_(buyer)
    page = send_test(visitor, Channel.EMAIL)
    test = ChannelTest.objects.get()
    assert page.path == f"/settings/tests/{test.pk}/"
    assert buyer.email in page.text
    code = codes.code_of(test.pk)
    assert code not in page.html
    full_width = str.maketrans("0123456789", "０１２３４５６７８９")
    arrived = visitor.send(page, page.path, code=f" {code[:3]} {code[3:]}".translate(full_width))
    assert arrived.path == CHANNELS
    assert "Confirmed: notices arrive." in arrived.text
    buyer.refresh_from_db()
    assert buyer.email_confirmed_at is not None
    assert "Confirmed" in visitor.see(page.path).text


def test_each_wrong_code_counts_and_after_five_none_can_be_entered(buyer: User) -> None:
    test = asked_test(buyer, code=CODE)
    visitor, path = Visitor.as_(buyer), f"/settings/tests/{test.pk}/"
    page = visitor.see(path)
    for left in (4, 3, 2, 1):
        page = visitor.send(page, path, code="000000", expect=409)
        assert "The code is not the one" in page.one("div", role="alert").text
        assert f"{left} {'try' if left == 1 else 'tries'} left" in page.text
    last = visitor.send(page, path, code="000000", expect=409)
    assert not last.offers(path)
    assert "cannot be entered any more" in last.text
    visitor.send(page, path, code=CODE, expect=409)
    test.refresh_from_db()
    assert (test.tries, test.confirmed_at) == (5, None)


def test_what_is_no_code_is_said_beside_the_field_and_is_no_try(buyer: User) -> None:
    test = asked_test(buyer)
    visitor, path = Visitor.as_(buyer), f"/settings/tests/{test.pk}/"
    page = visitor.send(visitor.see(path), path, code="12345", expect=400)
    assert page.one("input", name="code").attributes["aria-invalid"] == "true"
    test.refresh_from_db()
    assert test.tries == 0


def test_a_code_is_asked_for_until_24_hours_have_passed(frozen: Clock, buyer: User) -> None:
    test = asked_test(buyer)
    visitor, path = Visitor.as_(buyer), f"/settings/tests/{test.pk}/"
    frozen.advance(hours(24))
    assert visitor.see(path).offers(path)
    assert visitor.see(CHANNELS).offers(path)
    frozen.advance(MICROSECOND)
    assert not visitor.see(path).offers(path)
    assert not visitor.see(CHANNELS).offers(path)


def test_somebody_elses_test_is_not_there(buyer: User, stranger: User) -> None:
    test = asked_test(buyer)
    Visitor.as_(stranger).see(f"/settings/tests/{test.pk}/", expect=404)


def test_too_many_tests_are_refused_on_the_page_itself(frozen: Clock, buyer: User) -> None:
    for _ in range(channel_tests.TESTS_A_DAY):
        asked_test(buyer)
    page = send_test(Visitor.as_(buyer), Channel.INAPP, expect=409)
    assert "Too many tests" in page.one("div", role="alert").text
    assert ChannelTest.objects.count() == channel_tests.TESTS_A_DAY
    assert not Notification.objects.exists()


def test_a_test_button_pressed_twice_sends_one_test(buyer: User) -> None:
    visitor = Visitor.as_(buyer)
    page = visitor.see(CHANNELS)
    [form] = [form for form in page.forms if "inapp" in form.choices.get("channel", [])]
    paths = {visitor.post(form.action, {**form.values, "channel": ["inapp"]}).path for _ in range(2)}
    assert paths == {f"/settings/tests/{ChannelTest.objects.get().pk}/"}


# Browsers


@pytest.fixture
def push(settings: Settings) -> None:
    settings.VAPID_PRIVATE_KEY = vapid.make()


def test_a_browser_is_subscribed_by_the_pages_form_listed_and_removed(push: None, buyer: User, stranger: User) -> None:
    visitor = Visitor.as_(buyer)
    page = visitor.see(CHANNELS)
    assert page.one("div", id="push").attributes["data-key"] == vapid.public_key()
    typed: dict[str, Any] = {"endpoint": ENDPOINT, "keys.p256dh": P256DH, "keys.auth": AUTH}
    listed = visitor.send(page, "/settings/browsers/", **typed)
    made = PushSubscription.objects.get()
    assert (made.person, made.endpoint, made.p256dh, made.auth) == (buyer, ENDPOINT, P256DH, AUTH)
    assert listed.one("li", data_endpoint=ENDPOINT)
    path = f"/settings/browsers/{made.pk}/"
    other = Visitor.as_(stranger)
    token = other.see(CHANNELS).form("/settings/browsers/").values["csrfmiddlewaretoken"]
    other.post(path, {"csrfmiddlewaretoken": token}, expect=404)
    assert PushSubscription.objects.exists()
    assert "That browser is removed." in visitor.send(listed, path).text
    assert not PushSubscription.objects.exists()


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ({"endpoint": "https://127.0.0.1/x", "keys.p256dh": P256DH, "keys.auth": AUTH}, 400),
        ({"endpoint": ENDPOINT, "keys.p256dh": "x", "keys.auth": AUTH}, 400),
        ({}, 400),
    ],
)
def test_what_no_browser_says_subscribes_nothing(push: None, buyer: User, typed: dict[str, Any], status: int) -> None:
    visitor = Visitor.as_(buyer)
    page = visitor.send(visitor.see(CHANNELS), "/settings/browsers/", expect=status, **typed)
    assert page.one("div", class_="note", role="alert").text.strip()
    assert not PushSubscription.objects.exists()


def test_without_a_key_of_the_server_the_page_says_that_push_is_not_set_up(settings: Settings, buyer: User) -> None:
    settings.VAPID_PRIVATE_KEY = ""
    page = Visitor.as_(buyer).see(CHANNELS)
    assert "Push is not set up on this server." in page.text
    assert not page.offers("/settings/browsers/")


@pytest.mark.parametrize(
    ("endpoint", "name"),
    [
        ("https://fcm.googleapis.com/fcm/send/x", "Chrome"),
        ("https://updates.push.services.mozilla.com/x", "Firefox"),
        ("https://web.push.apple.com/x", "Safari"),
        ("https://wns2-par02p.notify.windows.com/x", "Edge"),
        ("https://evilapple.com/x", "evilapple.com"),
    ],
)
def test_a_browser_is_named_by_its_push_service(buyer: User, endpoint: str, name: str) -> None:
    PushSubscription.objects.filter(pk=browser(buyer).pk).update(endpoint=endpoint)
    assert Visitor.as_(buyer).see(CHANNELS).one("li", data_endpoint=endpoint).text.split()[0] == name


def test_the_worker_is_a_script_at_the_root_for_everybody(client: Client) -> None:
    answer = client.get("/push-worker.js")
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert b'addEventListener("push"' in answer.content
    assert client.post("/push-worker.js").status_code == 405


# The calendar


def test_a_calendar_is_made_shown_and_revoked(frozen: Clock, buyer: User) -> None:
    visitor = Visitor.as_(buyer)
    page = visitor.see(CALENDAR)
    assert not page.all("input", id="address")
    made = visitor.send(page, CALENDAR)
    address = made.one("input", id="address").attributes["value"]
    assert Client().get(urlsplit(address).path).status_code == 200
    assert made.one("a", class_="button", href=f"webcal:{address.partition(':')[2]}")
    assert visitor.see(CALENDAR).one("input", id="address").attributes["value"] == address
    revoked = visitor.send(made, "/settings/calendar/revoked/")
    assert not revoked.all("input", id="address")
    assert Client().get(urlsplit(address).path).status_code == 404
    assert not CalendarFeed.objects.exists()


# Address, language, time zone


def test_another_address_is_unconfirmed_and_leads_to_its_test(buyer: User) -> None:
    reachable(buyer)
    visitor = Visitor.as_(buyer)
    page = visitor.see("/settings/")
    assert "Confirmed" in page.text
    moved = visitor.send(page, "/settings/", email="new@example.com")
    assert moved.path == CHANNELS
    assert "not confirmed yet" in moved.one("div", role="status").text
    assert "new@example.com" in moved.text
    buyer.refresh_from_db()
    assert (buyer.email, buyer.email_confirmed_at) == ("new@example.com", None)


def test_the_same_address_stays_confirmed_while_language_and_zone_change(buyer: User) -> None:
    reachable(buyer)
    visitor = Visitor.as_(buyer)
    page = visitor.send(visitor.see("/settings/"), "/settings/", language="ja", time_zone="America/New_York")
    buyer.refresh_from_db()
    assert buyer.email_confirmed_at is not None
    assert (buyer.language, buyer.time_zone) == ("ja", "America/New_York")
    assert page.path == "/settings/"
    assert page.one("div", role="status").text == "保存しました。"
    assert page.one("html").attributes["lang"] == "ja"
    shown = page.form("/settings/").values
    assert (shown["language"], shown["time_zone"]) == (["ja"], ["America/New_York"])
    visitor.send(page, "/settings/", language="", time_zone="")
    buyer.refresh_from_db()
    assert (buyer.language, buyer.time_zone) == ("", "")


def test_the_marketplaces_zone_comes_first_and_ones_own_is_offered_whatever_its_name(buyer: User) -> None:
    User.objects.update(time_zone="Japan")
    buyer.refresh_from_db()
    zones = Visitor.as_(buyer).see("/settings/").form("/settings/").choices["time_zone"]
    assert zones[0] == ""
    assert {"Japan", "Asia/Tokyo", "Europe/Berlin", "UTC"} <= set(zones)
    assert len(zones) == len(set(zones))


@pytest.mark.parametrize(("name", "typed"), [("email", "nobody"), ("time_zone", "Mars/Olympus"), ("language", "tlh")])
def test_what_is_refused_stands_beside_its_field_and_changes_nothing(buyer: User, name: str, typed: str) -> None:
    visitor = Visitor.as_(buyer)
    page = visitor.send(visitor.see("/settings/"), "/settings/", expect=400, **{name: typed})
    assert page.one(id=f"f-{name}").attributes["aria-invalid"] == "true"
    buyer.refresh_from_db()
    assert (buyer.email, buyer.time_zone, buyer.language) == ("", "", "")


# One click from a mail


@pytest.mark.parametrize(("language", "words"), [("ja", "停止しました"), ("en", "any more")])
def test_the_one_click_page_looks_like_ours_without_a_style_of_its_own(language: str, words: str) -> None:
    path = unsubscribe_path(person(language=language))
    visitor = Visitor()
    page = visitor.see(path)
    assert page.one("link", rel="stylesheet").attributes["href"] == "/static/pages/style.css"
    assert not page.all("style")
    assert not [each for each in page.elements if "style" in each.attributes]
    assert "'unsafe-inline'" not in page.headers["Content-Security-Policy"]
    done = visitor.post(path, {"List-Unsubscribe": "One-Click"})
    assert words in done.one("p", role="status").text
    assert done.offers(WISHES)


def test_a_whole_address_leads_where_the_notice_does(buyer: User, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://example.com"
    assert links.place_of(notice(buyer, kind=Kind.DIGEST)) == "https://example.com/to-dos/"
    assert links.place_of(notice(buyer)) == "https://example.com/"


@pytest.mark.parametrize("path", ["/notices/", "/settings/", WISHES, CHANNELS, CALENDAR])
def test_nobody_sees_them_without_logging_in(db: None, path: str) -> None:
    assert Visitor().see(path).path.startswith("/log-in/")
