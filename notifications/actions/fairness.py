"""Fair notice: whose notices were all refused for good gets one more window."""

from datetime import datetime

from notifications.models import Notification


def consider(notification: Notification, now: datetime) -> None:
    """Look whether this refusal was the last way to reach the respondent of a cancel request."""
    raise NotImplementedError
