"""What people are told while they say nothing, with real processes, a real mail server and shortened durations.

Three rooms live side by side for a minute. In one a seller, who reads Japanese, is silent to the end; in
one a buyer, who reads English and lives by another clock; in one the other seller replies after the first
reminder. Each test looks at what was told and kept of it. Steps stand at least two seconds apart, and
reminders are looked for twice a second: who is late by less gets every one of them.
"""

import re
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from fractions import Fraction
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from config.local.ports import HOME
from tests.acceptance.marketplace_client import PASSWORD, Somebody
from tests.support.mail_server import MailServer, mail_server
from tests.support.stack import Stack, until

SILENCE, WINDOW = timedelta(seconds=8), timedelta(seconds=48)
OF_SILENCE = (Fraction(1, 2), Fraction(3, 4), Fraction(1))
OF_WINDOW = (Fraction(0), Fraction(1, 2), Fraction(7, 8), Fraction(1))
"""A window as short as this one has no step at 23/24: two seconds would be left of it."""
SITE = "https://market.example"
SETTINGS = {
    "POLICY_SILENCE_BEFORE_REQUEST": f"PT{SILENCE.seconds}S",
    "POLICY_REPLY_WINDOW": f"PT{WINDOW.seconds}S",
    "REMINDER_INTERVAL": "0.5",
    "PUBLIC_URL": SITE,
    "DEMO_PASSWORD": PASSWORD,
    "THROTTLE_READ": "6000/min",
}
TOKYO, BERLIN = ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Berlin")
LADDERS = ["silence"] * 3 + ["request_placed"] + ["request_due"] * 2
TITLES = {
    "seller": [
        r"buyerさんが「Logo design」を購入しました",
        r"buyerさんが「Logo design」の連絡を待っています",
        r"buyerさんが「Logo design」の連絡を待っています",
        r"buyerさんは「Logo design」のキャンセルリクエストを送信できるようになりました",
        r"{deadline}までにご返信ください: buyerさんから「Logo design」のキャンセルリクエスト",
        r"返信期限まで(\d+)秒: 「Logo design」がキャンセルされます",
        r"返信期限まで(\d+)秒: 「Logo design」がキャンセルされます",
        r"「Logo design」はキャンセルされました: {deadline}までに返信がありませんでした",
    ],
    "buyer": [
        r"seller wrote to you",
        r"seller waits for a word about “Business card”",
        r"seller waits for a word about “Business card”",
        r"seller can now ask to cancel “Business card”",
        r"Reply by {deadline}: seller asked to cancel “Business card”",
        r"(\d+) s left to reply: “Business card” will be cancelled",
        r"(\d+) s left to reply: “Business card” will be cancelled",
        r"“Business card” was cancelled: there was no reply by {deadline}",
    ],
}
"""What the silent one is told, from the purchase or the question to the verdict."""
OTHERWISE = {
    "seller": "{deadline}までにご連絡がない場合: 取引はキャンセル、全3サービスが受付休止、評価★1、"
    "納品完了率 – → 0%、購入者へ12,000円を返金。",
    "buyer": "If nothing is said until {deadline}: cancelled, your record of cancellations for silence 0 → 1, "
    "¥6,000 back to the buyer.",
}
AS_FORETOLD = {
    "seller": "全3サービスが受付休止、評価★1、納品完了率 – → 0%、購入者へ12,000円を返金。",
    "buyer": "¥6,000 back to the buyer.",
}


@dataclass(kw_only=True)
class Room:
    """A room in which somebody waits for a word, and what was seen of it while it lasted."""

    number: str
    asking: Somebody
    silent: Somebody
    zone: ZoneInfo
    since: datetime
    """Since when the silent one has said nothing."""
    request: dict[str, Any] = field(default_factory=dict)
    foretold: str = ""
    """What the notice of the request said while it ran."""
    todos: dict[str, tuple[list[dict[str, Any]], int]] = field(default_factory=dict)
    """The list and the badge of the silent one, by what had happened then."""

    @property
    def path(self) -> str:
        return f"talk-rooms/{self.number}/"

    @property
    def deadline(self) -> str:
        """The reply deadline as its silent one reads it."""
        local = moment(self.request["reply_deadline"]).astimezone(self.zone)
        clock = f"{local:%H:%M} ({local.tzname()})"
        if self.zone is TOKYO:
            return f"{local.month}月{local.day}日({'月火水木金土日'[local.weekday()]}) {clock}"
        return f"{local:%a} {local.day} {local:%b} {clock}"

    def look(self, when: str) -> None:
        self.todos[when] = (self.silent.get("todos/"), self.silent.get("todos/count/")["unhandled"])


