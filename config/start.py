"""Reads the settings before anything else does, where a program would show a refused one as an error of ours."""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings

from config.environment import Refused


def read_settings(*, exit_code: int = 1) -> None:
    """Read them, or end the process with the one line of the setting that is refused."""
    try:
        settings.INSTALLED_APPS  # noqa: B018 - reading one reads all
    except Refused as refused:
        print(refused, file=sys.stderr, flush=True)  # noqa: T201 - nothing is set up yet that could log it
        raise SystemExit(exit_code) from None
