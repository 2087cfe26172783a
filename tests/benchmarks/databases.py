"""A database of its own for each run of each contender, copied from one template: nobody inherits bloat."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

from config.local.given import parameters
from config.local.project import ROOT

TEMPLATE = f"bench_template_{os.getpid()}"
RUN = f"bench_run_{os.getpid()}"

Connection = psycopg.Connection[tuple[Any, ...]]


def connect(url: str, *, autocommit: bool = True) -> Connection:
    """Connect as Django's settings would, without Django."""
    return psycopg.connect(**parameters(url), autocommit=autocommit)


def named(name: str) -> str:
    """Return the address of a database of this server."""
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


@contextmanager
def template() -> Iterator[str]:
    """Make a migrated database to be filled and then copied. Yields its address."""
    _administrate(f"CREATE DATABASE {TEMPLATE}")
    try:
        _migrate(named(TEMPLATE))
        yield named(TEMPLATE)
    finally:
        _administrate(f"DROP DATABASE {TEMPLATE} WITH (FORCE)")


@contextmanager
def copy() -> Iterator[str]:
    """Copy the template. Yields the address of the copy, which is gone afterwards."""
    _administrate(f"CREATE DATABASE {RUN} TEMPLATE {TEMPLATE}")
    try:
        yield named(RUN)
    finally:
        _administrate(f"DROP DATABASE {RUN} WITH (FORCE)")


def settle_down(url: str) -> None:
    """Tidy up, gather statistics and write everything to the disk, so that each run begins alike."""
    with connect(url) as connection:
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")


def one(connection: Connection, statement: str, *values: object) -> Any:
    """Return the only value of the only row."""
    row = connection.execute(statement, values).fetchone()
    return row[0] if row else None


def _administrate(statement: str) -> None:
    with connect(named("postgres")) as connection:
        connection.execute(statement)


def _migrate(url: str) -> None:
    command = [sys.executable, "-m", "django", "migrate", "--noinput", "-v", "0"]
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings"}
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
