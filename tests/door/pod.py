"""The Compose file without Docker: each service's real command, environment and mounts, in a box of its own.

The boxes share a network namespace in which the names of the services lead to addresses of their own, so that every
command and file is used as it stands, but for the address that web listens on (three of them share the machine).
PostgreSQL runs outside, and is reached under its name. Use it as a context manager: what it starts is stopped.
"""

import json
import os
import secrets
import shlex
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from config.local import tether
from config.local.accounts import servers_account
from config.local.ledger import Ledger
from config.local.postgres import Postgres
from config.local.project import ROOT
from config.local.redis_server import Redis
from tests.door import box, compose
from tests.support.servers import session_servers
from tests.support.stack import until

HOST = "market.example"
URL = f"https://{HOST}"
PROXY, POSTGRES, REDIS, ELSEWHERE = "172.28.0.10", "172.28.0.21", "172.28.0.22", "172.28.0.50"
WEBS = ("172.28.0.31", "172.28.0.32", "172.28.0.33")
CLIENTS = ("203.0.113.7", "203.0.113.8")
"""Whose addresses clients of ours come from."""
TLS, PLAIN = 8443, 8080
WITHIN = 90.0
OURS = ("web", "deadlines", "rest", "beat")


class ReachablePostgres(Postgres):
    """PostgreSQL that also listens on a socket file: the only way into another network namespace."""

    def command(self) -> list[str]:
        return [*super().command(), f"--unix_socket_directories={self.data}"]

    @property
    def socket(self) -> Path:
        return self.data / f".s.PGSQL.{self.port}"


