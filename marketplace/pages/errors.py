"""Error pages. They repeat what the user typed, so that nothing is lost."""

import logging
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from marketplace.errors import Refusal
from marketplace.http.origins import refused_origin, setting_that_admits
from marketplace.pages.forms import OWN_MATTERS

logger = logging.getLogger(__name__)

TRY_AGAIN_AFTER = "1"


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Answer 404."""
    return _shown(request, "not_found", HTTPStatus.NOT_FOUND)


def not_allowed(request: HttpRequest, methods: Iterable[str]) -> HttpResponse:
    """Answer 405."""
    answer = _shown(request, "not_found", HTTPStatus.METHOD_NOT_ALLOWED)
    answer.headers["Allow"] = ", ".join(methods)
    return answer


def malformed(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Answer 400 to a request that cannot be read; what was typed is not repeated."""
    return _rendered(request, "malformed", HTTPStatus.BAD_REQUEST, bare=True)


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Answer with the refusal's reason."""
    return _shown(request, "refused", HTTPStatus(refusal.status), why=str(refusal.message))


def too_often(request: HttpRequest, wait: int) -> HttpResponse:
    """Answer 429. `wait` is in seconds."""
    answer = _shown(request, "too_often", HTTPStatus.TOO_MANY_REQUESTS, wait=wait)
    answer.headers["Retry-After"] = str(wait)
    return answer


def busy(request: HttpRequest) -> HttpResponse:
    """Answer 503 without asking the database."""
    answer = _rendered(request, "busy", HTTPStatus.SERVICE_UNAVAILABLE, bare=True, typed=_typed(request))
    answer.headers["Retry-After"] = TRY_AGAIN_AFTER
    return answer


def broken(request: HttpRequest) -> HttpResponse:
    """Answer 500 without asking the database."""
    return _rendered(request, "broken", HTTPStatus.INTERNAL_SERVER_ERROR, bare=True, typed=_typed(request))


def unknown_host(request: HttpRequest) -> HttpResponse:
    """Answer 400 to an unknown host name, without repeating it."""
    return _rendered(request, "unknown_host", HTTPStatus.BAD_REQUEST, bare=True)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 to a stale form, or to one from an origin that is not trusted."""
    origin = refused_origin(reason)
    if origin is None:
        logger.info("a form was refused: %s", reason)
        return _shown(request, "csrf_failed", HTTPStatus.FORBIDDEN)
    setting = setting_that_admits(request, origin)
    logger.warning("a form of the origin %s was refused; the setting to look at is %s", origin, setting)
    return _shown(request, "origin_refused", HTTPStatus.FORBIDDEN, origin=origin, setting=setting)


def log_in_first(request: HttpRequest) -> HttpResponse:
    """Redirect to the log-in page and back. A form that was sent is repeated; a live part stays as it is."""
    if request.method == "POST" or "HX-Request" in request.headers:
        return _shown(request, "logged_out", HTTPStatus.UNAUTHORIZED)
    return redirect_to_login(request.get_full_path(), reverse("pages:log-in"))


def _shown(request: HttpRequest, name: str, status: HTTPStatus, **context: Any) -> HttpResponse:
    return _rendered(request, name, status, typed=_typed(request), **context)


def _rendered(request: HttpRequest, name: str, status: HTTPStatus, **context: Any) -> HttpResponse:
    """Render the page; `bare` leaves out of the frame whatever needs the database."""
    shown = {"bare": False, **context}
    answer = render(request, f"pages/errors/{name}.html", shown, status=status)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _typed(request: HttpRequest) -> list[str]:
    kept = OWN_MATTERS | {"password"}
    return [text for key in request.POST if key not in kept for text in request.POST.getlist(key) if text.strip()]
