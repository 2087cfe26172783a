"""Reads one setting from the environment, or says in one line which one is wrong and why."""

import os
import re
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import SplitResult, unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import environ
import idna
from django.conf.locale import LANG_INFO
from django.core.exceptions import ImproperlyConfigured

from config import redis_address
from config.database import address

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


NUMBER = "[0-9]+(?:[.,][0-9]+)?"
ISO_8601 = re.compile(
    rf"P(?=[0-9T])(?:(?P<weeks>{NUMBER})W)?(?:(?P<days>{NUMBER})D)?"
    rf"(?:T(?=[0-9])(?:(?P<hours>{NUMBER})H)?(?:(?P<minutes>{NUMBER})M)?(?:(?P<seconds>{NUMBER})S)?)?"
)
SHORTEST, LONGEST = timedelta(0), timedelta(days=3660)


def duration(
    name: str, default: Default, *, least: timedelta = SHORTEST, most: timedelta = LONGEST
) -> timedelta | Default:
    """Read an ISO 8601 duration such as P4D or PT24H, or plain seconds; unset and empty are the default.

    A year and a month have no length of their own and are refused. Both ends are inclusive.
    """
    value = text(name)
    if not value:
        return default
    parsed = _duration(value)
    if parsed is None:
        raise refuse(name, f"must be an ISO 8601 duration such as P4D, PT24H or PT15S, or seconds, not {value!r}")
    if not least <= parsed <= most:
        raise refuse(name, f"must be between {_iso(least)} and {_iso(most)}, not {value!r}")
    return parsed


def _duration(value: str) -> timedelta | None:
    if re.fullmatch(NUMBER, value):
        parts = {"seconds": value}
    elif read := ISO_8601.fullmatch(value.upper()):
        parts = {unit: number for unit, number in read.groupdict().items() if number}
    else:
        return None
    try:
        return timedelta(**{unit: float(number.replace(",", ".")) for unit, number in parts.items()})
    except OverflowError:
        return timedelta.max


def _iso(span: timedelta) -> str:
    """Write a span as ISO 8601: whole days, or seconds."""
    return f"P{span.days}D" if span.days and not span.seconds else f"PT{span.total_seconds():g}S"


def per_minute(name: str, default: str) -> int:
    """Read a rate such as 120/min, or 120/PT1M, as a count a minute."""
    count, _, unit = text(name, default).partition("/")
    a_minute = unit.strip().lower() in {"min", "minute", "m"} or _duration(unit.strip()) == timedelta(minutes=1)
    if not re.fullmatch(r" *0*[1-9][0-9]{0,8} *", count) or not a_minute:
        raise refuse(name, f"must be a rate a minute such as {default}, not {text(name)!r}")
    return int(count)


def time_zone(name: str, default: str) -> str:
    """Read the name of a time zone."""
    value = text(name, default)
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise refuse(name, f"{value!r} is no time zone; for example Asia/Tokyo") from unknown
    return value


def languages(name: str, default: str) -> list[tuple[str, str]]:
    """Read language codes, most used first, as (code, its own name)."""
    found = {}
    for code in words(name, default):
        named = LANG_INFO.get(code.lower(), {}).get("name_local")
        if named is None:
            raise refuse(name, f"{code!r} is no language that Django knows; for example ja,en")
        found[code.lower()] = named
    if not found:
        raise refuse(name, "names no language; for example ja,en")
    return list(found.items())


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


def ascii_host(host: str) -> str | None:
    """Return a host name as it travels (RFC 5891), as 例え.jp is xn--r8jz45g.jp; None for what is no name."""
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode()
    except idna.IDNAError:
        return None


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


SHORTEST_PASSWORD = 20


def user_and_password(name: str) -> str:
    """Read `user:password` as another system sends it by HTTP; unset and empty: nobody may. Never in the message."""
    value = text(name)
    user, colon, password = value.partition(":")
    if value and not (user and colon and len(password) >= SHORTEST_PASSWORD and value.isascii()):
        raise refuse(
            name, f"must be user:password in ASCII, with a password of at least {SHORTEST_PASSWORD} characters"
        )
    return value


def database(name: str, example: str, *, pooled: bool, role: str, answer_within: float | None) -> dict[str, Any]:
    """Read the address of a PostgreSQL database, with every option that its library knows."""
    try:
        found = address.read(required(name, example))
        return address.settings(found, pooled=pooled, role=role, answer_within=answer_within)
    except address.UnusableError as unusable:
        raise refuse(name, str(unusable)) from None
