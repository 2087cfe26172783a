"""The demonstration fails loudly when anything differs, and shows plain lines where nothing else is wanted."""

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from rich.console import Console

from config.demo import __main__ as demo
from config.demo import pace, silence
from config.demo.cast import Play
from config.demo.checks import Checks, DiffersError
from config.demo.client import Person
from config.demo.display import Display, choose
from config.demo.live import Live

REQUEST = {"reply_deadline": "2026-03-02T03:00:06.000000Z"}
VERDICT = {
    "cause": "no_contact",
    "at_fault": "seller",
    "woken_by": "eta",
    "effective_at": "2026-03-02T03:00:06.000000Z",
    "recorded_at": "2026-03-02T03:00:06.100000Z",
}


def play() -> Play:
    """Return a play whose people never say a word."""
    nobody: Any = None
    return Play(nobody, Display(), Checks(), nobody, nobody, nobody)


def person(status: int, answer: Any) -> Person:
    """Return somebody whom the server always answers the same."""

    class Answered(Person):
        def __init__(self) -> None:
            self.name = "buyer"

        def _call(self, *_: Any) -> tuple[int, Any]:
            return status, answer

    return Answered()


@contextmanager
def bare_stage(_display: Display) -> Iterator[None]:
    yield


def told(monkeypatch: pytest.MonkeyPatch, tell: Callable[..., int]) -> int:
    """Run the whole command with another story and no servers."""
    monkeypatch.setattr(sys, "argv", ["manage.py demo"])
    monkeypatch.setattr(demo, "signals", lambda: bare_stage(Display()))
    monkeypatch.setattr(demo, "stage", bare_stage)
    monkeypatch.setattr(demo, "tell", tell)
    return demo.main()


def test_a_story_that_holds_ends_with_0_and_says_how_much_was_checked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(monkeypatch, lambda *_: 31) == 0
    printed = capsys.readouterr()
    assert "All 31 statements were checked, and hold" in printed.out
    assert printed.err == ""


def test_a_difference_ends_with_1_and_says_what_was_expected_and_what_was_seen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def tell(*_: Any) -> int:
        silence.is_as_the_rules_say(play(), VERDICT | {"woken_by": "visit"}, REQUEST, woken_by="eta")
        return 1

    assert told(monkeypatch, tell) == 1
    printed = capsys.readouterr()
    assert printed.err.startswith("\nmanage.py: the demonstration failed: the verdict\n  expected: ")
    expected, seen = printed.err.splitlines()[2:]
    assert "'woken_by': 'eta'" in expected
    assert seen.startswith("  seen: ")
    assert "'woken_by': 'visit'" in seen
    assert "woken_by" not in printed.out, "nothing is told before it was checked"
    assert "hold" not in printed.out


def test_what_does_not_come_in_time_ends_with_1_and_says_what_was_waited_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def tell(*_: Any) -> int:
        raise TimeoutError("not within 60 s: the deal to cancel itself (last answer: None)")

    assert told(monkeypatch, tell) == 1
    printed = capsys.readouterr()
    assert "failed: not within 60 s: the deal to cancel itself (last answer: None)" in printed.err
    assert "hold" not in printed.out


def test_a_verdict_as_the_rules_say_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    silence.is_as_the_rules_say(play(), VERDICT, REQUEST, woken_by="eta")
    printed = capsys.readouterr().out
    assert "✓ cancelled by itself; at fault: seller, woken_by: eta" in printed
    assert "written 0.10 s after it" in printed


@pytest.mark.parametrize(
    "wrong",
    [
        {"woken_by": "sweep"},
        {"at_fault": "buyer"},
        {"cause": "no_first_contact"},
        {"effective_at": "2026-03-02T03:00:06.000001Z"},
        {"recorded_at": "2026-03-02T03:00:06.000000Z"},
    ],
)
def test_a_verdict_that_differs_in_anything_is_not_told(
    wrong: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(DiffersError):
        silence.is_as_the_rules_say(play(), VERDICT | wrong, REQUEST, woken_by="eta")
    assert capsys.readouterr().out == ""


def test_an_answer_where_a_refusal_is_due_differs() -> None:
    with pytest.raises(DiffersError, match="expected: 'a refusal'"):
        person(201, {}).refused("deals/")
    assert person(409, {"code": "room_closed", "detail": "Closed."}).refused("deals/").code == "room_closed"


def test_a_refusal_where_an_answer_is_due_differs() -> None:
    with pytest.raises(DiffersError, match=r"POST deals/\n  expected: 'an answer'\n  seen:     .409, .*room_closed"):
        person(409, {"code": "room_closed", "detail": "Closed."}).post("deals/")
    assert person(201, {"id": "1"}).post("deals/") == {"id": "1"}


def test_no_sweep_comes_in_time_to_find_what_the_eta_task_is_to_find() -> None:
    """Else `woken_by: eta` would be luck: beat's first tick comes one interval after its start."""
    assert pace.SWEEP_SELDOM.total_seconds() > 5 * pace.PATIENCE
    assert pace.settings("secret")["SWEEP_INTERVAL"] == "600"


@pytest.mark.parametrize(
    ("terminal", "environment", "kind"),
    [
        (True, {"TERM": "xterm"}, Live),
        (True, {"TERM": "xterm", "NO_COLOR": ""}, Live),
        (True, {"TERM": "xterm", "NO_COLOR": "1"}, Display),
        (True, {"TERM": "dumb"}, Display),
        (True, {}, Display),
        (False, {"TERM": "xterm"}, Display),
    ],
)
def test_only_a_terminal_that_wants_more_gets_more_than_lines(
    terminal: bool,  # noqa: FBT001 - a column of the table
    environment: dict[str, str],
    kind: type[Display],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("TERM", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    assert type(choose()) is kind


def tells_a_little(display: Display) -> None:
    with display:
        display.chapter("1  Silence")
        display.process("web", "ready")
        display.process("deadlines", "killed")
        with display.countdown("nobody replies", 6):
            display.tick()
        display.change("rating", "5.00", "4.33")


def test_plain_lines_have_no_escape_codes(capsys: pytest.CaptureFixture[str]) -> None:
    tells_a_little(Display())
    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert "\r" not in printed
    assert [line[11:].strip() or line for line in printed.splitlines()] == [
        "",
        "1  Silence",
        "… nobody replies",
        "✓ rating                      5.00  →  4.33",
    ]


def test_in_a_terminal_what_moves_is_taken_away_and_the_cursor_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=100, color_system="standard", legacy_windows=False)
    tells_a_little(Live(console))
    text = written.getvalue()
    assert "6.0 s" in text
    assert "nobody replies" in text
    assert "✗ " in text
    assert "deadlines" in text
    assert "rating                      5.00  →  4.33" in text
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")
    after = text[text.rindex("4.33") :]
    assert "nobody replies" not in after
