"""Forgets what has served: kept answers after 24 h, write counts after their minute, processes long gone."""

from datetime import timedelta

from marketplace import clock
from marketplace.actions import presence
from marketplace.models import IdempotencyKey, WriteCount

ANSWERS_KEPT_FOR = timedelta(hours=24)
COUNTS_KEPT_FOR_MINUTES = 10


def forget() -> int:
    """Delete what is no longer needed; returns how many rows."""
    now = clock.now()
    answers, _ = IdempotencyKey.objects.filter(created_at__lt=now - ANSWERS_KEPT_FOR).delete()
    oldest = int(now.timestamp()) // 60 - COUNTS_KEPT_FOR_MINUTES
    counts, _ = WriteCount.objects.filter(minute__lt=oldest).delete()
    return answers + counts + presence.forget_the_gone()
