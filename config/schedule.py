"""Every beat line, with its why. A tick only says "look now": doubled or lost, nothing changes.

A queue that stood still does not run old ticks: whoever receives one drops it when the same look was
taken within half of its interval (`config.messaging.is_one_too_many`). The database says so, and no host's clock.
Sweeps are no lines here: beat takes them itself, without the broker (`config.rounds`).
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from celery.schedules import crontab, schedule
from django.conf import settings

from notifications.vocabulary import Channel

_BEGAN = (datetime.now(UTC), time.monotonic())


def steady() -> datetime:
    """Return beat's time: a host's clock that is set back or on must not keep it from ticking."""
    began, then = _BEGAN
    return began + timedelta(seconds=time.monotonic() - then)


def _every(seconds: float, task: str, *arguments: str) -> dict[str, Any]:
    return {
        "task": task,
        "args": [str(argument) for argument in arguments],
        "schedule": schedule(timedelta(seconds=seconds), nowfun=steady),
        "options": {"headers": {"every": seconds}},
    }


REMIND = settings.REMINDER_INTERVAL.total_seconds()
ONE_HOUR = 3600.0

BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    # Recounts the sellers from whose three months something fell. R11 asks for it daily: a daily tick that
    # got lost would be a day late, and an hourly one that finds nothing costs one look into an index.
    "move-windows": _every(ONE_HOUR, "marketplace.move_windows"),
    # The second round: events whose doorbell was lost.
    "hear": _every(REMIND, "notifications.hear"),
    # Reminders and digests that are due.
    "remind": _every(REMIND, "notifications.remind"),
    # Notifications to send: tried again, taken over from a worker that died, or whose bell was lost.
    "deliver-email": _every(REMIND, "notifications.deliver", Channel.EMAIL),
    "deliver-push": _every(REMIND, "notifications.deliver", Channel.PUSH),
    # Requests of which a notice was refused for good, where nobody could decide at once.
    "decide-fair-notice": _every(REMIND, "notifications.decide_fair_notice"),
    # Keeps a scrape of the metrics from counting all that was ever settled: it counts what came since.
    "fold-tallies": _every(60, "marketplace.fold_tallies"),
    # Looks for rows that contradict a rule, at a quiet time (04:30 in Tokyo): it reads every table once.
    # A lost tick is made up for by `manage.py check_invariants`; the metrics show when it last ran.
    "check-invariants": {
        "task": "marketplace.check_invariants",
        "schedule": crontab(hour=19, minute=30, nowfun=steady),
        "options": {"headers": {"every": ONE_HOUR}},
    },
    # Drops idempotency keys after 24 h and write counts after their minute.
    "forget": _every(600, "marketplace.forget"),
}

WITHOUT_BROKER = ("hear", "remind", "deliver-email", "deliver-push", "decide-fair-notice")
"""What beat does itself when no worker has for an interval and a half: the broker is away, or the worker."""
