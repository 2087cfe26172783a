"""A push service on loopback, and a browser that really decrypts what arrives there."""

import base64
import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pytest_django import Settings

from config.local.ports import HOME
from marketplace import clock
from marketplace.models import User
from notifications.channels import vapid
from notifications.models import PushSubscription


@dataclass(frozen=True)
class Arrived:
    """One request to the push service."""

    path: str
    headers: Mapping[str, str]
    """By name in lower case."""
    body: bytes


@dataclass
class PushService:
    """What arrived, and what it answers: a status and headers; or a byte at a time, for ever."""

    url: str = ""
    status: int = 201
    answers: dict[str, str] = field(default_factory=dict)
    by_path: dict[str, int] = field(default_factory=dict)
    drips: bool = False
    silent: set[str] = field(default_factory=set)
    """Paths at which it takes everything and never answers."""
    arrived: list[Arrived] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)


class Browser:
    """A browser's keys; its service is at `endpoint`."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._secret = os.urandom(16)

    def subscribe(self, person: User) -> PushSubscription:
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return PushSubscription.objects.create(
            person=person, endpoint=self.endpoint, p256dh=_text(point), auth=_text(self._secret), made_at=clock.now()
        )

    def read(self, arrived: Arrived) -> dict[str, Any]:
        """Decrypt a message (RFC 8291), as a browser does."""
        assert arrived.headers["content-encoding"] == "aes128gcm"
        data: dict[str, Any] = json.loads(
            http_ece.decrypt(arrived.body, private_key=self._key, auth_secret=self._secret)
        )
        return data


def signed(arrived: Arrived) -> dict[str, Any]:
    """Return the claims of a VAPID header (RFC 8292). Raises `InvalidSignature`."""
    scheme, _, parameters = arrived.headers["authorization"].partition(" ")
    assert scheme == "vapid"
    named = dict(each.strip().split("=", 1) for each in parameters.split(","))
    assert named["k"] == vapid.public_key()
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes(named["k"]))
    said, _, signature = named["t"].rpartition(".")
    r, s = (int.from_bytes(half, "big") for half in (_bytes(signature)[:32], _bytes(signature)[32:]))
    key.verify(encode_dss_signature(r, s), said.encode(), ec.ECDSA(SHA256()))
    head, claims = (json.loads(_bytes(each)) for each in said.split("."))
    assert head == {"typ": "JWT", "alg": "ES256"}
    return dict(claims)


@contextmanager
def push_service() -> Iterator[PushService]:
    """Have one that runs."""
    service = PushService()

    class Handler(_Handler):
        of = service

    server = ThreadingHTTPServer((HOME, 0), Handler)
    service.url = f"http://{HOME}:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield service
    finally:
        service.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


def push_is_on(settings: Settings) -> None:
    """Have a key, and let loopback be pushed to."""
    settings.VAPID_PRIVATE_KEY = vapid.make()
    settings.PUSH_ALLOWED_HOSTS = [HOME]


class _Handler(BaseHTTPRequestHandler):
    of: ClassVar[PushService]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.of.arrived.append(Arrived(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        if self.path in self.of.silent:
            self.of.closing.wait()
            return
        if self.of.drips:
            self._drip()
            return
        self.send_response(self.of.by_path.get(self.path, self.of.status))
        for name, value in self.of.answers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _drip(self) -> None:
        """Say one byte after the other of a line that never ends, until nobody listens."""
        while not self.of.closing.wait(0.02):
            try:
                self.wfile.write(b"H")
            except OSError:
                return

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
