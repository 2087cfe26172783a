"""Answers 503 when the database is away, for the admin, templates and middleware.

The API's views and the pages do so themselves.
"""

import logging
import sys
from collections.abc import Callable

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from marketplace.http.problems import problem_of
from marketplace.pages import errors

logger = logging.getLogger(__name__)

API = "/api/"
PROBES = ("/healthz", "/readyz", "/metrics")


class Unavailable:
    """Middleware that turns an `OperationalError` of a view or template into a 503."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, failure: Exception) -> HttpResponse | None:
        """Answer for errors of the database, and leave others to Django."""
        if not isinstance(failure, OperationalError):
            return None
        return answer_without_database(request, failure)


def answer_without_database(request: HttpRequest, failure: OperationalError) -> HttpResponse:
    """Log and answer that the database is away, or took too long."""
    route = request.resolver_match.route if request.resolver_match else "(no such address)"
    logger.error("%s /%s: the database is away or busy", request.method, route, exc_info=failure)
    return answer(request, failure)


def broken(request: HttpRequest) -> HttpResponse:
    """Answer for an exception of a middleware, which Django is handling while it calls this."""
    return answer(request, sys.exc_info()[1])


def answer(request: HttpRequest, failure: BaseException | None) -> HttpResponse:
    """Answer as a problem, a page or plain text, as fits the URL."""
    if request.path.startswith(API):
        return problem_of(failure)
    if not isinstance(failure, OperationalError):
        return errors.broken(request)
    if request.path in PROBES:
        text = "the database does not answer\n"
        answered = HttpResponse(text, status=503, content_type="text/plain; charset=utf-8")
        answered.headers["Retry-After"] = errors.TRY_AGAIN_AFTER
        return answered
    return errors.busy(request)
