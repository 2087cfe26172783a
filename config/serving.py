"""Gunicorn's configuration: its lines are logged in our format too."""

from config.start import read_settings

read_settings()

from typing import Any  # noqa: E402 - once the settings are read

from config import advice  # noqa: E402 - as above
from config.settings import LOGGING  # noqa: E402 - as above

logconfig_dict = LOGGING


def on_starting(server: Any) -> None:
    """Log doubtful settings once, before the first worker starts."""
    for setting, why in advice.on_settings().items():
        server.log.warning("%s: %s", setting, why)
