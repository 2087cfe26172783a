"""Makes the pages' templates and static files be found."""

from django.apps import AppConfig


class PagesConfig(AppConfig):
    """The pages. They have no models."""

    name = "config.pages"
    label = "pages"
    verbose_name = "Pages"
