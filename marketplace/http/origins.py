"""Which origin a form was refused for, and the setting that would admit it."""

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

REFUSED = re.compile(r"(?:Origin|Referer) checking failed - (\S+) does not match any trusted origins")
"""Django's words for it, with the origin, or the whole address that a form was sent from."""


def refused_origin(reason: str) -> str | None:
    """Return the origin that CSRF's reason names: `https://market.example`, or `null`. None for another reason."""
    found = REFUSED.search(reason)
    if found is None:
        return None
    parts = urlsplit(found[1])
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else found[1]


def setting_that_admits(request: HttpRequest, origin: str) -> str:
    """Return which setting an operator has to look at. Our own host over another scheme is what a proxy is for."""
    if urlsplit(origin).netloc != request.get_host():
        return "CSRF_TRUSTED_ORIGINS"
    return "X-Forwarded-Proto" if settings.SECURE_PROXY_SSL_HEADER else "BEHIND_PROXY"
