"""How pages say times, sums and the words of the vocabulary, in the reader's language and time zone."""

from datetime import date, datetime, timedelta
from math import ceil
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from marketplace.admin.words import IN_HOURS, WORDS, is_japanese
from marketplace.vocabulary import AtFault, Language
from notifications import wording

KINDS_OF_MESSAGE = {
    "progress_report": gettext_lazy("Progress report"),
    "schedule_change": gettext_lazy("Schedule"),
    "delivery": pgettext_lazy("kind of message", "Delivery"),
    "send_back": gettext_lazy("Sent back"),
    "automatic": gettext_lazy("Automatic reply"),
}


def language() -> Language:
    """Return the reader's language."""
    return Language.JAPANESE if is_japanese() else Language.ENGLISH


def word(code: Any) -> str:
    """Say a word of the vocabulary."""
    return str(KINDS_OF_MESSAGE.get(code) or WORDS.get(code) or code or "–")


def as_moment(at: datetime | str) -> datetime:
    """Read a moment; the API's are text."""
    return datetime.fromisoformat(at) if isinstance(at, str) else at


def here(at: datetime) -> datetime:
    """Return a moment in the reader's time zone."""
    return at.astimezone(timezone.get_current_timezone())


def said_moment(at: datetime, now: datetime) -> str:
    """Say a moment as people do: 「今日 15:04」, `yesterday 15:04`, 「11月20日(金) 15:04」; another year is named."""
    local, today = here(at), here(now).date()
    days = {
        today - timedelta(days=1): _("yesterday"),
        today: _("today"),
        today + timedelta(days=1): _("tomorrow"),
    }
    named = days.get(local.date()) or said_day(local.date(), today)
    return f"{named} {local:%H:%M}"


def exact(at: datetime) -> str:
    """Say a moment to the second, with its zone."""
    return f"{here(at):%Y-%m-%d %H:%M:%S %Z}"


def deadline(at: datetime) -> str:
    """Say a deadline, with its zone: what one must not misread."""
    zone, now = timezone.get_current_timezone(), at
    return wording.moment(at, wording.Reader(language=language(), zone=zone, now=now))


def said_day(day: date, today: date) -> str:
    """Say a date, with the year if it is another."""
    spoken = wording.day(day.isoformat(), language())
    if day.year == today.year:
        return spoken
    return _("{spoken} {year}").format(spoken=spoken, year=day.year)


def span(length: timedelta) -> str:
    """Say how long, in its two largest units: 「3日4時間」, `3 d 4 h`."""
    return wording.remaining(length, language()).removesuffix(" left")


def number(pk: UUID) -> str:
    """Tell a deal from others of the same service: `#1F9C2A47`, the beginning of its room's id, as in the address."""
    return f"#{str(pk)[:8].upper()}"


def verdict_name(at_fault: str) -> str:
    """Name a cancellation as the help page does: by whose silence it was. A reversed one is nobody's: no name."""
    return "" if at_fault == AtFault.NOBODY else wording.VERDICTS[AtFault(at_fault)][is_japanese()]


def yen(amount: int) -> str:
    """Say a sum of money."""
    return wording.yen(amount, language())


def percent(rate: Any) -> str:
    """Say a rate from 0 to 1; what falls short of a line is never rounded up to it."""
    return "–" if rate is None else f"{int(float(rate) * 1000 + 1e-9) / 10:g}%"


def average(rating: Any) -> str:
    """Say a rating, never rounded up."""
    return "–" if rating is None else f"{int(float(rating) * 100 + 1e-9) / 100:.2f}"


def window(length: timedelta) -> str:
    """Say a duration of the rules as the rules do: 「4日」, 「24時間」, `24 hours`."""
    hours, rest = divmod(length, timedelta(hours=1))
    if rest or not hours:
        return span(length)
    if length > IN_HOURS and not length % timedelta(days=1):
        return ngettext("{days} day", "{days} days", length.days).format(days=length.days)
    return ngettext("{hours} hour", "{hours} hours", hours).format(hours=hours)


def figure(value: Any, name: str) -> str:
    """Say one figure of a seller's standing; none yet is a dash."""
    if value is None:
        return "–"
    if name == "sales":
        return ngettext("{number} deal", "{number} deals", value).format(number=f"{value:,}")
    return {"revenue_yen": yen, "delivery_completion_rate": percent, "rating": average}[name](value)


def lacking(value: Any, name: str) -> str:
    """Say what a figure lacks; never less than it is."""
    if name == "delivery_completion_rate":
        points = f"{ceil(value * 1000) / 10:g}"
        return _("{points} percentage points").format(points=points)
    if name == "rating":
        return f"{ceil(value * 100) / 100:.2f}"
    return figure(value, name)


def points(value: Any) -> str:
    """Say points of the search rank, with a true minus sign."""
    return f"{float(value):,.2f}".rstrip("0").rstrip(".").replace("-", "−")
