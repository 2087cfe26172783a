"""What gunicorn is told beside its command line: its own lines leave in our format too."""

from config.start import read_settings

read_settings()

from config.settings import LOGGING  # noqa: E402 - once it is sure that they can be read

logconfig_dict = LOGGING
