"""Every beat line, with its why. A tick only says "look now": doubled or lost, nothing changes.

Each entry expires with its interval, so that a queue that stood still does not run old ticks.
"""

from typing import Any

from django.conf import settings


def _every(seconds: float, task: str) -> dict[str, Any]:
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}


BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    # Finds every overdue request that no wake-up found, and rings for what falls due soon.
    "sweep": _every(settings.SWEEP_INTERVAL.total_seconds(), "marketplace.sweep"),
    # Drops idempotency keys after 24 h and write counts after their minute.
    "forget": _every(600, "marketplace.forget"),
}
