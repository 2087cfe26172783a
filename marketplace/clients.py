"""The client of a request, as throttles count it."""

import time
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request

HEADER = "HTTP_X_FORWARDED_FOR"
ONE_CLIENT = 64
"""Bits: an IPv6 line owns a whole /64, and can use another address for each request."""
FROM_IPV4 = IPv6Network("64:ff9b::/96")
"""NAT64 (RFC 6052): the last 32 bits are an IPv4 address; thousands of clients share the prefix."""
NOWHERE = "unknown"
"""A request through a Unix socket, from a proxy that sends no X-Forwarded-For."""
REMEMBERED = 3600.0
"""Seconds for which an ignored X-Forwarded-For is reported."""

unheeded_at: list[float] = []


def address(request: HttpRequest | Request) -> str:
    """Return the client's address without its port, or its /64 of IPv6.

    `PROXIES` says how many proxies of ours stand in front: each appends to X-Forwarded-For whom it heard, so that
    the client's address is so many places from the end. What is no address there is as good as none.
    """
    told = [each.strip() for each in request.META.get(HEADER, "").split(",") if each.strip()]
    forwarded = told[-min(settings.PROXIES, len(told))] if settings.PROXIES and told else ""
    known = [_read(forwarded), _read(request.META.get("REMOTE_ADDR", ""))]
    return next((_one_client(each) for each in known if each), NOWHERE)


def _read(text: str) -> IPv4Address | IPv6Address | None:
    """Read `1.2.3.4`, `1.2.3.4:5678`, `2001:db8::1` or `[2001:db8::1]:5678`; zones (`%eth0`) are left out."""
    bare = text.strip().strip('"')
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        return ip_address(bare.partition("%")[0])
    except ValueError:
        return None


def _one_client(found: IPv4Address | IPv6Address) -> str:
    if isinstance(found, IPv4Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    if found in FROM_IPV4:
        return str(IPv4Address(found.packed[-4:]))
    return str(ip_network((found, ONE_CLIENT), strict=False))


def note_unheeded(request: HttpRequest) -> bool:
    """Record an X-Forwarded-For that `PROXIES=0` ignores. Returns whether it is the first for a while."""
    if settings.PROXIES or HEADER not in request.META:
        return False
    first = not comes_unheeded()
    unheeded_at[:] = [time.monotonic()]
    return first


def comes_unheeded() -> bool:
    """Whether this process lately received an X-Forwarded-For that `PROXIES=0` ignores."""
    return bool(unheeded_at) and time.monotonic() - unheeded_at[0] < REMEMBERED
