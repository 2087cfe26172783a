"""The help page, told over HTTP against real web, worker and beat processes with shortened durations."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from config.local.redis_server import Redis
from tests.acceptance.marketplace_client import PASSWORD, Scene, scene
from tests.support.stack import Stack, until

SILENCE, REPLY_WINDOW = timedelta(seconds=2), timedelta(seconds=5)
SHORTENED = {
    "POLICY_SILENCE_BEFORE_REQUEST": "PT2S",
    "POLICY_REPLY_WINDOW": "PT5S",
    "DEMO_PASSWORD": PASSWORD,
    "THROTTLE_READ": "6000/min",
}


@pytest.fixture(scope="module")
def on_time() -> Iterator[Scene]:
    """A stack whose sweep comes too seldom to matter: what is punctual is the ETA task."""
    with Stack({**SHORTENED, "SWEEP_INTERVAL": "60"}) as stack, scene(stack) as told:
        yield told


@pytest.fixture
def losing() -> Iterator[Scene]:
    """A stack that is about to lose what would have been punctual; no beat tick comes in time to help."""
    with Stack({**SHORTENED, "SWEEP_INTERVAL": "60"}, own_redis=True) as stack, scene(stack) as told:
        yield told


@pytest.fixture
def ticking() -> Iterator[Scene]:
    """A stack whose beat ticks often."""
    with Stack({**SHORTENED, "SWEEP_INTERVAL": "2"}, own_redis=True) as stack, scene(stack) as told:
        yield told


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_silence_ends_in_a_verdict_by_the_eta_task_with_every_consequence(on_time: Scene) -> None:
    buyer, seller = on_time.buyer, on_time.seller
    me = seller.get("me/")["seller"]
    room = on_time.buys()
    assert buyer.refused(f"{room}cancel-requests/") == (409, "respondent_contacted_recently")
    seller.post(f"{room}messages/", {"body": "Welcome!"})
    assert buyer.refused(f"{room}cancel-requests/") == (409, "last_message_not_yours")
    assert buyer.get(f"{room}cancel-eligibility/")["eligible_at"] is None
    buyer.post(f"{room}messages/", {"body": "How is it going?"})
    waiting = buyer.get(f"{room}cancel-eligibility/")
    last_contact = buyer.get(room)["last_contact"]["seller"]
    assert moment(waiting["eligible_at"]) == moment(last_contact) + SILENCE
    on_time.until_eligible(room)

    request = buyer.post(f"{room}cancel-requests/", {"reason": "No word"})
    assert request["status"] == "awaiting_reply"
    assert moment(request["reply_deadline"]) == moment(request["placed_at"]) + REPLY_WINDOW
    assert buyer.refused(f"{room}cancel-requests/") == (409, "request_already_open")
    verdict = on_time.until_cancelled(room)

    assert verdict["woken_by"] == "eta"
    assert (verdict["cause"], verdict["at_fault"]) == ("no_contact", "seller")
    assert verdict["effective_at"] == request["reply_deadline"]
    assert moment(verdict["recorded_at"]) > moment(verdict["effective_at"])
    assert buyer.get(f"cancel-requests/{request['id']}/")["status"] == "auto_cancelled"
    deal = buyer.get(f"deals/{buyer.get(room)['deal']['id']}/")
    assert (deal["status"], deal["cancel_cause"]) == ("cancelled", "no_contact")
    assert seller.refused(f"{room}messages/", {"body": "I am back"}) == (409, "reply_deadline_passed")
    assert buyer.refused(f"{room}messages/", {"body": "Too bad"}) == (409, "room_closed")
    standing = buyer.get(f"sellers/{me}/")
    assert (standing["paused"], standing["delivery_completion_rate"], standing["rating"]) == (True, 0, 1)
    assert buyer.get(f"services/?seller={me}")["results"] == []
    service = deal["service"]["id"] if isinstance(deal["service"], dict) else deal["service"]
    assert buyer.refused("deals/", {"service": service}) == (409, "service_not_accepting")

    assert seller.refused(f"services/{service}/resume/") == (409, "seller_paused")
    seller.post("sellers/me/resume/")
    assert len(buyer.get(f"services/?seller={me}")["results"]) == 3
    assert buyer.get(f"sellers/{me}/")["paused"] is False


def test_a_reply_before_the_deadline_revokes_the_request_and_its_task(on_time: Scene) -> None:
    room = on_time.seller_falls_silent()
    request = on_time.buyer.post(f"{room}cancel-requests/")

    on_time.seller.post(f"{room}messages/", {"body": "Sorry, I was ill"})

    ended = on_time.buyer.get(f"cancel-requests/{request['id']}/")
    assert ended["status"] == "revoked_by_reply"
    task = f"auto-cancel:{request['id']}:1"
    until(lambda: f"Discarding revoked task: marketplace.wake_up[{task}]" in on_time.stack.logs("deadlines"), 30, task)
    assert on_time.buyer.get(room)["deal"]["status"] == "in_progress"


def test_a_silent_buyer_s_deal_cancels_itself_and_costs_the_seller_nothing(on_time: Scene) -> None:
    buyer, seller = on_time.buyer, on_time.seller
    me = seller.get("me/")["seller"]
    before = buyer.get(f"sellers/{me}/")
    room = on_time.buys()
    seller.post(f"{room}messages/", {"body": "What shall it look like?"})
    until(lambda: seller.get(f"{room}cancel-eligibility/")["eligible"], 30, "the seller to be eligible")
    seller.post(f"{room}cancel-requests/")
    verdict = on_time.until_cancelled(room)
    assert (verdict["at_fault"], verdict["woken_by"]) == ("buyer", "eta")
    assert buyer.get(f"sellers/{me}/") == before
    assert buyer.get("me/")["buyer_record"]["cancelled_for_silence"] == 1
    assert buyer.refused(f"{room}messages/", {"body": "Wait"}) == (409, "reply_deadline_passed")


def test_a_reply_after_the_deadline_is_refused_although_no_worker_runs(losing: Scene) -> None:
    room = losing.seller_falls_silent()
    request = losing.buyer.post(f"{room}cancel-requests/")
    for role in ("deadlines", "rest", "beat"):
        losing.stack.kill(role, signal.SIGKILL)
    _wait_for(losing, request)

    assert losing.seller.refused(f"{room}messages/", {"body": "Here!"}) == (409, "reply_deadline_passed")

    verdict = losing.buyer.get(room)["deal"]["verdict"]
    assert (verdict["woken_by"], verdict["effective_at"]) == ("visit", request["reply_deadline"])


def test_with_the_workers_killed_and_redis_wiped_the_sweep_of_a_new_worker_brings_the_verdict(losing: Scene) -> None:
    rooms = [losing.seller_falls_silent() for _ in range(2)]
    requests = [losing.buyer.post(f"{room}cancel-requests/") for room in rooms]
    for role in ("deadlines", "rest"):
        losing.stack.kill(role, signal.SIGKILL)
    losing.stack.flush_redis()
    _wait_for(losing, requests[-1])
    losing.stack.start("rest")
    _expect_the_sweep(losing, rooms, requests)


def test_with_the_held_wake_ups_killed_and_redis_wiped_a_tick_of_beat_brings_the_verdict(ticking: Scene) -> None:
    room = ticking.seller_falls_silent()
    request = ticking.buyer.post(f"{room}cancel-requests/")
    ticking.stack.kill("deadlines", signal.SIGKILL)
    ticking.stack.flush_redis()
    _expect_the_sweep(ticking, [room], [request])


def _expect_the_sweep(told: Scene, rooms: list[str], requests: list[dict[str, Any]]) -> None:
    for room, request in zip(rooms, requests, strict=True):
        verdict = told.until_cancelled(room, timeout=30)
        assert (verdict["woken_by"], verdict["effective_at"]) == ("sweep", request["reply_deadline"])


def test_with_redis_stalled_or_down_requests_and_replies_are_taken_within_two_seconds(losing: Scene) -> None:
    rooms = [losing.seller_falls_silent() for _ in range(2)]
    with _stalled(losing.stack.redis_server):
        _place_and_reply(losing, rooms[0])
    assert losing.stack.redis_server is not None
    losing.stack.redis_server.stop()
    _place_and_reply(losing, rooms[1])


def _place_and_reply(told: Scene, room: str) -> None:
    request = told.buyer.http.post(f"{room}cancel-requests/", json={})
    assert (request.status_code, request.elapsed < timedelta(seconds=2)) == (201, True), request.elapsed
    reply = told.seller.http.post(f"{room}messages/", json={"body": "Here I am"})
    assert (reply.status_code, reply.elapsed < timedelta(seconds=2)) == (201, True), reply.elapsed
    assert told.buyer.get(f"cancel-requests/{request.json()['id']}/")["status"] == "revoked_by_reply"


@contextmanager
def _stalled(broker: Redis | None) -> Iterator[None]:
    """Stop the broker's process as a machine that hangs would: connections stay, nothing answers."""
    assert broker is not None
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
