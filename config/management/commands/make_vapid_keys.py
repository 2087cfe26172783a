"""`manage.py make_vapid_keys`: makes the key by which push services know us, and prints the two settings."""

from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config import keys
from notifications.channels import vapid


class Command(BaseCommand):
    """Writes nothing anywhere. With another key than before, every browser has to subscribe again."""

    help = __doc__
    requires_system_checks = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.stdout.write(f"VAPID_PRIVATE_KEY={vapid.make()}")
        subject = _subject()
        self.stdout.write(f"VAPID_SUBJECT={subject}")
        if not subject:
            self.stderr.write("Complete VAPID_SUBJECT: how push services reach you, such as mailto:push@market.example")


def _subject() -> str:
    """Return how push services may reach the operator, from what the settings know; empty when that is nothing."""
    known = [settings.VAPID_SUBJECT, f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}", settings.PUBLIC_URL]
    return next((each for each in known if not each.startswith("http:") and keys.is_reachable(each)), "")
