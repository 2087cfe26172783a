"""E-mail by Django's backends: text and HTML, one click to unsubscribe from what can be switched off."""

import logging
import smtplib
import socket
from email.utils import parseaddr

from django.conf import settings
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from marketplace.addresses import for_mail
from marketplace.characters import isolated
from marketplace.readers import read_by
from notifications.channels import places
from notifications.channels.answers import Meaning, meaning_of
from notifications.channels.base import (
    NobodyAnswers,
    NobodyThere,
    OurFault,
    Outgoing,
    RefusedForGood,
    TooSlow,
    Trip,
    TryAgain,
)
from notifications.vocabulary import Kind

logger = logging.getLogger(__name__)

REPLIES_TO_ROOM = _(
    "Replies to this e-mail are not read by the other party and do not count. Please reply in the talk room."
)
REPLIES = _("Replies to this e-mail are not read and do not count.")
OPEN_ROOM = _("Open the talk room")
OPEN_RENRAKU = _("Open Renraku")


class Email:
    """Sends to the person's confirmed address, and tests to the address to be confirmed."""

    def send(self, notice: Outgoing, trip: Trip) -> None:
        """Send one message.

        Raises `NobodyAnswers` if the server cannot be reached or takes nothing from us, `NobodyThere` if there
        is no such mailbox, `RefusedForGood` if it never takes this message, `TooSlow` if it did not finish with
        this recipient, else `TryAgain`.
        """
        person = notice.person
        if not person.email or (person.email_confirmed_at is None and notice.kind is not Kind.TEST):
            raise NobodyThere("there is no confirmed address")
        server = mail.get_connection()
        try:
            _open(server)
            trip.line = _line_of(server)
            trip.say_open()
            trip.trying = places.of_mailbox(person.email)
            _hand_over(message(notice), server, trip)
            trip.taken = True
            trip.was_answered()
        finally:
            server.close()


def message(notice: Outgoing) -> EmailMultiAlternatives:
    """Compose the message. Its Message-ID is the same at every attempt, so that servers can detect doubles."""
    headers = {
        "Message-ID": f"<{notice.id}@{domain()}>",
        "Auto-Submitted": "auto-generated",
        "Content-Language": notice.language,
    }
    if notice.unsubscribe_url:
        headers |= {
            "List-Unsubscribe": f"<{notice.unsubscribe_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    text, page = _bodies(notice)
    composed = EmailMultiAlternatives(
        subject=" ".join(notice.title.split()),
        body=text,
        to=[for_mail(notice.person.email)],
        reply_to=[settings.EMAIL_REPLY_TO] if settings.EMAIL_REPLY_TO else None,
        headers=headers,
    )
    composed.attach_alternative(page, "text/html")
    return composed


def _bodies(notice: Outgoing) -> tuple[str, str]:
    with read_by(notice.person):
        context = {
            "notice": notice,
            "paragraphs": [line for line in notice.body.splitlines() if line.strip()],
            "about_replies": REPLIES_TO_ROOM if notice.in_room else REPLIES,
            "link": OPEN_ROOM if notice.in_room else OPEN_RENRAKU,
        }
        text = render_to_string("notifications/email.txt", context)
        return text, render_to_string("notifications/email.html", context)


def _open(server: BaseEmailBackend) -> None:
    try:
        server.open()
    except OSError as failure:  # an SMTPException is one too: the server turned us away
        raise NobodyAnswers(f"{type(failure).__name__}: {isolated(str(failure))}") from failure


def _line_of(server: BaseEmailBackend) -> socket.socket | None:
    connection = getattr(server, "connection", None)
    line: socket.socket | None = getattr(connection, "sock", None)
    return line


def _hand_over(composed: EmailMultiAlternatives, server: BaseEmailBackend, trip: Trip) -> None:
    try:
        server.send_messages([composed])
    except smtplib.SMTPRecipientsRefused as refused:
        trip.was_answered()
        code, error = next(iter(refused.recipients.values()))
        raise _refusal(code, error, of_the_recipient=True) from refused
    except smtplib.SMTPSenderRefused as refused:
        raise NobodyAnswers(_answer(refused.smtp_code, refused.smtp_error)) from refused
    except smtplib.SMTPDataError as refused:
        trip.was_answered()
        raise _refusal(refused.smtp_code, refused.smtp_error, of_the_recipient=False) from refused
    except OSError as failure:
        reason = f"{type(failure).__name__}: {isolated(str(failure))}"
        if _is_a_time_out(failure):
            trip.was_too_slow()
            raise TooSlow(reason) from failure
        raise TryAgain(reason) from failure


def _is_a_time_out(failure: BaseException) -> bool:
    """Whether a time-out is behind it: smtplib turns one into a disconnection."""
    return isinstance(failure, TimeoutError) or isinstance(failure.__context__, TimeoutError)


def _refusal(code: int, error: bytes | str, *, of_the_recipient: bool) -> TryAgain | RefusedForGood:
    answer = _answer(code, error)
    match meaning_of(code, answer, of_the_recipient=of_the_recipient):
        case Meaning.TEMPORARY:
            return TryAgain(answer)
        case Meaning.OURS:
            logger.error("the mail server refuses us, not the address: %s", answer)
            return OurFault(answer)
        case Meaning.ADDRESS:
            return NobodyThere(answer)
    return RefusedForGood(answer)


def domain() -> str:
    """Return the right side of the Message-IDs of our e-mails."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]


def _answer(code: int, error: bytes | str) -> str:
    """Return an answer on one line, without NUL, which a database does not take."""
    return f"{code} {isolated(error.decode(errors='replace') if isinstance(error, bytes) else error)}"
