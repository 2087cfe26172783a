"""Notifications: to-dos, notices, reminders, built on marketplace's events."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import pgettext_lazy


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = pgettext_lazy("app", "Notifications")

    def ready(self) -> None:
        import notifications.receivers  # noqa: PLC0415 - models are there only now
        import notifications.tasks  # noqa: F401, PLC0415 - importing registers
        from notifications.admin import groups, proof  # noqa: PLC0415 - as above
        from notifications.pages import proof as story  # noqa: PLC0415 - as above

        proof.offer()
        story.offer()
        post_migrate.connect(groups.add, sender=self)
