"""Notifications: to-dos, notices, reminders. Empty as yet; it is here from the first migration."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Notifications."""

    name = "notifications"
