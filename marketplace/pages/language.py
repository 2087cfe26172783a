"""In which language and time zone a page is shown: the person's own, else the browser's, else Japanese."""

from collections.abc import Iterator
from contextlib import contextmanager
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone, translation
from django.utils.translation.trans_real import parse_accept_lang_header

from marketplace.vocabulary import Language


def of(request: HttpRequest) -> Language:
    """Return the language to show: the person's, the one chosen in this browser, the browser's own, or Japanese."""
    own = getattr(request.user, "language", "")
    return Language(own) if own else of_browser(request)


def of_browser(request: HttpRequest) -> Language:
    """Return the same without knowing the person: the database is not asked."""
    return asked_for(request) or Language.JAPANESE


def asked_for(request: HttpRequest) -> Language | None:
    """Return the language chosen in this browser, or its own; None when it names none of ours."""
    asked = [
        request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""),
        *(tag for tag, _ in parse_accept_lang_header(request.META.get("HTTP_ACCEPT_LANGUAGE", "")[:200].lower())),
    ]
    known = (tag.partition("-")[0] for tag in asked)
    return next((Language(tag) for tag in known if tag in set(Language)), None)


@contextmanager
def spoken_to(request: HttpRequest) -> Iterator[Language]:
    """Show whatever is rendered inside in the reader's language and time zone."""
    language = of(request)
    zone = ZoneInfo(getattr(request.user, "time_zone", "") or settings.TIME_ZONE)
    with translation.override(language.value), timezone.override(zone):
        yield language


@contextmanager
def spoken_to_anybody(request: HttpRequest) -> Iterator[Language]:
    """Do the same without asking the database who looks."""
    language = of_browser(request)
    with translation.override(language.value), timezone.override(settings.TIME_ZONE):
        yield language
