"""What a mail looks like: kind and readable in both languages, safe headers, one click to switch it off."""

import re
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from pytest_django import Settings

from config import email_url, hosts, keys
from config import keys as signing_keys
from marketplace.models import User
from notifications.actions import delivery
from notifications.links import unsubscribed
from notifications.vocabulary import CRITICAL, SWITCHABLE, Channel, Kind, State
from tests.conftest import Clock
from tests.support.factories import hours, room
from tests.support.mail_server import MailServer
from tests.support.notices import became, notice

pytestmark = pytest.mark.django_db

ABOUT_A_REVIEW = {"kind": "review", "words": "review"}
EVIL = "A logo\r\nBcc: everybody@example.com\r\n\r\n<script>alert(1)</script> & \u2028more\x85"


def review(service: str = "A logo") -> dict[str, Any]:
    return {**ABOUT_A_REVIEW, "facts": {"counterpart": "hana", "service": service, "rating": 5}}


def parts(message: EmailMessage) -> tuple[str, str]:
    """Return the text and the HTML."""
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    return text.get_content(), html.get_content()


def received(server: MailServer) -> EmailMessage:
    [message] = server.received
    return message


ENGLISH = ("hana reviewed “A logo”: ★★★★★", "Thank you for your work.", "Open the talk room", "Stop e-mails")
JAPANESE = (
    "hanaさんから「A logo」に評価が届きました: ★★★★★",
    "hanaさんから評価が届きました。",
    "トークルームを開く",
    "この種類のメールを受け取らない",
)


REPLIES = {
    "en": "Replies to this e-mail are not read by the other party and do not count. Please reply in the talk room.",
    "ja": "このメールに返信しても相手には届かず、連絡したことになりません。ご返信はトークルームからお願いします。",
}


@pytest.mark.parametrize(("language", "words"), [("en", ENGLISH), ("ja", JAPANESE), ("", JAPANESE)])
def test_text_and_html_say_the_same_in_the_reader_s_language(
    server: MailServer, reader: User, language: str, words: tuple[str, ...]
) -> None:
    User.objects.filter(pk=reader.pk).update(language=language)
    talk_room = room(buyer=reader)
    notice(reader, room=talk_room, **review())
    delivery.deliver(Channel.EMAIL)
    message = received(server)
    subject, *sentences = words
    assert (message["Subject"].strip(), message["To"], message["From"]) == (
        subject,
        reader.email,
        "Renraku <renraku@localhost>",
    )
    for part in parts(message):
        replies = REPLIES["en" if language == "en" else "ja"]
        assert part.index(replies) < part.index(sentences[1])
        for sentence in (*sentences, replies, f"http://127.0.0.1:8000/talk-rooms/{talk_room.pk}/"):
            assert sentence in part
    text, html = parts(message)
    assert f'<html lang="{language or "ja"}">' in html
    assert "<" not in text
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == (language or "ja")


def test_what_people_wrote_puts_no_line_into_the_head_and_no_markup_into_the_html(
    server: MailServer, reader: User
) -> None:
    sent = notice(reader, **review(service=EVIL))
    delivery.deliver(Channel.EMAIL)
    assert became(sent)[0] is State.SENT
    message = received(server)
    assert message["Bcc"] is None
    assert "Bcc: everybody@example.com" in message["Subject"]
    assert not re.search(r"[\r\n\u2028\x85]", message["Subject"])
    assert set(message.keys()) == {
        *("Content-Type", "MIME-Version", "Subject", "From", "To", "Date", "Message-ID"),
        *("Auto-Submitted", "Content-Language", "List-Unsubscribe", "List-Unsubscribe-Post"),
        *({"X-Peer", "X-MailFrom", "X-RcptTo"} & set(message.keys())),
    }
    _, html = parts(message)
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_replies_go_where_the_setting_says(server: MailServer, reader: User, settings: Settings) -> None:
    settings.EMAIL_REPLY_TO = "Support <support@example.com>"
    notice(reader, **review())
    delivery.deliver(Channel.EMAIL)
    assert received(server)["Reply-To"] == "Support <support@example.com>"


