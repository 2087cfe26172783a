"""The language that a browser asks for. Middleware has activated the one that the request is answered in."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation.trans_real import get_supported_language_variant, parse_accept_lang_header


def asked_for(request: HttpRequest) -> str | None:
    """Return the language chosen in this browser, else its own; None where it names none of `LANGUAGES`."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    accepted = parse_accept_lang_header(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))
    for code in (chosen, *(code for code, _quality in accepted)):
        try:
            return get_supported_language_variant(code)
        except LookupError:
            continue
    return None
