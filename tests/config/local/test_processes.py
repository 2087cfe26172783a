"""Starting, watching and stopping processes; finding those that a killed owner left."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config.local import ledger
from config.local.child import Child, stop_all
from config.local.identity import Identity, identify
from config.local.ledger import Ledger
from config.local.processes import ROLES, Process, process
from config.local.project import ROOT
from config.local.supervisor import Backoff, Supervisor
from config.local.waiting import until, wait_until

pytestmark = pytest.mark.thorough

linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux tells a process that its parent has died")

# Ignores SIGTERM, and has a child that does so too: what a stubborn worker looks like.
STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = os.fork()
if child:
    print(child, flush=True)
time.sleep(600)
"""
# An owner who starts a process, tells its pid, and is then killed.
OWNER = """
import os, subprocess, sys, time
from pathlib import Path
from config.local.child import Child
from config.local.ledger import Ledger
from config.local.processes import Process
child = Child(Process("web", ["sleep", "600"], {}), os.environ, Ledger(Path(sys.argv[1])), subprocess.DEVNULL)
print(child.pid, flush=True)
time.sleep(600)
"""


def python(source: str) -> list[str]:
    return [sys.executable, "-c", source]


SLEEP = python("import time; time.sleep(600)")


def started(source: str, book: Ledger, output: Path) -> Child:
    """Start a process that has said something."""
    with output.open("wb") as file:
        child = Child(Process("web", python(source), {}), os.environ, book, file)
    assert wait_until(lambda: output.stat().st_size, 10)
    return child


def test_each_role_has_its_command_and_its_environment(tmp_path: Path) -> None:
    """The roles differ in queues; only workers take SIGTERM as a request to hand messages back."""
    described = {role: process(role, bind="127.0.0.1:1", scratch=tmp_path) for role in ROLES}
    environments = {role: each.environment({"A": "1"}) for role, each in described.items()}
    assert all(
        environment["PROCESS_ROLE"] == role and environment["A"] == "1" for role, environment in environments.items()
    )
    assert [role for role in ROLES if environments[role].get("REMAP_SIGTERM")] == ["deadlines", "rest"]
    assert described["deadlines"].command[described["deadlines"].command.index("-Q") + 1] == "deadlines"
    assert described["rest"].command[described["rest"].command.index("-Q") + 1] == "celery,deadlines.soon"


def test_who_does_not_stop_is_killed_with_everything_it_started(tmp_path: Path) -> None:
    """And the ledger forgets it."""
    book = Ledger(tmp_path / "processes.json")
    child = started(STUBBORN, book, tmp_path / "out")
    grandchild = identify(int((tmp_path / "out").read_text(encoding="utf-8").split()[0]))
    assert grandchild is not None
    assert grandchild.alive()
    assert stop_all([child], grace=0.3) == ["web"]
    assert not grandchild.alive()
    assert not child.group_lives()
    assert json.loads(book.path.read_text(encoding="utf-8"))["processes"] == []


def test_who_stops_when_asked_is_not_killed(tmp_path: Path) -> None:
    """The usual case."""
    child = started("import time; print(1, flush=True); time.sleep(600)", Ledger(tmp_path / "p"), tmp_path / "out")
    assert stop_all([child], grace=10) == []
    assert child.popen.returncode == -signal.SIGTERM


def test_the_pause_before_a_restart_doubles_up_to_half_a_minute() -> None:
    """A healthy minute begins it anew."""
    backoff = Backoff()
    assert [backoff.after(lived=2) for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]
    assert backoff.after(lived=60) == 1
    assert backoff.after(lived=2) == 2


def test_a_process_that_dies_is_started_again_and_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its lines stand behind its name, the last one too when it lacks an end."""
    supervisor = Supervisor(os.environ, Ledger(tmp_path / "p"), [])
    supervisor.run(Process("web", python("import sys; sys.stdout.write('one\\ntwo'); sys.exit(3)"), {}))
    first = supervisor.children["web"].pid
    end = time.monotonic() + 15
    supervisor.watch(lambda: supervisor.children["web"].pid != first or time.monotonic() > end)
    supervisor.stop()
    shown = capsys.readouterr().out
    said = [line for line in shown.splitlines() if line.startswith("web        |")]
    assert said[:2] == ["web        | one", "web        | two"]
    assert "web ended with code 3; starting it again in 1 s.\n" in shown


def test_a_process_that_is_killed_is_started_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The signal is named."""
    supervisor = Supervisor(os.environ, Ledger(tmp_path / "p"), [])
    supervisor.run(Process("rest", python("import time; time.sleep(600)"), {}))
    os.kill(supervisor.children["rest"].pid, signal.SIGKILL)
    end = time.monotonic() + 15
    supervisor.watch(lambda: supervisor.watched["rest"].due is not None or time.monotonic() > end)
    supervisor.stop()
    assert "worker of the rest was ended by SIGKILL; starting it again in 1 s." in capsys.readouterr().out


