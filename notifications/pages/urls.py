"""The URLs of notifications' pages. Each view module lists its own."""

from django.urls import URLPattern

from notifications.pages import calendar, channels, inbox, preferences, push_worker, start, todos

urlpatterns: list[URLPattern] = [
    *start.urlpatterns,
    *todos.urlpatterns,
    *inbox.urlpatterns,
    *preferences.urlpatterns,
    *channels.urlpatterns,
    *calendar.urlpatterns,
    *push_worker.urlpatterns,
]
