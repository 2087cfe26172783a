"""Answers unknown API URLs with a 404 problem."""

from typing import Any, NoReturn

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from marketplace.http.endpoint import Endpoint


@extend_schema(exclude=True)
class ElsewhereView(Endpoint):
    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = []

    @property
    def default_response_headers(self) -> dict[str, str]:
        """Send no `Allow`: an unknown URL takes no method."""
        return {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> NoReturn:  # noqa: ARG002 - DRF's signature
        raise Http404
