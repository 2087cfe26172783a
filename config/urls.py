"""All URLs."""

from django.contrib import admin
from django.urls import include, path

from config import health, mail_events, metrics
from marketplace.admin.log_in import log_in
from marketplace.api import urls as marketplace_api
from marketplace.pages import urls as marketplace_pages
from notifications.api import urls as notifications_api
from notifications.pages import urls as notifications_pages

urlpatterns = [
    path("admin/login/", log_in),  # before the admin's own, which is not throttled
    path("admin/", admin.site.urls),
    # The marketplace's last pattern takes all unknown URLs.
    path("api/v1/", include(([*notifications_api.urlpatterns, *marketplace_api.urlpatterns], "api"))),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("mail-events/<str:provider>/", mail_events.mail_events, name="mail-events"),
    path("metrics", metrics.metrics, name="metrics"),
    path("", include(([*marketplace_pages.urlpatterns, *notifications_pages.urlpatterns], "pages"))),
]
handler400 = "marketplace.pages.errors.malformed"
handler404 = "marketplace.pages.errors.not_found"
handler500 = "config.unavailable.broken"
