"""The caching headers of API responses."""

from http import HTTPStatus

from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.http import etags

DEPENDS_ON = ("Accept-Language", "Authorization", "Cookie")


def finished(request: Request, answer: HttpResponseBase) -> HttpResponseBase:
    """Add the caching headers, and turn a response that the client has into 304.

    Reads may be stored, but are revalidated before each use; a shared cache may store anonymous ones.
    Everything else (a write, a problem, a token) is never stored.
    """
    patch_vary_headers(answer, DEPENDS_ON)
    read = request.method in SAFE_METHODS and answer.status_code == HTTPStatus.OK
    if not read or not isinstance(answer, Response):
        answer.headers["Cache-Control"] = "no-store"
        return answer
    answer.headers["Cache-Control"] = "private, no-cache" if request.user.is_authenticated else "public, no-cache"
    answer.headers["ETag"] = etags.tag(answer.data)
    return etags.not_modified(request, answer.headers["ETag"], answer)
