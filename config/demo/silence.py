"""Chapters 3 and 4: silence to the end, by the ETA task; and by the sweep, with the worker killed."""

import signal
from typing import Any

from config.demo import pace, telling
from config.demo.asking import ask, until_possible
from config.demo.cast import LOGO, SERVICES_OF_SELLER, TRANSLATION, Play, Room, Standing
from config.demo.client import Person, moment
from config.local import processes

GOLD = Standing("gold", 5.0, 1.0, 3500.0, 5, paused=False, accepting=SERVICES_OF_SELLER)
"""Five sales of ¥12,000 and as many ★5."""
FALLEN = Standing("regular", 4.3333, 0.8333, 433.33, 5, paused=True, accepting=[])
"""The same with one deal lost by silence and its ★1: (5 × 5 + 1) / 6, 5 / 6, 100 × the rating."""


def to_the_end(play: Play, room: Room) -> Any:
    """Let the deadline pass, with all processes well. Returns the verdict."""
    display, checks = play.display, play.checks
    display.chapter("3  Silence to the end: the ETA task")
    words = "承知しました。お待ちしております。"
    play.buyer.post(f"{room.path}messages/", {"body": words})
    display.says("buyer", f"「{words}」")
    until_possible(play, room)
    before = play.standing(play.seller)
    checks.equal("the seller before", seen=before, expected=GOLD)
    request = ask(play, room, "もう待てません。")
    foretold = telling.what_is_foretold(play, room, request)
    verdict = _until_cancelled(play, room)
    is_as_the_rules_say(play, verdict, request, woken_by="eta")
    _nothing_comes_late(play, room, play.seller)
    telling.what_the_seller_heard(play, room, request, foretold)
    after = play.standing(play.seller)
    checks.equal("the seller after", seen=after, expected=FALLEN)
    _what_it_did(play, before, after)
    return verdict


def _what_it_did(play: Play, before: Standing, after: Standing) -> None:
    """Show what the silence cost the seller, all written in the transaction that cancelled."""
    display, checks = play.display, play.checks
    display.note("with it came an automatic ★1 for the seller, and:")
    play.change(before, after)
    first = play.search()
    checks.equal("the list of services", seen=first, expected=[TRANSLATION])
    display.change("the list begins with", before.accepting[0], first[0])
    refusal = play.buyer.refused("deals/", {"service": play.services[LOGO]["id"]})
    checks.equal("a purchase from a paused seller", seen=refusal.code, expected="service_not_accepting")
    display.fact(f"a new purchase is refused: {refusal.code}")


def with_the_worker_killed(play: Play, room: Room, delivered: Room) -> None:
    """Kill the worker that holds the wake-up: the sweep finds the row. A delivery is approved meanwhile."""
    display, checks, stage = play.display, play.checks, play.stage
    display.chapter("4  The same, with the worker of the deadlines killed: the sweep")
    display.note(f"the seller of “{TRANSLATION}” has not said a word since the purchase")
    request = ask(play, room, "No answer at all.")
    code = stage.kill(processes.DEADLINES)
    checks.equal("how the worker ended", seen=code, expected=-signal.SIGKILL)
    display.happens("kill -9: the worker that holds the ETA task is gone, and stays so")
    stage.sweep_every(pace.SWEEP_OFTEN)
    display.note(f"beat now sweeps every {pace.seconds(pace.SWEEP_OFTEN)} s; so far every 10 minutes, to show the ETA")
    deliver(play, delivered)
    verdict = _until_cancelled(play, room)
    is_as_the_rules_say(play, verdict, request, woken_by="sweep")
    _nothing_comes_late(play, room, play.other_seller)
    checks.equal("what can be bought now", seen=play.search(), expected=[])
    with display.countdown("72 hours to approve or send back the delivery", pace.APPROVAL_WINDOW.total_seconds()):
        stage.until(lambda: play.listed(delivered)["status"] == "completed", "the delivery to be approved by itself")
    approved = play.listed(delivered)
    checks.equal("who approved", seen=approved["approved_by"], expected="window")
    checks.equal("its end", seen=approved["ended_at"], expected=approved["approval_deadline"])
    display.fact("meanwhile the card that nobody spoke against was approved by the window of 72 hours")


def deliver(play: Play, room: Room) -> None:
    """Let the seller deliver: a paused seller's running deals go on."""
    words = "名刺のデータをお送りします。"
    play.seller.post(f"{room.path}deliver/", {"body": words})
    play.display.says("seller", f"delivers in another room, which goes on: 「{words}」")


def _until_cancelled(play: Play, room: Room) -> Any:
    with play.display.countdown("24 hours, and nobody replies", pace.REPLY_WINDOW.total_seconds()):
        return play.stage.until(lambda: play.listed(room)["verdict"], "the deal to cancel itself")


def is_as_the_rules_say(play: Play, verdict: Any, request: Any, woken_by: str) -> None:
    """Check that the verdict is what the deadline gave, whatever woke the system up."""
    display, checks = play.display, play.checks
    seen = {name: verdict[name] for name in ("cause", "at_fault", "woken_by", "effective_at")}
    said = {"cause": "no_contact", "at_fault": "seller", "woken_by": woken_by}
    checks.equal("the verdict", seen=seen, expected=said | {"effective_at": request["reply_deadline"]})
    effective, recorded = moment(verdict["effective_at"]), moment(verdict["recorded_at"])
    checks.later("when it was written", seen=recorded, than=effective)
    late = (recorded - effective).total_seconds()
    display.fact(f"cancelled by itself; at fault: {verdict['at_fault']}, woken_by: {woken_by}")
    display.fact(f"it counts from the deadline; it was written {late:.2f} s after it")


def _nothing_comes_late(play: Play, room: Room, seller: Person) -> None:
    """Let the silent party write too late."""
    refusal = seller.refused(f"{room.path}messages/", {"body": "I am back!"})
    seen = (refusal.status, refusal.code)
    play.checks.equal("a word after the deadline", seen=seen, expected=(409, "reply_deadline_passed"))
    play.display.says(seller.name, "“I am back!”")
    play.display.fact(f"too late: {refusal.code}")
