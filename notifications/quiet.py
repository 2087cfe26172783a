"""Quiet hours and the hour of the digest, in a person's own time zone. Pure.

Where the clocks change, a local time comes twice on one day or not at all, and moments of one time zone
are compared by what the clock shows (PEP 495). So every moment here is in UTC.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo

DAY = timedelta(days=1)


def ends(quiet_from: time | None, quiet_to: time | None, zone: tzinfo, now: datetime) -> datetime | None:
    """Return when the quiet hours that `now` falls into end, None outside of them.

    From is inclusive, to is not; 22:00 to 07:00 goes over midnight; equal ends are no quiet hours.
    """
    if quiet_from is None or quiet_to is None or quiet_from == quiet_to:
        return None
    local = now.astimezone(zone)
    clock = local.time()
    over_midnight = quiet_from > quiet_to
    if not (clock >= quiet_from or clock < quiet_to if over_midnight else quiet_from <= clock < quiet_to):
        return None
    coming = (moment for day in _days_around(local.date()) for moment in moments(day, quiet_to, zone))
    return min(moment for moment in coming if moment > now)


def next_time(at: time, zone: tzinfo, now: datetime) -> datetime:
    """Return the next moment after `now` at which the clocks of this zone show `at`, once a day.

    Where they show it twice, the first time counts; where they skip it, what they show instead: an hour later.
    """
    today = now.astimezone(zone).date()
    return min(moment for day in _days_around(today) if (moment := first_moment(day, at, zone)) > now)


def first_moment(day: date, at: time, zone: tzinfo) -> datetime:
    """Return when the clocks of this zone first show `at` on this day, or what they show instead."""
    return datetime.combine(day, at, zone).astimezone(UTC)


def moments(day: date, at: time, zone: tzinfo) -> tuple[datetime, ...]:
    """Return when the clocks of this zone show `at` on this day: once, twice, or the moment at which they skip it."""
    shown = datetime.combine(day, at)
    early, late = (shown.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if early > late:  # they skip it
        return (_change_between(late, early, zone),)
    return (early,) if early == late else (early, late)


def _change_between(start: datetime, end: datetime, zone: tzinfo) -> datetime:
    """Return the moment in (start, end] at which the zone's offset changes."""
    before = start.astimezone(zone).utcoffset()
    while end - start > timedelta(microseconds=1):
        middle = start + (end - start) / 2
        if middle.astimezone(zone).utcoffset() == before:
            start = middle
        else:
            end = middle
    return end


def _days_around(day: date) -> Iterator[date]:
    """Yield the days on which the next showing of a time can fall: a zone may skip a day, or have it twice."""
    for number in range(-1, 4):
        yield day + number * DAY
