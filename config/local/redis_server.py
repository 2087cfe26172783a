"""The embedded Redis (or Valkey), as a broker: nothing evicted, everything persisted."""

import json
import secrets
import signal
from pathlib import Path

import redis

from config.local.binaries import Program, redis_programs
from config.local.ledger import Ledger
from config.local.ports import HOME
from config.local.project import private_file
from config.local.server import Server
from config.local.trouble import Trouble

# Each stack of real processes in the tests takes a database of its own.
DATABASES = 64


class Redis(Server):
    """Redis on 127.0.0.1. Its settings are in a private file, since everybody can read a command line."""

    name = "redis"
    gently = signal.SIGTERM
    firmly = signal.SIGKILL

    def __init__(self, home: Path, ledger: Ledger, *, careless: bool = False) -> None:
        """Keep data in `home`, unless `careless`."""
        super().__init__(_choose(), home, ledger, account=None)
        self.data = home / "redis"
        self.settings_file = home / "redis.conf"
        self.careless = careless
        self.password = ""

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{HOME}:{self.port}/0"

    def prepare(self) -> None:
        self.data.mkdir(mode=0o700, exist_ok=True)
        self.password = secrets.token_hex(24)

    def command(self) -> list[str]:
        settings = {
            "bind": HOME,
            "port": str(self.port),
            "requirepass": self.password,
            "dir": json.dumps(str(self.data)),
            "databases": str(DATABASES),
            "save": '""',
            "appendonly": "no" if self.careless else "yes",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
        }
        private_file(self.settings_file, "".join(f"{name} {value}\n" for name, value in settings.items()))
        return [str(self.program.path), str(self.settings_file)]

    def answers(self) -> bool:
        """Whether it accepts our password and has loaded its data."""
        with redis.Redis.from_url(self.url, socket_connect_timeout=5, socket_timeout=5) as client:
            try:
                return bool(client.ping())
            except redis.RedisError:  # not yet: the caller tries again
                return False


def _choose() -> Program:
    """Return the program to use. Raises `Trouble`."""
    programs = redis_programs()
    if not programs:
        raise Trouble(
            "no Redis for this machine: there is neither redis-server nor valkey-server on PATH, "
            "and the embedded one has no build for it. Set REDIS_URL."
        )
    return programs[0]
