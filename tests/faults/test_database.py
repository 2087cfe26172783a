"""PostgreSQL is taken away from running processes in every way that operators know, directly and behind PgBouncer.

Whatever happens, each verdict carries its deadline, wake-ups come at once afterwards, no answer is 500, and a
process loses one task or request at most.
"""

import os
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from config.local.postgres import Postgres
from config.patience import PATIENCE
from tests.acceptance.marketplace_client import PASSWORD, Scene, scene
from tests.support import pgbouncer
from tests.support.stack import Stack, at_this_load, until

pytestmark = pytest.mark.django_db(databases=[])

SWEEP = 15
SETTINGS = {
    "POLICY_SILENCE_BEFORE_REQUEST": "PT1S",
    "POLICY_REPLY_WINDOW": "PT6S",
    "SWEEP_INTERVAL": str(SWEEP),
    "REMINDER_INTERVAL": "5",
    "DEMO_PASSWORD": PASSWORD,
    "THROTTLE_READ": "60000/min",
    "THROTTLE_WRITE": "60000/min",
}
WORKERS = ("deadlines", "rest")
CHILDREN = {"web": 2 * 4, "deadlines": 2, "rest": 4}
"""How many in each role have a connection of their own."""
END_ALL = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
ADDRESSES = (
    "api/v1/deals/",
    "api/v1/services/",
    "api/v1/me/",
    "",
    "services/",
    "log-in/",
    "admin/",
    "admin/marketplace/talkroom/",
    "admin/marketplace/talkroom/export/",
    "healthz",
    "readyz",
    "metrics",
)
SAVED = "admin/marketplace/talkroom/export/"
FAULTS = 2
"""How often the database is taken away at most while somebody looks: a file that is being written then is cut off."""
WRITE = {"readyz", SAVED}
"""Those of them that need a database which takes writes: who saves a list is written down."""
PUNCTUAL = 2.5
"""Seconds that a verdict may be late."""
AT_ONCE = 4.0
"""Seconds after the fault in which the verdicts that it kept waiting are written."""


class Field:
    """The running marketplace, its server, and somebody who looks at every address all the time."""

    def __init__(self, told: Scene) -> None:
        self.told, self.stack = told, told.stack
        self.answers: Counter[tuple[str, int]] = Counter()
        self.wrong: list[str] = []
        self.cut_off: list[str] = []

    def asked(self, number: int = 3) -> list[dict[str, Any]]:
        """Let the buyer place so many requests, each in a room of its own."""
        rooms = [self.told.buys() for _ in range(number)]
        for room in rooms:
            self.told.seller.post(f"{room}messages/", {"body": "Welcome!"})
            self.told.buyer.post(f"{room}messages/", {"body": "How is it going?"})
        for room in rooms:
            self.told.until_eligible(room)
        return [self.told.buyer.post(f"{room}cancel-requests/") for room in rooms]

    def verdicts(self, requests: list[dict[str, Any]], within: float) -> list[tuple[str, timedelta]]:
        """Wait for their verdicts, without a visit that would settle. Returns what woke them, and how late."""
        rooms = [request["talk_room"] for request in requests]
        sql = """SELECT verdict.woken_by, verdict.effective_at, verdict.recorded_at FROM marketplace_verdict verdict
                 JOIN marketplace_talkroom room USING (deal_id) WHERE room.id = ANY(%s)"""

        def found() -> list[Any] | None:
            with self.stack.connect() as database:
                rows = database.execute(sql, [rooms]).fetchall()
            return rows if len(rows) == len(rooms) else None

        rows = until(found, within, "the verdicts") or []
        assert {row[1] for row in rows} == {datetime.fromisoformat(each["reply_deadline"]) for each in requests}
        return [(woken_by, recorded_at - effective_at) for woken_by, effective_at, recorded_at in rows]

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Look at every address meanwhile, as its reader and as staff, and keep what is answered."""
        over = threading.Event()
        self.answers.clear()
        self.cut_off.clear()
        with self._staff() as staff:
            looking = threading.Thread(target=self._look, args=(over, staff))
            looking.start()
            try:
                yield
            finally:
                over.set()
                looking.join()
        assert self.wrong == []
        assert len(self.cut_off) <= FAULTS, self.cut_off

    def _look(self, over: threading.Event, staff: httpx.Client) -> None:
        token = self.told.buyer.http.headers["Authorization"]
        while not over.wait(0.1):
            for address in ADDRESSES:
                headers = {"Authorization": token} if address.startswith("api/") else {}
                try:
                    answer = staff.get(f"/{address}", headers=headers)
                except httpx.RemoteProtocolError as failure:
                    (self.cut_off if address == SAVED else self.wrong).append(f"{address}: {failure!r}")
                    continue
                except httpx.HTTPError as failure:
                    self.wrong.append(f"{address}: {failure!r}")
                    continue
                self.answers[address, answer.status_code] += 1
                kind = answer.headers.get("Content-Type", "")
                is_fine = answer.status_code in {200, 302, 303} or (
                    answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
                    and "Retry-After" in answer.headers
                    and (kind == "application/problem+json") == address.startswith("api/")
                )
                if not is_fine:
                    self.wrong.append(f"{address}: {answer.status_code} {kind} {answer.text[:200]}")

    @contextmanager
    def _staff(self) -> Iterator[httpx.Client]:
        with httpx.Client(base_url=self.stack.url, timeout=60, follow_redirects=False) as staff:
            page = staff.get("/log-in/").text
            match = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
            assert match
            form = {"csrfmiddlewaretoken": match[1], "username": "operator", "password": PASSWORD}
            assert staff.post("/log-in/", data=form).is_redirect
            assert staff.get("/admin/").status_code == httpx.codes.OK
            yield staff

    def refused(self) -> int:
        """Return how many looks were answered by 503; `/readyz` is about others, and does so rightly."""
        return sum(n for (address, status), n in self.answers.items() if status == 503 and address != "readyz")

    @contextmanager
    def tasks_lost(self) -> Iterator[Counter[str]]:
        """Count the tasks that failed meanwhile, by role."""
        lost: Counter[str] = Counter()
        began = {role: len(self.stack.logs(role)) for role in WORKERS}
        yield lost
        for role in WORKERS:
            lost[role] = self.stack.logs(role)[began[role] :].count("task_failed")

    def until_ready(self, within: float) -> None:
        def ready() -> bool:
            return httpx.get(f"{self.stack.url}/readyz", timeout=60).status_code == httpx.codes.OK

        until(ready, within, "everything to be ready again")

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """Let the server take no writes."""
        self._set("on")
        try:
            yield
        finally:
            self._set("off")

    def _set(self, value: str) -> None:
        with self.stack.connect() as database:
            database.execute("SET default_transaction_read_only = off")
            database.execute(f"ALTER SYSTEM SET default_transaction_read_only = {value}".encode())
            database.execute("SELECT pg_reload_conf()")

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stop the server, and start it again where it was."""
        server = self.stack.postgres
        assert server is not None
        server.stop()
        try:
            yield
        finally:
            assert server.launch()


