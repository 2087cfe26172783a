"""PgBouncer in transaction mode in front of a PostgreSQL, configured as README says. It refuses to run as root."""

import shutil
import signal
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from config.local.accounts import own, servers_account
from config.local.binaries import Program
from config.local.given import parameters
from config.local.ledger import Ledger
from config.local.ports import HOME
from config.local.project import private_file
from config.local.server import Server

PROGRAM = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
MISSING = "no PgBouncer is on PATH: apt-get install pgbouncer"
SETTINGS = """
[databases]
{name} = host={host} port={port} dbname={name}
[pgbouncer]
listen_addr = {home}
listen_port = {listen}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {users}
pool_mode = transaction
default_pool_size = 10
server_login_retry = 1
query_wait_timeout = 5
"""


class PgBouncer(Server):
    """A pooler: each transaction may run on another of its few server connections."""

    name = "pgbouncer"
    gently = signal.SIGTERM
    firmly = signal.SIGKILL

    def __init__(self, home: Path, ledger: Ledger, database_url: str) -> None:
        """Stand before the database at this address."""
        assert PROGRAM
        program = Program(Path(PROGRAM), "PgBouncer", "", f"on PATH: {PROGRAM}")
        super().__init__(program, home, ledger, servers_account())
        self.database_url = database_url

    @property
    def url(self) -> str:
        """Return the address for `DATABASE_URL`."""
        parts = urlsplit(self.database_url)
        who = parts.netloc.rpartition("@")[0]
        return urlunsplit(parts._replace(netloc=f"{who}@{HOME}:{self.port}"))

    def prepare(self) -> None:
        """Write down who may enter."""
        how = parameters(self.database_url)
        private_file(self._users, f'"{how["user"]}" "{how["password"]}"\n')
        own(self._users, self.account)

    def command(self) -> list[str]:
        """Write the settings for this port, and return the command."""
        how = parameters(self.database_url)
        settings = self.home / "pgbouncer.ini"
        facts = {"name": how["dbname"], "host": how["host"], "port": how["port"]}
        text = SETTINGS.format(**facts, home=HOME, listen=self.port, users=self._users)
        private_file(settings, text)
        own(settings, self.account)
        return [str(self.program.path), str(settings)]

    def answers(self) -> bool:
        """Say whether it lets us through."""
        try:
            psycopg.connect(**{**parameters(self.url), "connect_timeout": "5"}).close()
        except psycopg.OperationalError:
            return False
        return True

    @property
    def _users(self) -> Path:
        return self.home / "pgbouncer-users"
