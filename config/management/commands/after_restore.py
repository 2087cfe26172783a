"""`manage.py after_restore --lost PT6H`: after restoring an older state, before anything else is started."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.dateparse import parse_duration

from config.health import ROLES, seen_lately
from marketplace.actions import restoring
from marketplace.policy import LONGEST_DURATION
from notifications.actions import restoring as notices


class Command(BaseCommand):
    """Gives every running deadline the time that was lost, and sends no e-mail or push of before. All or nothing."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--lost", required=True, help="from the backup until now, as ISO 8601: PT6H")
        parser.add_argument("--keep-notices", action="store_true", help="send what waited, even if it was sent before")
        parser.add_argument("--again", action="store_true", help="do it although it was done already")

    @transaction.atomic
    def handle(self, *_args: Any, **options: Any) -> None:
        """Do it; raises `CommandError` for a time that is none, while processes run, and for a second time."""
        lost = _duration(options["lost"])
        running = seen_lately().filter(role__in=ROLES).order_by("role", "instance")
        if running:
            raise CommandError(f"stop these first: {', '.join(map(str, running))}")
        if restoring.is_newest_event() and not options["again"]:
            raise CommandError("this was done already, and nothing has happened since: --again does it once more")
        dropped = 0 if options["keep_notices"] else notices.drop_waiting()
        moved = restoring.give_back_lost_time(lost=lost, dropped=dropped)
        extended = ", ".join(f"{number} of {kind}" for kind, number in moved.items())
        self.stdout.write(
            f"deadlines that got {options['lost']} more: {extended}; notices not sent any more: {dropped}"
        )


def _duration(text: str) -> timedelta:
    try:
        lost = parse_duration(text)
    except OverflowError:
        lost = None
    if lost is None or not timedelta(0) < lost <= LONGEST_DURATION:
        raise CommandError(f"--lost: {text!r} is no duration such as PT6H, above zero and at most {LONGEST_DURATION}")
    return lost
