"""Reads one setting from the environment, or says in one line which one is wrong and why."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.dateparse import parse_duration

env = environ.Env()
Default = TypeVar("Default", timedelta, timedelta | None)


def refuse(name: str, reason: str) -> ImproperlyConfigured:
    """Make the start-up error for the setting `name`."""
    return ImproperlyConfigured(f"{name}: {reason}")


def text(name: str, default: str = "") -> str:
    """Read text; unset and empty are the default."""
    return str(env.str(name, default="")).strip() or default


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


def seconds(name: str, default: str) -> float:
    """Read a number of seconds between 0.1 and 86,400."""
    value = text(name, default)
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0.1 <= number <= 86_400:  # noqa: PLR2004 - said in the message
        raise refuse(name, f"must be seconds between 0.1 and 86400, not {value!r}")
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


def email(name: str, default: str) -> dict[str, Any]:
    """Read how e-mail leaves: smtp://user:password@host:port, smtp+tls://…, consolemail://, filemail:///folder."""
    value = text(name, default)
    try:
        parsed: dict[str, Any] = env.email_url_config(value)
    except (KeyError, ValueError) as unknown:
        raise refuse(name, "is no address of a mail server; for example smtp+tls://user:password@host:587") from unknown
    return {key: each for key, each in parsed.items() if key.startswith("EMAIL_")}


def database(name: str, example: str) -> dict[str, Any]:
    """Read the address of a PostgreSQL database."""
    value = url(name, ("postgres", "postgresql"), example)
    read: Callable[[str], dict[str, Any]] = env.db_url_config
    parsed = read(value)
    if not parsed.get("NAME"):
        raise refuse(name, f"names no database; for example {example}")
    return parsed
