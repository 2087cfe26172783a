"""`manage.py check_invariants`: names each row that contradicts a rule. Changes nothing but its own report."""

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from marketplace.operations import invariant_reports
from marketplace.operations.invariants.asked import Answer

NAMED = 100


class Command(BaseCommand):
    """Exits with 0 if no row contradicts a rule, else with 1. The metrics show the same."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--limit", type=int, default=NAMED, help=f"how many rows to name a rule ({NAMED}); all count"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print a line a rule, and one for each row against it. Raises `CommandError` if there is any."""
        against, unasked = 0, 0
        for answer in invariant_reports.check(limit=max(1, options["limit"])):
            against += answer.number
            unasked += bool(answer.failure)
            self.stdout.writelines(f"{line}\n" for line in _lines(answer))
        if against or unasked:
            raise CommandError(f"{against} rows contradict a rule; {unasked} rules could not be checked")
        self.stdout.write("no row contradicts a rule.")


def _lines(answer: Answer) -> Iterator[str]:
    said = "ERROR" if answer.failure else "WRONG" if answer.number else "ok"
    yield f"{said:5} {answer.invariant.name}{f': {answer.failure}' if answer.failure else ''}"
    if answer.number:
        yield f"      {answer.invariant.sentence} {answer.number} rows contradict:"
    for row in answer.rows:
        yield f"      {answer.invariant.table} {row.id}: {row.what}"
    if answer.number > len(answer.rows):
        yield f"      … and {answer.number - len(answer.rows)} more (--limit)"
