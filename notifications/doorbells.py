"""Asks Celery to look, after the commit: at events that nobody heard, at notifications to send.

A bell that is lost costs one interval of beat. Tasks are named by string, as alarms do.
"""

from celery import current_app
from django.db import transaction

from marketplace import publishing
from notifications.vocabulary import Channel

HEAR = "notifications.hear"
DELIVER = "notifications.deliver"


def hear() -> None:
    """Ask for a look at the events that nobody has heard."""
    publishing.breaker.call(lambda: current_app.send_task(HEAR), "doorbell")


def deliver(channel: Channel) -> None:
    """After the commit, ask for a look at what this channel has to send."""
    transaction.on_commit(
        lambda: publishing.breaker.call(lambda: current_app.send_task(DELIVER, args=[channel.value]), "doorbell"),
        robust=True,
    )
