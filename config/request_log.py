"""Gives each request an id that every line about it carries, and one line when it is answered.

The id follows into the Celery task that the request caused (django-structlog puts it into the
message's headers), so that the worker's lines of that wake-up carry it too.
"""

import re
import uuid
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django_structlog.middlewares import RequestMiddleware
from structlog.contextvars import bind_contextvars, bound_contextvars

HEADER = "X-Request-ID"
WELL_FORMED = re.compile(r"[A-Za-z0-9._:=-]{1,64}")
"""What is taken over from a proxy or a client; anything else is replaced, since it stands in our logs."""
UNTOLD = ("/healthz", "/readyz", "/metrics")
"""Asked every few seconds: a line each would hide the others. What `/readyz` finds wrong it tells itself."""


class RequestLog(RequestMiddleware):
    """Never tells a body, a query or a path: calendar feeds and the like have a secret in their address."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the id that the lines carry."""
        request_id = _well_formed(request.headers.get(HEADER)) or str(uuid.uuid4())
        request.META["HTTP_X_REQUEST_ID"] = request_id
        vars(request).pop("headers", None)  # it was read from META once; the next one reads the id that holds
        response = self._answered(request, request_id)
        response[HEADER] = request_id
        return response

    def _answered(self, request: HttpRequest, request_id: str) -> HttpResponse:
        answer: Any
        if request.path in UNTOLD or request.path.startswith(settings.STATIC_URL):
            with bound_contextvars(request_id=request_id):
                answer = self.get_response(request)
        else:
            answer = super().__call__(request)
        response: HttpResponse = answer
        return response

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """Tell the method, the address's pattern, and the ids in it."""
        match = request.resolver_match
        if match is None:
            return f"{request.method} (no such address)"
        ids = " ".join(f"{name}={value}" for name, value in match.kwargs.items() if isinstance(value, UUID))
        return f"{request.method} /{match.route} {ids}".rstrip()

    @staticmethod
    def bind_user_id(request: HttpRequest) -> None:
        """Tell who asked, where that was found out: this must not ask a database that may be away."""
        known: Any = vars(request).get("_cached_user") or vars(request).get("user")
        if issubclass(type(known), AbstractBaseUser):
            bind_contextvars(user_id=str(known.pk))

    def process_got_request_exception(self, sender: type[Any], request: HttpRequest, **kwargs: Any) -> None:
        """Leave the traceback to who caught the exception; the line of the answer is written all the same."""


def _well_formed(given: str | None) -> str | None:
    return given if given and WELL_FORMED.fullmatch(given) else None
