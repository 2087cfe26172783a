"""What gunicorn is told beside its command line: its own lines leave in our format too."""

from config.start import read_settings

read_settings()

from typing import Any  # noqa: E402 - once it is sure that the settings can be read

from config import advice  # noqa: E402 - the same
from config.settings import LOGGING  # noqa: E402 - the same

logconfig_dict = LOGGING


def on_starting(server: Any) -> None:
    """Say once, before the first worker starts, which settings hardly work as they were meant."""
    for setting, why in advice.on_settings().items():
        server.log.warning("%s: %s", setting, why)
