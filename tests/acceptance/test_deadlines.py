"""Every kind of deadline with real processes: rung for by a sweep on `deadlines.soon`, ended by the ETA task.

Beat is as good as silent here (a tick in ten minutes): each test says itself when a sweep comes, so
that what is punctual is the wake-up that the sweep set.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from tests.acceptance.marketplace_client import PASSWORD, Scene, scene
from tests.support.stack import Stack, until

WINDOW = 6
"""Seconds of the approval window and of the first-contact limit."""
REPLY_WINDOW = 60
"""Seconds: nobody is to be late with a hold; the tests age rows instead."""
SHORTENED = {
    "POLICY_SILENCE_BEFORE_REQUEST": "PT1S",
    "POLICY_REPLY_WINDOW": f"PT{REPLY_WINDOW}S",
    "POLICY_APPROVAL_WINDOW": f"PT{WINDOW}S",
    "POLICY_FIRST_CONTACT_WINDOW": f"PT{WINDOW}S",
    "SWEEP_INTERVAL": "600",
    "DEMO_PASSWORD": PASSWORD,
    "THROTTLE_READ": "6000/min",
}
# With what is left of its window, as if it had been placed so long ago that just this were left.
AGE_HELD = """
    UPDATE marketplace_cancelrequest SET remaining_when_held = make_interval(secs => %(left)s) WHERE id = %(request)s
"""
AGE = """
    UPDATE marketplace_cancelrequest
    SET reply_deadline = clock_timestamp() + make_interval(secs => %(left)s),
        placed_at = clock_timestamp() + make_interval(secs => %(left)s) - (reply_deadline - placed_at)
    WHERE id = %(request)s
