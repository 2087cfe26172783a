"""A bounce that comes after the server had taken the e-mail: told by a provider, or as a mail (RFC 3464)."""

import base64
import io
import json
import quopri
import sys
from email.message import EmailMessage
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from config import email_url
from marketplace.actions import cancel_requests
from marketplace.models import CancelRequest, Seller, User
from notifications.actions import hearing
from notifications.models import FailedNotice, Notification, Preference, Reach
from notifications.vocabulary import CRITICAL, Channel, State
from tests.conftest import Clock
from tests.support.factories import days, hours, room
from tests.support.notices import became, notice, reachable

pytestmark = pytest.mark.django_db

SECRET = "provider:" + "s" * 24


def sent(to: User, **columns: Any) -> Notification:
    made = notice(reachable(to), **columns)
    Notification.objects.filter(pk=made.pk).update(
        state=State.SENT, sent_at=made.made_at, answered_at=made.made_at, next_attempt_at=None, attempts=1
    )
    return made


def dsn(of: Notification, *, action: str = "failed", status: str = "5.1.1", said: str = "", to: str = "") -> bytes:
    """Write a delivery report as Postfix does."""
    mail = MIMEMultipart("report", None, None, report_type="delivery-status")
    mail["From"], mail["Subject"] = "MAILER-DAEMON@mx.example", "Undelivered Mail Returned to Sender"
    mail.attach(MIMEText("I'm sorry to have to inform you…", _charset="utf-8"))
    person = to or of.person.email
    report = EmailMessage()
    report["Reporting-MTA"] = "dns; mx.example"
    one = EmailMessage()
    one["Final-Recipient"] = f"rfc822; {person}"
    one["Action"], one["Status"] = action, status
    if said:
        one["Diagnostic-Code"] = f"smtp; {said}"
    status_part = EmailMessage()
    status_part["Content-Type"] = "message/delivery-status"
    status_part.set_payload([report, one])
    mail.attach(status_part)
    original = EmailMessage()
    original["Message-ID"], original["Subject"] = f"<{of.pk}@localhost>", "…"
    mail.attach(MIMEMessage(original))
    return mail.as_bytes()


def read(mail: bytes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(mail)))
    call_command("read_bounce")
    out, err = capsys.readouterr()
    return out, err.splitlines()[-1] if err else ""


def told(settings: Settings, provider: str, body: Any, auth: str = SECRET) -> int:
    settings.ANYMAIL = {"WEBHOOK_SECRET": [SECRET]}
    header = f"Basic {base64.b64encode(auth.encode()).decode()}"
    answer = Client().post(
        f"/mail-events/{provider}/", json.dumps(body), "application/json", headers={"Authorization": header}
    )
    return answer.status_code


def broken(who: User) -> bool:
    return Reach.objects.filter(person=who, channel=Channel.EMAIL).exclude(broken_at=None).exists()


BOUNCED = [
    ("failed", "5.1.1", "550 5.1.1 no such user", State.FAILED, True),
    ("failed", "5.0.0", "550 no such user", State.FAILED, True),
    ("failed", "5.2.2", "552 5.2.2 over quota", State.FAILED, False),
    ("failed", "5.7.1", "", State.FAILED, False),
    ("failed", "4.4.7", "", State.FAILED, False),
    ("delayed", "4.4.1", "", State.SENT, False),
    ("delivered", "2.0.0", "", State.SENT, False),
]


@pytest.mark.parametrize(("action", "status", "said", "state", "breaks"), BOUNCED)
def test_a_bounce_that_comes_as_mail_is_read_once_and_again(
    frozen: Clock,
    buyer: User,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    action: str,
    status: str,
    said: str,
    state: State,
    breaks: bool,
) -> None:
    bounced = sent(buyer)
    for _ in range(2):
        read(dsn(bounced, action=action, status=status, said=said), monkeypatch, capsys)
        assert (became(bounced)[0], broken(buyer)) == (state, breaks)
    assert Notification.objects.count() == 1


