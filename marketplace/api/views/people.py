"""Logging in and out, and what people see and change of themselves."""

from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_out
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from knox.models import AuthToken
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace import clock, window
from marketplace.actions import people
from marketplace.http import language, log_in
from marketplace.http.endpoint import Endpoint
from marketplace.http.serializers.people import LogIn, Me, MeChanges, Token
from marketplace.http.throttles import LogInThrottle
from marketplace.models import User
from marketplace.reads.people import buyer_record


class TokenView(Endpoint):
    """Log-in: a request for a token needs no token."""

    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = [LogInThrottle]

    @extend_schema(request=LogIn, responses={200: Token}, summary="Log in")
    def post(self, request: Request) -> Response:
        """Give a token for a user name and a password. A person's oldest tokens go when there are too many.

        Width and letter case of the name make no difference. The language of Accept-Language becomes the
        person's own, unless they have one.
        """
        person = log_in.with_password(**self.given(LogIn))
        row, token = people.issue_token(person=person)
        asked = language.asked_for(request)
        if asked:
            people.keep_language(person=person, language=asked)
        return Response(self.shown(Token, {"token": token, "expires_at": row.expiry}))


class LogOutView(Endpoint):
    @extend_schema(request=None, responses={204: None}, summary="Log out")
    def post(self, request: Request) -> HttpResponse:
        """Take back the token, or end the session, that this request came with; and its push subscription."""
        if isinstance(request.auth, AuthToken):
            people.take_token(token=request.auth)
            user_logged_out.send(sender=User, request=request, user=self.person)
        else:
            logout(request._request)  # noqa: SLF001 - the session is Django's
        return HttpResponse(status=204)


class MeView(Endpoint):
    @extend_schema(responses={200: Me}, summary="Who you are")
    def get(self, _request: Request) -> Response:
        """Show you to yourself."""
        return self._me(self.person)

    @extend_schema(request=MeChanges, responses={200: Me}, summary="Change how you are reached")
    def patch(self, _request: Request) -> Response:
        """Change address, language or time zone. Another address is unconfirmed until you confirm it."""
        return self._me(people.change_me(person=self.person, **self.given(MeChanges, partial=True)))

    def _me(self, person: User) -> Response:
        now = clock.now()
        record = buyer_record(person, window.start(now), now)
        return Response(self.shown(Me, person, buyer_record=record))
