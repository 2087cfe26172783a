"""The start page's part about deadlines: what is due soonest, and what falls due hour by hour."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace import formats
from marketplace.admin import charts, due, panels
from marketplace.admin.charts import Bar, Numbers, Series
from marketplace.admin.due import Due, Query
from marketplace.admin.request_buttons import Extend, Hold, Release
from marketplace.admin.start import Part, Signal, button_links, rows_counted
from marketplace.formats import exact_moment, exact_span
from marketplace.models import CancelRequest
from marketplace.reads import charted
from marketplace.reads.deadlines import DEADLINES
from marketplace.vocabulary import DeadlineKind

SHOWN = 10
COUNTED_TO = 1_000
LOOKS = {
    DeadlineKind.REPLY: Series(name="reply", title=gettext_lazy("cancel request"), look="solid", tone="calm"),
    DeadlineKind.FIRST_CONTACT: Series(
        name="first_contact", title=gettext_lazy("first contact"), look="hatched", tone="warn"
    ),
    DeadlineKind.APPROVAL: Series(name="approval", title=gettext_lazy("approval"), look="outlined", tone="quiet"),
}
HOLD, RELEASE, EXTEND = (
    (Hold(), gettext_lazy("Hold")),
    (Release(), gettext_lazy("Release")),
    (Extend(), gettext_lazy("Extend")),
)


def part(request: HttpRequest, now: datetime) -> Part:
    """Show it with the permission to view the list."""
    if not request.user.has_perm("marketplace.view_cancelrequest"):
        return Part()
    return Part(signals=[_put_off(now), _held(now)], panels=[_soonest(request, now), _by_the_hour(now)])


def _put_off(now: datetime) -> Signal:
    """Count among the longest overdue of each kind: what failed alone is there."""
    failed = 0
    for deadline in DEADLINES.values():
        passed = deadline.overdue(now).values_list("settle_failures", flat=True)[:COUNTED_TO]
        failed += sum(failures > 0 for failures in passed)
    name, address = _("Put off after an error"), f"{reverse('admin:due')}?state=put_off"
    if not failed:
        return Signal(tone="good", name=name, text=_("nothing"), address=address)
    return Signal(tone="warn", name=name, text=rows_counted(failed, COUNTED_TO), address=address)


def _held(now: datetime) -> Signal:
    rows = CancelRequest.objects.open().filter(reply_deadline=None).values_list("held_at", flat=True)[: COUNTED_TO + 1]
    since = [at for at in rows if at is not None]
    name, address = _("Held requests"), f"{reverse('admin:due')}?state=held"
    if not since:
        return Signal(tone="quiet", name=name, text=_("none"), address=address)
    text = _("{number}, the longest for {longest}").format(
        number=formats.counted(len(since), COUNTED_TO), longest=exact_span(now - min(since))
    )
    return Signal(tone="quiet", name=name, text=text, address=address)


def _soonest(request: HttpRequest, now: datetime) -> panels.Panel:
    found = due.soonest(Query(), now, SHOWN)
    columns = [name for name in due.HEADS if name != "kind"]
    rows = [
        [*(cells[name] for name in columns), LOOKS[row.kind].title, _buttons(request, row)]
        for row in due.rows_of(found[:SHOWN], now)
        for cells in [due.cells(row)]
    ]
    heads: list[Any] = [*(due.HEADS[name] for name in columns), _("kind of deadline"), _("do")]
    return panels.table(
        _("Due soonest"),
        heads,
        rows,
        empty=_("Nothing runs toward a deadline."),
        more=(reverse("admin:due"), _("See all")),
    )


def _buttons(request: HttpRequest, row: Due) -> str:
    """Return the buttons that would not be refused now: what is overdue cannot be held."""
    if row.kind is not DeadlineKind.REPLY or row.state not in {"running", "held"}:
        return ""
    first = HOLD if row.state == "running" else RELEASE
    return button_links(request, CancelRequest, row.key, [first, EXTEND])


def _by_the_hour(now: datetime) -> panels.Panel:
    zone = ZoneInfo(timezone.get_current_timezone_name())
    spans = charted.next_hours(now, zone)
    counts = charted.due_in(spans)
    bars = [
        Bar(title=_hours(span), mark=_mark(span, zone), counts=[counts[place, kind] for kind in LOOKS])
        for place, span in enumerate(spans)
    ]
    numbers = Numbers(name="due", heading=_("hour"), series=[*LOOKS.values()], bars=bars, counted_to=charted.COUNTED_TO)
    return charts.columns(
        _("Falls due in the next 24 hours"),
        numbers,
        note=_("By the hour, from {now}.").format(now=exact_moment(now)),
        empty=_("Nothing falls due in the next 24 hours."),
    )


def _hours(span: charted.Span) -> str:
    since, until = formats.clock_time(span.since), formats.clock_time(span.until)
    return f"{formats.day(timezone.localdate(span.since))} {since}–{until}"


def _mark(span: charted.Span, zone: ZoneInfo) -> str:
    """Label every third full hour."""
    since = span.since.astimezone(zone)
    return formats.clock_hour(since) if since.minute == 0 and since.hour % 3 == 0 else ""
