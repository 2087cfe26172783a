"""`manage.py make_vapid_keys`: makes the key by which push services know us, and prints the two settings."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from notifications.channels import vapid


class Command(BaseCommand):
    """Writes nothing anywhere. With another key than before, every browser has to subscribe again."""

    help = __doc__
    requires_system_checks = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Print lines for `.env`."""
        self.stdout.write(f"VAPID_PRIVATE_KEY={vapid.make()}")
        self.stdout.write(f"VAPID_SUBJECT={settings.VAPID_SUBJECT}")
