"""`Idempotency-Key`: a POST that creates runs once. Every repetition gets the same response.

The key's row is the first statement of the action's transaction. A concurrent twin waits there for the
commit and then replays the response; a refusal rolls the row back, so only what was done is kept.
The response is stored as text: a replay is equal byte for byte.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

from django.db import connection
from django.http import HttpResponse
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from marketplace import clock
from marketplace.actions.writing import writing
from marketplace.http.parsers import BODY_HASHES, hash_of_value
from marketplace.http.refusals import IdempotencyKeyReused, InvalidIdempotencyKey
from marketplace.models import IdempotencyKey
from marketplace.operations.housekeeping import ANSWERS_KEPT_FOR

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
LONGEST_KEY = 255
NO_BODY = (hash_of_value({}), hashlib.sha256(b"").hexdigest())
"""An empty body counts as an empty object."""

TAKE = """
    INSERT INTO marketplace_idempotencykey (id, user_id, method, path, key, body_hash, created_at)
    VALUES (%(id)s, %(user)s, %(method)s, %(path)s, %(key)s, %(body_hash)s, %(now)s)
    ON CONFLICT (user_id, method, path, key) DO UPDATE
      SET id = EXCLUDED.id, body_hash = EXCLUDED.body_hash, created_at = EXCLUDED.created_at,
          status = NULL, answer = NULL
      WHERE marketplace_idempotencykey.created_at < %(forgotten)s
    RETURNING id
"""


@dataclass(frozen=True, kw_only=True)
class Key:
    user: UUID
    method: str
    path: str
    key: str
    body_hash: str
    """Of the parsed value, so that formatting makes no difference."""
    bytes_hash: str = ""
    """Of the raw bytes: responses stored by earlier versions are found by it."""


def once(request: Request, write: Callable[[], Any], show: Callable[[Any], Any]) -> HttpResponse:
    """Run `write` and render its result with `show`, or replay the response stored for the key.

    Raises `InvalidIdempotencyKey`, `IdempotencyKeyReused`, and whatever `write` raises.
    """
    return once_for(_key(request), write, show)


def once_for(key: Key | None, write: Callable[[], Any], show: Callable[[Any], Any]) -> HttpResponse:
    """Do the same under a given key (a page's form carries one). Raises the same."""

    @writing
    def carried_out() -> HttpResponse:
        row = _take(key) if key else None
        if key and row is None:
            return _replay(key)
        body = JSONRenderer().render(show(write()))
        if row:
            IdempotencyKey.objects.filter(pk=row).update(status=HTTPStatus.CREATED, answer=body.decode())
        return _answer(body, HTTPStatus.CREATED)

    return carried_out()


def _key(request: Request) -> Key | None:
    text = request.headers.get(HEADER)
    if text is None or request.user.pk is None:
        return None
    if not 1 <= len(text) <= LONGEST_KEY or not (text.isascii() and text.isprintable()):
        raise InvalidIdempotencyKey
    of_value, of_bytes = request.parser_context.get(BODY_HASHES, NO_BODY)
    return Key(
        user=request.user.pk,
        method=request.method or "",
        path=request.path,
        key=text,
        body_hash=of_value,
        bytes_hash=of_bytes,
    )


def _take(key: Key) -> UUID | None:
    """Insert the key's row, waiting for a twin. None when a response is stored; expired rows are overwritten."""
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {**vars(key), "id": uuid4(), "now": now, "forgotten": now - ANSWERS_KEPT_FOR})
        row: tuple[UUID] | None = cursor.fetchone()
    return row[0] if row else None


def _replay(key: Key) -> HttpResponse:
    kept = IdempotencyKey.objects.get(user=key.user, method=key.method, path=key.path, key=key.key)
    if kept.body_hash not in {key.body_hash, key.bytes_hash}:
        raise IdempotencyKeyReused
    response = _answer(str(kept.answer).encode(), kept.status or HTTPStatus.OK)
    response.headers[REPLAYED] = "true"
    return response


def _answer(body: bytes, status: int) -> HttpResponse:
    return HttpResponse(body, status=status, content_type="application/json")
