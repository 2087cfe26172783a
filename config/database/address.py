"""Reads `DATABASE_URL` as libpq does, so that each option takes effect or is refused.

Errors name the option. They never repeat the address: it holds a password.
"""

import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from config.database import limits

EXAMPLE = "postgres://user:password@localhost:5432/renraku"
ENCODED = "write @ : / ? # % in a name or password as %40 %3A %2F %3F %23 %25"
NOWHERE = "/nowhere/that/a/socket/is"
LAST_PORT = 65_535
NUMBERS = {
    "connect_timeout": 1,  # 0 would wait for ever
    "keepalives": 0,
    "keepalives_idle": 0,
    "keepalives_interval": 0,
    "keepalives_count": 0,
    "tcp_user_timeout": 0,
}
"""Options that are whole numbers, with their minimum."""
NAMES = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
"""libpq's names of the parts, and Django's."""
OPTIONS = re.compile(r"(\s*(-c\s*|--)[A-Za-z_][\w.-]*=(\\.|[^\s\\])*)*\s*")
"""Valid `options`; with others, the server would refuse each connection."""
FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl", "passfile")
WRITABLE = ("any", "read-write", "primary")
OURS = {
    "client_encoding": "the encoding is always UTF-8",
    "replication": "this is no replication client",
    "fallback_application_name": "use application_name",
}
ALREADY_BY_DEFAULT = {
    "connect_timeout": "5",
    # A server whose machine is gone is given up after some 25 seconds, not hours.
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "25000",
}
"""Defaults for options that the address does not set."""


class UnusableError(ValueError):
    """The message says what is wrong with the address."""


def read(address: str) -> dict[str, str]:
    """Return the parameters of libpq (`host`, `dbname`, `sslmode` …). Raises `UnusableError`."""
    if not re.match(r"postgres(ql)?://", address):
        raise UnusableError(f"must begin with postgres://; for example {EXAMPLE}")
    try:
        found = {name: str(value) for name, value in conninfo_to_dict(_with_encoded_folder(address)).items()}
    except psycopg.Error as failure:
        raise UnusableError(_why(str(failure))) from None
    _check(found)
    return found


def _with_encoded_folder(address: str) -> str:
    """Return `postgres://user@//folder/of/socket/name` with the folder where the library looks for it."""
    match = re.fullmatch(r"(postgres(?:ql)?://[^/?]*@?)/(/[^?]*)/([^/?]+)(\?.*)?", address)
    if not match or re.search(r"[^/@]$", match[1].partition("://")[2]):
        return address
    return f"{match[1]}{quote(match[2], safe='')}/{match[3]}{match[4] or ''}"


def _why(complaint: str) -> str:
    """Return libpq's complaint, without secrets."""
    option = re.search(r'invalid URI query parameter: "([^"]*)"', complaint)
    if option:
        return f"{option[1]} is no option of a PostgreSQL address"
    return f"is no address of a database; {ENCODED}; for example {EXAMPLE}"


def _check(found: Mapping[str, str]) -> None:
    """Refuse options that would fail only at the first connection, or would be overruled."""
    if not found.get("dbname") and not found.get("service"):
        raise UnusableError(f"names no database; for example {EXAMPLE}")
    ports = [port for port in found.get("port", "").split(",") if port]
    if not all(port.isascii() and port.isdigit() and 0 < int(port) <= LAST_PORT for port in ports):
        raise UnusableError(f"its port must be a number up to {LAST_PORT}; {ENCODED}")
    for name, why in OURS.items():
        if name in found and (name, found[name].lower()) != ("client_encoding", "utf8"):
            raise UnusableError(f"{name} cannot be set: {why}")
    for name, least in NUMBERS.items():
        value = found.get(name, "")
        if name in found and not (value.isascii() and value.isdigit() and int(value) >= least):
            raise UnusableError(f"{name} must be a whole number of at least {least}, not {value!r}")
    if found.get("target_session_attrs", "any") not in WRITABLE:
        raise UnusableError(f"target_session_attrs must be one of {', '.join(WRITABLE)}: a standby takes no writes")
    for name in FILES:
        if (path := found.get(name)) and path != "system" and not os.access(path, os.R_OK):
            raise UnusableError(f"{name}: there is no file {path!r} that can be read")
    _check_values(found)


def _check_values(found: Mapping[str, str]) -> None:
    """Let libpq check the values, which it does before it connects: here to a socket that does not exist."""
    if not OPTIONS.fullmatch(found.get("options", "")):
        raise UnusableError(f"options takes -c name=value, encoded as -c%20name%3Dvalue, not {found['options']!r}")
    values = {name: value for name, value in found.items() if name not in {*NAMES, "hostaddr", "service"}}
    tried = psycopg.pq.PGconn.connect_start(make_conninfo(**values, host=NOWHERE).encode())
    complaint = tried.error_message.decode(errors="replace").strip()
    tried.finish()
    if "invalid" in complaint and NOWHERE not in complaint:
        raise UnusableError(complaint)


def settings(found: Mapping[str, str], *, pooled: bool, role: str, answer_within: float | None) -> dict[str, Any]:
    """Return Django's settings. `pooled`: through a pooler, which accepts no `options`. Raises `UnusableError`."""
    if pooled and "options" in found:
        raise UnusableError("options cannot be sent through a pooler (DATABASE_POOLED): set them for the role instead")
    options: dict[str, Any] = {
        "application_name": f"renraku {role}",
        **ALREADY_BY_DEFAULT,
        **{name: value for name, value in found.items() if name not in NAMES},
        "pooled": pooled,
        "answer_within": answer_within,
    }
    if "," in found.get("host", ""):
        options.setdefault("target_session_attrs", "read-write")
    if not pooled:
        options["options"] = f"{limits.AT_START_UP} {found.get('options', '')}".strip()
    return {
        "ENGINE": "config.database",
        **{theirs: found.get(ours, "") for ours, theirs in NAMES.items()},
        "DISABLE_SERVER_SIDE_CURSORS": pooled,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }
