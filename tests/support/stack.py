"""Renraku with real processes, for tests that start, kill and starve them.

A `Stack` has a database and a Redis database of its own on the servers of the
test run, and the very processes of production. Use it as a context manager:
whatever happens, everything it started is stopped.

    with Stack({"POLICY_REPLY_WINDOW": "PT5S"}) as stack:
        httpx.get(f"{stack.url}/api/v1/services/")
        stack.kill("deadlines", signal.SIGKILL)
"""

import functools
import itertools
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self

import celery
import psycopg
import redis

from config.local import processes, waiting
from config.local.accounts import servers_account
from config.local.child import Child, stop_all
from config.local.given import parameters
from config.local.ledger import Ledger
from config.local.ports import HOME, free_port
from config.local.postgres import Postgres
from config.local.readiness import READY_PAGE, Readiness
from config.local.redis_server import Redis
from config.local.servers import LEDGER
from config.local.waiting import wait_until
from tests.support import databases
from tests.support.pgbouncer import PgBouncer
from tests.support.servers import session_servers

READY_WITHIN = 90.0
TAIL = 40
PREFIX = "SELECT 'renraku:' || name || ':' FROM marketplace_installation"
until = waiting.until
OPEN: list["Stack"] = []
"""The stacks that run: beside a failure, the last lines of their logs are shown."""


def at_this_load(seconds: float) -> float:
    """Return what `seconds` of a quiet machine may become on one that has more to do than it has cores."""
    return seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