"""
STEER = """
from datetime import timedelta
from uuid import UUID
from marketplace.actions import steering
from marketplace.models import User
staff = User.objects.get(username="operator")
steering.{what}(request_id=UUID("{request}"), staff=staff, reason="The seller is in hospital"{more})
"""
OF_ROOM = "SELECT data->>'woken_by', occurred_at, recorded_at FROM marketplace_event WHERE room_id = %s AND kind = %s"


class Deadlines:
    """The running marketplace, with what these tests ask of it."""

    def __init__(self, told: Scene) -> None:
        self.told, self.stack = told, told.stack

    def buys(self) -> str:
        """Buy, whatever verdict an earlier test has left; the seller answers at once."""
        room = self.untouched()
        self.told.seller.post(f"{room}messages/", {"body": "Welcome!"})
        return room

    def untouched(self) -> str:
        """Buy, and the seller says nothing."""
        return self.told.buys()

    def delivered(self) -> str:
        room = self.buys()
        self.told.seller.post(f"{room}deliver/", {"body": "Here it is"})
        return room

    def asked(self) -> tuple[str, str]:
        """Let the buyer place a request. Returns the room's address and the request's id."""
        room = self.buys()
        self.told.buyer.post(f"{room}messages/", {"body": "How is it going?"})
        self.told.until_eligible(room)
        return room, self.told.buyer.post(f"{room}cancel-requests/")["id"]

    def sweep(self, kind: str) -> None:
        """Publish what beat publishes, and wait until the sweep has come through."""
        before = self.database_time()
        with self.stack.publisher() as app:
            app.send_task("marketplace.sweep", args=[kind], queue="celery")
        through = "SELECT max(seen_at) > %s FROM marketplace_presence WHERE role = 'sweep' AND instance = %s"
        until(lambda: self.one(through, before, kind), 30, f"the sweep of {kind}")

    def steer(self, what: str, request: str, more: str = "") -> None:
        """Let staff act, in a process of their own."""
        self.stack.manage("shell", "-c", STEER.format(what=what, request=request, more=more))

    def age(self, statement: str, request: str, left: float) -> None:
        with self.stack.connect() as connection:
            assert connection.execute(statement.encode(), {"request": request, "left": left}).rowcount == 1

    def request(self, request: str) -> tuple[Any, ...]:
        """Return status, deadline and generation, without a visit that would settle it."""
        columns = "SELECT status, reply_deadline, generation FROM marketplace_cancelrequest WHERE id = %s"
        with self.stack.connect() as connection:
            return connection.execute(columns, [request]).fetchone() or ()

    def deal(self, room: str) -> Any:
        """Return the deal as the list shows it: the list settles nothing."""
        [listed] = [each for each in self.told.buyer.get("deals/")["results"] if each["talk_room"] in room]
        return listed

    def ended(self, room: str, kind: str) -> tuple[str, datetime, datetime]:
        """Return of the event of the end: what woke the system up, as of when it ended, when that was written."""
        with self.stack.connect() as connection:
            rows = connection.execute(OF_ROOM, [room.split("/")[1], kind]).fetchall()
        [(woken_by, occurred_at, recorded_at)] = rows
        assert isinstance(occurred_at, datetime)
        assert isinstance(recorded_at, datetime)
        return str(woken_by), occurred_at, recorded_at

    def until_completed(self, room: str) -> None:
        until(lambda: self.deal(room)["status"] == "completed", 60, "the delivery to be approved by the window")

    def one(self, statement: str, *values: object) -> Any:
        with self.stack.connect() as connection:
            row = connection.execute(statement.encode(), values).fetchone()
        return row[0] if row else None

    def database_time(self) -> datetime:
        now = self.one("SELECT clock_timestamp()")
        assert isinstance(now, datetime)
        return now

    def until_passed(self, moment: datetime) -> None:
        until(lambda: self.database_time() > moment, 60, f"the database's clock to pass {moment}")

    def is_held(self) -> bool:
        """Whether the worker has taken the wake-up that a sweep set, and holds it in memory."""
        with self.stack.redis() as client:
            key = self.stack.key
            return not client.llen(key("deadlines.soon")) and bool(client.hlen(key("unacked")))


@pytest.fixture(scope="module")
def running() -> Iterator[Deadlines]:
    with Stack(SHORTENED, own_redis=True) as stack, scene(stack) as told:
        yield Deadlines(told)


def test_a_delivery_that_nobody_speaks_against_is_approved_by_the_window(running: Deadlines) -> None:
    room = running.delivered()
    running.sweep("approval")
    assert running.deal(room)["status"] == "delivered"

    running.until_completed(room)

    deal = running.deal(room)
    woken_by, occurred_at, recorded_at = running.ended(room, "deal_completed")
    assert woken_by == "eta"
    assert recorded_at > occurred_at == datetime.fromisoformat(deal["ended_at"])
    buyer = running.told.buyer
    assert buyer.refused(f"{room}send-back/", {"body": "Wait"}) == (409, "approval_window_passed")
    assert buyer.refused(f"{room}approve/") == (409, "approval_window_passed")
    assert buyer.post(f"deals/{deal['id']}/review/", {"rating": 5, "comment": "Fine"})["rating"] == 5


def test_a_seller_who_never_writes_meets_the_verdict_without_a_request(running: Deadlines) -> None:
    room = running.untouched()
    running.sweep("first_contact")
    assert running.deal(room)["status"] == "in_progress"

    verdict = running.told.until_cancelled(room)

    assert (verdict["cause"], verdict["at_fault"], verdict["woken_by"]) == ("no_first_contact", "seller", "eta")
    woken_by, occurred_at, recorded_at = running.ended(room, "deal_cancelled")
    assert (woken_by, recorded_at > occurred_at) == ("eta", True)
    assert occurred_at == datetime.fromisoformat(verdict["effective_at"])
    refused = running.told.seller.refused(f"{room}messages/", {"body": "I am here"})
    assert refused == (409, "reply_deadline_passed")


def test_a_held_request_does_not_end_and_ends_after_its_release(running: Deadlines) -> None:
    room, request = running.asked()
    running.steer("hold", request)
    running.age(AGE_HELD, request, 0.001)  # whoever let it run on would end it at once
    running.sweep("reply")
    assert running.request(request) == ("awaiting_reply", None, 2)
    assert running.deal(room)["status"] == "in_progress"

    running.age(AGE_HELD, request, WINDOW)
    running.steer("release", request)
    running.sweep("reply")
    status, deadline, generation = running.request(request)
    assert (status, generation) == ("awaiting_reply", 3)
    verdict = running.told.until_cancelled(room)

    assert (verdict["cause"], verdict["woken_by"]) == ("no_contact", "eta")
    assert datetime.fromisoformat(verdict["effective_at"]) == deadline
    assert running.ended(room, "deal_cancelled")[2] > deadline


def test_an_extended_request_ends_at_its_new_deadline_and_not_before(running: Deadlines) -> None:
    room, request = running.asked()
    _, old, _ = running.request(request)
    running.steer("extend", request, ", by=timedelta(seconds=5)")
    running.age(AGE, request, WINDOW)
    _, deadline, generation = running.request(request)
    assert (generation, deadline < old) == (2, True)
    running.sweep("reply")
    with running.stack.publisher() as app:
        app.send_task("marketplace.wake_up", args=[request, 1, 0], queue="deadlines.soon")  # the version before's words
    verdict = running.told.until_cancelled(room)

    assert (verdict["cause"], verdict["woken_by"]) == ("no_contact", "eta")
    assert datetime.fromisoformat(verdict["effective_at"]) == deadline
    assert running.ended(room, "deal_cancelled")[2] > deadline


def test_with_the_workers_killed_the_sweep_of_a_new_one_approves_as_of_the_window(running: Deadlines) -> None:
    room = running.delivered()
    running.sweep("approval")
    deadline = running.one("SELECT approval_deadline FROM marketplace_deal WHERE id = %s", running.deal(room)["id"])
    with running.stack.killed("deadlines", "rest"):
        running.until_passed(deadline)
        assert running.deal(room)["status"] == "delivered"
    running.until_completed(room)
    woken_by, occurred_at, _ = running.ended(room, "deal_completed")
    assert (woken_by, occurred_at) == ("sweep", deadline)


def test_with_redis_wiped_and_no_worker_killed_what_a_worker_holds_comes_in_time(running: Deadlines) -> None:
    room = running.delivered()
    running.sweep("approval")
    until(running.is_held, 30, "the worker to hold the wake-up")
    running.stack.flush_redis()
    running.until_completed(room)
    assert running.ended(room, "deal_completed")[0] == "eta"


def test_with_redis_wiped_and_no_worker_killed_the_next_tick_of_beat_brings_the_verdict(running: Deadlines) -> None:
    with running.stack.killed("beat"):
        running.stack.start("beat", {"SWEEP_INTERVAL": "2"})
        running.stack.wait_ready()
        room, request = running.asked()
        running.stack.flush_redis()
        running.age(AGE, request, 1)
        _, deadline, _ = running.request(request)
        verdict = running.told.until_cancelled(room)
        assert (verdict["woken_by"], datetime.fromisoformat(verdict["effective_at"])) == ("sweep", deadline)
        running.stack.kill("beat")
