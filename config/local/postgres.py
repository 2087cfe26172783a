"""The embedded PostgreSQL: one database and account, for this machine only, with a random password."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg

from config.local.accounts import Account, own
from config.local.binaries import Program, postgres_programs, reachable
from config.local.ledger import Ledger
from config.local.ports import HOME
from config.local.project import private_file
from config.local.server import Server
from config.local.trouble import Trouble

NAME = "renraku"
MAX_CONNECTIONS = 200
# Throw-away data may get lost in a crash.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres(Server):
    """PostgreSQL, driven through `initdb` and `postgres` themselves."""

    name = "postgres"
    # SIGINT ends all sessions; SIGTERM would wait for the last client.
    gently = signal.SIGINT
    firmly = signal.SIGQUIT

    def __init__(self, home: Path, ledger: Ledger, account: Account | None, *, careless: bool = False) -> None:
        """Choose a program that can read the data in `home`. With `careless`, data do not survive a power cut."""
        self.data = home / "postgres"
        self.password_file = home / "postgres-password"
        self.careless = careless
        super().__init__(reachable(_choose(self.data), account, home), home, ledger, account)

    @property
    def url(self) -> str:
        return f"postgres://{NAME}:{self.password()}@{HOME}:{self.port}/{NAME}"

    def password(self) -> str:
        return self.password_file.read_text(encoding="utf-8")

    def prepare(self) -> None:
        """Make the data folder. An interrupted attempt leaves only a draft."""
        if self.data.is_dir():
            return
        draft = self.home / "postgres-draft"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        own(draft, self.account)
        private_file(self.password_file, secrets.token_hex(24))
        try:
            self._initdb(draft)
        finally:
            self._initdb_password.unlink(missing_ok=True)
        draft.rename(self.data)

    @property
    def _initdb_password(self) -> Path:
        return self.home / "initdb-password"

    def _initdb(self, draft: Path) -> None:
        private_file(self._initdb_password, self.password())
        own(self._initdb_password, self.account)
        # macOS has no locale of this name; C sorts the same way there.
        locale = "C.UTF-8" if sys.platform == "linux" else "C"
        command = [str(self.program.path.with_name("initdb")), "--pgdata", str(draft), "--username", NAME]
        command += ["--auth=scram-sha-256", f"--pwfile={self._initdb_password}", "--encoding=UTF8"]
        command += [f"--locale={locale}", *(["--no-sync"] if self.careless else [])]
        who = self.account
        answer = subprocess.run(
            command,
            cwd=self.home,
            env=self._environment(),
            user=who.user if who else None,
            group=who.group if who else None,
            extra_groups=[] if who else None,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if answer.returncode:
            raise Trouble(f"initdb of {self.program} failed: {' / '.join(answer.stderr.splitlines())}")

    def command(self) -> list[str]:
        """Return the server's command: TCP on this machine only, no socket file for other accounts."""
        settings = {
            "listen_addresses": HOME,
            "unix_socket_directories": "",
            "max_connections": str(MAX_CONNECTIONS),
            **(CARELESS if self.careless else {}),
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        return [str(self.program.path), "-D", str(self.data), "-p", str(self.port), *options]

    def answers(self) -> bool:
        """Whether it accepts us. Makes the database the first time."""
        try:
            connected = psycopg.connect(
                host=HOME,
                port=self.port,
                user=NAME,
                password=self.password(),
                dbname="postgres",
                connect_timeout=5,
                autocommit=True,
            )
            with closing(connected) as connection:
                _ensure_database(connection)
        except psycopg.OperationalError:  # not yet: the caller tries again
            return False
        return True


def _ensure_database(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    if connection.execute("SELECT FROM pg_database WHERE datname = %s", [NAME]).fetchone() is None:
        connection.execute(f"CREATE DATABASE {NAME}")


def _choose(data: Path) -> Program:
    """Return the program to use: of the version that made the data, if there are any. Raises `Trouble`."""
    programs = postgres_programs()
    if not programs:
        raise Trouble(
            "no PostgreSQL for this machine: there is none on PATH (initdb and postgres, 14 or newer), "
            "and the embedded one has no build for it. Set DATABASE_URL."
        )
    if not (data / "PG_VERSION").is_file():
        return programs[0]
    major = int((data / "PG_VERSION").read_text(encoding="ascii"))
    fitting = [program for program in programs if program.major == major]
    if not fitting:
        found = ", ".join(str(program) for program in programs)
        raise Trouble(
            f"the data in {os.fspath(data)} were made by PostgreSQL {major}, but here is {found}: "
            f"put PostgreSQL {major} on PATH, or start afresh with --fresh."
        )
    return fitting[0]
