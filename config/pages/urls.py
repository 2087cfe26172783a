"""The addresses of the pages. Each matter names its own."""

from django.urls import URLPattern

from config.pages.views import (
    buying,
    calendar,
    channels,
    deals,
    delivery,
    inbox,
    preferences,
    push_worker,
    returning,
    room,
    schedule,
    selling,
    services,
    session,
    settings,
    standing,
    start,
    todos,
)

app_name = "pages"
urlpatterns: list[URLPattern] = [
    *session.urlpatterns,
    *start.urlpatterns,
    *services.urlpatterns,
    *buying.urlpatterns,
    *deals.urlpatterns,
    *room.urlpatterns,
    *schedule.urlpatterns,
    *delivery.urlpatterns,
    *selling.urlpatterns,
    *returning.urlpatterns,
    *standing.urlpatterns,
    *todos.urlpatterns,
    *inbox.urlpatterns,
    *settings.urlpatterns,
    *preferences.urlpatterns,
    *channels.urlpatterns,
    *calendar.urlpatterns,
    *push_worker.urlpatterns,
]