class Pod:
    """A running Compose file. `env` adds to what stands in `.env`."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.wanted = dict(env)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.services: dict[str, compose.Service] = {}
        self._ending = ExitStack()

    def __enter__(self) -> Self:
        try:
            self._open()
        except BaseException as error:
            error.add_note(self.tails())
            self._ending.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if error is not None:
            error.add_note(self.tails())
        self._ending.close()

    def _open(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="door-", dir=session_servers().home))
        self.folder.chmod(0o711)
        self._ending.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self.certificates = self.folder / "certificates"
        for name in ("certificates", "redis", "log", "secrets"):
            (self.folder / name).mkdir()
        self.ledger = Ledger(self.folder / "processes.json")
        self.postgres = ReachablePostgres(self.folder, self.ledger, servers_account(), careless=True)
        self._ending.callback(self.postgres.stop)
        self.postgres.start()
        self.redis_program = Redis(self.folder, self.ledger).program.path
        self._keep_secrets()
        self.services = compose.read(self._variables())
        self.names = {"proxy": [PROXY], "postgres": [POSTGRES], "redis": [REDIS], "web": [WEBS[0]]}
        self._etc()
        self._make_the_network()
        self.up()

    def _variables(self) -> dict[str, str]:
        """Return what stands in `.env`."""
        needed = {
            "SECRETS": str(self.folder / "secrets"),
            "ALLOWED_HOSTS": HOST,
            "PUBLIC_URL": URL,
            "EMAIL_URL": "consolemail://",
            "EMAIL_FROM": "Market <no-reply@market.example>",
        }
        return {**needed, **self.wanted}

    def _keep_secrets(self) -> None:
        """Write the files that the operator makes."""
        kept = {
            "secret_key": secrets.token_urlsafe(48),
            "postgres_password": self.postgres.password(),
            "redis_password": secrets.token_urlsafe(16),
        }
        for name, text in kept.items():
            (self.folder / "secrets" / name).write_text(f"{text}\n", encoding="utf-8")

    def up(self) -> None:
        """Start in the order that the file wants, and wait until everything is ready."""
        self.run_once("certificate")
        self.start("redis")
        self.run_once("migrate")
        for name in OURS:
            self.start(name)
        self.start("proxy")
        self.verified = ssl.create_default_context(cafile=str(self.certificates / "fullchain.pem"))
        with self.client() as client:
            until(lambda: self._is_ready(client), WITHIN, "the Compose file to be ready")

    # Processes

    def start(self, name: str, instance: str = "", address: str = WEBS[0]) -> None:
        """Start a service, or another instance of it; `address` is where a web process listens."""
        service, instance = self.services[name], instance or name
        inside = [f"{address}:8000" if part == "0.0.0.0:8000" else part for part in service.command]
        with self._log(instance).open("ab") as output:
            started = tether.start(
                self._boxed(service, inside),
                when_orphaned=signal.SIGKILL,
                output=output,
                environment={**os.environ, **self.ledger.environment},
                folder=ROOT,
            )
        self.processes[instance] = started
        self._ending.callback(self.kill, instance)

    def kill(self, instance: str) -> None:
        """End an instance at once, with everything in its box."""
        process = self.processes.pop(instance, None)
        if process is not None:
            process.kill()
            process.wait(10)

    def run_once(self, name: str) -> str:
        """Run a service that ends by itself. Returns what it printed."""
        answer = self.run(name, self.services[name].command)
        assert answer.returncode == 0, f"{name}: {answer.stdout}{answer.stderr}"
        return answer.stdout

    def run(self, name: str, command: list[str]) -> subprocess.CompletedProcess[str]:
        """Run a command in a box like that of a service."""
        boxed = self._boxed(self.services[name], command)
        return subprocess.run(boxed, capture_output=True, text=True, check=False, timeout=WITHIN, cwd=ROOT)

    def resolve(self, name: str, addresses: list[str]) -> None:
        """Let a name lead elsewhere from now on."""
        self.names[name] = addresses
        draft = self.folder / "names.draft"
        draft.write_text(json.dumps(self.names), encoding="utf-8")
        draft.rename(self.folder / "names.json")

    # Clients

    def way_in(self, source: str = CLIENTS[0], port: int = TLS) -> str:
        """Return the socket file by which a client of that address reaches a port of the proxy."""
        return str(self.folder / f"{source}-{port}")

    def client(self, source: str = CLIENTS[0], **how: Any) -> httpx.Client:
        """Return an HTTPS client at an address; it trusts the certificate that was made, and checks the name."""
        transport = httpx.HTTPTransport(uds=self.way_in(source), verify=self.verified)
        return httpx.Client(transport=transport, base_url=URL, timeout=20, **how)

    def browser(self, program: str) -> str:
        """Return a program that is this browser inside the network."""
        path = self.folder / "browser"
        path.write_text(f'#!/bin/sh\nexec {shlex.join([*self._entered, program])} "$@"\n', encoding="utf-8")
        path.chmod(0o755)
        return str(path)

    def inside(self, *command: str, **more: str) -> str:
        """Run a program of this machine, with the settings of web, inside the network. Returns what it printed."""
        settings = self.services["web"].environment
        outside = {
            "DATABASE_URL": settings["DATABASE_URL"].replace("@postgres:", f"@{POSTGRES}:"),
            "REDIS_URL": settings["REDIS_URL"].replace("//redis:", f"//{REDIS}:"),
            **{name: self.services["web"].secrets.get(value, value) for name, value in settings.items()
               if name.endswith("_FILE")},
        }  # fmt: skip
        answer = subprocess.run(
            [*self._entered, *command],
            env={**_without(os.environ, outside), **settings, **outside, **compose.DJANGO, **more},
            capture_output=True,
            text=True,
            check=False,
            timeout=WITHIN,
            cwd=ROOT,
        )
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    def tails(self) -> str:
        """Return the end of each log."""
        logs = sorted(self.folder.glob("log/*")) if hasattr(self, "folder") else []
        return "\n".join(f"--- {log.name}\n{log.read_text(errors='replace')[-3000:]}" for log in logs)

    # What holds it together

    def _is_ready(self, client: httpx.Client) -> bool:
        try:
            answer = client.get("/readyz")
        except httpx.TransportError:
            return False
        self._log("readyz").write_text(answer.text, encoding="utf-8")
        return answer.status_code == httpx.codes.OK

    def _log(self, instance: str) -> Path:
        return self.folder / "log" / instance

    def _etc(self) -> None:
        (self.folder / "resolv.conf").write_text("nameserver 127.0.0.11\noptions timeout:1\n", encoding="utf-8")
        (self.folder / "hosts").write_text("127.0.0.1 localhost\n", encoding="utf-8")
        (self.folder / "passwd").write_text(f"renraku:x:{box.USER}:{box.USER}::/nonexistent:/bin/false\n")
        (self.folder / "group").write_text(f"renraku:x:{box.USER}:\n")
        self.resolve("proxy", [PROXY])

    def _make_the_network(self) -> None:
        """Start the process that holds the network namespace, and wait until it serves."""
        plan = {
            "addresses": [PROXY, POSTGRES, REDIS, ELSEWHERE, *WEBS, *CLIENTS],
            "ways in": [
                {"host": PROXY, "port": port, "source": source, "file": Path(self.way_in(source, port)).name}
                for source in CLIENTS
                for port in (TLS, PLAIN)
            ],
            "ways out": [{"host": POSTGRES, "port": 5432, "file": str(self.postgres.socket)}],
        }
        rights = [] if os.geteuid() == 0 else ["--user", "--map-current-user", "--keep-caps"]
        holder = subprocess.Popen(
            [str(box.tool("unshare")), "--net", *rights, sys.executable, "-m", "tests.door.network", str(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )
        self._ending.callback(_end, holder)
        assert holder.stdin
        assert holder.stdout
        holder.stdin.write(json.dumps(plan).encode() + b"\n")
        holder.stdin.flush()
        assert holder.stdout.readline() == b"ready\n"
        user = [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]
        self._entered = [str(box.tool("nsenter")), "--target", str(holder.pid), "--net", *user, "--"]

    def _boxed(self, service: compose.Service, inside: list[str]) -> list[str]:
        ours = "build" in service.raw
        read = {f"/etc/{name}": self.folder / name for name in ("resolv.conf", "hosts", "passwd", "group")}
        read |= box.image() if ours else {}
        read |= {there: Path(here) for there, here in service.secrets.items()}
        if service.name == "redis":
            read["/opt/redis/redis-server"] = self.redis_program
        if service.name == "proxy":
            read["/etc/nginx/mime.types"] = Path("/etc/nginx/mime.types")
        write: dict[str, Path] = {}
        for there, here in service.volumes.items():
            outside = ROOT / here if here.startswith(".") else self.folder / here
            (read if here.startswith(".") or service.name == "proxy" else write)[there] = outside
        environment = {"PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/bin:/opt/redis"} | (
            compose.of_the_image() if ours else {}
        )
        return [
            *self._entered,
            *box.command(
                inside,
                environment=environment | service.environment,
                read=read,
                write=write,
                tmpfs=service.raw["tmpfs"],
                folder="/app" if ours else "/",
            ),
        ]


def _without(environment: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without the settings that files give."""
    return {name: value for name, value in environment.items() if f"{name}_FILE" not in given}


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait(10)
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()
