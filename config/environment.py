"""Reads one setting from the environment, or says in one line which one is wrong and why."""

import os
import re
from collections.abc import Callable
from datetime import timedelta
from email.utils import parseaddr
from typing import Any, TypeVar
from urllib.parse import SplitResult, unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.dateparse import parse_duration

from config import redis_address

env = environ.Env()
Default = TypeVar("Default", timedelta, timedelta | None)


class Refused(ImproperlyConfigured, SystemExit):
    """A refused setting ends whatever starts with this one line, and exit code 1: no traceback."""

    def __init__(self, line: str) -> None:
        super().__init__(line)
        self.code = line


def refuse(name: str, reason: str) -> Refused:
    """Make the start-up error for the setting `name`."""
    return Refused(f"{name}: {reason}")


def text(name: str, default: str = "") -> str:
    """Read text; unset and empty are the default."""
    return os.environ.get(name, "").strip() or default  # the library would take a first $ for another variable's name


def required(name: str, example: str) -> str:
    """Read text that must be there."""
    value = text(name)
    if not value:
        raise refuse(name, f"is not set; for example {example}")
    return value


def words(name: str, default: str) -> list[str]:
    """Read comma-separated text."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def switch(name: str, *, default: bool) -> bool:
    """Read true or false."""
    value = text(name, str(default)).lower()
    if value in {"true", "1", "yes", "on"}:
        return True
    if value in {"false", "0", "no", "off"}:
        return False
    raise refuse(name, f"must be true or false, not {value!r}")


def one_of(name: str, choices: tuple[str, ...]) -> str:
    """Read one of `choices`; the first is the default. Case does not matter."""
    value = text(name, choices[0])
    by_name = {choice.lower(): choice for choice in choices}
    if value.lower() not in by_name:
        raise refuse(name, f"must be one of {', '.join(choices)}, not {value!r}")
    return by_name[value.lower()]


def whole_number(name: str, default: int, least: int = 0) -> int:
    """Read a whole number of at least `least`."""
    value = text(name, str(default))
    if not value.isascii() or not value.isdigit() or int(value) < least:
        raise refuse(name, f"must be a whole number of at least {least}, not {value!r}")
    return int(value)


def seconds(name: str, default: str, most: int = 86_400) -> float:
    """Read a number of seconds between 0.1 and `most`."""
    value = text(name, default)
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0.1 <= number <= most:  # noqa: PLR2004 - said in the message
        raise refuse(name, f"must be seconds between 0.1 and {most}, not {value!r}")
    return number


def duration(name: str, default: Default) -> timedelta | Default:
    """Read an ISO 8601 duration such as P4D or PT24H; unset and empty are the default."""
    value = text(name)
    if not value:
        return default
    parsed = parse_duration(value) if value.startswith("P") and value != "P" else None
    if parsed is None:
        raise refuse(name, f"must be an ISO 8601 duration such as P4D or PT24H, not {value!r}")
    return parsed


def per_minute(name: str, default: str) -> int:
    """Read a rate such as 120/min, as a count a minute."""
    count, _, unit = text(name, default).partition("/")
    if not count.isascii() or not count.isdigit() or int(count) == 0 or unit not in {"min", "minute", "m"}:
        raise refuse(name, f"must be a rate such as {default}, not {text(name)!r}")
    return int(count)


def time_zone(name: str, default: str) -> str:
    """Read the name of a time zone."""
    value = text(name, default)
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise refuse(name, f"{value!r} is no time zone; for example Asia/Tokyo") from unknown
    return value


def url(name: str, schemes: tuple[str, ...], example: str) -> str:
    """Read an address with one of `schemes`. Its password never stands in the message."""
    value = required(name, example)
    try:
        parts = urlsplit(value)
        scheme, _ = parts.scheme, parts.port
    except ValueError as malformed:
        raise refuse(name, f"is no address; for example {example}") from malformed
    if scheme not in schemes:
        raise refuse(name, f"must begin with {schemes[0]}://; for example {example}")
    return value


def redis(name: str, example: str) -> str:
    """Read the address of a Redis; `config.redis_address` says what is understood."""
    value = required(name, example)
    try:
        redis_address.read(value)
    except ValueError as refused:
        raise refuse(name, str(refused)) from None
    return value


def page(name: str, default: str) -> str:
    """Read the address under which people find the site: scheme and host, perhaps a path. No slash at the end."""
    value = text(name, default).rstrip("/")
    if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", value):
        raise refuse(name, f"must be an address such as {default}, not {value!r}")
    return value


MAIL_PORTS = {"smtp": 25, "smtp+tls": 587, "smtp+ssl": 465}
MAIL_ELSEWHERE = ("consolemail", "filemail")


def email(name: str, default: str) -> dict[str, Any]:
    """Read how e-mail leaves: smtp://user:password@host:port, smtp+tls://…, consolemail://, filemail:///folder."""
    value = text(name, default)
    parts = _mail_parts(name, value)
    if parts.scheme == "filemail" and (parts.netloc or not parts.path.strip("/")):
        raise refuse(name, "filemail names a folder, from the root on: filemail:///var/mail/renraku")
    if parts.scheme in MAIL_PORTS and not parts.hostname:
        raise refuse(name, f"names no host; for example {parts.scheme}://user:password@host:port")
    if bool(parts.username) != bool(parts.password):
        raise refuse(name, "needs user and password, or neither: smtp+tls://user:password@host:587")
    parsed: dict[str, Any] = env.email_url_config(value)
    if parts.scheme == "consolemail":
        parsed["EMAIL_BACKEND"] = "notifications.channels.console.Readable"
    parsed["EMAIL_FILE_PATH"] = unquote(parts.path)  # the library takes the first slash away
    parsed["EMAIL_PORT"] = parsed["EMAIL_PORT"] or MAIL_PORTS.get(parts.scheme, 25)
    return parsed


def _mail_parts(name: str, value: str) -> SplitResult:
    try:
        parts = urlsplit(value)
        known = parts.scheme in {*MAIL_PORTS, *MAIL_ELSEWHERE} and parts.port != 0
    except ValueError:
        known = False
    if not known:
        every = ", ".join(f"{scheme}://" for scheme in (*MAIL_PORTS, *MAIL_ELSEWHERE))
        raise refuse(name, f"must begin with one of {every}; for example smtp+tls://user:password@host:587")
    if parts.query or parts.fragment:
        raise refuse(name, "takes no options; write ? and # in a password as %3F and %23")
    return parts


def sender(name: str, default: str) -> str:
    """Read whom e-mail is from: `name@host`, or `Name <name@host>`."""
    value = text(name, default)
    address = parseaddr(value)[1]
    user, _, host = address.rpartition("@")
    if not user or not host or not value.isprintable() or " " in address:
        raise refuse(name, f"must be an e-mail address such as {default}, not {value!r}")
    return value


def database(name: str, example: str) -> dict[str, Any]:
    """Read the address of a PostgreSQL database."""
    value = url(name, ("postgres", "postgresql"), example)
    read: Callable[[str], dict[str, Any]] = env.db_url_config
    parsed = read(value)
    if not parsed.get("NAME"):
        raise refuse(name, f"names no database; for example {example}")
    return parsed
