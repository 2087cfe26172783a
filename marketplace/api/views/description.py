"""The schema, and the documentation that is drawn from it."""

from typing import Any

from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request

from marketplace.http.endpoint import refuse_unheeded_preconditions


class SchemaView(SpectacularJSONAPIView):
    """OpenAPI 3.1, as JSON."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check what every other call checks of conditions."""
        super().initial(request, *args, **kwargs)
        refuse_unheeded_preconditions(request)


class DocsView(SpectacularSwaggerSplitView):
    """The interactive documentation."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check what every other call checks of conditions."""
        super().initial(request, *args, **kwargs)
        refuse_unheeded_preconditions(request)
