"""Where everything answers."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from config import health, metrics

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="api:docs")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("marketplace.api.urls")),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
]