@dataclass(kw_only=True)
class Minute:
    """The minute that was lived, and the marketplace in which it was."""

    stack: Stack
    post: MailServer
    buyer: Somebody
    of_seller: Room
    of_buyer: Room
    replied: Room

    def inbox(self, person: Somebody, room: Room) -> list[dict[str, Any]]:
        """Return what somebody was told of a room in-app, oldest first."""
        told = person.get("notifications/")
        assert told["next"] is None, "there is more than a page"
        return [notice for notice in reversed(told["results"]) if notice["room"] == room.number]

    def mails(self, person: Somebody, room: Room) -> list[EmailMessage]:
        """Return what was mailed to somebody of a room, as it arrived."""
        address, place = f"{person.username}@example.com", f"{SITE}/talk-rooms/{room.number}/"
        return [mail for mail in self.post.received if mail["To"] == address and place in text(mail)]

    def wait_for(self, person: Somebody, room: Room, kind: str, number: int) -> None:
        """Wait until somebody was told so often of a kind, and as much has arrived by mail."""

        def has_come() -> bool:
            kinds = [notice["kind"] for notice in self.inbox(person, room)]
            return kinds.count(kind) >= number and len(self.mails(person, room)) >= len(kinds)

        until(has_come, 90, f"{person.username} to be told of {kind} × {number}")


def moment(written: str) -> datetime:
    return datetime.fromisoformat(written)


def text(mail: EmailMessage) -> str:
    plain = mail.get_body(preferencelist=("plain",))
    assert plain is not None
    content: str = plain.get_content()
    return content


@pytest.fixture(scope="module")
def minute() -> Iterator[Minute]:
    with ExitStack() as ending:
        post = ending.enter_context(mail_server())
        stack = ending.enter_context(Stack({**SETTINGS, "EMAIL_URL": f"smtp://{HOME}:{post.port}"}))
        stack.manage("load_demo")
        people = [ending.enter_context(Somebody(stack.url, name)) for name in ("buyer", "seller", "other-seller")]
        lived = _begin(stack, post, *people)
        _live(lived)
        yield lived


def _begin(stack: Stack, post: MailServer, buyer: Somebody, seller: Somebody, other: Somebody) -> Minute:
    """Buy three times; from then on somebody is silent in each room."""
    for person, reads in (
        (buyer, {"language": "en", "time_zone": BERLIN.key}),
        (seller, {"language": "ja"}),
        (other, {"language": "en"}),
    ):
        assert person.http.patch("me/", json=reads).status_code == httpx.codes.OK
    begun = Minute(
        stack=stack,
        post=post,
        buyer=buyer,
        of_seller=_bought(buyer, "Logo design", silent=seller, zone=TOKYO),
        of_buyer=_bought(buyer, "Business card", silent=seller, zone=BERLIN),
        replied=_bought(buyer, "翻訳 (日本語・英語)", silent=other, zone=TOKYO),
    )
    begun.of_buyer.asking, begun.of_buyer.silent = seller, buyer
    seller.post(f"{begun.of_buyer.path}messages/", {"body": "どのような名刺でしょうか？"})
    return begun


def _bought(buyer: Somebody, title: str, *, silent: Somebody, zone: ZoneInfo) -> Room:
    [service] = [each for each in buyer.get("services/")["results"] if each["title"] == title]
    deal = buyer.post("deals/", {"service": service["id"], "message": "Hello!"})
    since = moment(deal["purchased_at"])
    return Room(number=deal["talk_room"], asking=buyer, silent=silent, zone=zone, since=since)


