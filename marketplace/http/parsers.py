"""Parses request bodies: JSON in UTF-8 (RFC 8259), limited in size and depth."""

import hashlib
import json
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from marketplace.http.refusals import BodyTooLarge

LARGEST_BODY = 256 * 1024
"""Bytes. The longest field has 10,000 characters."""
DEEPEST_BODY = 16
BODY_HASHES = "body_hashes"
"""The key in `request.parser_context` of the hashes by which idempotency compares bodies."""


class JSONParser(BaseParser):
    """`application/json`; a charset in the header is ignored."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,  # noqa: ARG002 - DRF's signature
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the parsed body. Raises `ParseError`, `BodyTooLarge`."""
        raw: bytes = stream.read(LARGEST_BODY + 1)
        if len(raw) > LARGEST_BODY:
            raise BodyTooLarge
        try:
            parsed = json.loads(raw.decode(), parse_constant=_refuse)
            _check(parsed, escaped=b"\\u" in raw)
        except (ValueError, RecursionError) as malformed:
            raise ParseError from malformed
        if isinstance(parser_context, dict):
            parser_context[BODY_HASHES] = (hash_of_value(parsed), hashlib.sha256(raw).hexdigest())
        return parsed


def hash_of_value(parsed: Any) -> str:
    """Hash a value: whitespace, key order, escapes and `5.0` for `5` make no difference."""
    written = json.dumps(_plain(parsed), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def _plain(value: Any) -> Any:
    """Turn whole floats into integers, at any depth."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)  # NaN and Infinity are not JSON


def _check(parsed: Any, *, escaped: bool) -> None:
    """Raise `ValueError` for values nested too deeply and for lone surrogates."""
    if _too_deep(parsed):
        raise ValueError(DEEPEST_BODY)
    if escaped:
        json.dumps(parsed, ensure_ascii=False).encode()


def _too_deep(parsed: Any) -> bool:
    level = [parsed]
    for _ in range(DEEPEST_BODY):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return True


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
