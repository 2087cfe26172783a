"""Reads delivery reports and providers' events about an e-mail that a server had taken. Pure.

The Message-ID in it names the notice.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email import message_from_string
from email.message import Message
from enum import StrEnum
from typing import Any
from uuid import UUID

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason

from marketplace.addresses import compared_address
from marketplace.characters import isolated
from notifications.channels.answers import Meaning, meaning_of

OURS = r"([0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})@{domain}(?![\w.-])"
SOFT = re.compile(r"soft[ _-]?(bounce|fail)", re.IGNORECASE)
REPLY_CODE = re.compile(r"^\s*(?:smtp;\s*)?([245]\d\d)\b", re.IGNORECASE)
STATUS = {"message/delivery-status", "message/global-delivery-status"}
COMPLAINT = "message/feedback-report"
ORIGINAL = {"message/rfc822", "message/global", "message/global-headers"}
"""The names of RFC 6533 stand beside: reports about addresses that are not ASCII bear them."""
CODINGS = {"base64", "quoted-printable"}
LONGEST_REASON = 300
LONGEST_EVENT = 100_000


class Fate(StrEnum):
    NOBODY_THERE = "nobody_there"
    """It did not arrive, and nothing will at this address."""
    NOT_DELIVERED = "not_delivered"
    """It did not arrive; another one may."""
    DELAYED = "delayed"
    COMPLAINT = "complaint"
    """Its reader called it spam."""


@dataclass(frozen=True, kw_only=True)
class Report:
    notice: UUID
    fate: Fate
    recipients: frozenset[str]
    """The addresses that it names, as they are compared: the final one, and the one that it was sent to."""
    reason: str


def of_mail(mail: Message, domain: str) -> list[Report]:
    """Read a delivery report (RFC 3464), or a complaint (RFC 5965), that arrived as mail."""
    notice = _notice_in(_ids_of(mail), domain)
    if notice is None:
        return []
    return [
        Report(notice=notice, fate=fate, recipients=frozenset(filter(None, found)), reason=_shown(reason))
        for fate, found, reason in _read(mail)
    ]


def of_event(event: AnymailTrackingEvent, domain: str) -> Report | None:
    """Read an event of a mail provider. None if it is no such report, or about no notice of ours."""
    fate = _fate_of(event)
    raw = json.dumps(event.esp_event, default=str)[:LONGEST_EVENT]
    notice = _notice_in((str(event.message_id), raw), domain)
    if fate is None or notice is None:
        return None
    reason = event.mta_response or event.description or event.reject_reason or event.event_type
    recipients = frozenset(filter(None, [compared_address(str(event.recipient or ""))]))
    return Report(notice=notice, fate=fate, recipients=recipients, reason=_shown(reason))


def _shown(reason: Any) -> str:
    """Return foreign text on one line, without what a database does not take: NUL, half a character."""
    return isolated(str(reason)[:LONGEST_REASON])


def _notice_in(texts: Iterable[str], domain: str) -> UUID | None:
    ours = re.compile(OURS.format(domain=re.escape(domain)), re.IGNORECASE)
    found = (ours.search(text) for text in texts)
    return next((UUID(match[1]) for match in found if match), None)


def _ids_of(mail: Message) -> Iterator[str]:
    """Yield where the Message-ID of the original can stand: with the original, its head alone, or in the report's."""
    for part in mail.walk():
        if part.get_content_type() in ORIGINAL and part.is_multipart():
            yield str(part.get_payload(0).get("Message-ID", ""))  # type: ignore[union-attr]  # a list of messages
        elif part.get_content_type() == "text/rfc822-headers":
            content = part.get_payload(decode=True)
            head = content.decode(errors="replace") if isinstance(content, bytes) else ""
            yield "".join(re.findall(r"(?im)^message-id:\s*(\S+)", head))
    yield str(mail.get("In-Reply-To", ""))
    yield str(mail.get("References", ""))


def _read(mail: Message) -> Iterator[tuple[Fate, tuple[str, str], str]]:
    for part in mail.walk():
        kind = part.get_content_type()
        if kind not in {*STATUS, COMPLAINT}:
            continue
        for block in _blocks(part):
            read = _of_complaint(block) if kind == COMPLAINT else _of_block(block)
            if read is not None:
                yield read


def _blocks(part: Message) -> Iterator[Message]:
    """Yield its blocks of fields. The library knows those of RFC 3464 alone, and none that a gateway has encoded."""
    inside = part.get_payload()
    if not isinstance(inside, list):
        return
    raw = b"\n\n".join(each.as_bytes() for each in inside if isinstance(each, Message))
    coding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if coding in CODINGS:
        encoded = Message()
        encoded["Content-Transfer-Encoding"] = coding
        encoded.set_payload(raw.decode("ascii", "replace"))
        decoded = encoded.get_payload(decode=True)
        raw = decoded if isinstance(decoded, bytes) else b""
    for block in re.split(rb"\r?\n(?:[ \t]*\r?\n)+", raw.strip()):
        yield message_from_string(block.decode(errors="replace"))


def _of_complaint(block: Message) -> tuple[Fate, tuple[str, str], str] | None:
    if str(block.get("Feedback-Type", "")).strip().lower() != "abuse":
        return None
    return Fate.COMPLAINT, (_address(block.get("Original-Rcpt-To")), ""), "abuse"


def _of_block(block: Message) -> tuple[Fate, tuple[str, str], str] | None:
    """Read what a report says of one recipient; the first block speaks of the message and has no action."""
    action = str(block.get("Action", "")).strip().lower()
    status, diagnosis = str(block.get("Status", "")).strip(), " ".join(str(block.get("Diagnostic-Code", "")).split())
    addresses = _address(block.get("Final-Recipient")), _address(block.get("Original-Recipient"))
    reason = diagnosis or status
    match action:
        case "failed":
            code = REPLY_CODE.match(diagnosis)
            return _failed(int(code[1]) if code else 0, f"{status} {diagnosis}"), addresses, reason
        case "delayed":
            return Fate.DELAYED, addresses, reason
    return None


def _failed(code: int, text: str) -> Fate:
    """Return whether the address is at fault. That it was given up is final for this notice either way."""
    return Fate.NOBODY_THERE if meaning_of(code, text) is Meaning.ADDRESS else Fate.NOT_DELIVERED


def _address(field: Any) -> str:
    return compared_address(str(field or "").rpartition(";")[2])


def _fate_of(event: AnymailTrackingEvent) -> Fate | None:
    match event.event_type:
        case EventType.COMPLAINED:
            return Fate.COMPLAINT
        case EventType.DEFERRED:
            return Fate.DELAYED
        case EventType.BOUNCED if SOFT.search(f"{event.description} {json.dumps(event.esp_event, default=str)}"):
            return Fate.DELAYED
        case EventType.BOUNCED | EventType.REJECTED:
            return _fate_of_bounce(event)
        case EventType.FAILED:
            return Fate.NOT_DELIVERED
    return None


def _fate_of_bounce(event: AnymailTrackingEvent) -> Fate:
    answer = str(event.mta_response or "")
    code = REPLY_CODE.match(answer)
    if code or re.search(r"\b[45]\.\d{1,3}\.\d{1,3}\b", answer):
        return _failed(int(code[1]) if code else 0, answer)
    gone = event.reject_reason in {RejectReason.BOUNCED, RejectReason.INVALID}
    return Fate.NOBODY_THERE if gone else Fate.NOT_DELIVERED
