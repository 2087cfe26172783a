"""Beat's schedule, each line with its reason. A tick only says "look now": doubled or lost, nothing changes.

After a queue stood still, a worker drops a tick whose task ran within half of its interval, by the database's
clock (`config.messaging.is_one_too_many`). Sweeps are not here: beat runs them without the broker (`config.rounds`).
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from celery.schedules import crontab, schedule
from django.conf import settings

from notifications.vocabulary import Channel

_BEGAN = (datetime.now(UTC), time.monotonic())


def steady() -> datetime:
    """Return beat's time, which goes on steadily when the host's clock is set."""
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
"""What beat does itself if no worker did for an interval and a half."""
