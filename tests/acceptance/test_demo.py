"""`manage.py demo` as somebody meets it: it tells the story, checks it, and leaves nothing behind."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from config.local.identity import Identity
from config.local.project import ROOT
from config.local.waiting import until

# Given servers are somebody's data: a demonstration that looked at these would fail.
ELSEWHERE = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/nowhere", "REDIS_URL": "redis://127.0.0.1:1/0"}
STORY = [
    "a seller with 5 sales and as many ★5: rank gold, first in every list",
    "1  Silence, and why not yet",
    "buys “Logo design” and writes: 「はじめまして。",
    "✓ a cancel request now is refused: last_message_not_yours",
    "✓ a cancel request is still refused: respondent_contacted_recently",
    "– last_message_not_yours",
    "✗ respondent_contacted_recently: The other party has been in contact too recently.",
    "✓ possible from ",
    "2  The request, and a reply that revokes it",
    "✓ awaiting_reply until ",
    "✓ the seller's to-do list has a red 1: “Please reply about “Logo design”",
    "✓ the request is revoked_by_reply; the deal goes on",
    "✓ the seller's red number     1  →  0",
    "✓ its ETA task is revoked",
    "3  Silence to the end: the ETA task",
    "… 24 hours, and nobody replies",
    "✓ cancelled by itself; at fault: seller, woken_by: eta",
    "✓ too late: reply_deadline_passed",
    "what the seller was told meanwhile, and did not answer:",
    "✓ in-app, at once: Reply by ",
    "✓ what happens otherwise: cancelled, 3 services paused, ★1, completion 100% → 83.3%, rank Gold → Regular, ¥12,000",
    "✓ reminders as the window went by: ",
    "“Logo design” was cancelled: there was no reply by ",
    "✓ by e-mail, once each: Reply by ",
    "✓ services that accept        3  →  0",
    "✓ rating                      5.00  →  4.33",
    "✓ delivery completion rate    100%  →  83%",
    "✓ seller rank                 gold  →  regular",
    "✓ search rank                 3500  →  433.33",
    "✓ the list begins with        イラスト作成  →  翻訳 (日本語・英語)",
    "✓ a new purchase is refused: service_not_accepting",
    "4  The same, with the worker of the deadlines killed: the sweep",
    "kill -9: the worker that holds the ETA task is gone, and stays so",
    "✓ cancelled by itself; at fault: seller, woken_by: sweep",
    "approved by the window of 72 hours",
    "5  Staff reverse the first cancellation",
    "operator      reverses the verdict: “The seller was in hospital; papers seen.”",
    "✓ services that accept        0  →  3",
    "✓ rating                      4.33  →  5.00",
    "✓ seller rank                 regular  →  gold",
    "✓ search rank                 433.33  →  3500",
    "✓ the deal stays cancelled; at fault: nobody",
    "✓ the room tells both sides: verdict_reversed",
    "statements were checked, and hold",
]


class Demo:
    """A running demonstration that keeps its throw-away things in a folder of its own."""

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        self.folder = folder
        self.out, self.err = folder.with_suffix(".out"), folder.with_suffix(".err")
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, str(ROOT / "manage.py"), "demo"],
                env={**os.environ, **ELSEWHERE, **settings, "TMPDIR": str(folder)},
                stdout=out,
                stderr=err,
            )

    @property
    def printed(self) -> str:
        return self.out.read_text(encoding="utf-8")

    @property
    def complaints(self) -> str:
        return self.err.read_text(encoding="utf-8")

    def wait_for(self, text: str) -> None:
        """Wait until it has printed this."""
        until(lambda: text in self.printed or self.process.poll() is not None, 120, text)
        assert text in self.printed, self.printed + self.complaints

    def identities(self) -> dict[str, Identity]:
        """Return every process that it has started and not stopped, by name."""
        [home] = self.folder.glob("renraku-*")
        content = json.loads((home / "servers.json").read_text(encoding="utf-8"))
        return {entry["name"]: Identity(**entry["identity"]) for entry in content["processes"]}

    def has_left_nothing(self) -> bool:
        """Say whether no file of it is left."""
        return list(self.folder.iterdir()) == []


@contextmanager
def demo(**settings: str) -> Iterator[Demo]:
    """Start a demonstration; whatever happens to the test, it ends with it."""
    folder = Path(tempfile.mkdtemp(prefix="demo-"))
    folder.chmod(0o711)  # root's servers run as another user, who must be able to walk through
    running = Demo(folder, settings)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.terminate()
            running.process.wait(60)
        for path in (running.out, running.err):
            path.unlink()
        shutil.rmtree(folder)


def test_it_tells_every_step_beside_another_that_ctrl_c_ends_at_once() -> None:
    with demo() as telling:
        telling.wait_for("1  Silence, and why not yet")
        everybody = telling.identities()
        assert set(everybody) == {"postgres", "redis", "web", "deadlines", "rest", "beat"}

        _a_second_one_starts_beside_it_and_is_stopped()

        assert telling.process.wait(180) == 0, telling.printed + telling.complaints
        assert telling.complaints == ""
        _are_in_order(STORY, telling.printed)
        assert "\x1b" not in telling.printed
        assert "\r" not in telling.printed
        assert telling.has_left_nothing(), list(telling.folder.iterdir())
        assert not [name for name, identity in everybody.items() if identity.alive()]


def _a_second_one_starts_beside_it_and_is_stopped() -> None:
    with demo() as second:
        second.wait_for("starting web, the worker of the deadlines, the worker of the rest, and beat…")
        until(lambda: set(second.identities()) >= {"postgres", "redis", "web", "beat"}, 30, "the second's processes")
        started = second.identities()
        second.process.send_signal(signal.SIGINT)
        assert second.process.wait(60) == 128 + signal.SIGINT
        assert second.printed.endswith("stopping…\nstopped.\n")
        assert second.complaints == ""
        assert second.has_left_nothing()
        assert not [name for name, identity in started.items() if identity.alive()]


def _are_in_order(steps: list[str], printed: str) -> None:
    place = 0
    for step in steps:
        found = printed.find(step, place)
        assert found >= 0, f"not told, or not in order: {step}\n{printed}"
        place = found + len(step)


def test_a_start_that_fails_ends_with_1_and_leaves_nothing() -> None:
    with demo(TIME_ZONE="Nowhere/Land") as failing:
        assert failing.process.wait(120) == 1
        assert failing.complaints.startswith("manage.py: TIME_ZONE: 'Nowhere/Land' is no time zone")
        assert len(failing.complaints.splitlines()) == 1
        assert failing.has_left_nothing()


@pytest.mark.parametrize("argument", ["--fast", "now"])
def test_an_argument_that_it_does_not_have_starts_nothing(argument: str) -> None:
    answer = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "demo", argument], capture_output=True, text=True, check=False
    )
    assert (answer.returncode, answer.stdout) == (2, "")
    assert argument in answer.stderr