ENCODED = [
    (b"message/global-delivery-status", b"message/global", "7bit"),
    (b"message/global-delivery-status", b"message/global-headers", "8bit"),
    (b"message/delivery-status", b"message/rfc822", "base64"),
    (b"message/delivery-status", b"message/rfc822", "quoted-printable"),
]


@pytest.mark.parametrize(("status", "original", "coding"), ENCODED)
def test_reports_of_other_forms_are_read_too(
    frozen: Clock,
    buyer: User,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    status: bytes,
    original: bytes,
    coding: str,
) -> None:
    bounced = sent(buyer)
    User.objects.filter(pk=buyer.pk).update(email="taro@例え.jp")
    said = "Reporting-MTA: dns; mx\n\nFinal-Recipient: utf-8; taro@例え.jp\nAction: failed\nStatus: 5.1.1\n".encode()
    written = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring}.get(coding, bytes)(said)
    mail = (
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="B"\n\n--B\n'
        + b"Content-Type: %b\nContent-Transfer-Encoding: %b\n\n%b\n" % (status, coding.encode(), written)
        + b"--B\nContent-Type: %b\n\nMessage-ID: <%b@localhost>\n\n--B--\n" % (original, str(bounced.pk).encode())
    )
    read(mail, monkeypatch, capsys)
    assert (became(bounced)[0], broken(buyer)) == (State.FAILED, True)


