"""Decides which addresses our server may connect to: none that point inwards."""

import ipaddress
import queue
import socket
import threading
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""Where an IPv4 address stands in the last four bytes (RFC 6052)."""
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
LOOK_UP_WITHIN = 3.0
"""Seconds that a name server may take."""
LOOKING_UP = threading.BoundedSemaphore(64)
"""Look-ups that have not ended: nobody can interrupt the system's own, and each holds a thread."""


class PointsInwards(ValueError):  # noqa: N818 - what it does
    """It names this machine, a private network, or nothing that HTTPS reaches."""


class Found(NamedTuple):
    family: int
    address: Any


def check_literal(url: str) -> None:
    """Raise `PointsInwards` if the URL alone shows that it points inwards. Looks no name up.

    For requests: they must not wait for a name server. Names are looked up at each attempt to send.
    """
    _visitable_host(url)


def look_up(url: str, within: float = LOOK_UP_WITHIN) -> list[Found]:
    """Return the IP addresses of a URL's host: connect only to these, since a second look-up may differ.

    A person gives us the URL, and it could lead to a metadata service. Hosts in `PUSH_ALLOWED_HOSTS` (for
    tests) are allowed. Raises `PointsInwards` unless it is HTTPS to a named host with internet addresses only;
    `OSError` if the name is unknown, or no name server answers `within` these seconds.
    """
    host, port, allowed = _visitable_host(url)
    try:
        known = _known_places(host, port, within)
    except UnicodeError as unspeakable:  # a label that is empty or too long
        raise PointsInwards(host) from unspeakable
    if not allowed and not all(_is_outside(ipaddress.ip_address(where[0])) for *_, where in known):
        raise PointsInwards(host)
    return [Found(family, where) for family, *_, where in known]


def _visitable_host(url: str) -> tuple[str, int, bool]:
    """Return the host, the port, and whether this host may point inwards."""
    parts, port = _parts(url)
    host = parts.hostname or ""
    allowed = host in settings.PUSH_ALLOWED_HOSTS
    if not host or not (allowed or (_may_be_visited(parts) and not _is_inner_literal(host))):
        raise PointsInwards(f"{parts.scheme}://{host}")
    return host, port, allowed


def _is_inner_literal(host: str) -> bool:
    """Whether a host is this machine by name, or an inner IPv4 address in any of its spellings (127.1, 0x7f000001)."""
    try:
        name = host.encode("idna").decode().lower().rstrip(".")  # wide digits and dots are digits and dots
        literal = ipaddress.IPv4Address(socket.inet_aton(name))
    except UnicodeError:
        return True
    except OSError:
        return name == "localhost" or name.endswith(".localhost")
    return not _is_outside(literal)


def _known_places(host: str, port: int, within: float) -> list[Any]:
    """Ask the system, which cannot be interrupted, in a thread of its own."""
    if not LOOKING_UP.acquire(blocking=False):
        raise TimeoutError("too many name servers do not answer")
    answers: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except Exception as failure:  # noqa: BLE001 - raised again below
            answers.put(failure)
        finally:
            LOOKING_UP.release()

    threading.Thread(target=ask, name="look up", daemon=True).start()
    try:
        answer = answers.get(timeout=within)
    except queue.Empty:
        raise TimeoutError(f"no name server says where {host} is") from None
    if isinstance(answer, Exception):
        raise answer
    places: list[Any] = answer
    return places


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
