"""The operators' site, with the overview of deadlines one click away."""

from functools import cache
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.utils import timezone

from marketplace.admin.words import APPS, LISTS, label


class OperatorSite(AdminSite):
    """Django's admin site, with the overview of deadlines."""

    site_header = site_title = label("Renraku for operators", "Renraku 運営")
    empty_value_display = "–"
    index_title = label("How everything stands", "いまの状況")

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Add the overview of what runs toward a deadline."""
        from marketplace.admin.due import overview  # noqa: PLC0415 - it needs the models, this class comes before

        shown = self.admin_view(lambda request: overview(request, self))
        return [path("due/", shown, name="due"), *super().get_urls()]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Begin with how everything stands, the lists below."""
        from marketplace.admin import start  # noqa: PLC0415 - it needs the models, this class comes before

        return super().index(request, {**start.context(request), **(extra_context or {})})

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Call the lists what operators call them."""
        apps: list[Any] = super().get_app_list(request, app_label)
        for app in apps:
            app["name"] = APPS.get(app["app_label"], app["name"])
            for model in app["models"]:
                model["name"] = LISTS.get(model["object_name"].lower(), model["name"])
        return apps

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Add the time zone that every time on the page is of."""
        zone = timezone.get_current_timezone_name()
        looks = request.user.has_perm("marketplace.view_cancelrequest")
        return {**super().each_context(request), "zone": zone, "sees_deadlines": looks}


@cache
def operator_site() -> OperatorSite:
    """Return the one site, whoever asks first (importing this package registers with it)."""
    return OperatorSite()
