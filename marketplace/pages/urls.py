"""The URLs of marketplace's pages. Each view module lists its own."""

from django.urls import URLPattern

from marketplace.pages.views import (
    buying,
    deals,
    delivery,
    returning,
    room,
    schedule,
    selling,
    services,
    session,
    settings,
    standing,
)

urlpatterns: list[URLPattern] = [
    *session.urlpatterns,
    *services.urlpatterns,
    *buying.urlpatterns,
    *deals.urlpatterns,
    *room.urlpatterns,
    *schedule.urlpatterns,
    *delivery.urlpatterns,
    *selling.urlpatterns,
    *returning.urlpatterns,
    *standing.urlpatterns,
    *settings.urlpatterns,
]
