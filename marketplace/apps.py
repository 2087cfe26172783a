"""The marketplace: deadlines, verdicts and what they rest on."""

from typing import Any

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class MarketplaceConfig(AppConfig):
    """Knows its tasks in every process, because alarms name them by string."""

    name = "marketplace"
    verbose_name = _("Marketplace")

    def ready(self) -> None:
        """Register the tasks, make the operators' groups after each migration, and note whose each session is."""
        import marketplace.tasks  # noqa: F401, PLC0415 - models are there only now; importing registers
        from marketplace.admin import groups  # noqa: PLC0415 - the same

        post_migrate.connect(groups.make, sender=self)
        user_logged_in.connect(_note_session, dispatch_uid="marketplace.note_session")


def _note_session(request: Any, user: Any, **_: Any) -> None:
    from marketplace.actions import people  # noqa: PLC0415 - models are not there yet when this module is imported

    if request.session.session_key is None:
        request.session.save()
    browser = request.META.get("HTTP_USER_AGENT", "")
    people.note_session(person=user, session_key=request.session.session_key, browser=browser)


class OperatorAdminConfig(AdminConfig):
    """Django's admin on the operators' site."""

    default = False
    default_site = "marketplace.admin.operator_site.operator_site"
