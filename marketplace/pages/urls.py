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

VIEWS = (session, services, buying, deals, room, schedule, delivery, selling, returning, standing, settings)
urlpatterns: list[URLPattern] = [url for views in VIEWS for url in views.urlpatterns]
