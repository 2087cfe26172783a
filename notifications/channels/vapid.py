"""The key by which push services know us (VAPID, RFC 8292). Without one, push is off."""

import base64
import functools
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

if TYPE_CHECKING:
    from pywebpush import Vapid

OFF = "push is off: VAPID_PRIVATE_KEY is not set (`python3 manage.py make_vapid_keys` makes one)"
LENGTH = 32


def make() -> str:
    """Make a private key, in the form of the setting: 32 bytes in URL-safe base64."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return _text(number.to_bytes(LENGTH, "big"))


def private_key() -> "Vapid | None":
    """Return the key that signs; None when push is off."""
    return _read(settings.VAPID_PRIVATE_KEY) if settings.VAPID_PRIVATE_KEY else None


def public_key() -> str | None:
    """Return what a browser subscribes with (`applicationServerKey`); None when push is off."""
    key = private_key()
    point = Encoding.X962, PublicFormat.UncompressedPoint
    return _text(key.public_key.public_bytes(*point)) if key else None


@functools.cache
def _read(setting: str) -> "Vapid":
    from pywebpush import Vapid  # noqa: PLC0415 - a tenth of each process's start, and most never push

    return Vapid.from_raw(setting.encode())


def _text(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).rstrip(b"=").decode()
