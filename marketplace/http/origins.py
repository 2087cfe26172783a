"""The origin that CSRF refused, and the setting that would admit it."""

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

REFUSED = re.compile(r"(?:Origin|Referer) checking failed - (\S+) does not match any trusted origins")
"""Django's message, with the origin or the URL of the form's page."""


def refused_origin(reason: str) -> str | None:
    """Return the origin in CSRF's reason: `https://market.example`, or `null`. None for other reasons."""
    found = REFUSED.search(reason)
    if found is None:
        return None
    parts = urlsplit(found[1])
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else found[1]


def setting_that_admits(request: HttpRequest, origin: str) -> str:
    """Return the setting to check. Our own host under another scheme points to the proxy settings."""
    if urlsplit(origin).netloc != request.get_host():
        return "CSRF_TRUSTED_ORIGINS"
    return "X-Forwarded-Proto" if settings.SECURE_PROXY_SSL_HEADER else "BEHIND_PROXY"
