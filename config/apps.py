"""Makes every process, web and shell and tests too, publish through our Celery app."""

from django.apps import AppConfig

from config import logs


class RenrakuConfig(AppConfig):
    """The project itself, so that its commands are found and its Celery app is the current one."""

    name = "config"
    verbose_name = "Renraku"

    def ready(self) -> None:
        """Import the Celery app: whoever publishes without it publishes into Celery's default one."""
        import config.celery  # noqa: PLC0415 - settings are whole only now; importing is all
        import config.wiring  # noqa: F401, PLC0415 - the same
        from config import operators  # noqa: PLC0415 - models are there only now

        operators.begin()
        logs.begin()
