"""Warns of settings that are valid but probably wrong: in the log when web starts, and in `/readyz`."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

UNHEEDED = (
    "requests come with X-Forwarded-For, but PROXIES is 0: if a proxy of yours sends it, all clients share one limit"
    " of log-ins and reads; set PROXIES to the number of proxies in front"
)
"""The warning for `PROXIES` once such a request has come."""


def on_settings() -> dict[str, str]:
    """Return the warnings by setting."""
    advice = {}
    site = urlsplit(settings.PUBLIC_URL)
    behind_proxy = settings.SECURE_PROXY_SSL_HEADER is not None
    if site.scheme == "https" and not behind_proxy:
        advice["BEHIND_PROXY"] = (
            f"PUBLIC_URL is {settings.PUBLIC_URL}, but BEHIND_PROXY is not true: forms sent over https are refused"
            " (403), log-in included; set BEHIND_PROXY=true, and let the proxy set X-Forwarded-Proto"
        )
    if behind_proxy and not settings.PROXIES:
        advice["PROXIES"] = (
            "BEHIND_PROXY is true, but PROXIES is 0: all clients share one limit of log-ins and reads; set PROXIES to"
            " the number of proxies in front that append to X-Forwarded-For"
        )
    if not validate_host(split_domain_port(site.netloc)[0], settings.ALLOWED_HOSTS):
        advice["PUBLIC_URL"] = (
            f"links in notices begin with {settings.PUBLIC_URL}, whose host ALLOWED_HOSTS does not name: calendars and"
            " unsubscribe links lead there"
        )
    return advice
