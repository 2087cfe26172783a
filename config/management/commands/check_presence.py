"""`manage.py check_presence ROLE`: whether this machine's process of that role runs and reaches the database."""

import socket
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from config.health import ROLES, seen_lately


class Command(BaseCommand):
    """Ends with 0 when it did, with 1 when it did not: a health check for workers, which have no port."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("role", choices=ROLES)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Look for the process's row; raises `CommandError` when it is missing or old."""
        here = seen_lately().filter(role=options["role"], instance__startswith=f"{socket.gethostname()}:")
        try:
            reaches = list(here.values_list("reaches_database", flat=True))
        except OperationalError as failure:
            raise CommandError(f"the database does not answer: {failure}") from failure
        if reaches and not any(reaches):
            raise CommandError(f"tasks of {options['role']} fail because they cannot reach the database, or write")
        if not reaches:
            raise CommandError(
                f"{options['role']} was not seen on this machine in the last three sweeps "
                f"({3 * settings.SWEEP_INTERVAL.total_seconds():g} s)"
            )
