"""What the ready-made roles may do with notifications: both look, and send dead letters again."""

from typing import Any

from django.apps import AppConfig
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db.models import Q

from marketplace.admin.groups import ROLES


def add(sender: AppConfig, **given: Any) -> None:
    """Give the roles what they lack after a migration; what an operator took or added elsewhere stays."""
    create_permissions(sender, verbosity=0, using=given["using"])
    permissions = Permission.objects.using(given["using"]).filter(content_type__app_label=sender.label)
    looks = permissions.filter(Q(codename="view_notification") | Q(codename="redeliver_notification"))
    for name in ROLES:
        group, _ = Group.objects.using(given["using"]).get_or_create(name=name)
        group.permissions.add(*looks)
