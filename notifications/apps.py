"""Notifications: to-dos, notices, reminders, built on marketplace's events."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Hears the doorbell, and knows its tasks in every process."""

    name = "notifications"

    def ready(self) -> None:
        """Connect the receivers and register the tasks."""
        import notifications.receivers  # noqa: PLC0415 - models are there only now
        import notifications.tasks  # noqa: F401, PLC0415 - importing registers
