"""Checks servers given in the environment, so that a wrong address is one clear line.

No message here repeats an address: it holds a password.
"""

from typing import Any

import psycopg
import redis

from config import redis_address
from config.database import address
from config.local.binaries import OLDEST_POSTGRES
from config.local.trouble import Trouble

TIMEOUT = 5


def parameters(database_url: str) -> dict[str, Any]:
    """Return the connection parameters, read as the settings read them. Raises `Trouble`."""
    try:
        return dict(address.read(database_url))
    except address.UnusableError as unusable:
        raise Trouble(f"DATABASE_URL {unusable}") from unusable


def check_database(database_url: str) -> str:
    """Return a description of the server. Raises `Trouble` if it cannot be used."""
    how = parameters(database_url)
    try:
        with psycopg.connect(**{"connect_timeout": TIMEOUT, **how}) as connection:
            version = connection.info.server_version // 10000
    except psycopg.Error as error:
        raise Trouble(f"DATABASE_URL cannot be used: {_reason(error, how.get('password', ''))}") from error
    if version < OLDEST_POSTGRES:
        raise Trouble(f"DATABASE_URL leads to PostgreSQL {version}; {OLDEST_POSTGRES} or newer is needed.")
    return f"PostgreSQL {version} (DATABASE_URL)"


def check_redis(redis_url: str) -> str:
    """Return a description of the server. Raises `Trouble` if it cannot be used."""
    try:
        client = redis_address.read(redis_url).client(TIMEOUT)
    except ValueError as refused:
        raise Trouble(f"REDIS_URL {refused}") from None
    with client:
        try:
            facts = client.info("server")
        except redis.AuthenticationError as error:
            raise Trouble("REDIS_URL cannot be used: the server wants another password.") from error
        except redis.RedisError as error:
            reason = (
                "its certificate is not trusted." if "CERTIFICATE_VERIFY" in str(error) else "no Redis answers there."
            )
            raise Trouble(f"REDIS_URL cannot be used: {reason}") from error
    name = "Valkey" if "valkey_version" in facts else "Redis"
    return f"{name} {facts.get('valkey_version', facts['redis_version'])} (REDIS_URL)"


def _reason(error: psycopg.Error, password: str) -> str:
    """Return the last line of the error, without the password."""
    lines = str(error).strip().splitlines() or ["no answer"]
    reason = lines[-1].strip()
    return reason.replace(password, "…") if password else reason
