"""In which language and time zone somebody reads. Set both around a whole rendering, at the rim: `read_by`."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.utils import timezone, translation


def languages() -> list[tuple[str, str]]:
    """Return the languages of this marketplace, as (code, its own name)."""
    return list(settings.LANGUAGES)


def language_of(person: Any, default: str = "") -> str:
    """Return the person's own language, else `default`, else `LANGUAGE_CODE`. Strangers have none of their own."""
    own = getattr(person, "language", "")
    return own if own in dict(settings.LANGUAGES) else default or settings.LANGUAGE_CODE


@cache
def time_zones() -> frozenset[str]:
    """Return the names of every time zone. They are files: read once."""
    return frozenset(available_timezones())


def zone_of(person: Any) -> ZoneInfo:
    """Return the person's own time zone, else the marketplace's."""
    own = getattr(person, "time_zone", "")
    return ZoneInfo(own if own in time_zones() else settings.TIME_ZONE)


@contextmanager
def read_by(person: Any, default: str = "") -> Iterator[None]:
    """Render whatever is inside in this person's language (else in `default`) and time zone."""
    with translation.override(language_of(person, default)), timezone.override(zone_of(person)):
        yield
