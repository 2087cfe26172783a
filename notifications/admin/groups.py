"""What the ready-made roles may do with notifications: both look, and send dead letters again."""

from typing import Any

from django.apps import AppConfig
from django.db.models import Q

from marketplace.admin.groups import ROLES, grant


def add(sender: AppConfig, **given: Any) -> None:
    """Give the roles what they lack after a migration; what an operator took or added elsewhere stays."""
    rights = Q(codename__in=("view_notification", "redeliver_notification"))
    grant(sender, given["using"], dict.fromkeys(ROLES, rights))
