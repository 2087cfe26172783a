"""Answers probes, and refuses requests for hosts that are not ours, before any other code runs."""

from collections.abc import Callable

import structlog
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.urls import resolve, reverse
from django.utils import translation
from structlog.contextvars import bind_contextvars

from config import advice
from config.unavailable import PROBES
from marketplace import clients
from marketplace.http import problems
from marketplace.pages import errors

logger = structlog.get_logger(__name__)

LONGEST_HOST = 100


class Door:
    """A refused host is one line in the log, without a traceback."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if clients.note_unheeded(request):
            logger.warning("X-Forwarded-For is ignored", why=advice.UNHEEDED)
        # Load balancers and Prometheus use IP addresses: probes answer under any Host header.
        if request.path in PROBES and request.method in {"GET", "HEAD"}:
            probed: HttpResponse = resolve(request.path).func(request)
            return probed
        try:
            request.get_host()
        except DisallowedHost:
            bind_contextvars(refused_host=request.META.get("HTTP_HOST", "")[:LONGEST_HOST])  # in the answer's line
            with translation.override(translation.get_language_from_request(request)):
                answer = _refused(request)
                answer.headers["Content-Language"] = translation.get_language()
            return answer
        return self.get_response(request)


def _refused(request: HttpRequest) -> HttpResponse:
    """Answer 400, as a problem below the API's URL. The host is not repeated: it may be forged."""
    if request.path.startswith(reverse("api:elsewhere")):
        return problems.answer(problems.Problem(code="unknown_host", status=400))
    return errors.unknown_host(request)
