"""What Celery runs: each task only looks at the rows, so early, late, twice or never changes nothing."""

from uuid import UUID

from celery import shared_task

from marketplace.actions import housekeeping, presence, verdicts
from marketplace.vocabulary import WokenBy


@shared_task(name="marketplace.wake_up")
def wake_up(request_id: str, generation: int, rings: int = 0) -> None:
    """Look at the request whose reply deadline this was set for."""
    verdicts.wake_up(request_id=UUID(request_id), generation=generation, rings=rings)


@shared_task(name="marketplace.sweep")
def sweep() -> None:
    """Find what no wake-up found, and ring for what falls due soon."""
    verdicts.settle_overdue(woken_by=WokenBy.SWEEP)
    verdicts.ring_for_what_is_due_soon()
    presence.say(role=presence.SWEEP, instance=presence.SWEEP)


@shared_task(name="marketplace.forget")
def forget() -> None:
    """Delete what has served."""
    housekeeping.forget()
