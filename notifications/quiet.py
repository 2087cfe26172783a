"""Quiet hours and the hour of the digest, in a person's own time zone. Pure."""

from datetime import datetime, time, timedelta, tzinfo


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
    day = local.date() + timedelta(days=1) if over_midnight and clock >= quiet_from else local.date()
    return datetime.combine(day, quiet_to, zone)


def next_time(at: time, zone: tzinfo, now: datetime) -> datetime:
    """Return the next moment after `now` at which the clocks of this zone show `at`."""
    local = now.astimezone(zone)
    today = datetime.combine(local.date(), at, zone)
    return today if today > now else datetime.combine(local.date() + timedelta(days=1), at, zone)