def test_a_host_in_japanese_travels_as_ascii(
    server: MailServer, reader: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "EMAIL_FROM": "連絡 <no-reply@例え.jp>",
        "EMAIL_REPLY_TO": "support@faß.example",
        "PUBLIC_URL": "https://例え.jp:8443/",
        "VAPID_SUBJECT": "mailto:push@例え.jp",
    }.items():
        monkeypatch.setenv(name, value)
    settings.DEFAULT_FROM_EMAIL = hosts.sender("EMAIL_FROM", "")
    settings.EMAIL_REPLY_TO = hosts.sender("EMAIL_REPLY_TO", "")
    settings.PUBLIC_URL = hosts.site("PUBLIC_URL", "", [])
    assert settings.DEFAULT_FROM_EMAIL == "連絡 <no-reply@xn--r8jz45g.jp>"
    assert settings.PUBLIC_URL == "https://xn--r8jz45g.jp:8443"
    assert keys.contact("VAPID_SUBJECT", "") == "mailto:push@xn--r8jz45g.jp"
    sent = notice(reader, **review())
    delivery.deliver(Channel.EMAIL)
    message = received(server)
    assert message["Message-ID"] == f"<{sent.pk}@xn--r8jz45g.jp>"
    assert message["From"] == "連絡 <no-reply@xn--r8jz45g.jp>"
    assert server.senders == ["no-reply@xn--r8jz45g.jp"]
    assert message["Reply-To"] == "support@xn--fa-hia.example"
    click = message["List-Unsubscribe"].strip()
    assert click.startswith("<https://xn--r8jz45g.jp:8443/api/v1/unsubscribe/")


