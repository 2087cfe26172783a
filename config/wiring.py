"""Connects signals of notifications with actions of marketplace, which neither may import."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.dispatch import receiver

from marketplace.actions import people, steering
from marketplace.actions.writing import in_callers_transaction
from notifications import signals


@receiver(signals.notice_failed, dispatch_uid="config.extend")
def extend(request_id: UUID, by: timedelta, reason: str, **_: Any) -> None:
    """Extend the window of a cancel request of which no notice arrived. Raises the refusals of `steering.extend`."""
    with in_callers_transaction():
        steering.extend(request_id=request_id, by=by, staff=None, reason=reason)


@receiver(signals.address_confirmed, dispatch_uid="config.confirm")
def confirm(person_id: UUID, address: str, **_: Any) -> None:
    """Record that the address is the person's."""
    people.confirm_email(person_id=person_id, address=address)