def test_what_is_no_report_of_ours_is_ignored_in_one_line(
    frozen: Clock, buyer: User, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = sent(buyer)
    report = dsn(gone)
    gone.delete()
    assert "ignored" in read(report, monkeypatch, capsys)[0]
    for mail in (b"", b"\xff\x00", b"Subject: Hello\n\nI will reply soon.\n"):
        assert read(mail, monkeypatch, capsys)[0] == ""
    assert not Reach.objects.exists()


def test_an_address_that_was_changed_since_is_not_broken(
    frozen: Clock, buyer: User, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bounced = sent(buyer)
    report = dsn(bounced, to="old@example.com")
    read(report, monkeypatch, capsys)
    assert (became(bounced)[0], broken(buyer)) == (State.FAILED, False)


def test_a_bounce_of_the_only_notice_gives_the_respondent_one_more_window_once(
    frozen: Clock, seller: Seller, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reachable(seller.user)
    talk_room = room(of=seller, silent_for=days(4), now=frozen.at)
    request = cancel_requests.place(room_id=talk_room.pk, requester=talk_room.buyer)
    deadline = request.reply_deadline
    assert deadline is not None
    hearing.hear()
    mail = Notification.objects.filter(request=request, channel=Channel.EMAIL)
    assert mail.update(state=State.SENT, sent_at=frozen.at, answered_at=frozen.at, next_attempt_at=None) == 1
    FailedNotice.objects.create(
        request=request, respondent=seller.user, failed_at=frozen.at, outcome="reached", decided_at=frozen.at
    )  # its push was refused, and the mail had arrived
    frozen.advance(hours(1))
    for _ in range(2):
        read(dsn(mail.get()), monkeypatch, capsys)
        assert CancelRequest.objects.get(pk=request.pk).reply_deadline == deadline + hours(24)
    assert FailedNotice.objects.get().outcome == "extended"


def postmark(of: Notification, kind: str = "HardBounce") -> dict[str, Any]:
    return {
        "RecordType": "SpamComplaint" if kind == "SpamComplaint" else "Bounce",
        "Type": kind,
        "ID": 42,
        "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
        "Email": of.person.email,
        "BouncedAt": "2026-03-02T03:00:00Z",
        "Description": "",
        "Details": "",
        "Content": f"Message-ID: <{of.pk}@localhost>",
    }


def brevo(of: Notification, kind: str = "hard_bounce") -> dict[str, Any]:
    return {"event": kind, "email": of.person.email, "message-id": f"<{of.pk}@localhost>", "ts_event": 1_772_420_400}


@pytest.mark.parametrize(
    ("provider", "body", "state", "breaks"),
    [
        ("postmark", postmark, State.FAILED, True),
        ("postmark", lambda of: postmark(of, "SoftBounce"), State.SENT, False),
        ("brevo", brevo, State.FAILED, True),
        ("brevo", lambda of: brevo(of, "soft_bounce"), State.SENT, False),
        ("brevo", lambda of: brevo(of, "delivered"), State.SENT, False),
    ],
)
def test_a_provider_tells_of_a_bounce(
    frozen: Clock, buyer: User, settings: Settings, *, provider: str, body: Any, state: State, breaks: bool
) -> None:
    bounced = sent(buyer)
    for _ in range(2):
        assert told(settings, provider, body(bounced)) == 200
        assert (became(bounced)[0], broken(buyer)) == (state, breaks)


@pytest.mark.parametrize(
    ("kept", "written"),
    [
        ("taro..yamada.@docomo.ne.jp", '"taro..yamada."@docomo.ne.jp'),
        ("taro@例え.jp", "TARO@xn--r8jz45g.jp"),
    ],
)
def test_an_address_is_the_same_in_quotation_marks_and_as_it_travels(
    frozen: Clock,
    buyer: User,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    kept: str,
    written: str,
) -> None:
    for told_by_mail in (True, False):
        bounced = sent(buyer)
        User.objects.filter(pk=buyer.pk).update(email=kept)
        Reach.objects.all().delete()
        if told_by_mail:
            read(dsn(bounced, to=written), monkeypatch, capsys)
        else:
            assert told(settings, "postmark", postmark(bounced) | {"Email": written}) == 200
        assert broken(buyer)


@pytest.mark.parametrize("said", ["550 5.1.1 no\0body", "550 5.1.1 half \ud83d of it", "550 5.1.1 \u202eydobon"])
def test_what_no_database_takes_is_left_out_of_a_reason(
    frozen: Clock,
    buyer: User,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    said: str,
) -> None:
    bounced = sent(buyer)
    assert told(settings, "postmark", postmark(bounced) | {"Details": said}) == 200
    assert became(bounced)[0] is State.FAILED
    by_mail = sent(buyer)
    report = dsn(by_mail, said="550 5.1.1 nobody").replace(b"550 5.1.1 nobody", said.encode("utf-8", "replace"))
    read(report, monkeypatch, capsys)
    assert became(by_mail)[0] is State.FAILED


def test_a_complaint_switches_off_what_is_not_critical(frozen: Clock, buyer: User, settings: Settings) -> None:
    complained = sent(buyer)
    assert told(settings, "postmark", postmark(complained, "SpamComplaint")) == 200
    off = set(Preference.objects.filter(person=buyer, channel=Channel.EMAIL, on=False).values_list("kind", flat=True))
    assert "message" in off
    assert not off & {kind.value for kind in CRITICAL}
    assert became(complained)[0] is State.SENT


def test_nobody_else_can_tell_and_without_a_secret_there_is_no_such_address(
    frozen: Clock, buyer: User, settings: Settings
) -> None:
    bounced = sent(buyer)
    assert told(settings, "postmark", postmark(bounced), auth="provider:guess") == 401
    assert told(settings, "nobody", postmark(bounced)) == 404
    assert told(settings, "mailgun", postmark(bounced)) == 404, "without its signing key"
    nonsense: Any
    for nonsense in ([], {}, "x", {"RecordType": 5}):
        assert told(settings, "postmark", nonsense) in {200, 400}
    settings.ANYMAIL = {"WEBHOOK_SECRET": []}
    assert Client().post("/mail-events/postmark/", "{}", "application/json").status_code == 404
    assert (became(bounced)[0], broken(buyer)) == (State.SENT, False)


@pytest.mark.parametrize("secret", ["x", "user:short", ":" + "s" * 24, "ü:" + "s" * 24])
def test_a_secret_that_could_be_guessed_is_refused(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.setenv("EMAIL_WEBHOOK_SECRET", secret)
    with pytest.raises(ImproperlyConfigured, match=r"^EMAIL_WEBHOOK_SECRET: ") as refused:
        email_url.webhook_secret("EMAIL_WEBHOOK_SECRET")
    assert "sss" not in str(refused.value)
