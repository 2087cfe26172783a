"""The schema, and the documentation that is drawn from it. Both are for programmers, and in English."""

from typing import Any

from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.views import APIView

from marketplace.http.endpoint import refuse_unheeded_preconditions


class _Described(APIView):
    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        refuse_unheeded_preconditions(request)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Mark the description as English for every reader; a problem is in the reader's language."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        if answer.status_code == 200:  # noqa: PLR2004 - OK
            answer.headers["Content-Language"] = "en"
        return answer


class SchemaView(_Described, SpectacularJSONAPIView):
    """OpenAPI 3.1, as JSON."""


class DocsView(_Described, SpectacularSwaggerSplitView):
    """The interactive documentation."""
