"""Makes every process (web, shell, tests) publish through our Celery app."""

from django.apps import AppConfig

from config import logs


class RenrakuConfig(AppConfig):
    """The project as an app: Django finds its commands, and its Celery app is the current one."""

    name = "config"
    verbose_name = "Renraku"

    def ready(self) -> None:
        """Import the Celery app; without it, tasks would be published through Celery's default app."""
        import config.celery  # noqa: PLC0415 - the settings are complete only now
        import config.wiring  # noqa: F401, PLC0415 - as above
        from config import operators  # noqa: PLC0415 - models are loaded only now

        operators.begin()
        logs.begin()
