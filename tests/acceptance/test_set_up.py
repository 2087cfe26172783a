"""`manage.py up` as somebody meets it who has just cloned the repository: real processes, in a folder of its own.

The folder shares this checkout's `.venv`: making that is tested in tests/config/local/test_bootstrap.py.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from config.local import ports
from config.local.identity import Identity
from config.local.project import ROOT
from config.local.waiting import wait_until
from tests.support.servers import session_servers

READY = "Ctrl-C stops everything."
SECRET = "v3ry-s3cret"
# What belongs to this machine and not to a clone.
NOT_CLONED = shutil.ignore_patterns(".*", "__pycache__", "staticfiles", "tests")


@dataclass
class Clone:
    """A folder like a fresh clone, and what was started in it."""

    folder: Path
    ups: list["Up"] = field(default_factory=list)

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, str(self.folder / "manage.py"), *arguments]

    @property
    def environment(self) -> dict[str, str]:
        """Return what a person's shell has, without any setting of ours."""
        return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}

    def run(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        env = self.environment | settings
        command = self.command(*arguments)
        return subprocess.run(
            command, cwd=self.folder, env=env, capture_output=True, text=True, check=False, timeout=120
        )

    def up(self, *arguments: str, **settings: str) -> "Up":
        """Start `up` and return at once."""
        started = Up(self, ports.free_port(), list(arguments), settings)
        self.ups.append(started)
        return started

    def identities(self) -> list[Identity]:
        """Return every process that the lists of this folder name."""
        note = self.folder / ".renraku" / "where"
        home = Path(note.read_text(encoding="utf-8").strip()) if note.exists() else note.parent
        found = []
        for path in (note.parent / "processes.json", home / "servers.json"):
            if path.exists():
                content = json.loads(path.read_text(encoding="utf-8"))
                found += [Identity(**entry["identity"]) for entry in content["processes"]]
        return found

    def clear(self) -> None:
        """End what a failed test left, and take away what stands elsewhere."""
        for up in self.ups:
            if up.process.poll() is None:
                up.end(signal.SIGTERM)
        note = self.folder / ".renraku" / "where"
        if note.exists():
            shutil.rmtree(note.read_text(encoding="utf-8").strip())


class Up:
    """A running `manage.py up`, with everything it prints in a file."""

    def __init__(self, clone: Clone, port: int, arguments: list[str], settings: dict[str, str]) -> None:
        self.clone = clone
        self.port = port
        self.log = clone.folder.parent / f"up-{port}.log"
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                clone.command("up", "--port", str(port), *arguments),
                cwd=clone.folder,
                env=clone.environment | settings,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def printed(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def wait_for(self, text: str, timeout: float = 90) -> None:
        """Wait until it has printed this."""
        wait_until(lambda: text in self.printed or self.process.poll() is not None, timeout)
        assert text in self.printed, self.printed

    def get(self, path: str) -> int:
        """Return the status of a page."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            status: int = answer.status
            return status

    def end(self, number: signal.Signals) -> float:
        """Send a signal; return how many seconds it took to end."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(30)
        return time.monotonic() - began


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    """Make a clone, cleared away whatever happens."""
    folder = tmp_path / "renraku"
    shutil.copytree(ROOT, folder, ignore=NOT_CLONED)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    made = Clone(folder)
    try:
        yield made
    finally:
        made.clear()


def test_up_serves_survives_and_stops(clone: Clone) -> None:
    """One life: ready, a worker killed, killed itself, started again, stopped."""
    first = clone.up()
    first.wait_for(READY)
    assert first.get("/readyz") == 200
    assert first.get("/api/v1/services/") == 200
    assert "PostgreSQL " in first.printed
    assert f"http://127.0.0.1:{first.port}/api/v1/docs/" in first.printed
    assert "demo accounts" in first.printed

    _the_commands_it_prints_work(first)
    _a_second_up_says_where_the_first_serves(clone, first)
    _other_commands_find_its_servers(clone)
    _a_worker_that_is_killed_comes_back(clone, first)
    lost = clone.identities()
    first.end(signal.SIGKILL)

    second = clone.up(DEMO_PASSWORD=SECRET)
    second.wait_for(READY)
    assert second.get("/api/v1/services/") == 200
    assert not [identity for identity in lost if identity.alive()]
    assert "loaded at an earlier start" in second.printed, "the data were kept"

    running = clone.identities()
    assert len(running) == 6, "four processes and two servers"
    assert second.end(signal.SIGTERM) < 20
    assert second.process.returncode == 0
    assert not [identity for identity in running if identity.alive()]
    assert clone.identities() == []
    assert ports.is_free(second.port)
    assert SECRET not in second.printed


def _the_commands_it_prints_work(up: Up) -> None:
    """Look, log in, buy: pasted into a shell as they stand."""
    if not shutil.which("curl"):
        return
    lines = [line.strip() for line in up.printed.splitlines() if line.startswith(("  curl ", "  TOKEN="))]
    shell = subprocess.run(["/bin/sh", "-e"], input="\n".join(lines), capture_output=True, text=True, check=False)
    assert shell.returncode == 0, shell.stderr
    services, deal = map(json.loads, re.split(r"(?<=\})\s*(?=\{)", shell.stdout.strip(), maxsplit=1))
    assert services["results"], shell.stdout
    assert deal["id"], shell.stdout
    # What the seller is mailed stands on the console, for people to read, with a link to where this one listens.
    up.wait_for("e-mail to seller@example.com: buyerさんが「Logo design」を購入しました", 30)
    up.wait_for(f"http://127.0.0.1:{up.port}/talk-rooms/{deal['talk_room']}/", 30)


def _a_second_up_says_where_the_first_serves(clone: Clone, first: Up) -> None:
    answer = clone.run("up", "--port", str(ports.free_port()))
    assert answer.returncode == 1
    assert answer.stderr == f"manage.py: Renraku runs in this folder already: http://127.0.0.1:{first.port}/\n"


def _other_commands_find_its_servers(clone: Clone) -> None:
    answer = clone.run("migrate", "--check")
    assert answer.returncode == 0, answer.stderr


def _a_worker_that_is_killed_comes_back(clone: Clone, up: Up) -> None:
    content = json.loads((clone.folder / ".renraku" / "processes.json").read_text(encoding="utf-8"))
    pids = {entry["name"]: entry["identity"]["pid"] for entry in content["processes"]}
    os.killpg(pids["rest"], signal.SIGKILL)
    up.wait_for("worker of the rest was ended by SIGKILL; starting it again in 1 s.", 10)


def test_ctrl_c_during_the_start_stops_everything(clone: Clone) -> None:
    """Nobody waits for a start to end before thinking better of it."""
    up = clone.up()
    up.wait_for("servers: ")
    started = clone.identities()
    assert up.end(signal.SIGINT) < 20
    assert up.printed.endswith("stopped.\n")
    assert not [identity for identity in started if identity.alive()]
    assert clone.identities() == []


def test_a_terminal_that_is_closed_stops_everything(clone: Clone) -> None:
    """The hangup comes when nothing can be printed any more."""
    reading, writing = os.pipe()
    command = clone.command("up", "--no-demo", "--port", str(ports.free_port()))
    with subprocess.Popen(command, cwd=clone.folder, env=clone.environment, stdout=writing, stderr=writing) as up:
        os.close(writing)
        with os.fdopen(reading, encoding="utf-8") as printed:
            wait_until(lambda: "Starting gunicorn" in printed.readline(), 60)
        started = clone.identities()
        up.send_signal(signal.SIGHUP)
        assert up.wait(20) == 0
    assert len(started) > 2
    assert not [identity for identity in started if identity.alive()]


def test_a_taken_port_is_said_before_anything_is_started(clone: Clone) -> None:
    with socket.socket() as taken:
        taken.bind((ports.HOME, 0))
        taken.listen()
        number = str(taken.getsockname()[1])
        answer = clone.run("up", "--port", number)
    assert answer.returncode == 1
    assert answer.stderr.startswith(f"manage.py: port {number} is taken; ")
    assert answer.stdout == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", f"postgres://somebody:{SECRET}@127.0.0.1:1/renraku"),
        ("DATABASE_URL", f"mysql://somebody:{SECRET}@127.0.0.1/renraku"),
        ("REDIS_URL", f"redis://:{SECRET}@127.0.0.1:1/0"),
        ("REDIS_URL", f"amqp://somebody:{SECRET}@127.0.0.1/"),
    ],
)
def test_a_wrong_address_is_named_and_its_password_is_not(clone: Clone, name: str, value: str) -> None:
    answer = clone.run("up", "--port", str(ports.free_port()), **{name: value})
    assert answer.returncode == 1
    assert answer.stderr.startswith(f"manage.py: {name} ")
    assert len(answer.stderr.splitlines()) == 1
    assert SECRET not in answer.stderr + answer.stdout


