"""Hears marketplace's doorbell."""

from typing import Any

from django.dispatch import receiver

from marketplace import events
from notifications import doorbells


@receiver(events.doorbell, dispatch_uid="notifications.hear")
def something_was_recorded(**_: Any) -> None:
    """Ask for a look at what nobody has heard."""
    doorbells.hear()