def _live(lived: Minute) -> None:
    """Let everybody be silent, and be asked; one of them replies in time."""
    rooms = (lived.replied, lived.of_seller, lived.of_buyer)  # where a reply comes is first: its steps would be, too
    for room in rooms:
        lived.wait_for(room.silent, room, "silence", 3)
        lived.wait_for(room.asking, room, "silence", 1)
    for room in rooms:
        room.request = room.asking.post(f"{room.path}cancel-requests/", {"reason": "No word"})
    for room in rooms:
        room.look("asked")
    for room in rooms:
        lived.wait_for(room.silent, room, "request_placed", 1)
        room.foretold = lived.inbox(room.silent, room)[-1]["body"]
    lived.wait_for(lived.replied.silent, lived.replied, "request_due", 1)
    _look_at_everything(lived.replied.silent, lived.replied)
    lived.replied.look("read")
    lived.replied.silent.post(f"{lived.replied.path}messages/", {"body": "Sorry, I was ill."})
    lived.replied.look("replied")
    for room in (lived.of_seller, lived.of_buyer):
        for person in (room.asking, room.silent):
            lived.wait_for(person, room, "cancelled", 1)


def _look_at_everything(person: Somebody, room: Room) -> None:
    person.get(room.path)
    person.get(f"{room.path}messages/")
    for notice in person.get("notifications/")["results"]:
        assert person.post(f"notifications/{notice['id']}/read/")["read_at"]


@pytest.fixture(params=["of_seller", "of_buyer"])
def room(request: pytest.FixtureRequest, minute: Minute) -> Room:
    """A room in which somebody is silent to the end."""
    found: Room = getattr(minute, request.param)
    return found


def test_each_step_of_both_ladders_is_told_once_in_app_at_its_time(minute: Minute, room: Room) -> None:
    inbox = minute.inbox(room.silent, room)
    assert [notice["kind"] for notice in inbox[1:]] == [*LADDERS, "cancelled"]
    told_at = [moment(notice["made_at"]) for notice in inbox[1:]]
    placed_at = moment(room.request["placed_at"])
    begins = [
        *(room.since + SILENCE * float(step) for step in OF_SILENCE),
        *(placed_at + WINDOW * float(step) for step in OF_WINDOW),
    ]
    late = [at - begin for at, begin in zip(told_at, begins, strict=True)]
    assert all(timedelta(0) <= each for each in late), late
    # Before the next step, or it would have been told instead.
    assert all(at < following for at, (_, following) in zip(told_at, pairwise(begins), strict=False)), late


def test_the_same_comes_once_by_mail_in_the_words_of_its_reader(minute: Minute, room: Room) -> None:
    mails = minute.mails(room.silent, room)
    titles = [title.format(deadline=re.escape(room.deadline)) for title in TITLES[room.silent.username]]
    subjects = [mail["Subject"].strip() for mail in mails]
    matches = [re.fullmatch(title, subject) for title, subject in zip(titles, subjects, strict=True)]
    assert None not in matches, subjects
    left = [int(match[1]) for match in matches if match and match.re.groups]
    remains = [WINDOW.total_seconds() * float(1 - step) for step in OF_WINDOW[1:]]
    assert all(after <= seconds < before for seconds, (before, after) in zip(left, pairwise(remains), strict=True)), (
        left
    )
    assert len({mail["Message-ID"] for mail in mails}) == len(mails)
    assert {mail["Content-Language"] for mail in mails} == {"ja" if room.silent.username == "seller" else "en"}


def test_from_the_request_on_each_says_until_when_and_what_happens_otherwise(minute: Minute, room: Room) -> None:
    who = room.silent.username
    otherwise = OTHERWISE[who].format(deadline=room.deadline)
    from_the_request_on = slice(LADDERS.index("request_placed") + 1, len(LADDERS) + 1)
    assert otherwise in room.foretold
    for notice in minute.inbox(room.silent, room)[from_the_request_on]:
        assert notice["is_over"]
        assert otherwise not in notice["body"]
    for body in [text(mail) for mail in minute.mails(room.silent, room)][from_the_request_on]:
        assert otherwise in body
    assert AS_FORETOLD[who] in minute.inbox(room.silent, room)[-1]["body"]
    assert AS_FORETOLD[who] in text(minute.mails(room.silent, room)[-1])


