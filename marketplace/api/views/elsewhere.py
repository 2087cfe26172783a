"""What is no address: a problem like any other, whatever the method."""

from typing import Any, NoReturn

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from marketplace.http.endpoint import Endpoint


@extend_schema(exclude=True)
class ElsewhereView(Endpoint):
    """Nothing."""

    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = []

    @property
    def default_response_headers(self) -> dict[str, str]:
        """Name no methods: there are none."""
        return {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> NoReturn:  # noqa: ARG002 - DRF's signature
        """Say so."""
        raise Http404
