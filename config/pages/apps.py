"""Makes the pages' templates and static files be found, and fills the operators' start page."""

from django.apps import AppConfig


class PagesConfig(AppConfig):
    """The pages. They have no models."""

    name = "config.pages"
    label = "pages"
    verbose_name = "Pages"

    def ready(self) -> None:
        """Offer the parts of the start page: whoever knows both apps says their order."""
        from config.pages import operators  # noqa: PLC0415 - models are there only now

        operators.begin()
