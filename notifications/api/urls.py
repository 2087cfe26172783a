"""What notifications add to the calls of `/api/v1/`: `config.urls` puts them before the marketplace's."""

from django.urls import path

from notifications.api.views.inbox import InboxView, NoticesView, ReadView
from notifications.api.views.secrets import CalendarView, UnsubscribeView
from notifications.api.views.todos import TodoCountView, TodosView
from notifications.api.views.wishes import (
    BrowsersView,
    BrowserView,
    ConfirmView,
    FeedAddressView,
    PreferencesView,
    PushKeyView,
    TestsView,
)

urlpatterns = [
    path("todos/", TodosView.as_view(), name="todos"),
    path("todos/count/", TodoCountView.as_view(), name="todo-count"),
    path("notifications/", InboxView.as_view(), name="notifications"),
    path("notifications/<uuid:notification_id>/read/", ReadView.as_view(), name="read"),
    path("notification-preferences/", PreferencesView.as_view(), name="preferences"),
    path("notification-tests/", TestsView.as_view(), name="notification-tests"),
    path("notification-tests/<uuid:test_id>/confirm/", ConfirmView.as_view(), name="confirm"),
    path("push-key/", PushKeyView.as_view(), name="push-key"),
    path("push-subscriptions/", BrowsersView.as_view(), name="push-subscriptions"),
    path("push-subscriptions/<uuid:subscription_id>/", BrowserView.as_view(), name="push-subscription"),
    path("calendar-feed/", FeedAddressView.as_view(), name="calendar-feed"),
    path("calendar/<str:calendar_token>/", CalendarView.as_view(), name="calendar"),
    path("unsubscribe/<str:unsubscribe_token>/", UnsubscribeView.as_view(), name="unsubscribe"),
    path("cancel-requests/<uuid:request_id>/notices/", NoticesView.as_view(), name="notices"),
]