def test_a_wrong_password_is_said_of_the_database_itself(clone: Clone) -> None:
    place = session_servers().database_url.rpartition("@")[2]
    answer = clone.run("up", "--port", str(ports.free_port()), DATABASE_URL=f"postgres://renraku:{SECRET}@{place}")
    assert answer.returncode == 1
    assert "DATABASE_URL cannot be used" in answer.stderr
    assert SECRET not in answer.stderr


def test_fresh_leaves_a_given_database_alone(clone: Clone) -> None:
    answer = clone.run("up", "--fresh", DATABASE_URL=session_servers().database_url)
    assert answer.returncode == 1
    assert answer.stderr.startswith("manage.py: --fresh empties embedded servers only")


def test_a_command_without_servers_says_what_it_needs(clone: Clone) -> None:
    answer = clone.run("migrate")
    assert answer.returncode == 1
    assert answer.stderr.startswith("manage.py: migrate needs DATABASE_URL, REDIS_URL, SECRET_KEY")
    assert len(answer.stderr.splitlines()) == 1


def test_an_unknown_benchmark_is_answered_with_the_known_ones(clone: Clone) -> None:
    answer = clone.run("bench", "nothing")
    assert answer.returncode == 1
    assert answer.stderr.startswith("manage.py: no benchmark 'nothing'; there are: ")


def test_a_setting_of_the_env_file_is_used(clone: Clone) -> None:
    path = clone.folder / ".env"
    path.write_text(f"REDIS_URL=redis://:{SECRET}@127.0.0.1:1/0\n", encoding="utf-8")
    try:
        answer = clone.run("up", "--port", str(ports.free_port()))
    finally:
        path.unlink()
    assert answer.stderr == "manage.py: REDIS_URL cannot be used: no Redis answers there.\n"
