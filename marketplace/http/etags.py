"""`ETag`, `If-None-Match` and `If-Match`: what somebody has seen, and whether it is still so.

A tag is a hash of what an answer shows, `server_time` aside: that moves while nothing changes.
"""

import hashlib
import re
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils.http import parse_etags
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from marketplace import errors
from marketplace.actions.writing import Check, nothing
from marketplace.http.refusals import InvalidIfMatch

SERVER_TIME = "server_time"
ANY = "*"

ONE = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
SEVERAL = re.compile(rf"[ \t,]*{ONE}(?:[ \t]*,[ \t,]*{ONE})*[ \t,]*")
"""A list of tags as RFC 9110 writes it; entries may be empty."""

CODING = re.compile(r'[-;](?:gzip|br|zstd|deflate)"$')

Shows = Callable[[], Any]
"""Makes a representation anew, of what is there now."""


def tag(shown: Any) -> str:
    """Return the strong tag of what an answer shows."""
    lasting = {name: value for name, value in shown.items() if name != SERVER_TIME} if _is_object(shown) else shown
    return f'"{hashlib.sha256(JSONRenderer().render(lasting)).hexdigest()[:32]}"'


def is_seen(request: HttpRequest | Request, known: str) -> bool:
    """Whether If-None-Match names this tag, among others or weakly.

    A proxy that compresses weakens tags, or writes the coding behind them.
    """
    asked = parse_etags(request.headers.get("If-None-Match", ""))
    return ANY in asked or known in [CODING.sub('"', each.removeprefix("W/")) for each in asked]


def not_modified(request: Request, known: str, answer: HttpResponseBase) -> HttpResponseBase:
    """Return 304 without a body where If-None-Match names this tag; else the answer."""
    if not is_seen(request, known):
        return answer
    unchanged = HttpResponseNotModified()
    for name, value in answer.headers.items():
        if name != "Content-Type":
            unchanged.headers[name] = value
    return unchanged


def still(request: Request, *shows: Shows) -> Check:
    """Return what If-Match asks an action to check under its lock: that one of these is still as it was seen.

    A weak tag is never the same (RFC 9110: strong comparison). The check raises `Stale`; this
    raises `InvalidIfMatch` for what is no list of tags, before anything is locked.
    """
    header = request.headers.get("If-Match")
    if header is None or header.strip() == ANY:  # that it exists, the action finds out
        return nothing
    if not SEVERAL.fullmatch(header):
        raise InvalidIfMatch
    return still_one_of(set(re.findall(ONE, header)), *shows)


def still_one_of(seen: set[str], *shows: Shows) -> Check:
    """Return the check that one of these still has a tag that was seen; a page's form carries it. It raises `Stale`."""

    def check() -> None:
        if not any(tag(show()) in seen for show in shows):
            raise errors.Stale

    return check


def _is_object(shown: Any) -> bool:
    return isinstance(shown, dict)
