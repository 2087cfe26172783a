"""What notifications add to the calls of `/api/v1/`: `config.urls` puts them before the marketplace's."""

from django.urls import path

from notifications.api.views import inbox, secrets, todos, wishes

urlpatterns = [
    path("todos/", todos.TodosView.as_view(), name="todos"),
    path("todos/count/", todos.TodoCountView.as_view(), name="todo-count"),
    path("notifications/", inbox.InboxView.as_view(), name="notifications"),
    path("notifications/<uuid:notification_id>/read/", inbox.ReadView.as_view(), name="read"),
    path("notification-preferences/", wishes.PreferencesView.as_view(), name="preferences"),
    path("notification-tests/", wishes.TestsView.as_view(), name="notification-tests"),
    path("notification-tests/<uuid:test_id>/confirm/", wishes.ConfirmView.as_view(), name="confirm"),
    path("push-key/", wishes.PushKeyView.as_view(), name="push-key"),
    path("push-subscriptions/", wishes.BrowsersView.as_view(), name="push-subscriptions"),
    path("push-subscriptions/<uuid:subscription_id>/", wishes.BrowserView.as_view(), name="push-subscription"),
    path("calendar-feed/", wishes.FeedAddressView.as_view(), name="calendar-feed"),
    path("calendar/<str:calendar_token>/", secrets.CalendarView.as_view(), name="calendar"),
    path("unsubscribe/<str:unsubscribe_token>/", secrets.UnsubscribeView.as_view(), name="unsubscribe"),
    path("cancel-requests/<uuid:request_id>/notices/", inbox.NoticesView.as_view(), name="notices"),
]
