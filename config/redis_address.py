"""Reads `REDIS_URL`, once for Celery's broker, the health check and the bootstrap.

redis://[[user]:password@]host[:port][/number], rediss:// for TLS, unix:///path/of/the.sock[?db=number]
(or redis+socket://). Anything else is refused; a library would ignore it silently.
"""

import os
import re
import ssl
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

PORT = 6379
TCP, TLS = "redis", "rediss"
SOCKETS = ("unix", "redis+socket")
SCHEMES = (TCP, TLS, *SOCKETS)
EXAMPLE = "for example redis://:password@localhost:6379/0, with @ : / ? # % in the password as %40 %3A %2F %3F %23 %25"
NUMBER = re.compile(r"\d{1,5}", re.ASCII)
VERIFICATION = {"required": ssl.CERT_REQUIRED, "optional": ssl.CERT_OPTIONAL, "none": ssl.CERT_NONE}
TLS_FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
TLS_OPTIONS = ("ssl_cert_reqs", "ssl_check_hostname", *TLS_FILES)
DATABASE_OPTIONS = ("db", "virtual_host")


@dataclass(frozen=True)
class RedisAddress:
    """Where a Redis is, and how to connect."""

    host: str = ""
    port: int = PORT
    socket: str = ""
    """The path of a Unix socket; replaces host and port."""
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    database: int = 0
    tls: dict[str, Any] | None = None
    """Arguments of redis-py's TLS connection; None without TLS. Certificates are verified unless told otherwise."""

    def client(self, timeout: float) -> "Redis":
        """Return a client that waits `timeout` seconds to connect and for each answer. Close it after use."""
        where: dict[str, Any] = {"host": self.host, "port": self.port}
        if self.socket:
            where = {"unix_socket_path": self.socket}
        return Redis(
            **where,
            username=self.username,
            password=self.password,
            db=self.database,
            ssl=self.tls is not None,
            **self.tls or {},
            socket_timeout=timeout,
            socket_connect_timeout=timeout,
            retry=Retry(NoBackoff(), 0),
        )

    @property
    def broker_url(self) -> str:
        """The address for Celery, which gets the TLS options from `tls`."""
        who = f"{quote(self.username or '', safe='')}:{quote(self.password, safe='')}@" if self.password else ""
        if self.socket:
            return f"redis+socket://{who}{quote(self.socket)}?virtual_host={self.database}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{TLS if self.tls is not None else TCP}://{who}{host}:{self.port}/{self.database}"


def read(url: str) -> RedisAddress:
    """Read an address. Raises `ValueError` with the reason, and without the address: it holds a password."""
    if url.partition("://")[0].lower() not in SCHEMES:
        raise ValueError("must begin with redis://, rediss:// or unix://; for example redis://localhost:6379/0")
    if "#" in url:
        raise ValueError(f"holds a #; {EXAMPLE}")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError(f"is no address; {EXAMPLE}") from None
    options = _options(parts)
    username, password = _credentials(parts)
    if parts.scheme in SOCKETS:
        return RedisAddress(
            socket=_socket(parts), username=username, password=password, database=_number(options.get("db", "0"))
        )
    if not parts.hostname:
        raise ValueError(f"names no host; for example {parts.scheme}://localhost:6379/0")
    if re.search(r"[\s,]", unquote(parts.hostname)):
        raise ValueError("must name one host: Celery connects to one only")
    if port == 0:
        raise ValueError("names port 0, on which nothing listens")
    return RedisAddress(
        host=unquote(parts.hostname),
        port=port or PORT,
        username=username,
        password=password,
        database=_number(unquote(parts.path).removeprefix("/") or "0"),
        tls=_tls(options) if parts.scheme == TLS else None,
    )


def _credentials(parts: SplitResult) -> tuple[str | None, str | None]:
    if "@" not in parts.netloc:
        return None, None
    username, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not password:
        raise ValueError("names no password before the @; for example redis://user:password@localhost:6379/0")
    return username or None, password


def _options(parts: SplitResult) -> dict[str, str]:
    """Return the options after the question mark. Each must be known to this scheme and appear once."""
    known: tuple[str, ...] = ()
    if parts.scheme == TLS:
        known = TLS_OPTIONS
    elif parts.scheme in SOCKETS:
        known = DATABASE_OPTIONS
    found: dict[str, str] = {}
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name not in known:
            takes = f"takes {', '.join(known)} only" if known else "takes no options"
            raise ValueError(f"has the option {name!r}: {parts.scheme}:// {takes}")
        name = "db" if name in DATABASE_OPTIONS else name  # noqa: PLW2901 - two names for the same option
        if name in found:
            raise ValueError(f"has the option {name!r} twice")
        found[name] = value
    return found


def _socket(parts: SplitResult) -> str:
    if parts.netloc.rpartition("@")[2]:
        raise ValueError(f"names a socket, from the root on: {parts.scheme}:///run/redis.sock")
    path = unquote(parts.path)
    if not path.strip("/"):
        raise ValueError(f"names no socket; for example {parts.scheme}:///run/redis.sock")
    return path


def _number(value: str) -> int:
    if not NUMBER.fullmatch(value):
        raise ValueError("the number of the database must be a whole number such as 0")
    return int(value)


def _tls(options: dict[str, str]) -> dict[str, Any]:
    reqs = options.get("ssl_cert_reqs", "required").lower().removeprefix("cert_")
    if reqs not in VERIFICATION:
        raise ValueError(f"ssl_cert_reqs must be one of {', '.join(VERIFICATION)}")
    check = options.get("ssl_check_hostname", "true").lower()
    if check not in {"true", "false"}:
        raise ValueError("ssl_check_hostname must be true or false")
    files = {name: options[name] for name in TLS_FILES if name in options}
    for name, path in files.items():
        if not os.access(path, os.R_OK) or not os.path.isfile(path):  # noqa: PTH113 - beside os.access
            raise ValueError(f"{name} names a file that cannot be read: {path!r}")
    if "ssl_keyfile" in files and "ssl_certfile" not in files:
        raise ValueError("ssl_keyfile needs the certificate beside it: ssl_certfile")
    _try_to_load(files)
    # The broker's client takes the constants, not the words.
    return {"ssl_cert_reqs": VERIFICATION[reqs], "ssl_check_hostname": check == "true", **files}


def _try_to_load(files: dict[str, str]) -> None:
    """Load the files as each connection will. Raises `ValueError` if that fails."""
    context = ssl.create_default_context()
    try:
        if authorities := files.get("ssl_ca_certs"):
            context.load_verify_locations(authorities)
    except (ssl.SSLError, OSError):
        raise ValueError("ssl_ca_certs holds no certificates (PEM)") from None
    try:
        if certificate := files.get("ssl_certfile"):
            context.load_cert_chain(certificate, files.get("ssl_keyfile"), password=_no_password)
    except (ssl.SSLError, OSError, ValueError):
        raise ValueError("ssl_certfile and ssl_keyfile hold no certificate with its key (PEM)") from None


def _no_password() -> str:
    """Stop OpenSSL from asking for a password at the terminal."""
    raise ValueError("the key needs a password")
