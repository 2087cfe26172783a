"""The WSGI application that gunicorn serves."""

import django

from config.start import read_settings

read_settings(exit_code=3)  # with any other code, gunicorn would start its worker again for ever
django.setup(set_prefix=False)

from config.handler import Application  # noqa: E402 - once Django is set up
from marketplace.operations import presence  # noqa: E402 - as above

application = Application()
presence.announce()
