"""The operators' site, with the overview of deadlines one click away."""

from functools import cache
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class OperatorSite(AdminSite):
    site_header = site_title = _("Renraku for operators")
    empty_value_display = "–"
    index_title = _("How everything stands")

    def get_urls(self) -> list[URLPattern | URLResolver]:
        from marketplace.admin.due import overview  # noqa: PLC0415 - it needs the models, this class comes before

        shown = self.admin_view(lambda request: overview(request, self))
        return [path("due/", shown, name="due"), *super().get_urls()]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        from marketplace.admin import start  # noqa: PLC0415 - it needs the models, this class comes before

        return super().index(request, {**start.context(request), **(extra_context or {})})

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        zone = timezone.get_current_timezone_name()
        looks = request.user.has_perm("marketplace.view_cancelrequest")
        return {**super().each_context(request), "zone": zone, "sees_deadlines": looks}


@cache
def operator_site() -> OperatorSite:
    """Return the one site: all callers get the same, since importing this package registers with it."""
    return OperatorSite()
