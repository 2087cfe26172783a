"""Which addresses a server of ours may be sent to: not those that point inwards."""

import ipaddress
import socket
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""Where an IPv4 address stands in the last four bytes (RFC 6052)."""
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class PointsInwards(ValueError):  # noqa: N818 - what it does
    """It names this machine, a private network, or nothing that HTTPS reaches."""


class Found(NamedTuple):
    """One place that a name stands for, as `socket` wants it."""

    family: int
    address: Any


def points_inwards(url: str) -> bool:
    """Whether an address is not to be visited: it points inwards, or nobody knows its name now."""
    try:
        look_up(url)
    except (PointsInwards, OSError):
        return True
    return False


def look_up(url: str) -> list[Found]:
    """Return where the host of an address is: connect there and nowhere else, for a second look may differ.

    A person gives us the address, and we would knock there: at a metadata service, say. Hosts in
    `PUSH_ALLOWED_HOSTS` (for tests) are let through. Raises `PointsInwards` unless it is HTTPS to a
    named host all of whose addresses are on the internet, `OSError` when its name is not known (now).
    """
    parts, port = _parts(url)
    allowed = parts.hostname in settings.PUSH_ALLOWED_HOSTS
    if not parts.hostname or not (allowed or _may_be_visited(parts)):
        raise PointsInwards(f"{parts.scheme}://{parts.hostname}")
    try:
        known = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except UnicodeError as unspeakable:  # a label that is empty or too long
        raise PointsInwards(parts.hostname) from unspeakable
    if not allowed and not all(_is_outside(ipaddress.ip_address(where[0])) for *_, where in known):
        raise PointsInwards(parts.hostname)
    return [Found(family, where) for family, *_, where in known]


def _parts(url: str) -> tuple[SplitResult, int]:
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError as malformed:
        raise PointsInwards(url) from malformed
    return parts, port


def _may_be_visited(parts: SplitResult) -> bool:
    return parts.scheme == "https" and "@" not in parts.netloc and ":" not in (parts.hostname or ":")


def _is_outside(address: Address) -> bool:
    """Whether it is on the internet, and so is the IPv4 address that it may stand for."""
    if isinstance(address, ipaddress.IPv6Address):
        within = _within(address)
        if within is not None:
            return _is_outside(within)
        if address.is_site_local:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _within(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
