"""The types of JSON values that notifications alone have, strict like those of `marketplace.http.fields`."""

import base64
import binascii
import re
from datetime import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

POINT_LENGTH = 65
"""Bytes of an uncompressed point of P-256."""
SECRET_LENGTH = 16


class Strict(serializers.Serializer[Any]):
    """An object within a body: refuses what it has no field for, as `Endpoint.given` does for the body itself."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = set(data) - set(self.fields) if isinstance(data, dict) else set()
        if unknown:
            raise ValidationError({name: [ErrorDetail("", code="unknown")] for name in sorted(unknown)})
        return super().to_internal_value(data)


class _Text(serializers.Field[Any, Any, Any, Any]):
    """Text that is `pattern` as a whole."""

    default_error_messages = {"invalid": ""}
    pattern: re.Pattern[str]

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or not self.pattern.fullmatch(data):
            self.fail("invalid")
        return data

    def to_representation(self, value: Any) -> str:
        return str(value)


@extend_schema_field({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "example": "22:00"})
class TimeOfDay(_Text):
    """A time of day in the person's time zone: HH:MM."""

    pattern = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")

    def to_internal_value(self, data: Any) -> time:
        return time.fromisoformat(super().to_internal_value(data))

    def to_representation(self, value: time) -> str:
        return f"{value:%H:%M}"


@extend_schema_field({"type": "string", "pattern": "^[0-9]{6}$"})
class SixDigits(_Text):
    """The code of a test: text, for it may begin with 0."""

    pattern = re.compile(r"[0-9]{6}")


@extend_schema_field({"type": "number"})
class Milliseconds(serializers.Field[Any, Any, Any, Any]):
    """A number, as JavaScript counts time."""

    default_error_messages = {"invalid": ""}

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        return data


class _Bytes(_Text):
    """Bytes in URL-safe base64 (RFC 4648, 5). Kept as they were written, without padding."""

    pattern = re.compile(r"[A-Za-z0-9_-]+=*")

    def to_internal_value(self, data: Any) -> str:
        written = str(super().to_internal_value(data)).rstrip("=")
        if not self.is_right(_decoded(written)):
            self.fail("invalid")
        return written

    def is_right(self, data: bytes) -> bool:
        raise NotImplementedError


@extend_schema_field({"type": "string", "pattern": "^[A-Za-z0-9_-]{87}=?$"})
class PublicKey(_Bytes):
    """A browser's public key: a point of P-256, uncompressed (RFC 8291)."""

    def is_right(self, data: bytes) -> bool:
        """Whether this is a point of the curve: nothing can be encrypted for another."""
        if len(data) != POINT_LENGTH:
            return False
        try:
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), data)
        except ValueError:
            return False
        return True


@extend_schema_field({"type": "string", "pattern": "^[A-Za-z0-9_-]{22}={0,2}$"})
class Secret(_Bytes):
    """A browser's authentication secret: 16 bytes (RFC 8291)."""

    def is_right(self, data: bytes) -> bool:
        return len(data) == SECRET_LENGTH


def _decoded(unpadded: str) -> bytes:
    try:
        return base64.b64decode(unpadded + "=" * (-len(unpadded) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        return b""