class Stack:
    """Real processes on data of their own.

    `env` adds to the environment of every process. `own_redis` gives the stack a
    Redis server (`stack.redis_server`) that a test may stop, kill and start; `own_postgres`
    a PostgreSQL (`stack.postgres`). `pooled` puts PgBouncer before that one.
    """

    def __init__(
        self,
        env: Mapping[str, str] | None = None,
        roles: Iterable[str] = processes.ROLES,
        *,
        own_redis: bool = False,
        own_postgres: bool = False,
        pooled: bool = False,
    ) -> None:
        """Describe a stack; nothing is started before `with` or `open`."""
        self.roles = tuple(roles)
        self.wanted = dict(env or {})
        self.own_redis = own_redis
        self.own_postgres, self.pooled = own_postgres or pooled, pooled
        self.port = free_port()
        self.children: dict[str, Child] = {}
        self.redis_server: Redis | None = None
        self.postgres: Postgres | None = None
        self.database_url = ""
        self.env: dict[str, str] = {}
        self._ending = ExitStack()

    @property
    def url(self) -> str:
        """Return where the web process answers, without a slash at the end."""
        return f"http://{HOME}:{self.port}"

    def __enter__(self) -> Self:
        """Start everything and wait until it is ready."""
        return self.open()

    def __exit__(self, *_: object) -> None:
        """Stop everything."""
        self.stop()

    def open(self) -> Self:
        """Start everything and wait until it is ready; stop it all when that fails."""
        try:
            self._prepare()
            for role in self.roles:
                self.start(role)
            self.wait_ready()
        except BaseException as error:
            error.add_note(self.tails())
            self.stop()
            raise
        OPEN.append(self)
        return self

    def start(self, role: str, env: Mapping[str, str] | None = None) -> None:
        """Start the process of a role, with `env` for it alone; one of that role that has ended makes room for it."""
        if role in self.children:
            assert self.children[role].ended(), f"{role} is running"
            self.children[role].clear_away()
        process = processes.process(role, bind=f"{HOME}:{self.port}", scratch=self.folder)
        with self._log(role).open("ab") as output:
            self.children[role] = Child(process, self.env | dict(env or {}), self.ledger, output)

    def kill(self, role: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to the whole process group of a role; after SIGKILL, wait until it is gone."""
        child = self.children[role]
        child.signal_group(number)
        if number == signal.SIGKILL:
            until(lambda: child.ended() and not child.group_lives(), 10, f"{role} to be dead")

    @contextmanager
    def killed(self, *roles: str) -> Iterator[None]:
        """Kill these, and have them back afterwards."""
        for role in roles:
            self.kill(role)
        try:
            yield
        finally:
            for role in roles:
                if self.children[role].ended():
                    self.start(role)
            self.wait_ready()

    def wait_ready(self, timeout: float = READY_WITHIN) -> None:
        """Wait until every running process has said that it is ready.

        With one of them missing, /readyz is right to say no: then web is asked whether it serves at all.
        """
        running = {role: child.pid for role, child in self.children.items() if not child.ended()}
        page = READY_PAGE if set(processes.ROLES) <= set(running) else "/healthz"
        began = time.monotonic()
        while missing := self._readiness.missing(running, page):
            dead = [role for role in running if self.children[role].ended()]
            assert not dead, f"ended while starting: {dead}"
            assert time.monotonic() - began < timeout, f"not ready within {timeout:g} s: {missing}"
            wait_until(lambda: False, 0.1)

    def wait_until_present(self, timeout: float = READY_WITHIN) -> None:
        """Wait until every running process has said so, whatever /readyz thinks of the whole."""
        running = {role: child.pid for role, child in self.children.items() if not child.ended()}
        until(lambda: not self._readiness.missing(running, "/healthz"), timeout, "everybody to be present")

    def stop(self) -> None:
        """Stop the processes and take away what was made for them."""
        if self in OPEN:
            OPEN.remove(self)
        stop_all(self.children.values())
        self._ending.close()

    def manage(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command of manage.py on this stack's data."""
        return databases.django(self.env, *arguments, check=check)

    def logs(self, role: str) -> str:
        """Return what the processes of a role have said so far."""
        path = self._log(role)
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""

    def tails(self) -> str:
        """Return the end of each log."""
        ends = [f"--- {role}\n" + "\n".join(self.logs(role).splitlines()[-TAIL:]) for role in self.children]
        return "\n".join(ends)

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        """Return a new connection to the stack's database, each statement a transaction of its own."""
        return psycopg.connect(**parameters(self.database_url), autocommit=True)

    def redis(self) -> "redis.Redis":
        """Return a client of the stack's Redis database; close it after use."""
        return redis.Redis.from_url(self.env["REDIS_URL"], socket_timeout=5)

    def key(self, name: str) -> str:
        """Return what a queue, or another key, of the stack's installation is called in Redis."""
        with self.connect() as connection:
            [prefix] = connection.execute(PREFIX).fetchone() or [""]
        return f"{prefix}{name}"

    @contextmanager
    def publisher(self) -> Iterator["celery.Celery"]:
        """Publish as one of the stack's processes does."""
        ours = {"global_keyprefix": self.key("")}
        with celery.Celery(broker=self.env["REDIS_URL"], broker_transport_options=ours, set_as_current=False) as app:
            yield app

    def flush_redis(self) -> None:
        """Wipe everything the broker holds."""
        with self.redis() as client:
            client.flushdb()

    def _log(self, role: str) -> Path:
        return self.folder / f"{role}.log"

    def _prepare(self) -> None:
        """Make the folder, the database and the broker's database."""
        self.folder = Path(tempfile.mkdtemp(prefix="stack-", dir=session_servers().home))
        self._ending.callback(shutil.rmtree, self.folder)
        self.ledger = Ledger(self.folder / LEDGER)
        self.database_url = self._database()
        self.env = {
            **os.environ,
            "SECRET_KEY": secrets.token_urlsafe(48),
            "DATABASE_URL": self._pooler() if self.pooled else self.database_url,
            "DATABASE_POOLED": str(self.pooled),
            "REDIS_URL": self._broker(),
            **self.wanted,
        }
        if self.own_postgres:
            self.manage("migrate", "--noinput")
        self._readiness = Readiness(self.database_url, self.port)

    def _database(self) -> str:
        """Copy the migrated template: a fraction of a second instead of every migration again."""
        if self.own_postgres:
            account = servers_account()
            self.folder.chmod(0o711 if account else 0o700)
            self.postgres = Postgres(self.folder, self.ledger, account, careless=True)
            self._ending.callback(self.postgres.stop)
            self.postgres.start()
            return self.postgres.url
        return databases.address(self._ending.enter_context(databases.copied()))

    def _pooler(self) -> str:
        pooler = PgBouncer(self.folder, self.ledger, self.database_url)
        self._ending.callback(pooler.stop)
        pooler.start()
        return pooler.url

    def _broker(self) -> str:
        """Return a Redis database that nobody else uses."""
        servers = session_servers()
        shared = any(server.name == "redis" for server in servers.embedded)
        if self.own_redis or not shared:
            self.redis_server = Redis(self.folder, self.ledger, careless=False)
            self._ending.callback(self.redis_server.stop)
            self.redis_server.start()
            return self.redis_server.url
        number = next(_brokers(servers.redis_url))
        url = databases.with_path(servers.redis_url, str(number))
        self._ending.callback(_wipe, url)
        return url


@functools.cache
def _brokers(_server: str) -> "itertools.cycle[int]":
    """Return the numbers of the server's databases; 0 is left to tests without a stack."""
    return itertools.cycle(range(1, 64))


def _wipe(url: str) -> None:
    with redis.Redis.from_url(url) as client:
        client.flushdb()
