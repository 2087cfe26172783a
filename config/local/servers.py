"""Provides PostgreSQL and Redis: given ones, else embedded ones.

Environment: `DATABASE_URL` and `REDIS_URL` win, each for itself, and are checked.
What is missing is started here and stopped at the end of the `with`.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from config import environment
from config.local import given, ledger
from config.local.accounts import Account, servers_account
from config.local.ledger import Ledger
from config.local.postgres import Postgres
from config.local.project import ROOT, state_folder
from config.local.redis_server import Redis
from config.local.server import Server
from config.local.trouble import Trouble

LEDGER = "servers.json"
# Data that another account must reach, if the project's folder is closed to it.
ELSEWHERE = Path("/var/lib/renraku")


@dataclass
class Servers:
    """The servers in use: their addresses (with passwords) and descriptions (without)."""

    database_url: str
    redis_url: str
    descriptions: list[str]
    home: Path
    """A folder that only we can write to. `throw_away` deletes it with the servers."""
    ledger: Ledger
    """Lists the servers, and other processes that must not outlive us."""
    embedded: list[Server] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        return {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}


@contextmanager
def running(home: Path, *, careless: bool = False) -> Iterator[Servers]:
    """Provide both servers. Embedded ones keep their data below `home`, which is ours alone."""
    ledger.recover(home / LEDGER)
    account = servers_account()
    book = Ledger(home / LEDGER)
    with ExitStack() as stack:
        stack.callback(book.path.unlink, missing_ok=True)
        embedded: list[Server] = []
        if not os.environ.get("DATABASE_URL"):
            embedded.append(_started(stack, Postgres(home, book, account, careless=careless)))
        if not os.environ.get("REDIS_URL"):
            embedded.append(_started(stack, Redis(home, book, careless=careless)))
        yield _servers(home, book, embedded)


def _started(stack: ExitStack, server: Server) -> Server:
    stack.callback(server.stop)
    server.start()
    return server


def _servers(home: Path, book: Ledger, embedded: list[Server]) -> Servers:
    own_ones = {server.name: server for server in embedded}
    postgres, redis = own_ones.get("postgres"), own_ones.get("redis")
    database_url = postgres.url if postgres else os.environ["DATABASE_URL"]
    redis_url = redis.url if redis else os.environ["REDIS_URL"]
    words = [
        str(postgres.program) if postgres else given.check_database(database_url),
        str(redis.program) if redis else given.check_redis(redis_url),
    ]
    return Servers(database_url, redis_url, words, home, book, embedded)


def check_given() -> None:
    """Check given servers before anything is started. Raises `Trouble`."""
    if url := os.environ.get("DATABASE_URL"):
        given.check_database(url)
    if url := os.environ.get("REDIS_URL"):
        given.check_redis(url)


def lasting_home(root: Path = ROOT) -> Path:
    """Return the data folder of `up`'s servers. If it is not `.renraku/`, the file `.renraku/where` names it."""
    state = state_folder(root)
    account = servers_account()
    note = state / "where"
    if account is None or account.can_enter(state):
        note.unlink(missing_ok=True)
        return state
    home = ELSEWHERE / hashlib.sha256(os.fsencode(root)).hexdigest()[:16]
    for folder in (ELSEWHERE, home):
        folder.mkdir(mode=0o711, exist_ok=True)
    note.write_text(f"{home}\n", encoding="utf-8")
    return home


def empty(home: Path) -> None:
    """Delete the data of the embedded servers, after stopping what a killed start left running."""
    ledger.recover(home / LEDGER)
    for folder in ("postgres", "postgres-draft", "redis"):
        if (home / folder).exists():
            shutil.rmtree(home / folder)


@contextmanager
def throw_away(*, careless: bool) -> Iterator[Servers]:
    """Provide servers that are deleted at the end of the `with`. With `careless`, nothing is written to disk.

    Those of an owner who was killed are found by the next one, through the list
    in their folder, and go then.
    """
    environment.take_secrets_in()
    check_given()
    account = servers_account()
    parent = _open_parent(account)
    _sweep(parent)
    home = Path(tempfile.mkdtemp(prefix=_prefix(), dir=parent))
    try:
        home.chmod(0o711 if account else 0o700)
        Ledger(home / LEDGER).claim()
        with running(home, careless=careless) as servers:
            yield servers
    finally:
        shutil.rmtree(home)


def _prefix() -> str:
    return f"renraku-{os.geteuid()}-"


def _open_parent(account: Account | None) -> Path:
    """Return a folder for temporary files that the servers' account can enter."""
    for folder in (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")):  # noqa: S108 - only mkdtemp below
        if account is None or account.can_enter(folder):
            return folder
    raise Trouble("no folder for temporary files that the account of the servers may enter.")


def _sweep(parent: Path) -> None:
    """Stop and delete what killed owners left: servers, and whatever else has a list in their folder."""
    for folder in parent.glob(f"{_prefix()}*"):
        try:
            owner = folder.lstat().st_uid
        except FileNotFoundError:  # another start, or its own owner, has just deleted it
            continue
        is_ours = owner == os.geteuid() and folder.is_dir() and not folder.is_symlink()
        if is_ours and (folder / LEDGER).is_file() and ledger.abandoned(folder / LEDGER):
            for each in (*folder.glob(f"*/{LEDGER}"), folder / LEDGER):
                ledger.recover(each)
            shutil.rmtree(folder, ignore_errors=True)
