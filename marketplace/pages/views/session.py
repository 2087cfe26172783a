"""Logging in and out, and choosing a language."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import login, logout
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, path, resolve, reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from marketplace.actions import people
from marketplace.http import log_in
from marketplace.http.fields import Word
from marketplace.http.language import asked_for
from marketplace.http.serializers.people import LANGUAGES, LogIn
from marketplace.http.throttles import LogInThrottle, ReadThrottle, WriteThrottle
from marketplace.pages.page import Page, see_other

A_YEAR = 365 * 24 * 3600
KNOWN_HERE = "pages.known_here"


class LanguageChosen(serializers.Serializer[Any]):
    language = Word(LANGUAGES)


class LogInPage(Page):
    template = "pages/log_in.html"
    not_done = _("You could not be logged in.")
    asks = LogIn
    public = True
    throttles = (ReadThrottle, LogInThrottle)

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.shown(next=_next(request), locked_out=request.user.is_authenticated and "next" in request.GET)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Begin a session. Raises `InvalidCredentials`."""
        given = self.given()
        person = log_in.with_password(**given, known_here=_is_known_here(request, given["username"]))
        login(request, person)
        asked = asked_for(request)
        if asked:
            people.keep_language(person=person, language=asked)
        answer = see_other(_next(request) or reverse("pages:start"))
        _remember(answer, given["username"])
        return answer


def _is_known_here(request: HttpRequest, username: str) -> bool:
    """Whether this person has logged in from this browser before."""
    try:
        key = signing.loads(request.COOKIES.get(known_cookie(), ""), salt=KNOWN_HERE, max_age=A_YEAR)
    except signing.BadSignature:
        return False
    return constant_time_compare(key, log_in.key_of(username))


def _remember(answer: HttpResponse, username: str) -> None:
    """Remember this browser, so that strangers who try the name cannot lock it out."""
    answer.set_cookie(
        known_cookie(),
        signing.dumps(log_in.key_of(username), salt=KNOWN_HERE),
        max_age=A_YEAR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def known_cookie() -> str:
    """Return the cookie's name. With secure cookies no other host can set it."""
    return "__Host-known" if settings.SESSION_COOKIE_SECURE else "known"


class LogOutPage(Page):
    public = True
    throttles = (WriteThrottle,)

    def post(self, request: HttpRequest) -> HttpResponse:
        logout(request)
        return see_other(reverse("pages:services"))


class LanguagePage(Page):
    asks = LanguageChosen
    public = True
    throttles = (WriteThrottle,)

    def post(self, request: HttpRequest) -> HttpResponse:
        chosen = self.given()["language"]
        if request.user.is_authenticated:
            people.change_me(person=self.person, language=chosen)
        answer = see_other(_next(request) or _instead(request))
        answer.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=A_YEAR,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
        return answer


def _next(request: HttpRequest) -> str:
    """Return the next page: a URL of this site that can be shown, or none."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return asked if ours and not _only_takes_forms(urlsplit(asked).path) else ""


def _instead(request: HttpRequest) -> str:
    """Return the page after choosing a language, if the previous one cannot be shown again."""
    wants_to_log_in = "next" in request.POST and not request.user.is_authenticated
    return reverse("pages:log-in" if wants_to_log_in else "pages:start")


def _only_takes_forms(path: str) -> bool:
    """Whether the page at this path has no `get`."""
    try:
        view = resolve(path).func
    except Resolver404:
        return False
    page = getattr(view, "view_class", None)
    return page is not None and not hasattr(page, "get")


urlpatterns = [
    path("log-in/", LogInPage.as_view(), name="log-in"),
    path("log-out/", LogOutPage.as_view(), name="log-out"),
    path("language/", LanguagePage.as_view(), name="language"),
]
