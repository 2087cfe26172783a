"""What gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from marketplace.actions import presence  # noqa: E402 - models can be imported once Django is set up

presence.announce()
