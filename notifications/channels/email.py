"""E-mail by Django's backends: text and HTML, one click to unsubscribe from what can be switched off."""

import re
import smtplib
from email.utils import parseaddr

from django.conf import settings
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string

from notifications.channels.base import NobodyAnswers, NobodyThere, Outgoing, RefusedForGood, TryAgain
from notifications.vocabulary import Kind

PERMANENT = range(500, 600)
"""SMTP answers that will be the same tomorrow (RFC 5321, 4.2.1)."""
ENHANCED = re.compile(r"5\.(\d{1,3})\.\d{1,3}\b")
"""An enhanced status code (RFC 3463), whose second number says what the refusal is about."""
OF_THE_ADDRESS = {"1", "2"}
"""There is no such mailbox, or it takes nothing. Any other is about us, our message or the way."""


class Email:
    """Sends to the person's confirmed address; a test goes to the one that it is to confirm."""

    def send(self, notice: Outgoing) -> None:
        """Send one message.

        Raises `NobodyAnswers` when the server cannot be talked to or takes nothing from us, `NobodyThere`
        where it says 5xx of the recipient, `RefusedForGood` where it says so of the message, else `TryAgain`.
        """
        person = notice.person
        if not person.email or (person.email_confirmed_at is None and notice.kind is not Kind.TEST):
            raise NobodyThere("there is no confirmed address")
        server = mail.get_connection()
        try:
            _open(server)
            _hand_over(message(notice), server)
        finally:
            server.close()


def message(notice: Outgoing) -> EmailMultiAlternatives:
    """Compose the message, with the same Message-ID at every attempt, so that a server may tell doubles."""
    context = {"notice": notice, "paragraphs": [line for line in notice.body.splitlines() if line.strip()]}
    headers = {
        "Message-ID": f"<{notice.id}@{_domain()}>",
        "Auto-Submitted": "auto-generated",
        "Content-Language": notice.language.value,
    }
    if notice.unsubscribe_url:
        headers |= {
            "List-Unsubscribe": f"<{notice.unsubscribe_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    composed = EmailMultiAlternatives(
        subject=" ".join(notice.title.split()),
        body=render_to_string("notifications/email.txt", context),
        to=[notice.person.email],
        headers=headers,
    )
    composed.attach_alternative(render_to_string("notifications/email.html", context), "text/html")
    return composed


def _open(server: BaseEmailBackend) -> None:
    try:
        server.open()
    except OSError as failure:  # an SMTPException is one too: the server turned us away
        raise NobodyAnswers(f"{type(failure).__name__}: {_one_line(str(failure))}") from failure


def _hand_over(composed: EmailMultiAlternatives, server: BaseEmailBackend) -> None:
    try:
        server.send_messages([composed])
    except smtplib.SMTPRecipientsRefused as refused:
        raise _of_the_recipient(*next(iter(refused.recipients.values()))) from refused
    except smtplib.SMTPSenderRefused as refused:
        raise NobodyAnswers(_said(refused.smtp_code, refused.smtp_error)) from refused
    except smtplib.SMTPDataError as refused:
        said = _said(refused.smtp_code, refused.smtp_error)
        raise (RefusedForGood(said) if refused.smtp_code in PERMANENT else TryAgain(said)) from refused
    except OSError as failure:
        raise TryAgain(f"{type(failure).__name__}: {_one_line(str(failure))}") from failure


def _of_the_recipient(code: int, error: bytes | str) -> TryAgain | RefusedForGood:
    said = _said(code, error)
    if code not in PERMANENT:
        return TryAgain(said)
    about = ENHANCED.search(said)
    return NobodyThere(said) if about is None or about[1] in OF_THE_ADDRESS else RefusedForGood(said)


def _domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]


def _said(code: int, error: bytes | str) -> str:
    return f"{code} {_one_line(error.decode(errors='replace') if isinstance(error, bytes) else error)}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
