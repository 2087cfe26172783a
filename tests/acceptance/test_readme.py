"""Each command of README and CONTRIBUTING runs as printed; for Docker and indexes, the files that it names must fit.

Ports are free ones, and the hours that the README waits are shortened. What `up`, `demo` and the suite itself do is
tested elsewhere: here, the shell must find them, and they must take the printed options.
"""

import itertools
import json
import os
import re
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg
import pytest
import redis
from django.core.management import get_commands

from config.local import processes, tether
from config.local.commands import COMMANDS
from config.local.given import parameters
from config.local.ports import free_port
from config.local.project import ROOT
from config.local.waiting import wait_until
from tests.door import compose
from tests.support.servers import session_servers
from tests.support.stack import Stack, until

README = "".join((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", ".github/CONTRIBUTING.md"))
BLOCKS = re.findall(r"^```(console|bash)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
IN_TEXT = re.compile(r"`((?:python3? |\.venv/bin/|docker compose|bash )[^`]+)`")
ASSIGNED = re.compile(r"[A-Z_]+=.*")
NOT_CLONED = shutil.ignore_patterns(".git", ".venv", ".renraku", ".*_cache", ".hypothesis", "__pycache__", ".env")
PASSWORD = "try-it-out"


def printed(block: str) -> list[str]:
    """Return the commands of a console block, each in one line and without its comment."""
    joined = block.replace("\\\n", " ")
    lines = [line.removeprefix("$ ") for line in joined.splitlines() if line.startswith("$ ")]
    return [shlex.join(shlex.split(line, comments=True)) for line in lines]


IN_BLOCKS = [command for kind, block in BLOCKS if kind == "console" for command in printed(block)]
ALL = [*IN_BLOCKS, *dict.fromkeys(shlex.join(shlex.split(found)) for found in IN_TEXT.findall(README))]
SCRIPTS = [block for kind, block in BLOCKS if kind == "bash"]
[WITHOUT_DOCKER] = [printed(block) for _, block in BLOCKS if "config.local.processes web --bind" in block]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like a fresh clone, with this checkout's environment."""
    folder = tmp_path_factory.mktemp("readme") / "renraku"
    shutil.copytree(ROOT, folder, ignore=NOT_CLONED)
    (folder / ".venv").symlink_to(Path(sys.prefix))
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[dict[str, str]]:
    """What a person's shell has, and the servers of a fresh installation."""
    servers, name = session_servers(), f"readme_{os.getpid()}"
    how = parameters(servers.database_url) | {"dbname": "postgres"}
    with closing(psycopg.connect(**how, autocommit=True)) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        with redis.Redis.from_url(servers.redis_url) as broker:
            broker.flushdb()
        url = urlunsplit(urlsplit(servers.database_url)._replace(path=f"/{name}"))
        shell = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        secret = {"SECRET_KEY": secrets.token_urlsafe(48), "DATABASE_URL": url, "REDIS_URL": servers.redis_url}
        yield {**shell, **secret, "SWEEP_INTERVAL": "5"}
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.mark.parametrize("command", dict.fromkeys(ALL))
def test_each_command_is_one_that_there_is(clone: Path, command: str) -> None:
    words = shlex.split(command)
    given = list(itertools.takewhile(ASSIGNED.fullmatch, words))
    check(words[len(given) :], dict(pair.split("=", 1) for pair in given), clone)


def check(words: list[str], given: dict[str, str], clone: Path) -> None:
    """Hold a command against what is there."""
    match words:
        case ["docker", "compose", *rest]:
            docker(rest, given)
        case ["python3", "manage.py", "lint"]:  # takes no options, and runs beside the suite in CI
            assert "lint" in COMMANDS
        case ["python3", "manage.py", *rest]:
            helped = run_in(clone, [*words, "--help"], given)
            assert rest[0] in COMMANDS or rest[0] in get_commands() or rest == ["--help"]
            assert (helped.returncode, "usage" in helped.stdout) == (0, True), helped.stderr
        case [python, "-m", "config.local.processes", role, *_]:
            assert python == ".venv/bin/python"
            assert set(role.split("|")) <= set(processes.ROLES)
        case ["python", "-m", "config.local.processes"]:
            pass
        case ["python", "-m", "django", command, *options]:
            helped = run_in(clone, ["python3", "manage.py", command, "--help"], given)
            assert helped.returncode == 0, helped.stderr
            assert [each for each in options if each.startswith("-") and each not in helped.stdout] == []
        case [".venv/bin/python", "-m", "coverage", command, *_]:
            assert run_in(clone, ["python3", "-m", "coverage", "help", command], given).returncode == 0
        case ["bash", script]:
            assert run_in(clone, ["bash", "-n", script], given).returncode == 0
        case ["uv", "pip", "compile", *rest]:  # needs an index: not run
            assert [each for each in rest if "/" in each or each.endswith(".toml")]
            assert all((clone / each).is_file() for each in rest if "/" in each or each.endswith(".toml"))
        case _:
            pytest.fail(f"nothing here runs {shlex.join(words)}")


def docker(words: list[str], given: dict[str, str]) -> None:
    """Hold a line of Docker Compose against the file: its options, and the services that it names."""
    options = {"up": {"--detach", "--build", "--scale"}, "run": {"--rm", "--no-deps"}, "kill": {"--signal"}}
    services = compose.read(given or dict.fromkeys(NEEDED, "x"))
    what, *rest = words
    assert what in ("up", "run", "exec", "stop", "kill"), what
    said = [each for each in rest if each.startswith("--")]
    assert set(said if what in ("up", "kill") else said[:2]) <= options.get(what, set())
    names = [each.split("=")[0] for each in rest if not each.startswith("--") and each != "HUP"]
    if what in ("run", "exec"):
        assert names[1:4] == ["python", "-m", "django"]
        assert names[4] in get_commands()
        names = names[:1]
    assert set(names) <= set(services), names


NEEDED = ("ALLOWED_HOSTS", "PUBLIC_URL", "EMAIL_URL", "EMAIL_FROM")


def run_in(clone: Path, words: list[str], given: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command in the clone, with the settings that stand before it."""
    shell = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    program = [sys.executable, *words[1:]] if words[0] == "python3" else words
    return subprocess.run(
        program, cwd=clone, env=shell | given, capture_output=True, text=True, check=False, timeout=120
    )


def test_without_docker_the_printed_commands_are_a_whole_installation(clone: Path, settings: dict[str, str]) -> None:
    port = free_port()
    migrate, *others = [command.replace(":8000", f":{port}") for command in WITHOUT_DOCKER]
    migrated = run_in(clone, shlex.split(migrate), settings)
    assert migrated.returncode == 0, migrated.stderr
    # Half of the settings stand in the environment, the others in .env.
    secret, env = f"SECRET_KEY={settings['SECRET_KEY']}\n", {k: v for k, v in settings.items() if k != "SECRET_KEY"}
    (clone / ".env").write_text(secret, encoding="utf-8")
    with ExitStack() as ending, httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        ending.callback((clone / ".env").unlink)
        for command in others:
            started = tether.start(
                ["bash", "-c", f"exec {command}"],
                when_orphaned=signal.SIGTERM,
                output=subprocess.DEVNULL,
                environment=env,
                folder=clone,
            )
            ending.callback(end, started)
        until(lambda: is_ready(client), 90, f"readiness of {others}")


def is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def end(process: subprocess.Popen[bytes]) -> None:
    """Stop a process, and whatever is left of its group."""
    process.send_signal(signal.SIGTERM)
    wait_until(lambda: process.poll() is not None, 30)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is missing")
def test_the_curl_lines_end_in_a_verdict_of_which_the_seller_was_told() -> None:
    waits = {"sleep 20": "sleep 3", "sleep 61": "sleep 7"}
    script = "\n".join(SCRIPTS)
    for long, short in waits.items():
        assert long in script
        script = script.replace(long, short)
    shortened = {"POLICY_SILENCE_BEFORE_REQUEST": "PT2S", "POLICY_REPLY_WINDOW": "PT4S", "DEMO_PASSWORD": PASSWORD}
    shortened["SWEEP_INTERVAL"] = "60"  # it must not be sooner than the ETA task on a slow machine
    with Stack(shortened) as stack:
        stack.manage("load_demo")
        script = script.replace("http://127.0.0.1:8000", stack.url)
        ran = run_in(ROOT, ["bash", "-c", script], {})
    assert (ran.returncode, ran.stderr) == (0, "")
    eligibility, request, deals, inbox = answers(ran.stdout)
    assert (eligibility["eligible"], request["status"]) == (False, "awaiting_reply")
    assert [deal["verdict"]["woken_by"] for deal in deals["results"]] == ["eta"]
    assert {note["kind"] for note in inbox["results"]} >= {"cancelled"}, inbox


def answers(text: str) -> Iterator[Any]:
    """Return the JSON that curl printed, one after the other."""
    decoder = json.JSONDecoder()
    while text := text.lstrip():
        answer, end = decoder.raw_decode(text)
        yield answer
        text = text[end:]