def _fields(*, pooled: bool) -> Iterator[Field]:
    with Stack(SETTINGS, own_postgres=True, pooled=pooled) as stack, scene(stack) as told:
        yield Field(told)


@pytest.fixture(scope="module", params=["direct", "pooled"])
def field(request: pytest.FixtureRequest) -> Iterator[Field]:
    if request.param == "pooled" and not pgbouncer.PROGRAM:
        pytest.skip(pgbouncer.MISSING)
    yield from _fields(pooled=request.param == "pooled")


@contextmanager
def hung(server: Postgres | None) -> Iterator[None]:
    """Stop every process of the server as a machine that hangs would: its kernel still answers."""
    assert server is not None
    assert server.process is not None
    pids = [server.process.pid, *children_of(server.process.pid)]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def children_of(parent: int) -> list[int]:
    """Return the processes that this one started."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            head, _, tail = path.read_text().rpartition(")")
            found += [int(head.partition(" ")[0])] if int(tail.split()[1]) == parent else []
    return found


def assert_punctual(verdicts: list[tuple[str, timedelta]]) -> None:
    """By their wake-ups, unless a sweep looked just between a deadline and its wake-up, 0.1 s later."""
    late_by_sweep = [late for woken_by, late in verdicts if woken_by != "eta"]
    assert max(late_by_sweep, default=timedelta()) < timedelta(seconds=0.3), verdicts
    assert max(late.total_seconds() for _, late in verdicts) < at_this_load(PUNCTUAL), verdicts


def test_with_every_connection_ended_the_next_wake_ups_come_in_time(field: Field) -> None:
    with field.watched(), field.tasks_lost() as lost:
        for _ in range(2):
            requests = field.asked()
            with field.stack.connect() as database:
                database.execute(END_ALL)
            assert_punctual(field.verdicts(requests, 30))
    assert all(number <= CHILDREN[role] for role, number in lost.items()), lost
    assert field.refused() <= 2 * CHILDREN["web"], field.answers
    field.until_ready(5)


def assert_at_once_after(field: Field, fault: AbstractContextManager[None], seconds: float) -> None:
    """Let requests run out during a fault: their verdicts come at once when it is over, and later ones in time.

    A sweep that waited for the database too may be quicker than the wake-up by then.
    """
    requests = field.asked()
    with field.watched(), field.tasks_lost() as lost:
        with fault:
            time.sleep(seconds)
        back = time.monotonic()
        verdicts = field.verdicts(requests, 30)
        took = time.monotonic() - back
        # A child whose task gave up, after 40 s, is reported for three sweeps unless it gets another one.
        field.until_ready(30 if seconds < PATIENCE else 5 * SWEEP)
        assert_punctual(field.verdicts(field.asked(), 30))
    assert {woken_by for woken_by, _ in verdicts} <= {"eta", "sweep"}, verdicts
    assert took < at_this_load(AT_ONCE), verdicts
    assert all(number <= CHILDREN[role] for role, number in lost.items()), lost


def test_after_a_restart_across_a_deadline_its_wake_up_comes_at_once(field: Field, pytestconfig: pytest.Config) -> None:
    assert_at_once_after(field, field.stopped(), 30 if pytestconfig.getoption("--long") else 8)


def test_a_database_that_takes_no_writes_is_read_from_and_verdicts_come_at_once_afterwards(
    field: Field, pytestconfig: pytest.Config
) -> None:
    assert_at_once_after(field, field.read_only(), 60 if pytestconfig.getoption("--long") else 8)
    unread = {address for address, status in field.answers if status == httpx.codes.SERVICE_UNAVAILABLE} - WRITE
    assert unread == set(), field.answers
    with field.read_only():
        refused = field.told.buyer.http.post("sellers/me/resume/", json={})
    assert (refused.status_code, refused.json()["code"]) == (503, "temporarily_unavailable")
    assert "Retry-After" in refused.headers


def test_a_server_that_hangs_is_given_up_and_verdicts_come_later(field: Field, pytestconfig: pytest.Config) -> None:
    if not pytestconfig.getoption("--long"):
        pytest.skip("takes a minute: --long")
    requests = field.asked()
    with field.watched():
        with hung(field.stack.postgres):
            time.sleep(45)
        assert len(field.verdicts(requests, 30)) == len(requests)
        field.until_ready(60)
