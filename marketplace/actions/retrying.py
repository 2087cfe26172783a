"""Staff have rows that were put off tried again at once, after a fault was fixed."""

from uuid import UUID

from django.db import transaction

from marketplace import clock, errors, events
from marketplace.actions.steering import check_permission, check_reason
from marketplace.models import PutOff, User
from marketplace.vocabulary import EventKind

MAY_TRY_AGAIN = "marketplace.try_again_putoff"


@transaction.atomic
def try_again(*, put_off_id: UUID, staff: User, reason: str) -> PutOff:
    """Let the next tick of its work try it. An event is tried by the doorbell that this rings.

    Raises `NotFound` when it succeeded meanwhile, `ReasonNeeded`, `NotYoursToDo` without the permission.
    """
    check_permission(staff, MAY_TRY_AGAIN)
    check_reason(reason)
    waiting = PutOff.objects.filter(pk=put_off_id).first()
    now = clock.now()
    if waiting is None or not PutOff.objects.filter(pk=put_off_id).update(again_at=now):
        raise errors.NotFound
    events.record(EventKind.RETRY_ASKED, at=now, actor=staff, reason=reason, matter=waiting.matter, row=waiting.row)
    waiting.again_at = now
    return waiting