@pytest.mark.parametrize("address", ["太郎@例え.jp", "no-reply@-例え.jp", "@例え.jp"])
def test_a_sender_that_could_not_travel_is_refused(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("EMAIL_FROM", address)
    with pytest.raises(ImproperlyConfigured, match=r"^EMAIL_FROM: "):
        hosts.sender("EMAIL_FROM", "")


def test_an_address_with_a_line_break_reaches_nobody(server: MailServer, reader: User) -> None:
    User.objects.filter(pk=reader.pk).update(email="a@example.com\nBcc: b@example.com")
    sent = notice(reader, **review())
    delivery.deliver(Channel.EMAIL)
    assert became(sent)[0] is State.FAILED
    assert server.asked == 0


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
def test_what_no_database_takes_is_left_out_of_what_a_server_says(
    server: MailServer, reader: User, command: str
) -> None:
    server.at[command] = "550 5.1.1 no\0body"
    refused = notice(reader)
    delivery.deliver(Channel.EMAIL)
    assert became(refused)[0] is State.FAILED


def test_the_message_id_is_the_same_at_every_attempt(server: MailServer, reader: User, frozen: Clock) -> None:
    seen = []
    server.at["DATA"] = "451 4.3.0 busy"
    sent = notice(reader, **review())
    kept = server.handle_DATA

    async def looked_at(smtp: object, session: object, envelope: object) -> str:
        content: bytes = envelope.content  # type: ignore[attr-defined]  # aiosmtpd's
        seen.append(re.findall(rb"(?im)^Message-ID: (.*?)\r?$", content))
        return await kept(smtp, session, envelope)  # type: ignore[arg-type]

    server.handle_DATA = looked_at  # type: ignore[method-assign, assignment]
    for _ in range(2):
        delivery.deliver(Channel.EMAIL)
        frozen.advance(hours(1))
    assert seen == [[f"<{sent.pk}@localhost>".encode()]] * 2


@pytest.mark.parametrize("kind", Kind)
def test_one_click_switches_off_what_can_be_switched_off_and_nothing_else(
    reader: User, frozen: Clock, kind: Kind
) -> None:
    from notifications.channels.email import message  # noqa: PLC0415 - what it composes

    made = notice(reader, kind=kind, words="review", facts=review()["facts"] | {"test": str(reader.pk)})
    outgoing = delivery.outgoing(made, frozen.at)
    head = message(outgoing).message()
    if kind in CRITICAL or kind not in SWITCHABLE:
        assert (outgoing.unsubscribe_url, head["List-Unsubscribe"], head["List-Unsubscribe-Post"]) == (None,) * 3
        return
    assert head["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = re.fullmatch(r"<http://127\.0\.0\.1:8000/api/v1/unsubscribe/(.+)/>", head["List-Unsubscribe"])
    assert address
    assert unsubscribed(address[1]) == (str(reader.pk), kind, "email")


def test_files_and_the_console_take_mail_locally(
    reader: User, settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    to_file = notice(reader)
    delivery.deliver(Channel.EMAIL)
    [written] = tmp_path.iterdir()
    assert f"To: {reader.email}" in written.read_text(encoding="utf-8")
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    to_console = notice(reader)
    delivery.deliver(Channel.EMAIL)
    assert f"Message-ID: <{to_console.pk}@localhost>" in capsys.readouterr().out
    assert {became(to_file)[0], became(to_console)[0]} == {State.SENT}


MAIL = {
    "smtp://mail.example": ("smtp", "mail.example", 25, "", "", False, False),
    "smtp+tls://u%40x:p%3Aq%2F%40@mail.example": ("smtp", "mail.example", 587, "u@x", "p:q/@", True, False),
    "smtp+ssl://u:p@mail.example:4650": ("smtp", "mail.example", 4650, "u", "p", False, True),
    "consolemail://": ("console", "", 25, "", "", False, False),
}


@pytest.mark.parametrize("url", MAIL)
def test_the_address_of_the_mail_server_is_read(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("EMAIL_URL", url)
    read = email_url.read("EMAIL_URL", "consolemail://")
    backend = read.backend.split(".")[-2]
    assert (backend, read.host, read.port, read.user, read.password, read.use_tls, read.use_ssl) == MAIL[url]


def test_files_go_where_the_address_says_from_the_root_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_URL", "filemail:///var/mail%20out/renraku")
    read = email_url.read("EMAIL_URL", "")
    assert read.folder == "/var/mail out/renraku"


@pytest.mark.parametrize(
    "url",
    [
        *("smtps://u:hidden@host", "memorymail://", "dummymail://", "mail.example", "smtp://", "smtp://u:hidden@"),
        *("smtp://u@host", "smtp://:hidden@host", "smtp://host:99999", "smtp://host:0", "smtp://host:port"),
        *("smtp://host?timeout=5", "smtp://u:hid#den@host", "filemail://", "filemail://folder/mail", "smtp://[host"),
        *("smtp://host/x", "smtp+tls://u:hidden@host:587/INBOX", "consolemail:///x"),
    ],
)
def test_any_other_address_is_refused_in_one_line_without_the_password(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("EMAIL_URL", url)
    with pytest.raises(ImproperlyConfigured, match=r"^EMAIL_URL: ") as refused:
        email_url.read("EMAIL_URL", "consolemail://")
    assert "hid" not in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_the_command_makes_a_key_that_the_settings_take(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = []
    for _ in range(2):
        call_command("make_vapid_keys")
        private, subject = capsys.readouterr().out.splitlines()
        name, _, key = private.partition("=")
        monkeypatch.setenv(name, key)
        assert (name, signing_keys.vapid_key(name)) == ("VAPID_PRIVATE_KEY", key)
        assert subject == "VAPID_SUBJECT="  # nothing in the settings is known to push services
        keys.append(key)
    assert keys[0] != keys[1]


@pytest.mark.parametrize("key", ["A" * 43, "_" * 43, "A" * 42, "%" * 43, "A" * 44])
def test_a_key_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("VAPID_PRIVATE_KEY", key)
    with pytest.raises(ImproperlyConfigured, match="VAPID_PRIVATE_KEY: is no key"):
        signing_keys.vapid_key("VAPID_PRIVATE_KEY")
