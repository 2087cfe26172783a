"""Redis killed, stalled, restarted empty, and shared by two installations; hosts whose clocks are off.

Nothing here is a matter of verdicts, which the row decides: it is about when they are written, and who is told.
"""

import re
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.acceptance.marketplace_client import PASSWORD, Scene, scene
from tests.support.stack import Stack, at_this_load, until

SWEEP = 4
"""Seconds between two sweeps."""
SLACK = 3.0
"""Seconds that a sweep may take on a quiet machine."""
WINDOW = 6
SHORTENED = {
    "POLICY_SILENCE_BEFORE_REQUEST": "PT1S",
    "POLICY_REPLY_WINDOW": f"PT{WINDOW}S",
    "POLICY_APPROVAL_WINDOW": f"PT{WINDOW}S",
    "SWEEP_INTERVAL": str(SWEEP),
    "REMINDER_INTERVAL": "2",
    "LOG_LEVEL": "DEBUG",
    "DEMO_PASSWORD": PASSWORD,
    "THROTTLE_READ": "6000/min",
    "THROTTLE_WRITE": "6000/min",
}
VERDICT = """
    SELECT v.woken_by, v.recorded_at - v.effective_at FROM marketplace_verdict v
    JOIN marketplace_talkroom r ON r.deal_id = v.deal_id WHERE r.id = %s
"""


APPROVED = """
    SELECT data->>'woken_by', recorded_at - occurred_at FROM marketplace_event
    WHERE room_id = %s AND kind = 'deal_completed'
"""
BEFORE_THE_WAKE_UP = 0.3
"""Seconds in which a sweep that looks just then finds a deadline before its wake-up, 0.1 s later, does."""
FAKETIME = next((str(path) for path in Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), "")


class Market:
    """A running marketplace, with what these tests ask of it."""

    def __init__(self, told: Scene) -> None:
        self.told, self.stack = told, told.stack

    def asked(self) -> str:
        """Let a buyer place a request that nobody answers. Returns the room's address."""
        room = self.told.seller_falls_silent()
        self.told.buyer.post(f"{room}cancel-requests/")
        return room

    def named(self, check: str) -> str:
        """Return what /readyz says of a check, if it is wrong."""
        said = httpx.get(f"{self.stack.url}/readyz", timeout=10).json()["checks"][check]
        return "" if said == "ok" else str(said)

    def verdict(self, room: str) -> tuple[str, float]:
        """Wait for the verdict, without a visit that would settle it. Returns what woke the system up, and how late."""
        found = until(lambda: self._verdict(room), WINDOW + 60, "a verdict")
        return found[0], found[1].total_seconds()

    def _verdict(self, room: str) -> Any:
        with self.stack.connect() as connection:
            return connection.execute(VERDICT, [room.split("/")[1]]).fetchone()

    def approved(self, room: str) -> tuple[str, float]:
        """Wait for the approval by the window. Returns the same of it."""

        def approval() -> Any:
            with self.stack.connect() as connection:
                return connection.execute(APPROVED, [room.split("/")[1]]).fetchone()

        found = until(approval, WINDOW + 30, "the approval")
        return found[0], found[1].total_seconds()

    def one(self, statement: str, *values: object) -> Any:
        with self.stack.connect() as connection:
            row = connection.execute(statement.encode(), values).fetchone()
        return row[0] if row else None

    def until_punctual(self) -> None:
        """Wait until wake-ups come in time again."""
        until(lambda: self.verdict(self.asked())[0] == "eta", 120, "a verdict by its wake-up")


def assert_woken(woken_by: str, late: float) -> None:
    # Only a wake-up may take longer on a busy machine: a wide bound for sweeps would hide wake-ups that are lost.
    assert 0 < late < (at_this_load(SLACK) if woken_by == "eta" else BEFORE_THE_WAKE_UP), (woken_by, late)


@pytest.fixture(scope="module")
def market() -> Iterator[Market]:
    with Stack(SHORTENED, own_redis=True) as stack, scene(stack) as told:
        yield Market(told)


@contextmanager
def away(stack: Stack, how: str) -> Iterator[None]:
    """Take Redis away, and bring it back where it was."""
    server = stack.redis_server
    assert server
    assert server.process
    if how == "stalled":
        server.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            server.process.send_signal(signal.SIGCONT)
        return
    server.process.send_signal(signal.SIGKILL)
    server.stop()
    try:
        yield
    finally:
        if how == "empty":
            shutil.rmtree(server.data)
            server.data.mkdir(mode=0o700)
        assert server.launch()


