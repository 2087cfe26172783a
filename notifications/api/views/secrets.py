"""What a secret in the address opens, without a log-in: the calendar, and the one click that unsubscribes."""

from typing import Any
from uuid import UUID

from django.core import signing
from django.template.loader import render_to_string
from django.utils.translation import get_language
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework.parsers import BaseParser, FormParser, MultiPartParser
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer, StaticHTMLRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace import clock, errors
from marketplace.http.endpoint import Endpoint
from marketplace.http.fields import Word
from marketplace.models import User
from marketplace.readers import read_by
from notifications import calendars, links
from notifications.actions import calendar, preferences
from notifications.vocabulary import CRITICAL, SWITCHABLE, Channel, Kind

CALENDAR_TOKEN = OpenApiParameter(
    "calendar_token", {"type": "string", "pattern": "^[0-9a-f]{64}$"}, OpenApiParameter.PATH
)
UNSUBSCRIBE_TOKEN = OpenApiParameter(
    "unsubscribe_token", {"type": "string", "pattern": "^[A-Za-z0-9_:.-]+$"}, OpenApiParameter.PATH
)
OneClick = inline_serializer("OneClick", {"List-Unsubscribe": Word(("One-Click",))})


class CalendarRenderer(BaseRenderer):
    """`text/calendar` (RFC 5545)."""

    media_type = "text/calendar"
    format = "ics"
    charset = "utf-8"

    def render(self, data: Any, *_: Any, **__: Any) -> bytes:
        return str(data).encode()


class _Secret(Endpoint):
    """An address that is its own permission, and answers in one format whatever is asked for."""

    authentication_classes = []
    permission_classes = [AllowAny]
    ignores_query = True

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:  # noqa: FBT001, FBT002, ARG002 - DRF's
        """Answer in the one format that there is: mail and calendar programs ask for all sorts."""
        renderer = self.get_renderers()[0]
        return renderer, renderer.media_type

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Mark the answer private: the URL is the secret."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer.headers["Cache-Control"] = answer.headers["Cache-Control"].replace("public", "private")
        answer.headers["Referrer-Policy"] = "no-referrer"
        return answer


class CalendarView(_Secret):
    renderer_classes = [CalendarRenderer]

    @extend_schema(
        parameters=[CALENDAR_TOKEN],
        responses={(200, "text/calendar"): OpenApiTypes.STR},
        summary="Subscribe to a calendar",
    )
    def get(self, _request: Request, calendar_token: str) -> Response:
        """Show the milestones and deadlines of who made this address, in their language; 404 once it is revoked."""
        owner = calendar.owner_of(calendar_token)
        if owner is None:
            raise errors.NotFound
        with read_by(owner):
            return Response(calendars.render(owner, clock.now()), headers={"Content-Language": get_language()})


class UnsubscribeView(_Secret):
    """One click to be told less (RFC 8058)."""

    renderer_classes = [StaticHTMLRenderer]
    parser_classes: list[type[BaseParser]] = [FormParser, MultiPartParser]

    @extend_schema(
        parameters=[UNSUBSCRIBE_TOKEN],
        responses={(200, "text/html"): OpenApiTypes.STR},
        summary="Look before you unsubscribe",
    )
    def get(self, _request: Request, unsubscribe_token: str) -> Response:
        """Show a page with a button. Looking switches nothing: mail programs open addresses by themselves."""
        person, kind, channel = _meant(unsubscribe_token)
        return _page(person, kind, channel, done=False)

    @extend_schema(
        parameters=[UNSUBSCRIBE_TOKEN],
        request={"application/x-www-form-urlencoded": OneClick},  # one kind of body: generators trip over two
        responses={(200, "text/html"): OpenApiTypes.STR},
        summary="Unsubscribe with one click",
    )
    def post(self, _request: Request, unsubscribe_token: str) -> Response:
        """Switch this kind off on this channel. `multipart/form-data` is taken too, as RFC 8058 asks."""
        person, kind, channel = _meant(unsubscribe_token)
        self.given(type(OneClick))
        preferences.unsubscribe(person_id=person.pk, kind=kind, channel=channel)
        return _page(person, kind, channel, done=True)


def _meant(token: str) -> tuple[User, Kind, Channel]:
    """Read whose switch a token moves. Raises `NotFound` for one that is not ours, and for what is never offered."""
    try:
        person_id, kind, channel = links.unsubscribed(token)
    except (signing.BadSignature, ValueError) as foreign:
        raise errors.NotFound from foreign
    person = User.objects.filter(pk=UUID(person_id), is_active=True).first()
    if person is None or kind not in SWITCHABLE or kind in CRITICAL:
        raise errors.NotFound
    return person, Kind(kind), Channel(channel)


def _page(person: User, kind: Kind, channel: Channel, *, done: bool) -> Response:
    with read_by(person):
        page = render_to_string("notifications/unsubscribe.html", {"kind": kind, "channel": channel, "done": done})
        return Response(page, headers={"Content-Language": get_language()})
