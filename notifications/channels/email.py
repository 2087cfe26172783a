"""E-mail by Django's backends: text and HTML, one click to unsubscribe from what can be switched off."""

import smtplib
from email.utils import make_msgid

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from notifications.channels.base import Outgoing, RefusedForGood, TryAgain

PERMANENT = range(500, 600)
"""SMTP answers that will be the same tomorrow (RFC 5321, 4.2.1)."""


class Email:
    """Sends to the person's address. `DEFAULT_FROM_EMAIL` is the sender."""

    def send(self, notice: Outgoing) -> None:
        """Send one message. Raises `RefusedForGood` where the server says 5xx of the recipient, else `TryAgain`."""
        try:
            _message(notice).send()
        except smtplib.SMTPRecipientsRefused as refused:
            raise _judged(*next(iter(refused.recipients.values()))) from refused
        except smtplib.SMTPResponseException as answer:
            # Only what was said of this message counts: a server that refuses everybody may mend its ways.
            if isinstance(answer, smtplib.SMTPDataError):
                raise _judged(answer.smtp_code, answer.smtp_error) from answer
            raise TryAgain(f"{answer.smtp_code} {_text(answer.smtp_error)}") from answer
        except (smtplib.SMTPException, OSError) as failure:
            raise TryAgain(f"{type(failure).__name__}: {failure}") from failure


def _message(notice: Outgoing) -> EmailMultiAlternatives:
    context = {"notice": notice, "paragraphs": notice.body.splitlines(), "language": notice.person.language or "ja"}
    headers = {"Message-ID": make_msgid(idstring=str(notice.id), domain=_domain())}
    if notice.unsubscribe_url:
        headers |= {
            "List-Unsubscribe": f"<{notice.unsubscribe_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    message = EmailMultiAlternatives(
        subject=notice.title,
        body=render_to_string("notifications/email.txt", context),
        to=[notice.person.email],
        headers=headers,
    )
    message.attach_alternative(render_to_string("notifications/email.html", context), "text/html")
    return message


def _domain() -> str:
    return settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">") or "localhost"


def _judged(code: int, error: bytes | str) -> TryAgain | RefusedForGood:
    said = f"{code} {_text(error)}"
    return RefusedForGood(said) if code in PERMANENT else TryAgain(said)


def _text(error: bytes | str) -> str:
    return error.decode(errors="replace") if isinstance(error, bytes) else error
