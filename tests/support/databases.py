"""Every database of a test run is a copy of one migrated template, which is made once.

Where the suite is shared out, `TEMPLATE` names the template for all processes. It is being made while they
start; from then on its `datistemplate` is true.
"""

import functools
import itertools
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg

from config.local.given import parameters
from config.local.project import ROOT
from config.local.waiting import until
from tests.support.servers import TEMPLATE, before_the_end, session_servers

MADE_WITHIN = 120.0
COMMAND_WITHIN = 120.0
ONE_COPY_AT_A_TIME = "SELECT pg_advisory_lock(1)"
"""Held on the server's own database: PostgreSQL refuses to copy what somebody looks at."""
MAKING_IT = "SELECT pg_advisory_lock(2)"
WAIT_WHILE_IT_IS_MADE = f"SET lock_timeout = '{MADE_WITHIN:.0f}s'; SELECT pg_advisory_lock_shared(2)"
"""Asking again and again would take the processor from what is waited for."""
_numbers = itertools.count(1)


@contextmanager
def copied() -> Iterator[str]:
    """Copy the template; the copy is dropped at the end. Yields its name."""
    name = f"copy_{os.getpid()}_{next(_numbers)}"
    _administrate(ONE_COPY_AT_A_TIME, f'CREATE DATABASE "{name}" TEMPLATE "{_template()}"')
    try:
        yield name
    finally:
        _administrate(f'DROP DATABASE "{name}" WITH (FORCE)')


def address(name: str) -> str:
    """Return the address of a database on the servers of the run."""
    return with_path(session_servers().database_url, name)


def with_path(url: str, path: str) -> str:
    """Return the address of another database on the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{path}"))


def template_name() -> str:
    """Return what the template of this run is called."""
    return os.environ.get(TEMPLATE) or f"template_{os.getpid()}"


def make_template() -> None:
    """Make the template, and drop it at the end of the run."""
    name = template_name()
    with _server() as making:
        making.execute(MAKING_IT)
        making.execute(f'CREATE DATABASE "{name}"'.encode())
        before_the_end(
            lambda: _administrate(f'ALTER DATABASE "{name}" IS_TEMPLATE false', f'DROP DATABASE "{name}" WITH (FORCE)')
        )
        django({**os.environ, "DATABASE_URL": address(name)}, "migrate", "--noinput")
        making.execute(f'ALTER DATABASE "{name}" IS_TEMPLATE true'.encode())


def django(env: Mapping[str, str], *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a command of Django in a process of its own."""
    answer = subprocess.run(
        [sys.executable, "-m", "django", *arguments],
        cwd=ROOT,
        env={**env, "DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        check=False,
        timeout=COMMAND_WITHIN,
    )
    assert not (check and answer.returncode), f"{arguments[0]} failed:\n{answer.stdout}{answer.stderr}"
    return answer


@functools.cache
def _template() -> str:
    """Return the template's name as soon as it can be copied."""
    if TEMPLATE not in os.environ:
        make_template()
    until(lambda: _is_made(template_name()), MADE_WITHIN, "the template of the databases")
    return template_name()


def _is_made(name: str) -> bool:
    with _server() as connection:
        connection.execute(WAIT_WHILE_IT_IS_MADE)
        return connection.execute("SELECT FROM pg_database WHERE datname = %s AND datistemplate", [name]).rowcount == 1


def _administrate(*statements: str) -> None:
    """Run statements about databases, on the server's own one."""
    with _server() as connection:
        for statement in statements:
            connection.execute(statement.encode())


def _server() -> psycopg.Connection[tuple[object, ...]]:
    how = parameters(session_servers().database_url) | {"dbname": "postgres"}
    return psycopg.connect(**how, autocommit=True)
