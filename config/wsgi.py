"""What gunicorn serves."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup(set_prefix=False)

from config.handler import Application  # noqa: E402 - once Django is set up
from marketplace.actions import presence  # noqa: E402 - the same

application = Application()
presence.announce()
