"""Every beat line, with its why. A tick only says "look now": doubled or lost, nothing changes.

Each entry expires with its interval, so that a queue that stood still does not run old ticks.
"""

from typing import Any

from celery.schedules import crontab
from django.conf import settings

from marketplace.vocabulary import DeadlineKind
from notifications.vocabulary import Channel


def _every(seconds: float, task: str, *arguments: str) -> dict[str, Any]:
    return {
        "task": task,
        "args": [str(argument) for argument in arguments],
        "schedule": seconds,
        "options": {"expires": seconds},
    }


SWEEP = settings.SWEEP_INTERVAL.total_seconds()
REMIND = settings.REMINDER_INTERVAL.total_seconds()
ONE_HOUR = 3600.0

BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    # Each finds every overdue row of its kind that no wake-up found, and rings for what falls due soon.
    "sweep-replies": _every(SWEEP, "marketplace.sweep", DeadlineKind.REPLY),
    "sweep-first-contacts": _every(SWEEP, "marketplace.sweep", DeadlineKind.FIRST_CONTACT),
    "sweep-approvals": _every(SWEEP, "marketplace.sweep", DeadlineKind.APPROVAL),
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
    "be-fair": _every(REMIND, "notifications.be_fair"),
    # Keeps a scrape of the metrics from counting all that was ever settled: it counts what came since.
    "fold-tallies": _every(60, "marketplace.fold_tallies"),
    # Looks for rows that contradict a rule, at a quiet time (04:30 in Tokyo): it reads every table once.
    # A lost tick is made up for by `manage.py check_invariants`; the metrics show when it last ran.
    "check-invariants": {
        "task": "marketplace.check_invariants",
        "schedule": crontab(hour=19, minute=30),
        "options": {"expires": ONE_HOUR},
    },
    # Drops idempotency keys after 24 h and write counts after their minute.
    "forget": _every(600, "marketplace.forget"),
}
