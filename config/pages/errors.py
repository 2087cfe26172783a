"""What is shown instead of a page. Whatever was typed is shown too, so that nothing is lost."""

from http import HTTPStatus
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from config.pages import language, words
from config.pages.forms import OWN_MATTERS
from marketplace.errors import Refusal

TRY_AGAIN_AFTER = "1"


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Say that there is nothing here that one may see."""
    return _shown(request, "not_found", HTTPStatus.NOT_FOUND)


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Say why not."""
    with language.spoken_to(request) as spoken:
        return _shown(request, "refused", HTTPStatus(refusal.status), why=refusal.message(spoken))


def too_often(request: HttpRequest, wait: float) -> HttpResponse:
    """Say to wait. `wait` is in seconds."""
    answer = _shown(request, "too_often", HTTPStatus.TOO_MANY_REQUESTS, wait=int(wait) + 1)
    answer.headers["Retry-After"] = str(int(wait) + 1)
    return answer


def busy(request: HttpRequest) -> HttpResponse:
    """Say that the database did not answer; asks it nothing."""
    with language.spoken_to_anybody(request):
        answer = _rendered(request, "busy", HTTPStatus.SERVICE_UNAVAILABLE, bare=True)
    answer.headers["Retry-After"] = TRY_AGAIN_AFTER
    return answer


def broken(request: HttpRequest) -> HttpResponse:
    """Say that something went wrong on our side; asks the database nothing."""
    with language.spoken_to_anybody(request):
        return _rendered(request, "broken", HTTPStatus.INTERNAL_SERVER_ERROR, bare=True)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Say that the form was too old, or came from elsewhere."""
    return _shown(request, "csrf_failed", HTTPStatus.FORBIDDEN)


def log_in_first(request: HttpRequest) -> HttpResponse:
    """Lead to the log-in page, and back here afterwards.

    The session's cookie is strict: a link in a mail arrives without it. The page that says "one
    moment" then comes again by itself, this time from here, and with the cookie.
    """
    if request.method == "POST":
        return _shown(request, "logged_out", HTTPStatus.UNAUTHORIZED)
    if request.headers.get("Sec-Fetch-Site") == "cross-site" and "arrived" not in request.GET:
        query = request.GET.copy()
        query["arrived"] = ""
        return _shown(request, "one_moment", HTTPStatus.OK, bare=True, again=f"{request.path}?{query.urlencode()}")
    return redirect_to_login(request.get_full_path(), reverse("pages:log-in"))


def _shown(request: HttpRequest, name: str, status: HTTPStatus, **context: Any) -> HttpResponse:
    with language.spoken_to(request):
        return _rendered(request, name, status, **context)


def _rendered(request: HttpRequest, name: str, status: HTTPStatus, **context: Any) -> HttpResponse:
    """Show it; `bare` leaves out of the frame what the database knows."""
    kept = OWN_MATTERS | {"password"}
    typed = [text for key in request.POST if key not in kept for text in request.POST.getlist(key) if text.strip()]
    shown = {"language": words.language(), "typed": typed, "bare": False, **context}
    answer = render(request, f"pages/errors/{name}.html", shown, status=status)
    answer.headers["Content-Language"] = shown["language"].value
    return answer
