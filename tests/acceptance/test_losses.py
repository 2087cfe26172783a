"""What the story of `manage.py demo` leaves out, over HTTP against real processes with shortened durations.

That a reply revokes a request, and that silence ends in a verdict by the ETA task or the sweep, with every
consequence, the demonstration tells and checks: see `test_demo`.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from config.local.redis_server import Redis
from tests.acceptance.marketplace_client import PASSWORD, Scene, scene
from tests.support.stack import Stack, until

SHORTENED = {
    "POLICY_SILENCE_BEFORE_REQUEST": "PT1S",
    "POLICY_REPLY_WINDOW": "PT5S",
    "SWEEP_INTERVAL": "600",
    "DEMO_PASSWORD": PASSWORD,
    "THROTTLE_READ": "6000/min",
}


@pytest.fixture(scope="module")
def told() -> Iterator[Scene]:
    """A stack whose sweep comes too seldom to matter: what is punctual is the ETA task."""
    with Stack(SHORTENED, own_redis=True) as stack, scene(stack) as told:
        yield told


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_silent_buyer_s_deal_cancels_itself_and_costs_the_seller_nothing(told: Scene) -> None:
    buyer, seller = told.buyer, told.seller
    me = seller.get("me/")["seller"]
    before = buyer.get(f"sellers/{me}/")
    room = told.buys()
    seller.post(f"{room}messages/", {"body": "What shall it look like?"})
    until(lambda: seller.get(f"{room}cancel-eligibility/")["eligible"], 30, "the seller to be eligible")
    seller.post(f"{room}cancel-requests/")
    verdict = told.until_cancelled(room)
    assert (verdict["at_fault"], verdict["woken_by"]) == ("buyer", "eta")
    assert buyer.get(f"sellers/{me}/") == before
    assert buyer.get("me/")["buyer_record"]["cancelled_for_silence"] == 1
    assert buyer.refused(f"{room}messages/", {"body": "Wait"}) == (409, "reply_deadline_passed")


def test_a_reply_after_the_deadline_is_refused_although_no_worker_runs(told: Scene) -> None:
    room = told.seller_falls_silent()
    request = told.buyer.post(f"{room}cancel-requests/")
    with told.stack.killed("deadlines", "rest", "beat"):
        _wait_for(told, request)

        assert told.seller.refused(f"{room}messages/", {"body": "Here!"}) == (409, "reply_deadline_passed")

        verdict = told.buyer.get(room)["deal"]["verdict"]
        assert (verdict["woken_by"], verdict["effective_at"]) == ("visit", request["reply_deadline"])


def test_with_the_workers_killed_and_redis_wiped_the_sweep_of_a_new_worker_brings_the_verdict(told: Scene) -> None:
    rooms = [told.seller_falls_silent() for _ in range(2)]
    requests = [told.buyer.post(f"{room}cancel-requests/") for room in rooms]
    with told.stack.killed("deadlines", "rest"):
        told.stack.flush_redis()
        _wait_for(told, requests[-1])
        told.stack.start("rest")
        _expect_the_sweep(told, rooms, requests)


def test_with_the_held_wake_ups_killed_and_redis_wiped_a_tick_of_beat_brings_the_verdict(told: Scene) -> None:
    room = told.seller_falls_silent()
    request = told.buyer.post(f"{room}cancel-requests/")
    with told.stack.killed("deadlines", "beat"):
        told.stack.start("beat", {"SWEEP_INTERVAL": "2"})
        told.stack.flush_redis()
        _expect_the_sweep(told, [room], [request])
        told.stack.kill("beat")


def _expect_the_sweep(told: Scene, rooms: list[str], requests: list[dict[str, Any]]) -> None:
    for room, request in zip(rooms, requests, strict=True):
        verdict = told.until_cancelled(room, timeout=30)
        assert (verdict["woken_by"], verdict["effective_at"]) == ("sweep", request["reply_deadline"])


def test_with_redis_stalled_or_down_requests_and_replies_are_taken_within_two_seconds(told: Scene) -> None:
    rooms = [told.seller_falls_silent() for _ in range(2)]
    broker = told.stack.redis_server
    assert broker is not None
    with _stalled(broker):
        _place_and_reply(told, rooms[0])
    broker.stop()
    try:
        _place_and_reply(told, rooms[1])
    finally:
        assert broker.launch()


def _place_and_reply(told: Scene, room: str) -> None:
    request = told.buyer.http.post(f"{room}cancel-requests/", json={})
    assert (request.status_code, request.elapsed < timedelta(seconds=2)) == (201, True), request.elapsed
    reply = told.seller.http.post(f"{room}messages/", json={"body": "Here I am"})
    assert (reply.status_code, reply.elapsed < timedelta(seconds=2)) == (201, True), reply.elapsed
    assert told.buyer.get(f"cancel-requests/{request.json()['id']}/")["status"] == "revoked_by_reply"


@contextmanager
def _stalled(broker: Redis) -> Iterator[None]:
    """Stop the broker's process as a machine that hangs would: connections stay, nothing answers."""
    assert broker.process is not None
    broker.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        broker.process.send_signal(signal.SIGCONT)


def _wait_for(told: Scene, request: dict[str, Any]) -> None:
    """Wait until the database's clock has passed the request's deadline."""
    with told.stack.connect() as connection:
        deadline = moment(request["reply_deadline"])
        until(
            lambda: connection.execute("SELECT clock_timestamp() > %s", [deadline]).fetchone() == (True,),
            30,
            "the deadline to pass",
        )
