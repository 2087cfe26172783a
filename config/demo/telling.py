"""Shows what the silent seller was told: in-app, by e-mail, and by the red number of the to-do list."""

from collections.abc import Iterator
from datetime import UTC
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from typing import Any

from config.demo.cast import Play, Room
from config.demo.client import moment

END_OF_MAIL = b"-" * 79 + b"\n"
"""The last line of Django's file backend."""
OF_REQUEST = {"request_placed", "request_due", "cancelled"}
FORETOLD = "cancelled, 3 services paused, ★1, completion 100% → 83.3%, rank Gold → Regular, ¥12,000 back to the buyer."


def waits_for_the_seller(play: Play, request: Any) -> None:
    """Show the red number with an open request, which looking does not handle."""
    todos = play.seller.get("todos/")
    expected = [(f"cancel_request:{request['id']}", request["reply_deadline"])]
    play.checks.equal("the seller's to-dos", seen=[(todo["key"], todo["due_at"]) for todo in todos], expected=expected)
    play.checks.equal("the red number after a look at the list", seen=_red_number(play), expected=1)
    play.display.fact(f"the seller's to-do list has a red 1: “{todos[0]['text']}”")


def is_handled_by_the_act(play: Play) -> None:
    """Show the red number after the reply."""
    play.checks.equal("the red number after the reply", seen=_red_number(play), expected=0)
    play.display.change("the seller's red number", 1, 0)


def _red_number(play: Play) -> Any:
    return play.seller.get("todos/count/")["unhandled"]


def what_is_foretold(play: Play, room: Room, request: Any) -> Any:
    """Read the notice of a request while it runs: later, its text is another."""
    told: list[Any] = play.stage.until(lambda: _inbox(play, room, request), "the seller to be told of the request")
    play.checks.equal("what the notice foretells", seen=FORETOLD in told[0]["body"], expected=True)
    return told[0]


def what_the_seller_heard(play: Play, room: Room, request: Any, foretold: Any) -> None:
    """Show what the seller was told from the request to the verdict."""
    display, checks = play.display, play.checks
    told = play.stage.until(lambda: _inbox_to_the_end(play, room, request), "the seller to be told of the end")
    kinds = [notice["kind"] for notice in told]
    reminders = kinds.count("request_due")
    checks.equal("the notices", seen=kinds, expected=["request_placed"] + ["request_due"] * reminders + ["cancelled"])
    checks.equal("whether a reminder came, and none twice", seen=1 <= reminders <= 3, expected=True)  # noqa: PLR2004 - its three steps
    checks.equal("whether the notice is past", seen=told[0]["is_over"], expected=True)
    display.note("what the seller was told meanwhile, and did not answer:")
    display.fact(f"in-app, at once: {foretold['title']}")
    display.fact(f"what happens otherwise: {FORETOLD}")
    display.fact(f"reminders as the window went by: {reminders}; and then: {told[-1]['title']}")
    _the_same_by_mail(play, room, request)


def _inbox_to_the_end(play: Play, room: Room, request: Any) -> list[Any]:
    """Return the notices of this request; none before the last one is there."""
    told = _inbox(play, room, request)
    return told if told and told[-1]["kind"] == "cancelled" else []


def _inbox(play: Play, room: Room, request: Any) -> list[Any]:
    """Return the notices of this request, oldest first."""
    placed_at = moment(request["placed_at"])
    told = [notice for notice in play.seller.get("notifications/")["results"] if notice["kind"] in OF_REQUEST]
    here = [notice for notice in reversed(told) if notice["room"] == room.number]
    return [notice for notice in here if moment(notice["made_at"]) > placed_at]


def _the_same_by_mail(play: Play, room: Room, request: Any) -> None:
    mails = play.stage.until(lambda: _mails_to_the_end(play, room, request), "the mails to the seller")
    asked, ended = mails or ([], [])
    one_each = (len(asked), len(ended))
    play.checks.equal("how many mails tell of the request, and of its end", seen=one_each, expected=(1, 1))
    play.checks.equal("what the mail foretold", seen=FORETOLD in _text(asked[0]), expected=True)
    play.display.fact(f"by e-mail, once each: {_subject(asked[0])}")


def _mails_to_the_end(play: Play, room: Room, request: Any) -> tuple[list[EmailMessage], list[EmailMessage]] | None:
    """Return the mails about the request and those about its end, once there are both."""
    mails = list(_mails(play, room, request))
    asked = [mail for mail in mails if _subject(mail).startswith("Reply by ")]
    ended = [mail for mail in mails if "there was no reply by" in _subject(mail)]
    return (asked, ended) if asked and ended else None


def _mails(play: Play, room: Room, request: Any) -> Iterator[EmailMessage]:
    """Find what was mailed to the seller of this room since the request: a mail's date has whole seconds of UTC."""
    placed_at = moment(request["placed_at"]).replace(microsecond=0)
    for path in sorted(play.stage.mail.glob("*.log")):
        content = path.read_bytes()
        if not content.endswith(END_OF_MAIL):
            continue  # still being written
        mail = message_from_bytes(content.removesuffix(END_OF_MAIL), policy=policy.default)
        sent_at = parsedate_to_datetime(mail["Date"]).replace(tzinfo=UTC)
        here = f"/talk-rooms/{room.number}/" in _text(mail)
        if here and sent_at >= placed_at and mail["To"] == f"{play.seller.name}@example.com":
            yield mail


def _subject(mail: EmailMessage) -> str:
    return str(mail["Subject"]).strip()


def _text(mail: EmailMessage) -> str:
    part = mail.get_body(preferencelist=("plain",))
    return "" if part is None else str(part.get_content())
