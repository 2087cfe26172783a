"""`manage.py check_invariants`: name every row that contradicts a rule. Reads alone; changes no row of anybody's."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from marketplace.actions import invariants

NAMED = 100


class Command(BaseCommand):
    """Ends with 0 when nothing contradicts, with 1 when something does. The metrics show the same."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take how much to print."""
        parser.add_argument(
            "--limit", type=int, default=NAMED, help=f"how many rows to name a rule ({NAMED}); all count"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print a line a rule, and one a row against it; raises `CommandError` when there is any."""
        rules = against = 0
        for answer in invariants.check(limit=max(1, options["limit"])):
            rules += 1
            against += answer.number
            self.stdout.write(f"{'WRONG' if answer.number else 'ok':5} {answer.invariant.name}")
            if answer.number:
                self.stdout.write(f"      {answer.invariant.sentence} {answer.number} rows contradict:")
            for row in answer.rows:
                self.stdout.write(f"      {answer.invariant.table} {row.id}: {row.what}")
            if answer.number > len(answer.rows):
                self.stdout.write(f"      … and {answer.number - len(answer.rows)} more (--limit)")
        if against:
            raise CommandError(f"{against} rows contradict a rule")
        self.stdout.write(f"{rules} rules, and no row contradicts one.")
