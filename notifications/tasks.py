"""What Celery runs: each task only looks at the rows, so early, late, twice or never changes nothing."""

from celery import shared_task

from notifications.actions import delivery, digests, fairness, hearing, ladders
from notifications.vocabulary import Channel


@shared_task(name="notifications.hear")
def hear() -> None:
    """Write the notices of events that nobody has heard: the doorbell's task, and beat's second round."""
    hearing.hear()


@shared_task(name="notifications.remind")
def remind() -> None:
    """Write every reminder and digest that is due."""
    try:
        ladders.tick()
    finally:
        digests.tick()


@shared_task(name="notifications.deliver")
def deliver(channel: str) -> None:
    """Send what waits on this channel."""
    delivery.deliver(Channel(channel))


@shared_task(name="notifications.decide_fair_notice")
def decide_fair_notice() -> None:
    """Decide about cancel requests of which a notice was refused for good."""
    fairness.decide_all()
