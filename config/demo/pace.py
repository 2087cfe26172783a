"""The durations of the demo, and how long it waits at most.

A day of silence is a second here. The windows are wider than that scale: a slow machine must be able
to reply in time. Every wait is for a condition; `PATIENCE` bounds it, and exceeding it is a failure.
"""

from datetime import timedelta

SILENCE = timedelta(seconds=4)
REPLY_WINDOW = timedelta(seconds=6)
APPROVAL_WINDOW = timedelta(seconds=6)
THINKING = timedelta(seconds=1.5)
"""When the silent party replies: well within the window."""

SWEEP_SELDOM = timedelta(minutes=10)
"""While the ETA task is shown, so that no sweep finds the deadline first."""
SWEEP_OFTEN = timedelta(seconds=2)
REMIND = timedelta(seconds=0.5)
PATIENCE = 60.0


def settings(password: str) -> dict[str, str]:
    """Return the settings of the processes, which override the caller's environment."""
    return {
        "POLICY_SILENCE_BEFORE_REQUEST": _iso(SILENCE),
        "POLICY_OWED_BEFORE_REQUEST": "",
        "POLICY_REPLY_WINDOW": _iso(REPLY_WINDOW),
        "POLICY_APPROVAL_WINDOW": _iso(APPROVAL_WINDOW),
        "POLICY_FIRST_CONTACT_WINDOW": "",
        "SWEEP_INTERVAL": seconds(SWEEP_SELDOM),
        "REMINDER_INTERVAL": seconds(REMIND),
        "DEMO_PASSWORD": password,
        "ALLOWED_HOSTS": "127.0.0.1",
        "DEBUG": "false",
        "LOG_FORMAT": "console",
        "LOG_LEVEL": "INFO",
        # Nothing leaves this machine: mails go into files, and push is off.
        "EMAIL_FROM": "",
        "VAPID_PRIVATE_KEY": "",
        "PUBLIC_URL": "",
        # The demo makes many requests in a minute.
        "THROTTLE_READ": "6000/min",
        "THROTTLE_WRITE": "6000/min",
    }


def seconds(duration: timedelta) -> str:
    """Format a duration in seconds, for people and for `SWEEP_INTERVAL`."""
    return f"{duration.total_seconds():g}"


def _iso(duration: timedelta) -> str:
    return f"PT{seconds(duration)}S"
