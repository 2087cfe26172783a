"""How figures, sums, spans and moments are written, on every page, notice and list.

All of it is for the active language (Django's formats, and format strings that translators can change) and in the
active time zone. `NONE` stands for a figure that does not exist yet.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from django.utils import dateformat, formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

NONE = "–"

HOURS_UP_TO = timedelta(hours=72)
"""Up to here a duration is written in hours: 「24時間以内」."""

UNITS = (
    (86_400, gettext_lazy("{number} d")),
    (3600, gettext_lazy("{number} h")),
    (60, gettext_lazy("{number} min")),
    (1, gettext_lazy("{number} s")),
)

Number = int | float | Decimal | Fraction


# Figures.


def number(value: int | Decimal) -> str:
    """`12,500`: with the language's separators."""
    return formats.number_format(value, force_grouping=True)


def counted(count: int, most: int | None) -> str:
    """Write how many there are of what was counted to `most` at most: `12`, `1,000+`."""
    return number(count) if most is None or count < most else f"{number(most)}+"


def yen(amount: int) -> str:
    """`¥12,500`, 「12,500円」."""
    return _("¥{amount}").format(amount=number(amount))


def rate(value: Number | None) -> str:
    """Write a rate from 0 to 1, to a tenth of a percent: `79.5%`, `80%`.

    Rounded down, so that what is below a line never reads as the line.
    """
    return NONE if value is None else _("{number}%").format(number=number(_down(_exact(value) * 100, 1).normalize()))


def rating(value: Number | None) -> str:
    """Write an average of stars, to a hundredth, rounded down for the same reason: `4.79`."""
    return NONE if value is None else number(_down(_exact(value), 2))


def stars(value: int) -> str:
    """Write the stars of one review: `★★★☆☆`."""
    return "★" * value + "☆" * (5 - value)


def points(value: Number) -> str:
    """Write points of the search rank, to a hundredth, with a true minus sign: `−2,650.5`."""
    hundredths = round(_exact(value) * 100)
    written = number(Decimal(abs(hundredths)).scaleb(-2).normalize())
    return f"−{written}" if hundredths < 0 else written


def figure(value: Number | None, name: str) -> str:
    """Write a figure of a seller's standing, by the name that `rules.Requirement` gives it."""
    if value is None:
        return NONE
    if name == "delivery_completion_rate":
        return rate(value)
    if name == "rating":
        return rating(value)
    if name == "revenue_yen":
        return yen(int(value))
    return ngettext("{number} deal", "{number} deals", int(value)).format(number=number(int(value)))


def shortfall(value: Number, name: str) -> str:
    """Write what a figure lacks to its line. Rounded up: who gains what is written here reaches the line."""
    if name == "delivery_completion_rate":
        lacking = _up(_exact(value) * 100, 1).normalize()
        count = 1 if lacking == 1 else ceil(lacking) + 1  # "0.5 percentage points"
        return ngettext("{number} percentage point", "{number} percentage points", count).format(number=number(lacking))
    if name == "rating":
        return number(_up(_exact(value), 2))
    return figure(value, name)


def _exact(value: Number) -> Fraction:
    """Return the number as written: a float of 0.29 is 29/100, and not the binary fraction just below."""
    return value if isinstance(value, Fraction) else Fraction(str(value))


def _down(value: Fraction, places: int) -> Decimal:
    return Decimal(floor(value * 10**places)).scaleb(-places)


def _up(value: Fraction, places: int) -> Decimal:
    return Decimal(ceil(value * 10**places)).scaleb(-places)


# Spans.


def span(length: timedelta) -> str:
    """Write a span in its two largest units, rounded down: `3 d 4 h`, 「3日4時間」; `0 s` for none and less."""
    seconds = max(0, int(length.total_seconds()))
    parts = []
    for size, unit in UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(unit.format(number=number(count)))
    if not parts:
        return _("{number} s").format(number=0)
    if len(parts) == 1:
        return parts[0]
    return pgettext("two units of a span", "{larger} {smaller}").format(larger=parts[0], smaller=parts[1])


