"""`ETag`, `If-None-Match` and `If-Match`.

An ETag is a hash of the representation without `server_time`, which moves while nothing changes.
"""

import hashlib
import re
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from marketplace import errors
from marketplace.actions.writing import Check, no_check
from marketplace.http.refusals import InvalidIfMatch

SERVER_TIME = "server_time"
ANY = "*"

ONE = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
SEVERAL = re.compile(rf"[ \t,]*{ONE}(?:[ \t]*,[ \t,]*{ONE})*[ \t,]*")
"""A list of ETags (RFC 9110); entries may be empty."""

CODING = re.compile(r'[-;](?:gzip|br|zstd|deflate)"$')

Shows = Callable[[], Any]
"""Returns the current representation."""


def tag(shown: Any) -> str:
    """Return the strong ETag of a representation."""
    lasting = (
        {name: value for name, value in shown.items() if name != SERVER_TIME} if isinstance(shown, dict) else shown
    )
    return f'"{hashlib.sha256(JSONRenderer().render(lasting)).hexdigest()[:32]}"'


def is_seen(request: HttpRequest | Request, known: str) -> bool:
    """Whether If-None-Match contains this ETag, compared weakly.

    A proxy that compresses weakens ETags, or appends the content coding.
    """
    asked = parse_etags(request.headers.get("If-None-Match", ""))
    return ANY in asked or known in [CODING.sub('"', each.removeprefix("W/")) for each in asked]


def not_modified(request: HttpRequest | Request, known: str, answer: HttpResponse) -> HttpResponse:
    """Return 304 without a body if If-None-Match contains this ETag, else the answer."""
    if not is_seen(request, known):
        return answer
    unchanged = HttpResponseNotModified()
    for name, value in answer.headers.items():
        if name != "Content-Type":
            unchanged.headers[name] = value
    return unchanged


def still(request: Request, *shows: Shows) -> Check:
    """Return the check of If-Match that an action runs under its lock: one of these is unchanged.

    The comparison is strong (RFC 9110): a weak ETag never matches. The check raises `Stale`; this
    function raises `InvalidIfMatch` for a malformed header, before anything is locked.
    """
    header = request.headers.get("If-Match")
    if header is None or header.strip() == ANY:  # the action checks that it exists
        return no_check
    if not SEVERAL.fullmatch(header):
        raise InvalidIfMatch
    return still_one_of(set(re.findall(ONE, header)), *shows)


def still_one_of(seen: set[str], *shows: Shows) -> Check:
    """Return a check that one of these still has one of the ETags `seen` (a page's form carries it). Raises `Stale`."""

    def check() -> None:
        if not any(tag(show()) in seen for show in shows):
            raise errors.Stale

    return check
