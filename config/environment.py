"""Reads settings from the environment. A bad value stops the start with one line that names the setting."""

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import idna
from django.conf.locale import LANG_INFO
from django.core.exceptions import ImproperlyConfigured
from environ import Env

from config import redis_address
from config.database import address

Default = TypeVar("Default", timedelta, timedelta | None)

PASSWORDS = {"DATABASE_URL": "DATABASE_PASSWORD", "REDIS_URL": "REDIS_PASSWORD"}
"""The setting that can hold the password of an address."""
SECRETS = (
    *PASSWORDS,
    *PASSWORDS.values(),
    *("SECRET_KEY", "SECRET_KEY_FALLBACKS", "METRICS_TOKEN"),
    *("EMAIL_URL", "EMAIL_WEBHOOK_SECRET", "EMAIL_WEBHOOK_SIGNING_KEY", "VAPID_PRIVATE_KEY"),
)
"""Settings that can stand in a file instead: NAME_FILE holds its path, as containers pass secrets."""


class Refused(ImproperlyConfigured, SystemExit):
    """Ends the process with this one line and exit code 1: no traceback."""

    def __init__(self, line: str) -> None:
        super().__init__(line)
        self.code = line


def refuse(name: str, reason: str) -> Refused:
    """Return the start-up error for the setting `name`."""
    return Refused(f"{name}: {reason}")


DOTENV_LINE = re.compile(
    r"""(\#.* | (export[ ])?\w+=( '[^']*'(\s*\#.*)? | "[^"\#]*" | (?!['"\#])[^\#]*(\s\#.*)? ) )?""",
    re.ASCII | re.VERBOSE,
)
"""What django-environ reads as people mean it. It cuts other values short, and logs other lines with their secrets."""


def read_dotenv(path: Path) -> None:
    """Put the settings of a `.env` file into the environment, which wins over the file."""
    if not path.is_file():
        return
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not DOTENV_LINE.fullmatch(line):
            raise refuse(f"{path.name}, line {number}", "must be KEY=VALUE, with a value that holds # in single quotes")
    before = set(os.environ)
    Env.read_env(path, parse_comments=True)
    for name in set(os.environ) - before:
        if _rivals(name) & before:
            del os.environ[name]
        else:
            os.environ[name] = os.environ[name].strip()  # django-environ keeps the space before a comment


def _rivals(name: str) -> set[str]:
    """Return the settings that `.env` cannot add `name` to: NAME and NAME_FILE, and the address of a password."""
    base = name.removesuffix("_FILE")
    bases = {base, *(url for url, password in PASSWORDS.items() if password == base)}
    return bases | {f"{each}_FILE" for each in bases}


def take_secrets_in() -> None:
    """Replace NAME_FILE by NAME, and put passwords into their addresses, for `manage.py` and its child processes."""
    for name in SECRETS:
        if value := text(name):
            os.environ[name] = value
        os.environ.pop(f"{name}_FILE", None)
    for name, password in PASSWORDS.items():
        if os.environ.get(name):
            os.environ[name] = url_with_password(name, "")
        os.environ.pop(password, None)


def text(name: str, default: str = "") -> str:
    """Read text. Unset and empty mean the default."""
    value = os.environ.get(name, "").strip()  # django-environ would read a leading $ as another variable's name
    path = os.environ.get(f"{name}_FILE", "") if name in SECRETS else ""
    if value and path:
        raise refuse(f"{name}_FILE", f"cannot be set together with {name}")
    return _content(f"{name}_FILE", path) if path else value or default


def _content(name: str, path: str) -> str:
    try:
        content = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as failure:
        reason = failure.strerror if isinstance(failure, OSError) else "it is not text"
        raise refuse(name, f"cannot read the file {path!r}: {reason}") from None
    if not content:
        raise refuse(name, f"the file {path!r} is empty")
    return content


def required(name: str, example: str) -> str:
    """Read text that must be set."""
    value = text(name)
    if not value:
        raise refuse(name, f"is not set; for example {example}")
    return value


def words(name: str, default: str) -> list[str]:
    """Read comma-separated text."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def switch(name: str, *, default: bool) -> bool:
    """Read true or false, also as 1/0, yes/no, on/off."""
    value = text(name, str(default)).lower()
    if value in {"true", "1", "yes", "on"}:
        return True
    if value in {"false", "0", "no", "off"}:
        return False
    raise refuse(name, f"must be true or false, not {value!r}")


def one_of(name: str, choices: tuple[str, ...]) -> str:
    """Read one of `choices`, in any case. The first is the default."""
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


def url_with_password(name: str, example: str) -> str:
    """Read an address, with the password that `PASSWORDS` names for it."""
    value, password = required(name, example), text(PASSWORDS[name])
    if not password:
        return value
    scheme, _, rest = value.partition("://")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    user, _, host = authority.rpartition("@")
    if ":" in user:
        raise refuse(PASSWORDS[name], f"cannot be set: {name} holds a password")
    return f"{scheme}://{user}:{quote(password, safe='')}@{host}{rest.removeprefix(authority)}"


def redis(name: str, example: str) -> str:
    """Read the address of a Redis, as `config.redis_address` understands it."""
    value = url_with_password(name, example)
    try:
        redis_address.read(value)
    except ValueError as unusable:
        raise refuse(name, str(unusable)) from None
    return value


def ascii_host(host: str) -> str | None:
    """Return a host name in ASCII (RFC 5891): xn--r8jz45g.jp for 例え.jp. None if it is no name."""
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode()
    except idna.IDNAError:
        return None


def database(name: str, example: str, *, pooled: bool, role: str, answer_within: float | None) -> dict[str, Any]:
    """Read the address of a PostgreSQL database, with any option of libpq."""
    try:
        found = address.read(url_with_password(name, example))
        return address.settings(found, pooled=pooled, role=role, answer_within=answer_within)
    except address.UnusableError as unusable:
        raise refuse(name, str(unusable)) from None
