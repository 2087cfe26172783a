"""Lets Django in this process speak to the database of a run."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection, connections

from config.local.given import parameters


@contextmanager
def django_on(url: str) -> Iterator[None]:
    """Let Django speak to this database until the `with` ends."""
    connection.close()
    name = parameters(url)["dbname"]
    connections.settings["default"]["NAME"] = settings.DATABASES["default"]["NAME"] = name
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
