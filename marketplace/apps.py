"""The marketplace: deadlines, verdicts and what they rest on."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate


class MarketplaceConfig(AppConfig):
    """Knows its tasks in every process, because alarms name them by string."""

    name = "marketplace"

    def ready(self) -> None:
        """Register the tasks, and make the operators' groups after each migration."""
        import marketplace.tasks  # noqa: F401, PLC0415 - models are there only now; importing registers
        from marketplace.admin import groups  # noqa: PLC0415 - the same

        post_migrate.connect(groups.make, sender=self)


class OperatorAdminConfig(AdminConfig):
    """Django's admin on the operators' site."""

    default = False
    default_site = "marketplace.admin.operator_site.operator_site"
