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

from config.unavailable import PROBES

HEADER = "X-Request-ID"
WELL_FORMED = re.compile(r"[A-Za-z0-9._:=-]{1,64}")
"""Valid ids of a proxy or client. Others are replaced, since ids are logged."""


class RequestLog(RequestMiddleware):
    """Never logs bodies, query strings or paths: URLs of calendar feeds and others hold a secret."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER, "")
        request_id = given if WELL_FORMED.fullmatch(given) else str(uuid.uuid4())
        request.META["HTTP_X_REQUEST_ID"] = request_id
        vars(request).pop("headers", None)  # cached from META; the next reader must see the new id
        response = self._answered(request, request_id)
        response[HEADER] = request_id
        return response

    def _answered(self, request: HttpRequest, request_id: str) -> HttpResponse:
        answer: Any
        # Probes come every few seconds; `/readyz` itself logs what it finds wrong.
        if request.path in PROBES or request.path.startswith(settings.STATIC_URL):
            with bound_contextvars(request_id=request_id):
                answer = self.get_response(request)
        else:
            answer = super().__call__(request)
        response: HttpResponse = answer
        return response

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """Log the method, the URL's pattern, and the ids in it."""
        match = request.resolver_match
        if match is None:
            return f"{request.method} (no such address)"
        ids = " ".join(f"{name}={value}" for name, value in match.kwargs.items() if isinstance(value, UUID))
        return f"{request.method} /{match.route} {ids}".rstrip()

    @staticmethod
    def bind_user_id(request: HttpRequest) -> None:
        """Log the user if known already: the database may be away."""
        for name in ("user", "_cached_user"):  # the API's person, then the session's
            known: Any = vars(request).get(name)
            if issubclass(type(known), AbstractBaseUser):
                bind_contextvars(user_id=str(known.pk))
                return

    def process_got_request_exception(self, sender: type[Any], request: HttpRequest, **kwargs: Any) -> None:
        """Log no traceback: whatever caught the exception does so."""
