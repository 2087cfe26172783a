"""One request that goes straight to one address: looked up once, no redirect, no proxy, bounded in time and size.

The address is somebody else's choice. A library that follows redirects, or that looks the name up again
when it connects, could be led inwards after all; one that waits for each byte anew could be kept for ever.
"""

import errno
import functools
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from email.message import Message
from http.client import HTTPConnection, HTTPSConnection
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from notifications.channels.addresses import Found, look_up

PLACES = 3
"""How many of a name's addresses are tried."""
READ_AT_MOST = 2000
"""Bytes of an answer: it only explains a refusal."""
TAKEN = 300


class Answer(NamedTuple):
    """What came back, in the form that pywebpush reads."""

    status_code: int
    reason: str
    text: str
    headers: Message


class DirectSession:
    def post(self, endpoint: str, *, data: bytes, headers: Mapping[str, str], timeout: float) -> Answer:
        """Post, within `timeout` seconds in all: half of them at most to find out where.

        Raises `PointsInwards`, `OSError` and `http.client.HTTPException`.
        """
        parts, ends = urlsplit(endpoint), time.monotonic() + timeout
        places = look_up(endpoint, within=timeout / 2)
        reached = _reached(places, ends - time.monotonic())
        with closing(reached), _hung_up_after(max(0.0, ends - time.monotonic()), reached):
            connection = _speaking(parts, reached)
            with closing(connection):
                connection.request("POST", _target(parts), body=data, headers=dict(headers))
                response = connection.getresponse()
                explanation = response.read(READ_AT_MOST) if response.status >= TAKEN else b""
                return Answer(response.status, response.reason, explanation.decode(errors="replace"), response.headers)


def _target(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _reached(places: list[Found], timeout: float) -> socket.socket:
    """Connect to the first place that answers. Raises the last one's `OSError`."""
    failure = OSError("its name stands for nothing")
    for family, address in places[:PLACES]:
        trying = socket.socket(family, socket.SOCK_STREAM)
        trying.settimeout(timeout / PLACES)
        try:
            trying.connect(address)
        except OSError as refused:
            trying.close()
            failure = refused
        else:
            trying.settimeout(timeout)
            return trying
    raise failure


@contextmanager
def _hung_up_after(timeout: float, line: socket.socket) -> Iterator[None]:
    """Hang up on who has not finished by then: a time-out of the socket begins anew with each byte."""
    ours = line.dup()  # TLS takes the first one over
    ending = threading.Timer(timeout, _hang_up, [ours])
    ending.daemon = True
    ending.start()
    try:
        yield
    finally:
        ending.cancel()
        ending.join()
        ours.close()


def _hang_up(line: socket.socket) -> None:
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError as gone:
        if gone.errno != errno.ENOTCONN:  # they hung up first
            raise


def _speaking(parts: SplitResult, line: socket.socket) -> HTTPConnection:
    """Speak HTTP on a line that is open already, over TLS with the name that was asked for."""
    host = parts.hostname or ""
    if parts.scheme == "https":
        secured = HTTPSConnection(host, parts.port, context=_trust())
        secured.sock = _trust().wrap_socket(line, server_hostname=host)
        return secured
    plain = HTTPConnection(host, parts.port)
    plain.sock = line
    return plain


@functools.cache
def _trust() -> ssl.SSLContext:
    """Return whom the system trusts, as e-mail does."""
    return ssl.create_default_context()
