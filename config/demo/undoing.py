"""Chapter 5: staff reverse a verdict, and the seller's figures are as if it had never been."""

from dataclasses import replace
from typing import Any

from config.demo.cast import SERVICES_OF_SELLER, Play, Room
from config.demo.silence import FALLEN, GOLD

REASON = "The seller was in hospital; papers seen."


def reversed_by_staff(play: Play, room: Room, verdict: Any) -> None:
    """Reverse the verdict of chapter 3. The delivery that was approved since then counts all the same."""
    display, checks = play.display, play.checks
    display.chapter("5  Staff reverse the first cancellation")
    before = play.standing(play.seller)
    one_sale_more = replace(FALLEN, sales=6, delivery_completion_rate=0.8571)
    checks.equal("the seller before", seen=before, expected=one_sale_more)
    play.stage.reverse(verdict["id"], REASON)
    display.says("operator", f"reverses the verdict: “{REASON}”")
    after = play.standing(play.seller)
    checks.equal("the seller after", seen=after, expected=replace(GOLD, sales=6))
    play.change(before, after)
    checks.equal("the list of services", seen=play.search(), expected=SERVICES_OF_SELLER)
    display.fact(f"the list of services: {', '.join(SERVICES_OF_SELLER)}")
    deal = play.listed(room)
    seen = (deal["status"], deal["verdict"]["at_fault"], deal["verdict"]["reversed_at"] is not None)
    checks.equal("the deal of the reversed verdict", seen=seen, expected=("cancelled", "nobody", True))
    display.fact("the deal stays cancelled; at fault: nobody")
    told = [person.get(f"{room.path}messages/")["results"][0]["line"] for person in (play.buyer, play.seller)]
    checks.equal("what both read last in the room", seen=told, expected=["verdict_reversed"] * 2)
    display.fact("the room tells both sides: verdict_reversed")
    other = play.standing(play.other_seller)
    checks.equal("the other seller", seen=(other.paused, other.accepting), expected=(True, []))
    display.fact("the other seller's cancellation stands: still paused")
