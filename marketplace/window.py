"""The window of the figures, as of now (R11)."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from marketplace import rules


def start(now: datetime) -> datetime:
    """Return when the window that ends now begins."""
    return rules.window_start(settings.POLICY, now, ZoneInfo(settings.TIME_ZONE))
