"""Addresses that cannot be used, accounts, ports, and the servers of one's own."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import redis

from config.local import given, ports, running, servers
from config.local.accounts import Account
from config.local.ledger import Ledger
from config.local.postgres import Postgres
from config.local.project import ROOT
from config.local.redis_server import Redis
from config.local.supervisor import Supervisor
from config.local.trouble import Trouble
from config.local.waiting import wait_until
from config.local.welcome import text as welcome
from tests.support.servers import session_servers

SECRET = "v3ry-s3cret"

# An owner of throw-away servers who tells their folder, and is then killed.
OWNER = """
import sys, time
from config.local.servers import throw_away
with throw_away(careless=True) as servers:
    print(servers.embedded[0].home, flush=True)
    time.sleep(600)
"""


def refusal(check: object, url: str) -> str:
    """Return the one line that somebody with this address gets."""
    assert callable(check)
    with pytest.raises(Trouble) as caught:
        check(url)
    line = str(caught.value)
    assert "\n" not in line
    assert SECRET not in line
    return line


@pytest.mark.parametrize(
    "url", ["nonsense", f"postgres://a:{SECRET}@h:port/x", f"mysql://a:{SECRET}@h/x", "postgres://"]
)
def test_a_database_address_that_is_none(url: str) -> None:
    assert refusal(given.check_database, url).startswith("DATABASE_URL ")


def test_a_database_that_does_not_answer() -> None:
    url = f"postgres://somebody:{SECRET}@127.0.0.1:{ports.free_port()}/x"
    assert refusal(given.check_database, url).startswith("DATABASE_URL cannot be used: ")


def test_a_wrong_password_of_the_database() -> None:
    how = given.parameters(session_servers().database_url)
    url = f"postgres://{how['user']}:{SECRET}@{how['host']}:{how['port']}/{how['dbname']}"
    assert "password" in refusal(given.check_database, url)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("nonsense", "REDIS_URL must begin with"),
        (f"http://:{SECRET}@h/0", "REDIS_URL must begin with"),
        (f"redis://:{SECRET}@h:port/0", "REDIS_URL is no address"),
    ],
)
def test_a_broker_address_that_is_none(url: str, says: str) -> None:
    assert refusal(given.check_redis, url).startswith(says)


def test_a_broker_that_does_not_answer() -> None:
    url = f"redis://:{SECRET}@127.0.0.1:{ports.free_port()}/0"
    assert refusal(given.check_redis, url) == "REDIS_URL cannot be used: no Redis answers there."


def test_a_wrong_password_of_the_broker() -> None:
    place = session_servers().redis_url.rpartition("@")[2]
    assert "another password" in refusal(given.check_redis, f"redis://:{SECRET}@{place}")


def test_usable_addresses_are_described_without_their_passwords() -> None:
    found = session_servers()
    assert given.check_database(found.database_url).startswith("PostgreSQL ")
    assert given.check_redis(found.redis_url).startswith(("Redis ", "Valkey "))


def test_a_taken_port_is_said_together_with_a_free_one() -> None:
    with socket.socket() as taken:
        taken.bind((ports.HOME, 0))
        taken.listen()
        number = taken.getsockname()[1]
        with pytest.raises(Trouble, match=rf"^port {number} is taken; choose another, .*--port \d+$"):
            ports.must_be_free(number)


def test_an_account_enters_only_where_every_folder_lets_it(tmp_path: Path) -> None:
    stranger = Account("stranger", 54321, 54321)
    inner = tmp_path / "closed" / "open"
    inner.mkdir(parents=True)
    (tmp_path / "closed").chmod(0o700)
    assert not stranger.can_enter(inner)
    assert Account("root", 0, 0).can_enter(Path("/"))


def test_the_servers_of_the_tests_let_nobody_in_without_the_password() -> None:
    if not session_servers().embedded:
        pytest.skip("the servers were given")
    how = given.parameters(session_servers().database_url) | {"password": ""}
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(**how)


def test_the_data_of_another_major_version_are_not_touched(tmp_path: Path) -> None:
    """PostgreSQL would refuse them with many words; one line says what to do."""
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("9\n", encoding="ascii")
    book = Ledger(tmp_path / "p")
    with pytest.raises(Trouble, match=r"made by PostgreSQL 9, but here is .*--fresh"):
        Postgres(tmp_path, book, None)


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells a process that its parent has died")
def test_throw_away_servers_of_a_killed_owner_are_cleared_up_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """The servers go with their owner; the folder is found through the list in it."""
    bare = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    command = [sys.executable, "-c", OWNER]
    with subprocess.Popen(command, cwd=ROOT, env=bare, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        home = Path(owner.stdout.readline().strip())
        assert (home / "postgres" / "postmaster.pid").exists()
        owner.kill()
    assert wait_until(lambda: not (home / "postgres" / "postmaster.pid").exists(), 15)
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.setenv(name, getattr(session_servers(), name.lower()))
    with servers.throw_away(careless=True):
        assert not home.exists()


def test_commands_find_the_running_up_and_forget_a_killed_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "ROOT", tmp_path)
    (tmp_path / ".renraku").mkdir()
    settings = {"DATABASE_URL": "postgres://a", "REDIS_URL": "redis://b", "SECRET_KEY": "c", "OTHER": "d"}
    with running.noted(8123, settings):
        note = tmp_path / ".renraku" / "running.json"
        assert note.stat().st_mode & 0o077 == 0
        assert running.address(tmp_path) == "http://127.0.0.1:8123/"
        assert running.settings(tmp_path) == {name: settings[name] for name in running.SHARED}
        note.write_text(note.read_text(encoding="utf-8").replace('"started": "', '"started": "x'), encoding="utf-8")
        assert running.settings(tmp_path) == {}
    assert running.address(tmp_path) == running.UNKNOWN


def test_the_welcome_never_shows_a_password_that_was_set() -> None:
    demo = {"loaded": True, "password": SECRET, "service": "an-id"}
    assert SECRET in welcome(8000, demo, demo_password_was_set=False)
    shown = welcome(8000, demo, demo_password_was_set=True)
    assert SECRET not in shown
    assert "as set in DEMO_PASSWORD" in shown
    assert "earlier start" in welcome(8000, {"loaded": False}, demo_password_was_set=False)


def test_an_embedded_server_that_dies_is_started_again_where_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With its data: the processes find it again without being told."""
    book = Ledger(tmp_path / "p")
    server = Redis(tmp_path, book)
    server.start()
    try:
        with redis.Redis.from_url(server.url) as client:
            client.set("kept", "yes")
            client.execute_command("WAITAOF", 1, 0, 5000)
        supervisor = Supervisor(os.environ, book, [server])
        assert server.process is not None
        server.process.kill()
        server.process.wait()
        end = time.monotonic() + 20
        supervisor.watch(lambda: time.monotonic() > end or not server.ended())
        with redis.Redis.from_url(server.url) as client:
            assert client.get("kept") == b"yes"
    finally:
        server.stop()
    assert f"{server.program} has ended; starting it again in 1 s." in capsys.readouterr().out