def test_the_one_who_waits_is_told_when_to_ask_and_what_became_of_it(minute: Minute, room: Room) -> None:
    told = minute.inbox(room.asking, room)
    assert [notice["kind"] for notice in told if notice["kind"] != "purchase"] == ["silence", "cancelled"]
    assert len(minute.mails(room.asking, room)) == len(told)
    can_ask = {"buyer": "You could ask to cancel “Logo design”", "seller": "「Business card」のキャンセルリクエスト"}
    assert can_ask[room.asking.username] in told[-2]["title"]


def test_a_request_against_oneself_is_a_to_do_until_its_deadline(room: Room) -> None:
    list_, badge = room.todos["asked"]
    assert badge == len(list_)
    [asked] = [todo for todo in list_ if todo["room"] == room.number]
    assert asked["key"] == f"cancel_request:{room.request['id']}"
    assert asked["due_at"] == room.request["reply_deadline"]
    assert asked["key"] not in [todo["key"] for todo in room.silent.get("todos/")]


def test_a_reply_and_not_looking_brings_the_badge_to_0_and_stops_the_reminders(minute: Minute) -> None:
    room = minute.replied
    request = f"cancel_request:{room.request['id']}"
    assert [[todo["key"] for todo in room.todos[when][0]] for when in ("asked", "read", "replied")] == [
        [request],
        [request],
        [],
    ]
    assert [room.todos[when][1] for when in ("asked", "read", "replied")] == [1, 1, 0]
    # The others, who were asked later, were told of 7/8 and met the verdict meanwhile.
    assert moment(room.request["placed_at"]) < moment(minute.of_seller.request["placed_at"])
    from_the_request_on = ["request_placed", "request_due"]
    kinds = [notice["kind"] for notice in minute.inbox(room.silent, room)]
    assert [kind for kind in kinds if kind.startswith("request")] == from_the_request_on
    assert kinds.count("cancelled") == 0
    subjects = [mail["Subject"] for mail in minute.mails(room.silent, room)]
    assert len([subject for subject in subjects if "left to reply" in subject]) == 1
    assert [notice["kind"] for notice in minute.inbox(room.asking, room)].count("request_changed") == 1
    assert room.asking.get(f"cancel-requests/{room.request['id']}/")["status"] == "revoked_by_reply"


def test_the_proof_of_notice_lists_what_was_sent_to_whom_the_request_was_against(minute: Minute, room: Room) -> None:
    path = f"cancel-requests/{room.request['id']}/notices/"
    for person in (room.asking, room.silent):
        notices = person.get(path)
        kinds = ["request_placed", "request_due", "request_due", "cancelled"]
        for channel in ("inapp", "email"):
            sent = [notice for notice in notices if notice["channel"] == channel]
            assert [notice["kind"] for notice in sent] == kinds
            assert {(notice["state"], notice["error"]) for notice in sent} == {("sent", "")}
            assert [notice["sent_at"] for notice in sent] == sorted(notice["sent_at"] for notice in sent)
            assert room.request["placed_at"] < sent[0]["sent_at"]
            assert sent[-2]["sent_at"] < room.request["reply_deadline"] < sent[-1]["sent_at"]
        assert len(notices) == 2 * len(kinds)
    stranger = minute.replied.silent
    assert stranger.http.get(path).status_code == httpx.codes.NOT_FOUND


def test_what_nobody_heard_because_the_bell_was_lost_is_told_once_by_beat_s_second_round(minute: Minute) -> None:
    stack, room = minute.stack, minute.replied
    stack.kill("rest", signal.SIGKILL)
    room.asking.post(f"{room.path}messages/", {"body": "Are you well again?"})
    stack.flush_redis()  # with the bell of the message, which was committed
    with stack.connect() as connection:
        unheard = connection.execute("SELECT kind FROM marketplace_event WHERE heard_at IS NULL").fetchall()
    assert unheard == [("message_posted",)]
    assert "message" not in [notice["kind"] for notice in minute.inbox(room.silent, room)]

    stack.start("rest")
    minute.wait_for(room.silent, room, "message", 1)

    assert [notice["kind"] for notice in minute.inbox(room.silent, room)].count("message") == 1
    assert [mail["Subject"] for mail in minute.mails(room.silent, room)].count("buyer wrote to you") == 1
