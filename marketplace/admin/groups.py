"""Two ready-made roles: Support looks and steers, Supervisors reverse and resume too."""

from collections.abc import Mapping
from typing import Any

from django.apps import AppConfig
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db.models import Q

from marketplace.actions.moderation import MAY_HIDE_REVIEW, MAY_TAKE_DOWN
from marketplace.actions.people import MAY_END_ACCESS
from marketplace.actions.retrying import MAY_TRY_AGAIN
from marketplace.actions.steering import MAY_HIDE, MAY_RESUME, MAY_REVERSE, MAY_STEER

SUPPORT = "Support"
SUPERVISORS = "Supervisors"
OF_SUPPORT = (MAY_STEER, MAY_HIDE, MAY_HIDE_REVIEW, MAY_TAKE_DOWN, MAY_END_ACCESS, MAY_TRY_AGAIN)
ROLES = {SUPPORT: OF_SUPPORT, SUPERVISORS: (*OF_SUPPORT, MAY_REVERSE, MAY_RESUME)}
"""What each may do; all may look everywhere."""


def make(sender: AppConfig, **given: Any) -> None:
    """Make the groups after a migration, and add what they lack; what an operator added stays."""
    rights = {name: [act.partition(".")[2] for act in acts] for name, acts in ROLES.items()}
    looks = Q(codename__startswith="view_")
    grant(sender, given["using"], {name: looks | Q(codename__in=names) for name, names in rights.items()})


def grant(app: AppConfig, using: str, rights: Mapping[str, Q]) -> None:
    """Add an app's permissions to roles. They are created here too, since the order of receivers is not fixed."""
    create_permissions(app, verbosity=0, using=using)
    permissions = Permission.objects.using(using).filter(content_type__app_label=app.label)
    for name, condition in rights.items():
        group, _created = Group.objects.using(using).get_or_create(name=name)
        group.permissions.add(*permissions.filter(condition))
