"""Answers in the language and time zone of the person who reads, else of the browser, else the default."""

from collections.abc import Callable

from django.db import OperationalError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation

from config import unavailable
from marketplace.readers import read_by


class ReaderMiddleware:
    """Follows Django's `LocaleMiddleware`, which activates the browser's language, and the authentication."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            request.user.is_authenticated  # noqa: B018 - reads the session and the person, once for this request
        except OperationalError as failure:
            return unavailable.answer_without_database(request, failure)
        with read_by(request.user, default=translation.get_language() or ""):
            answer = self.get_response(request)
            answer.headers.setdefault("Content-Language", translation.get_language() or "")
        return answer
