"""Times as HTML: what the reader sees, with the exact moment in the title. Clocks run on in the browser."""

from datetime import datetime, timedelta

from django.utils.html import format_html
from django.utils.safestring import SafeString

from marketplace import formats
from marketplace.pages.live import passing


def as_moment(at: datetime | str) -> datetime:
    """Read a moment; the API's are text."""
    return datetime.fromisoformat(at) if isinstance(at, str) else at


def moment(at: datetime, now: datetime) -> SafeString:
    """Draw a moment as people name it: `today 15:04`."""
    return _time(at, formats.moment(at, now))


def deadline(at: datetime) -> SafeString:
    """Draw a deadline with its time zone."""
    return _time(at, formats.deadline(at))


def _time(at: datetime, shown: str) -> SafeString:
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), formats.exact_moment(at), shown)


def remaining(until: datetime, now: datetime) -> SafeString:
    """Draw what remains until a moment."""
    return _clock("until", until, max(until - now, timedelta(0)))


def elapsed(since: datetime, now: datetime) -> SafeString:
    """Draw how long ago a moment was."""
    return _clock("since", since, max(now - since, timedelta(0)))


def _clock(way: str, at: datetime, length: timedelta) -> SafeString:
    return format_html(
        '<time class="clock" datetime="{}" title="{}" data-{}="{}">{}</time>',
        at.isoformat(),
        formats.exact_moment(at),
        way,
        at.isoformat(),
        passing(formats.span(length)),
    )


def meter(since: datetime, until: datetime, now: datetime) -> SafeString:
    """Draw how much of a span has gone by. The words beside it say the same."""
    gone = (now - since) / (until - since) if until > since else 1.0
    return format_html(
        '<progress class="meter" aria-hidden="true" max="1" data-from="{}" data-until="{}" value="{}"></progress>',
        since.isoformat(),
        until.isoformat(),
        passing(f"{min(max(gone, 0.0), 1.0):.4f}"),
    )