def exact_span(length: timedelta) -> str:
    """Write a span to the second: `05:12:33`; above 72 hours with whole days before it, `4 d 05:12:33`."""
    length = abs(length)
    days = length.days if length > HOURS_UP_TO else 0
    seconds = int((length - timedelta(days=days)).total_seconds())
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return _("{days} d {clock}").format(days=number(days), clock=clock) if days else clock


def duration(length: timedelta) -> str:
    """Write a duration of the rules as the help page does: 「24時間」, 「4日」; one of no whole hours as `span`."""
    hours, rest = divmod(length, timedelta(hours=1))
    if rest or not hours:
        return span(length)
    if length > HOURS_UP_TO and not length % timedelta(days=1):
        return ngettext("{number} day", "{number} days", length.days).format(number=number(length.days))
    return ngettext("{number} hour", "{number} hours", hours).format(number=number(hours))


def lateness(length: timedelta) -> str:
    """Write how late something was: to the millisecond under a minute, else as `exact_span`."""
    if length >= timedelta(minutes=1):
        return exact_span(length)
    return _("{number} s").format(number=number(Decimal(f"{length.total_seconds():.3f}")))


# Moments and days.


def moment(at: datetime, now: datetime) -> str:
    """Write a moment as people do: `today 15:04`, 「11月20日(金) 15:04」; the year if it is another."""
    local, today = timezone.localtime(at), timezone.localtime(now).date()
    near = {
        -1: _("yesterday {time}"),
        0: _("today {time}"),
        1: _("tomorrow {time}"),
    }.get((local.date() - today).days)
    if near is not None:
        return near.format(time=clock_time(at))
    if local.year == today.year:
        return dateformat.format(local, pgettext("date format", "D j M H:i"))
    return dateformat.format(local, pgettext("date format", "D j M Y H:i"))


def exact_moment(at: datetime | None) -> str:
    """Write a moment to the second, with its zone, alike in all languages: `2026-11-24 15:00:00 JST`."""
    return NONE if at is None else dateformat.format(timezone.localtime(at), "Y-m-d H:i:s T")


def deadline(at: datetime) -> str:
    """Write a moment that nobody may misread: `Tue 24 Nov 15:00 (JST)`, 「11月24日(火) 15:00 (JST)」."""
    return dateformat.format(timezone.localtime(at), pgettext("date format", "D j M H:i (T)"))


def deadline_ahead(at: datetime, now: datetime) -> str:
    """Write a deadline with what remains: `Tue 24 Nov 15:00 (JST) (3 h left)`; one that has passed without."""
    if at < now:
        return deadline(at)
    return _("{deadline} ({span} left)").format(deadline=deadline(at), span=span(at - now))


def clock_time(at: datetime) -> str:
    """Write the time of day: `15:04`."""
    return dateformat.format(timezone.localtime(at), pgettext("date format", "H:i"))


def clock_hour(at: datetime) -> str:
    """Write the hour on the axis of a chart: `15`."""
    return dateformat.format(timezone.localtime(at), pgettext("date format of an axis", "G"))


def short_day(on: date) -> str:
    """Write the day on the axis of a chart: `11/24`."""
    return dateformat.format(on, pgettext("date format of an axis", "n/j"))


def day(on: date, today: date | None = None) -> str:
    """Write a date: `Tue 24 Nov`, 「11月24日(火)」; the year if it is another than today's."""
    if today is None or on.year == today.year:
        return dateformat.format(on, pgettext("date format", "D j M"))
    return dateformat.format(on, pgettext("date format", "D j M Y"))


def around(on: date, today: date | None = None) -> str:
    """Write the date of a milestone, which is approximate: 「11月24日(火)頃」."""
    return _("around {day}").format(day=day(on, today))
