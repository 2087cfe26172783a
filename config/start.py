"""Reads the settings first, where a program would otherwise show a bad one with a traceback."""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings

from config.environment import Refused


def read_settings(*, exit_code: int = 1) -> None:
    """Read them, or end the process with the one line about the bad setting."""
    try:
        settings.INSTALLED_APPS  # noqa: B018 - reading one setting reads all
    except Refused as refused:
        print(refused, file=sys.stderr, flush=True)  # noqa: T201 - logging is not set up yet
        raise SystemExit(exit_code) from None