def test_a_process_that_was_killed_on_purpose_stays_dead_until_it_is_run_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither it nor one that was retired counts as died; what they said is passed on to who wants to hear it."""
    heard: list[tuple[str, str]] = []
    supervisor = Supervisor(os.environ, Ledger(tmp_path / "p"), [], hear=lambda *said: heard.append(said))
    for role in ("rest", "beat"):
        supervisor.run(Process(role, python("import time; print('here', flush=True); time.sleep(600)"), {}))
    children = dict(supervisor.children)
    until(lambda: len(heard) == len(children), 10, "both to speak", meanwhile=supervisor.tick)
    supervisor.kill("rest")
    supervisor.retire("beat")
    for _ in range(3):
        supervisor.tick(0.01)
    assert [child.popen.returncode for child in children.values()] == [-signal.SIGKILL, -signal.SIGTERM]
    assert supervisor.children == {}
    assert sorted(heard) == [("beat", "here"), ("rest", "here")]
    assert json.loads((tmp_path / "p").read_text(encoding="utf-8"))["processes"] == []
    supervisor.run(Process("rest", SLEEP, {}))
    assert supervisor.children["rest"].group_lives()
    supervisor.stop()
    assert capsys.readouterr().out == ""


def test_what_does_not_come_in_time_is_named_with_the_last_answer() -> None:
    """And what comes is returned."""
    with pytest.raises(TimeoutError, match=r"^not within 0\.1 s: the moon \(last answer: 0\)$"):
        until(lambda: 0, 0.1, "the moon")
    answers = iter([None, "", "full"])
    assert until(lambda: next(answers), 10, "the moon") == "full"


@linux
def test_a_process_does_not_outlive_a_killed_owner(tmp_path: Path) -> None:
    """The kernel tells it."""
    with subprocess.Popen([*python(OWNER), str(tmp_path / "p")], cwd=ROOT, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        child = identify(int(owner.stdout.readline()))
        assert child is not None
        owner.kill()
    assert wait_until(lambda: not child.alive(), 10)


def test_what_a_killed_owner_left_is_stopped_at_the_next_start(tmp_path: Path) -> None:
    """As where the kernel does not tell: the list is read."""
    book = Ledger(tmp_path / "p")
    with subprocess.Popen(SLEEP, start_new_session=True) as left:
        book.add("web", left.pid, signal.SIGTERM, signal.SIGKILL)
        # Reaped at once, as init would do with an orphan.
        reaper = subprocess.Popen.wait
        identity = identify(left.pid)
        assert identity is not None
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        try:
            assert ledger.recover(book.path) == ["web"]
        finally:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        assert not identity.alive()
        reaper(left)
    assert not book.path.exists()


def test_a_process_that_only_has_the_same_pid_is_left_alone(tmp_path: Path) -> None:
    """Pids are used again; the moment of the start tells them apart."""
    with subprocess.Popen(SLEEP, start_new_session=True) as stranger:
        book = Ledger(tmp_path / "p")
        book.add("web", stranger.pid, signal.SIGTERM, signal.SIGKILL)
        text = book.path.read_text(encoding="utf-8")
        identity = identify(stranger.pid)
        assert identity is not None
        book.path.write_text(text.replace(identity.started, "another time"), encoding="utf-8")
        assert ledger.recover(book.path) == []
        assert identity.alive()
        stranger.kill()


@linux
def test_orphans_of_a_dead_leader_are_found_by_their_mark(tmp_path: Path) -> None:
    """A pool process whose main process was killed is ours still."""
    book = Ledger(tmp_path / "p")
    child = started(STUBBORN, book, tmp_path / "out")
    orphan = identify(int((tmp_path / "out").read_text(encoding="utf-8").split()[0]))
    assert orphan is not None
    child.popen.kill()
    child.popen.wait()
    assert orphan.alive()
    assert ledger.recover(book.path) == ["web"]
    assert not orphan.alive()


def test_an_abandoned_list_is_told_from_one_in_use(tmp_path: Path) -> None:
    """By its owner."""
    book = Ledger(tmp_path / "p")
    book.claim()
    assert not ledger.abandoned(book.path)
    content = json.loads(book.path.read_text(encoding="utf-8"))
    content["owner"]["started"] = "another time"
    book.path.write_text(json.dumps(content), encoding="utf-8")
    assert ledger.abandoned(book.path)


def test_nobody_has_the_identity_of_a_process_that_has_gone() -> None:
    """Neither has a zombie."""
    with subprocess.Popen(python("pass")) as gone:
        identity = identify(gone.pid) or Identity(gone.pid, "never")
        assert wait_until(lambda: not identity.alive(), 10)
    assert identify(gone.pid) is None
