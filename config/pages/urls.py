"""The addresses of the pages. Each matter names its own."""

from django.urls import URLPattern

from config.pages.views import deals, inbox, room, selling, services, session, settings, start, todos

app_name = "pages"
urlpatterns: list[URLPattern] = [
    *session.urlpatterns,
    *start.urlpatterns,
    *services.urlpatterns,
    *deals.urlpatterns,
    *room.urlpatterns,
    *selling.urlpatterns,
    *todos.urlpatterns,
    *inbox.urlpatterns,
    *settings.urlpatterns,
]