@pytest.mark.parametrize("how", ["killed", "stalled", "empty"])
def test_with_redis_away_sweeps_and_notices_keep_their_interval_and_wake_ups_come_back_by_themselves(
    market: Market, how: str
) -> None:
    market.until_punctual()
    with away(market.stack, how):
        for _ in range(2):
            woken_by, late = market.verdict(market.asked())
            assert (woken_by, 0 < late < SWEEP + at_this_load(SLACK)) == ("sweep", True), late
        heard = "SELECT count(*) = 0 FROM marketplace_event WHERE heard_at IS NULL"
        until(lambda: market.one(heard), 20, "the events to be heard without the broker")
        said = httpx.get(f"{market.stack.url}/readyz", timeout=10).json()["checks"]
        assert {name for name, answer in said.items() if answer != "ok"} == {"broker"}
    market.until_punctual()
    until(lambda: httpx.get(f"{market.stack.url}/readyz", timeout=10).status_code == 200, 30, "all to be well")
    assert [role for role, child in market.stack.children.items() if child.ended()] == []


def until_in_log(stack: Stack, ids: list[str]) -> None:
    until(lambda: all(each in stack.logs("rest") for each in ids), 20, "a worker to run all its own tasks")


@contextmanager
def clocks_off(stack: Stack, off: dict[str, int]) -> Iterator[None]:
    """Restart these processes on hosts whose clocks are off by so many seconds, and give them back right ones."""
    for role, seconds in off.items():
        stack.kill(role)
        fake = {"LD_PRELOAD": FAKETIME, "FAKETIME": f"{seconds:+d}", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        stack.start(role, fake)
    stack.wait_until_present()
    try:
        yield
    finally:
        for role in off:
            stack.kill(role)
            stack.start(role)
        stack.wait_ready()


@pytest.mark.skipif(not FAKETIME, reason="libfaketime is missing: apt-get install libfaketime")
@pytest.mark.parametrize("ahead", ["deadlines", "rest"])
def test_with_hosts_clocks_off_wake_ups_and_sweeps_are_punctual_and_the_processes_named(
    market: Market, ahead: str
) -> None:
    # Beat's is left as it is: libfaketime breaks Python's sleep in it. It asks the database whose turn it is.
    off = {role: 20 if role == ahead else -20 for role in ("deadlines", "rest")}
    with clocks_off(market.stack, off):
        said = market.named("processes")
        for role, seconds in off.items():
            assert re.search(rf"{role} \S+ is (19|20)\.\d s {'ahead' if seconds > 0 else 'behind'}", said), said
        delivered = market.told.buys()
        market.told.seller.post(f"{delivered}deliver/", {"body": "Here it is"})  # rung for by a sweep
        assert_woken(*market.verdict(market.asked()))
        assert_woken(*market.approved(delivered))
        room = market.asked()
        market.stack.kill("deadlines")
        woken_by, late = market.verdict(room)
        assert (woken_by, 0 < late < SWEEP + at_this_load(SLACK)) == ("sweep", True), late
    assert not market.named("processes")


def test_two_installations_on_one_redis_run_each_all_and_only_its_own(market: Market) -> None:
    shared = {**SHORTENED, "REDIS_URL": market.stack.env["REDIS_URL"]}
    with Stack(shared, roles=("deadlines", "rest")) as other:
        assert other.key("") != market.stack.key("")
        ids = {
            stack: [f"{name}-{number}" for number in range(20)]
            for stack, name in ((market.stack, "ours"), (other, "theirs"))
        }
        for stack, of_it in ids.items():
            with stack.publisher() as app:
                for task_id in of_it:
                    app.send_task("marketplace.forget", task_id=task_id, queue="celery")
                app.control.revoke(f"revoked-{of_it[0]}")
        room = market.told.seller_falls_silent()
        request = market.told.buyer.post(f"{room}cancel-requests/")["id"]
        assert_woken(*market.verdict(room))
        for stack, of_it in ids.items():
            until_in_log(stack, of_it)
        for stack, foreign in ((market.stack, ids[other]), (other, [*ids[market.stack], request])):
            logs = "".join(stack.logs(role) for role in ("deadlines", "rest"))
            assert [each for each in foreign if each in logs] == []
        with other.redis() as client:
            keys = [key.decode() for key in client.scan_iter()]
        assert [key for key in keys if not key.startswith("renraku:")] == []


def test_workers_that_are_asked_to_end_while_redis_is_away_end(market: Market) -> None:
    workers = [market.stack.children[role] for role in ("deadlines", "rest")]
    with away(market.stack, "killed"):
        for worker in workers:
            worker.ask_to_stop()
        until(lambda: all(worker.ended() for worker in workers), 60, "the workers to end")
    for worker in workers:
        market.stack.start(worker.role)
    market.stack.wait_ready()


def test_with_redis_away_for_ten_minutes_the_sweep_keeps_its_interval(
    market: Market, pytestconfig: pytest.Config
) -> None:
    if not pytestconfig.getoption("--long"):
        pytest.skip("takes ten minutes: --long")
    began = time.monotonic()
    with away(market.stack, "killed"):
        while time.monotonic() - began < 600:
            woken_by, late = market.verdict(market.asked())
            assert (woken_by, 0 < late < SWEEP + at_this_load(SLACK)) == ("sweep", True), late
    back = time.monotonic()
    market.until_punctual()
    assert time.monotonic() - back < 30 + WINDOW
