"""The window of a seller's figures: 3 calendar months of the marketplace's calendar (R11)."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from marketplace import rules


def start(now: datetime) -> datetime:
    """Return when the window that ends at `now` starts, inclusive."""
    return rules.window_start(settings.POLICY, now, ZoneInfo(settings.TIME_ZONE))
