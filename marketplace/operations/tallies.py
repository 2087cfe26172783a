"""Folds the events of settlements into tallies, so that a scrape counts minutes of events and not years."""

from datetime import datetime, timedelta

from django.db import connection, transaction

from marketplace import clock
from marketplace.models import TallyMark
from marketplace.reads import tallies

NOT_YET = timedelta(minutes=2)
"""A near miss is dated at its refusal and written a little later: newer events are not folded yet."""
AT_ONCE = timedelta(days=1)
"""The span that one transaction folds: years of history are folded in steps."""

ADD = """
    INSERT INTO marketplace_tally AS tally (event, deadline, woken_by, up_to, number, seconds)
    {counted}
    ON CONFLICT (event, deadline, woken_by, up_to)
    DO UPDATE SET number = tally.number + excluded.number, seconds = tally.seconds + excluded.seconds
"""


def fold() -> int:
    """Fold the past to which no transaction can add, a day at a time. Returns the number of steps."""
    now = clock.now()
    until = min(now - NOT_YET, tallies.oldest_writer() or now)
    steps = 0
    while _step(until):
        steps += 1
    return steps


def _step(until: datetime) -> bool:
    """Move the mark and add the events between, in one transaction; of two rivals, one moves it."""
    mark, _ = TallyMark.objects.get_or_create(defaults={"folded_until": tallies.BEGINNING})
    first = tallies.first_since(mark.folded_until)
    if first is None or first >= until:
        return False
    upto = min(until, first + AT_ONCE)
    with transaction.atomic():
        if not TallyMark.objects.filter(folded_until=mark.folded_until).update(folded_until=upto):
            return False
        with connection.cursor() as cursor:
            cursor.execute(ADD.format(counted=tallies.COUNTED), {"since": mark.folded_until, "until": upto})
    return True
