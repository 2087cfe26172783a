"""Chapters 1 and 2: silence, why not yet, the request, and a reply that revokes it."""

from typing import Any

from config.demo import pace, telling
from config.demo.cast import LOGO, Play, Room
from config.demo.client import moment
from config.local import processes

NOT_YET = "respondent_contacted_recently"
UNMET_IN_ORDER = [
    ("deal_not_in_progress", True),
    ("request_already_open", True),
    ("last_message_not_yours", True),
    (NOT_YET, False),
    ("too_many_requests_today", True),
]


def why_not_yet(play: Play) -> Room:
    """Buy, wait, and ask too soon. Returns the room, in which the buyer waits for an answer."""
    display, checks = play.display, play.checks
    display.chapter("1  Silence, and why not yet")
    hello = "はじめまして。カフェのロゴをお願いします。"
    room = play.buy(LOGO, hello)
    display.says("buyer", f"buys “{LOGO}” and writes: 「{hello}」")
    _say(play, "seller", room, "Welcome! You will have a first draft by Friday.")
    refusal = play.buyer.refused(f"{room.path}cancel-requests/")
    checks.equal("a request right after the seller's words", seen=refusal.code, expected="last_message_not_yours")
    display.fact(f"a cancel request now is refused: {refusal.code}")
    _say(play, "buyer", room, "その後、進捗はいかがでしょうか？")
    _the_conditions(play, room)
    return room


def _the_conditions(play: Play, room: Room) -> None:
    """Show each condition of a request, and from when it is met."""
    display, checks = play.display, play.checks
    known = play.buyer.get(f"{room.path}cancel-eligibility/")
    refusal = play.buyer.refused(f"{room.path}cancel-requests/")
    met = [(condition["code"], condition["met"]) for condition in known["conditions"]]
    checks.equal("the conditions of a request, each met or not", seen=met, expected=UNMET_IN_ORDER)
    checks.equal("the refusal of an early request", seen=(refusal.status, refusal.code), expected=(409, NOT_YET))
    display.fact(f"a cancel request is still refused: {refusal.code}")
    display.note("what stands in the way (✗) and what does not (–), as the buyer's button knows it:")
    for condition in known["conditions"]:
        display.note(
            "  – " + condition["code"] if condition["met"] else f"  ✗ {condition['code']}: {condition['message']}"
        )
    since = moment(known["conditions"][3]["since"])
    can_ask_at = moment(known["eligible_at"])
    checks.equal("from when a request is possible", seen=can_ask_at, expected=since + pace.SILENCE)
    display.fact(f"possible from {_clock(known['eligible_at'])} on: four days after the seller's last contact")


def a_reply_revokes(play: Play, room: Room) -> None:
    """Ask in time, and let the seller reply."""
    display, checks = play.display, play.checks
    display.chapter("2  The request, and a reply that revokes it")
    until_possible(play, room)
    request = ask(play, room, "連絡がとれません。")
    telling.waits_for_the_seller(play, request)
    with display.countdown("24 hours for a reply; any word of the seller is one", pace.REPLY_WINDOW.total_seconds()):
        play.stage.think()
    _say(play, "seller", room, "すみません、出張中でした。明日初稿をお送りします。")
    ended = play.buyer.get(f"cancel-requests/{request['id']}/")
    checks.equal("the request after the reply", seen=ended["status"], expected="revoked_by_reply")
    deal = play.buyer.get(f"deals/{room.deal}/")
    checks.equal("the deal after the reply", seen=(deal["status"], deal["verdict"]), expected=("in_progress", None))
    display.fact("the request is revoked_by_reply; the deal goes on")
    telling.is_handled_by_the_act(play)
    task = f"auto-cancel:{request['id']}:1"
    play.stage.until(
        lambda: play.stage.has_said(processes.DEADLINES, "flagged as revoked", task), "the ETA task to be revoked"
    )
    display.fact("its ETA task is revoked")


def until_possible(play: Play, room: Room) -> None:
    """Wait until the buyer may ask."""
    with play.display.countdown("four days without a word of the seller", pace.SILENCE.total_seconds()):
        play.stage.until(
            lambda: play.buyer.get(f"{room.path}cancel-eligibility/")["eligible"], "the request to be possible"
        )


def ask(play: Play, room: Room, reason: str) -> Any:
    """Let the buyer place a request. Returns it."""
    request = play.buyer.post(f"{room.path}cancel-requests/", {"reason": reason})
    play.display.says("buyer", f"asks to cancel: 「{reason}」")
    play.checks.equal("the request as placed", seen=request["status"], expected="awaiting_reply")
    deadline = moment(request["placed_at"]) + pace.REPLY_WINDOW
    play.checks.equal("its deadline", seen=moment(request["reply_deadline"]), expected=deadline)
    play.display.fact(f"awaiting_reply until {_clock(request['reply_deadline'])}: 24 hours")
    return request


def _say(play: Play, who: str, room: Room, words: str) -> None:
    person = {"buyer": play.buyer, "seller": play.seller}[who]
    person.post(f"{room.path}messages/", {"body": words})
    play.display.says(who, f"「{words}」" if not words.isascii() else f"“{words}”")


def _clock(time: str) -> str:
    return f"{moment(time):%H:%M:%S.%f}"[:-3] + " UTC"
