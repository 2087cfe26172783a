"""What gunicorn is told beside its command line: its own lines leave in our format too."""

from config.settings import LOGGING

logconfig_dict = LOGGING
