"""The inbox, and the pages that a mail leads to."""

import pytest
from django.contrib.sessions.models import Session
from pytest_django import Settings

from marketplace.models import Seller, User
from notifications import codes, links
from notifications.actions import channel_tests
from notifications.models import Notification
from notifications.vocabulary import Channel, Kind
from tests.conftest import Clock
from tests.support.factories import MICROSECOND, hours, person, room
from tests.support.told import notice, unsubscribe_path
from tests.support.visitor import Seen, Visitor

pytestmark = pytest.mark.django_db
WISHES, CHANNELS, CALENDAR = "/settings/notifications/", "/settings/channels/", "/settings/calendar/"


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
