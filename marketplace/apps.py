"""The marketplace: deadlines, verdicts and what they rest on."""

from django.apps import AppConfig


class MarketplaceConfig(AppConfig):
    """Knows its tasks in every process, because alarms name them by string."""

    name = "marketplace"

    def ready(self) -> None:
        """Register the tasks and the schema's extensions."""
        import marketplace.tasks  # noqa: F401, PLC0415 - models are there only now; importing registers
